package emulate

import (
	"slices"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// line is where requests wait for a thread: one line a replica, or one for all
// of a service under shared balancing. The lock of the service guards it.
type line struct {
	bound   int      // scenarios.Unlimited = no bound
	waiting []*visit // by the instant at which they came
	codel   rules.CoDel
}

// join puts a request in its place by the instant at which it came, which is
// the end unless its message was slow.
func (l *line) join(v *visit) {
	i := len(l.waiting)
	for i > 0 && l.waiting[i-1].arrived > v.arrived {
		i--
	}
	l.waiting = slices.Insert(l.waiting, i, v)
	v.line = l
}

// out takes a request out of the line, wherever it stands.
func (l *line) out(v *visit) {
	if i := slices.Index(l.waiting, v); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	v.line = nil
	if v.quits != nil {
		v.quits.Stop()
	}
}

// may reports whether a request that waits may go to r.
func (v *visit) may(r *replica) bool {
	return v.replica == r || v.replica == nil && r.listed
}

// full says why nobody else may stand in a line at the instant now, or none.
func (s *service) full(l *line, now float64) fault {
	switch {
	case l.bound >= 0 && len(l.waiting) >= l.bound:
		return rejected
	case s.model.Guard.Shed > 0 && len(l.waiting) > 0 && now-l.waiting[0].arrived > s.model.Guard.Shed:
		return shed
	}
	return none
}

// settle lets v wait in line for as long as it cares to.
func (s *service) settle(v *visit) {
	if s.model.Guard.Patience.IsZero() {
		return
	}
	at := v.arrived + s.patience.sample(s.model.Guard.Patience)
	v.quits = s.system.clock.At(at, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.quit(v, at, abandoned)
	})
}

// quit lets a request leave the line that it still stands in. The lock is held.
func (s *service) quit(v *visit, at float64, why fault) {
	if v.line == nil {
		return
	}
	v.line.out(v)
	s.turnAway(v, at, why)
}

// turnAway tells a request that is out of its line, and got no thread, why. The
// lock is held.
func (s *service) turnAway(v *visit, at float64, why fault) {
	at = max(at, v.arrived)
	v.left = true
	s.meter.lined.add(at, -1)
	s.meter.leave(v, at, why)
	s.uncopied(v)
	if v.replica != nil {
		s.exit(v.replica, at)
	}
	v.grant <- grant{at, why}
}

// next takes out of the line of r whoever gets the thread that it has free at
// the instant now, or returns nil when none is left. The lock is held.
func (s *service) next(r *replica, now float64) *visit {
	g := &s.model.Guard
	if g.Line == scenarios.CoDel {
		v, _ := rules.Next(&r.line.codel, managed{s, r, now}, now, g.Target, g.Interval)
		return v
	}
	var first, last *visit
	for _, v := range r.line.waiting {
		if !v.may(r) {
			continue
		}
		if first == nil || g.Line == scenarios.PriorityLine && v.rank < first.rank {
			first = v
		}
		last = v
		if g.Line == scenarios.FIFOLine {
			break
		}
	}
	if first == nil {
		return nil
	}
	if g.Line == scenarios.LIFOLine || g.Line == scenarios.AdaptiveLIFO && now-first.arrived > g.Target {
		first = last
	}
	r.line.out(first)
	return first
}

// managed is the line of a replica as CoDel sees it at an instant.
type managed struct {
	s   *service
	r   *replica
	now float64
}

// First takes the first out.
func (m managed) First() (v *visit, since float64, more, ok bool) {
	for _, x := range m.r.line.waiting {
		if !x.may(m.r) {
			continue
		}
		if v != nil {
			more = true
			break
		}
		v = x
	}
	if v == nil {
		return nil, 0, false, false
	}
	m.r.line.out(v)
	return v, v.arrived, more, true
}

// Drop turns a request away.
func (m managed) Drop(v *visit) {
	m.s.meter.refuse(v.arrived)
	m.s.turnAway(v, m.now, shed)
}

// fill lets those who wait begin, as long as r has threads free. The lock is held.
func (s *service) fill(r *replica, now float64) {
	if r.fails() {
		return
	}
	for len(r.line.waiting) > 0 && r.threads.free() {
		v := s.next(r, now)
		if v == nil {
			return
		}
		if v.replica == nil {
			v.replica = r
			r.present++
			s.copied(v)
		}
		s.start(v, v.arrived)
		s.meter.lined.add(v.granted, -1)
		v.grant <- grant{v.granted, none}
	}
}
