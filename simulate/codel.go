package simulate

import "github.com/headroom/headroom/internal/rules"

// managedLine is a line of a station as CoDel sees it.
type managedLine struct {
	k *kernel
	s *station
	l *line
}

// First takes the first out.
func (m managedLine) First() (v int32, since float64, more, ok bool) {
	if m.l.n == 0 {
		return nobody, 0, false, false
	}
	v = m.l.head
	m.k.takeOut(m.l, v)
	return v, m.k.frame(v).since, m.l.n > 0, true
}

// Drop drops a visit that was taken out of its line.
func (m managedLine) Drop(v int32) {
	m.k.goneFrom(m.s, v)
	m.s.refused++
	m.k.turnAway(v, outShed)
}

// managed takes out whoever gets the next free thread, and drops those before.
func (k *kernel) managed(s *station, l *line) int32 {
	if v, ok := rules.Next(&l.state.codel, managedLine{k, s, l}, k.now, s.guard.Target, s.guard.Interval); ok {
		return v
	}
	return nobody
}
