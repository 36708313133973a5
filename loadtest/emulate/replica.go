package emulate

import (
	"context"
	"math"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/scenarios"
)

// replica is one process of a service: its threads, its line for them and its
// cores. Its state is guarded by the lock of the service.
type replica struct {
	service *service
	index   int
	threads threads
	line    *line
	present int // requests that are its own: in its line or in progress
	visits  map[*visit]struct{}
	pools   []*pool

	standing
	slowness float64 // time that it takes for a second of demand (s)

	cores cores
	bell  *alarm.Entry // rings when the next job is met
	rings float64      // at this instant
}

func newReplica(s *service, index, cores int, l *line) *replica {
	r := &replica{
		service:  s,
		index:    index,
		threads:  newThreads(s.model.Threads),
		line:     l,
		visits:   map[*visit]struct{}{},
		slowness: 1,
		rings:    math.Inf(1),
	}
	if slow := s.model.Slow; index < slow.Replicas {
		r.slowness = 1 / slow.Speed
	}
	for i := range s.model.Pools {
		spec := &s.model.Pools[i]
		r.pools = append(r.pools, &pool{spec: spec, units: newThreads(spec.Size), meter: s.pools[i]})
	}
	if s.model.Discipline == scenarios.PS {
		r.cores = newPSCores(cores)
	} else {
		r.cores = newOrderedCores(cores, s.model.Discipline)
	}
	r.bell = s.system.clock.Entry(r.ring)
	return r
}

// work asks for demand seconds of a core from the instant at on and returns
// when they were met, not before that has come.
func (r *replica) work(ctx context.Context, v *visit, draw func() float64, at float64) (float64, fault) {
	s := r.service
	s.mu.Lock()
	if ctx.Err() != nil { // a replica that fails ends the contexts of its visits with the lock held
		s.mu.Unlock()
		return stopped(ctx, at)
	}
	j := newJob(v, draw()*r.slowness)
	r.cores.advance(at, s.met)
	r.cores.add(j, at)
	r.cores.advance(s.system.clock.Now(), s.met)
	r.set()
	s.mu.Unlock()

	select {
	case <-j.met:
		s.system.lag.wakes.record(s.system.clock.Now() - j.ended)
		return j.ended, none
	case <-ctx.Done():
	}
	now, why := stopped(ctx, at)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.cores.advance(now, s.met)
	select {
	case <-j.met: // meanwhile
		return j.ended, none
	default:
	}
	r.cores.remove(j, now)
	s.spent(j)
	r.set()
	return now, why
}

// ring meets the jobs whose time has come. The clock calls it.
func (r *replica) ring() {
	s := r.service
	s.mu.Lock()
	defer s.mu.Unlock()
	r.rings = math.Inf(1)
	r.cores.advance(s.system.clock.Now(), s.met)
	r.set()
}

// set sets the bell to when the next job is met.
func (r *replica) set() {
	next := r.cores.next()
	switch {
	case next == r.rings:
		return
	case math.IsInf(next, 1):
		r.bell.Stop()
	default:
		r.bell.Set(next)
	}
	r.rings = next
}
