package simulate

import "math"

// codel is the state of a managed line: the pseudo-code of RFC 8289, section 5,
// by Nichols and Jacobson ([NiJa12]), with requests in place of packets.
type codel struct {
	above    float64 // when the wait will have been above the target for an interval; 0 = it is not (s)
	dropNext float64 // when the next is dropped (s)
	count    float64 // drops since dropping began
	last     float64 // count when dropping last ended
	dropping bool
}

// head takes the first out of the line and says whether it may be dropped: the
// wait was above the target for an interval, and somebody waits behind it.
func (k *kernel) codelHead(s *station, l *line) (v int32, ok bool) {
	c := &l.state.codel
	if l.n == 0 {
		c.above = 0
		return nobody, false
	}
	v = l.head
	k.takeOut(l, v)
	switch {
	case k.now-k.frame(v).since < s.guard.Target || l.n == 0:
		c.above = 0
	case c.above == 0:
		c.above = k.now + s.guard.Interval
	default:
		return v, k.now >= c.above
	}
	return v, false
}

// managed takes out whoever gets the next free thread, and drops those before.
func (k *kernel) managed(s *station, l *line) int32 {
	c := &l.state.codel
	v, ok := k.codelHead(s, l)
	interval := s.guard.Interval
	switch {
	case c.dropping && !ok:
		c.dropping = false
	case c.dropping:
		for k.now >= c.dropNext && c.dropping {
			k.shedOne(s, v)
			c.count++
			if v, ok = k.codelHead(s, l); !ok {
				c.dropping = false
				break
			}
			c.dropNext += interval / math.Sqrt(c.count)
		}
	case ok:
		k.shedOne(s, v)
		v, _ = k.codelHead(s, l)
		c.dropping = true
		// Begin at the rate that was right a short time ago.
		delta := c.count - c.last
		c.count = 1
		if delta > 1 && k.now-c.dropNext < 16*interval {
			c.count = delta
		}
		c.dropNext = k.now + interval/math.Sqrt(c.count)
		c.last = c.count
	}
	return v
}

// shedOne drops a visit that was taken out of its line.
func (k *kernel) shedOne(s *station, v int32) {
	k.goneFrom(s, v)
	s.refused++
	k.turnAway(v, outShed)
}
