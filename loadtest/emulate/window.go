package emulate

import (
	"math"
	"sync"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/measure"
)

// window is the time that is measured.
type window struct {
	mu    sync.Mutex
	span  span
	every float64 // between two marks (s)
	tick  *alarm.Entry
	track track
}

const (
	often = 0.25 // the time between two marks at first (s)
	// longest is how many marks are kept before every other one is dropped.
	longestTrack = 4000
)

// Begin starts the measured time: what happened before is forgotten.
//
// The times of the scenario's faults run from here.
func (s *System) Begin() {
	now := s.clock.Now()
	s.begin(now)
	s.faults.arm(now)
}

// begin starts the measured time at the instant from, which has come.
func (s *System) begin(from float64) {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	w.span, w.every = openSpan(from), often
	for _, sv := range s.services {
		sv.begin(from)
	}
	for _, t := range s.topics {
		t.begin(from)
	}
	s.beginHolds(from)
	s.lag.begin()
	w.track = track{s.mark(from)}
	w.tick.Set(from + w.every)
}

// Stop ends the measured time. What is in progress is followed to its end, if
// that comes before [System.End].
func (s *System) Stop() {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	s.stop()
}

// stop ends the measured time where it has not ended. The lock is held.
func (s *System) stop() {
	w := &s.window
	if !math.IsInf(w.span.to, 1) {
		return
	}
	w.tick.Stop()
	w.span.to = max(s.clock.Now(), w.span.from+1e-6) // never no time at all
	for _, sv := range s.services {
		sv.stop(w.span.to)
	}
	for _, t := range s.topics {
		t.stop(w.span.to)
	}
	s.stopHolds(w.span.to)
	w.track = append(w.track, s.mark(w.span.to))
}

// sample adds a mark to the track and sets the time of the next. The clock
// calls it.
func (s *System) sample() {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.track.to() + w.every
	if !w.span.has(at) || at > s.clock.Now() {
		return // the window was moved while this waited for the lock
	}
	w.track = append(w.track, s.mark(at))
	if len(w.track) > longestTrack {
		w.track = w.track.thinned()
		w.every *= 2
	}
	w.tick.Set(w.track.to() + w.every)
}

// mark reads the totals of the services, the operations and the topics.
func (s *System) mark(at float64) mark {
	m := mark{at: at, parts: make([]totals, 0, len(s.services)+len(s.model.Operations)+len(s.topics))}
	for _, sv := range s.services {
		m.parts = append(m.parts, sv.totals(at))
	}
	for i := range s.model.Operations {
		m.parts = append(m.parts, s.services[s.model.Operations[i].Service].totalsOf(i))
	}
	for _, t := range s.topics {
		m.parts = append(m.parts, t.totals(at))
		for _, g := range t.groups {
			if len(t.groups) > 1 {
				m.parts = append(m.parts, g.totals(at))
			}
		}
	}
	return m
}

// End writes what was measured inside of the services from Begin to Stop into
// r: its services, operations and topics, the services' series, the bottleneck,
// and a caveat where the machine was too slow for the model. Without a Begin it
// measures from the start of the system, and without a Stop up to now.
func (s *System) End(r *measure.Result) {
	w := &s.window
	w.mu.Lock()
	defer w.mu.Unlock()
	s.stop()
	s.report(r, w.track)
}
