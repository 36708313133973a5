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

	cores cores
	bell  *alarm.Entry // rings when the next job is met
	rings float64      // at this instant
}

func newReplica(s *service, index, cores int, l *line) *replica {
	r := &replica{
		service: s,
		index:   index,
		threads: newThreads(s.model.Threads),
		line:    l,
		rings:   math.Inf(1),
	}
	if s.model.Discipline == scenarios.FIFO {
		r.cores = newFIFOCores(cores)
	} else {
		r.cores = newPSCores(cores)
	}
	r.bell = s.system.clock.Entry(r.ring)
	return r
}

// work asks for demand seconds of a core from the instant at on and returns
// when they were met, not before that has come.
func (r *replica) work(ctx context.Context, v *visit, draw func() float64, at float64) (float64, fault) {
	s := r.service
	s.mu.Lock()
	j := newJob(v, draw())
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
		return at, closing
	}
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
