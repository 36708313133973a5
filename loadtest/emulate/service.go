package emulate

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/headroom/headroom/scenarios"
)

// service is one service of the system: an HTTP server on a port of its own
// that stands for all of its replicas.
type service struct {
	system *System
	model  *scenarios.Service
	paths  map[string]scenarios.OpID
	base   string // URL without the path
	server *http.Server
	client *http.Transport // for the services it calls

	mu       sync.Mutex
	replicas []*replica
	balancer balancer
	meter    serviceMeter
}

func newService(sys *System, id scenarios.ServiceID) *service {
	model := &sys.model.Services[id]
	s := &service{
		system: sys,
		model:  model,
		paths:  map[string]scenarios.OpID{},
		client: newClient(),
		meter:  newServiceMeter(),
	}
	for i := range sys.model.Operations {
		if op := scenarios.OpID(i); sys.model.Operations[i].Service == id {
			s.paths[pathOf(sys.model, op)] = op
			s.meter.operations[op] = &operationMeter{}
		}
	}
	s.balancer = newBalancer(sys.seed, model)
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
		return
	}
	central := &line{bound: m.Backlog}
	if m.Backlog > 0 {
		central.bound *= m.Replicas
	}
	for i := range m.Replicas {
		l := central
		if m.Balancing != scenarios.Shared {
			l = &line{bound: m.Backlog}
		}
		s.replicas = append(s.replicas, newReplica(s, i, m.Cores, l))
	}
}

// admit gives v a thread, or puts it in a line (waits), or turns it away. The
// lock is held.
func (s *service) admit(v *visit) (f fault, waits bool) {
	v.granted = v.arrived
	if v.replica == nil {
		v.replica = s.balancer.pick(s.replicas)
	}
	l := s.replicas[0].line
	if r := v.replica; r != nil {
		l = r.line
		if r.threads.free() {
			r.cores.advance(v.arrived, s.met)
			s.meter.arrive(v, r.cores.full(v.arrived), false)
			r.present++
			s.start(v, v.arrived)
			return none, false
		}
	}
	if l.full() {
		s.meter.arrive(v, true, true)
		return rejected, false
	}
	s.meter.arrive(v, true, false)
	if v.replica != nil {
		v.replica.present++
	}
	v.grant = make(chan struct{}, 1)
	l.join(v)
	s.meter.lined.add(v.arrived, 1)
	return none, true
}

// start hands v a thread of its replica at the instant at, or a moment later
// when that is when the thread was given back. The lock is held.
func (s *service) start(v *visit, at float64) {
	v.granted = v.replica.threads.take(at)
	v.waited += v.granted - v.arrived
	s.meter.threads.add(v.granted, 1)
}

// release takes v off the service and hands its thread on. The lock is held.
func (s *service) release(v *visit, now float64, f fault) {
	v.left = true
	r := v.replica
	r.present--
	s.meter.leave(v, now, f)
	r.threads.give(now)
	next := r.line.call(r)
	if next == nil {
		return
	}
	if next.replica == nil {
		next.replica = r
		r.present++
	}
	s.start(next, next.arrived)
	s.meter.lined.add(next.granted, -1)
	next.grant <- struct{}{}
}

// met tells the visit that its job on the cores is done. The lock is held.
func (s *service) met(j *job) {
	if v := j.visit; !v.left {
		v.demand += j.demand
		v.waited += j.started - j.arrived
	}
	j.met <- struct{}{}
}

// pathOf is where an operation is asked for at its service.
func pathOf(m *scenarios.Model, op scenarios.OpID) string {
	name := m.Operations[op].Name
	service := m.Services[m.Operations[op].Service].Name
	return "/" + url.PathEscape(strings.TrimPrefix(name, service+"."))
}
