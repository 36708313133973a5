package emulate

import (
	"slices"
	"sync"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/scenarios"
)

// faultline is what goes wrong at known times, counted from the start of the
// measured time.
type faultline struct {
	system *System

	mu     sync.Mutex
	round  int            // of those that were begun
	set    []*alarm.Entry // beginnings and ends to come
	active []int          // faults in progress, in the order in which they began
}

// arm lets the faults of the model happen after the instant from; those of an
// earlier start are over.
func (f *faultline) arm(from float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.round++
	for _, e := range f.set {
		e.Stop()
	}
	for len(f.active) > 0 {
		f.turn(f.active[0], from, false)
	}
	round := f.round
	f.set = f.set[:0]
	for i := range f.system.model.Faults {
		at := from + f.system.model.Faults[i].At
		f.plan(round, i, at, true)
		f.plan(round, i, at+f.system.model.Faults[i].For, false)
	}
}

// plan lets a fault begin or end at the instant at. The lock is held.
func (f *faultline) plan(round, i int, at float64, begins bool) {
	f.set = append(f.set, f.system.clock.At(at, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.round == round {
			f.turn(i, at, begins)
		}
	}))
}

// turn begins a fault, or ends one. The lock is held.
func (f *faultline) turn(i int, at float64, begins bool) {
	if begins {
		f.active = append(f.active, i)
	} else {
		f.active = slices.DeleteFunc(f.active, func(x int) bool { return x == i })
	}
	fault := &f.system.model.Faults[i]
	if fault.Kind == scenarios.PartitionFault || fault.Kind == scenarios.LoseFault {
		return
	}
	f.system.services[fault.Service].struck(fault, at, begins)
}

// struck lets a fault begin or end at the replicas of a service.
func (s *service) struck(f *scenarios.Fault, at float64, begins bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.replicas {
		if f.Replicas > 0 && i >= f.Replicas {
			return
		}
		switch {
		case f.Kind == scenarios.SlowFault && begins:
			s.slacken(r, at, 1/f.Factor)
		case f.Kind == scenarios.SlowFault:
			s.slacken(r, at, f.Factor)
		case !begins:
			r.broken = false
			s.repaired(r, at)
		case f.Kind == scenarios.KillFault:
			r.broken = true
			s.crash(r, at)
		default:
			r.broken = true
			s.pause(r, at)
		}
	}
}

// loss is the probability that a message between two services is lost now.
func (f *faultline) loss(a, b scenarios.ServiceID) float64 {
	m := f.system.model
	if len(m.Faults) == 0 {
		return m.Network.Loss
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	arrives := 1 - m.Network.Loss
	for _, i := range f.active {
		fault := &m.Faults[i]
		switch {
		case fault.Kind != scenarios.PartitionFault && fault.Kind != scenarios.LoseFault, !concerns(fault.Between, a, b):
		case fault.Kind == scenarios.PartitionFault:
			return 1
		default:
			arrives *= 1 - fault.Factor
		}
	}
	return 1 - arrives
}

// concerns reports whether a fault is about the messages between two services:
// those of the first named with the others, all of one alone, or all there are.
// What a service says to itself is left alone by those that name services.
func concerns(between []scenarios.ServiceID, a, b scenarios.ServiceID) bool {
	switch {
	case len(between) == 0:
		return true
	case a == b, a != between[0] && b != between[0]:
		return false
	}
	other := a + b - between[0]
	return len(between) == 1 || slices.Contains(between[1:], other)
}
