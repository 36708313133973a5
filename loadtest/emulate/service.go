package emulate

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// service is one service of the system: an HTTP server on a port of its own
// that stands for all of its replicas.
type service struct {
	system *System
	id     scenarios.ServiceID
	model  *scenarios.Service
	paths  map[string]scenarios.OpID
	base   string // URL without the path
	server *http.Server
	client *http.Transport // for the services it calls

	locks []*lockTable
	pools []*holdMeter // by pool, over all replicas

	mu       sync.Mutex
	replicas []*replica // all there may be
	up       []*replica // that balancing may pick
	balancer balancer
	tokens   rules.Bucket
	patience *stream // "patience/<service>"
	parts    *shards
	data     *data
	seen     glance           // by the autoscaler
	copies   map[string][]int // by attempt of a call: the replicas that its copies are at
	meter    serviceMeter
}

// mostReplicas is how many replicas a service may come to have in one place.
func mostReplicas(m *scenarios.Service) int {
	switch {
	case m.Balancing == scenarios.Shared && m.Threads == 0:
		return 1
	case m.Scaling != nil:
		return max(m.Replicas, m.Scaling.Max)
	}
	return m.Replicas
}

func newService(sys *System, id scenarios.ServiceID) *service {
	model := &sys.model.Services[id]
	s := &service{
		system: sys,
		id:     id,
		model:  model,
		paths:  map[string]scenarios.OpID{},
		client: newClient(),
		tokens: rules.Bucket{Left: model.Guard.Burst},
		copies: map[string][]int{},
		meter:  newServiceMeter(),
	}
	for i := range sys.model.Operations {
		if op := scenarios.OpID(i); sys.model.Operations[i].Service == id {
			s.paths[pathOf(sys.model, op)] = op
			s.meter.operations[op] = &operationMeter{}
		}
	}
	for i := range model.Locks {
		s.locks = append(s.locks, newLockTable(&model.Locks[i]))
	}
	for range model.Pools {
		s.pools = append(s.pools, &holdMeter{})
	}
	s.patience = newStream(sys.seed, "patience/"+model.Name)
	s.balancer = newBalancer(sys.seed, model)
	s.parts = newShards(sys.seed, model)
	s.data = newData(sys.seed, model)
	s.makeReplicas()
	return s
}

// makeReplicas sets up the replicas, each with a line of its own; or all with
// one line; or, when nothing but the cores is to be waited for under shared
// balancing, one replica with the cores of all.
func (s *service) makeReplicas() {
	m := s.model
	if m.Balancing == scenarios.Shared && m.Threads == 0 {
		s.replicas = []*replica{newReplica(s, 0, m.Replicas*m.Cores, &line{bound: m.Backlog})}
		s.list(s.replicas[0])
		s.countUp(s.replicas[0], 0, 1)
		return
	}
	central := &line{bound: m.Backlog}
	if m.Backlog > 0 {
		central.bound *= m.Replicas
	}
	for i := range mostReplicas(m) {
		l := central
		if m.Balancing != scenarios.Shared {
			l = &line{bound: m.Backlog}
		}
		r := newReplica(s, i, m.Cores, l)
		s.replicas = append(s.replicas, r)
		if i >= m.Replicas {
			r.hired, r.off = absent, true
			continue
		}
		s.list(r)
		s.countUp(r, 0, 1)
	}
}

// admit gives v a thread, or puts it in a line (waits), or turns it away. The
// lock is held.
func (s *service) admit(v *visit) (f fault, waits bool) {
	v.granted = v.arrived
	s.meter.came++
	if f := s.door(v); f != none {
		s.meter.arrive(v, false, true)
		return f, false
	}
	l := s.replicas[0].line
	if r := v.replica; r != nil {
		l = r.line
		s.copied(v)
		if r.threads.free() {
			r.cores.advance(v.arrived, s.met)
			s.meter.arrive(v, r.cores.full(v.arrived), false)
			r.present++
			s.start(v, v.arrived)
			return none, false
		}
	}
	if f := s.full(l, v.arrived); f != none {
		s.uncopied(v)
		s.meter.arrive(v, true, true)
		return f, false
	}
	s.meter.arrive(v, true, false)
	if v.replica != nil {
		v.replica.present++
	}
	v.grant = make(chan grant, 1)
	l.join(v)
	s.meter.lined.add(v.arrived, 1)
	s.settle(v)
	return none, true
}

// start hands v a thread of its replica at the instant at, or a moment later
// when that is when the thread was given back. The lock is held.
func (s *service) start(v *visit, at float64) {
	v.granted = v.replica.threads.take(at)
	v.waited += v.granted - v.arrived
	v.replica.visits[v] = struct{}{}
	s.meter.threads.add(v.granted, 1)
}

// release takes v off the service and hands its thread on. The lock is held.
func (s *service) release(v *visit, now float64, f fault) {
	v.left = true
	r := v.replica
	s.uncopied(v)
	s.meter.leave(v, now, f)
	s.meter.threads.add(now, -1)
	r.threads.give(now)
	s.exit(r, now)
	s.fill(r, now)
}

// exit counts one request less at a replica. The lock is held.
func (s *service) exit(r *replica, now float64) {
	r.present--
	if r.present == 0 && r.hired == draining {
		s.drained(r, now)
	}
}

// met tells the visit that its job on the cores is done. The lock is held.
func (s *service) met(j *job) {
	s.spent(j)
	j.met <- struct{}{}
}

// spent counts what a job got. The lock is held.
func (s *service) spent(j *job) {
	if v := j.visit; !v.left {
		v.demand += j.demand
		v.waited += j.waited
	}
}

// copied notes at which replica a copy of an attempt is, and uncopied that it is
// there no more. The lock is held.
func (s *service) copied(v *visit) {
	if v.attempt != "" && v.batch == 0 {
		s.copies[v.attempt] = append(s.copies[v.attempt], v.replica.index)
	}
}

func (s *service) uncopied(v *visit) {
	if v.attempt == "" || v.batch > 0 || v.replica == nil {
		return
	}
	at := s.copies[v.attempt]
	if i := slices.Index(at, v.replica.index); i >= 0 {
		at = slices.Delete(at, i, i+1)
	}
	if s.copies[v.attempt] = at; len(at) == 0 {
		delete(s.copies, v.attempt)
	}
}

// pathOf is where an operation is asked for at its service.
func pathOf(m *scenarios.Model, op scenarios.OpID) string {
	name := m.Operations[op].Name
	service := m.Services[m.Operations[op].Service].Name
	return "/" + url.PathEscape(strings.TrimPrefix(name, service+"."))
}
