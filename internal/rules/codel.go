package rules

import "math"

// CoDel is the state of a managed line: the pseudo-code of RFC 8289, section 5,
// by Nichols and Jacobson ([NiJa12]), with requests in place of packets.
type CoDel struct {
	above    float64 // when the wait will have been above the target for an interval; 0 = it is not (s)
	dropNext float64 // when the next is dropped (s)
	count    float64 // drops since dropping began
	last     float64 // count when dropping last ended
	dropping bool
}

// Managed is a line that [CoDel] takes requests out of; R is a request.
type Managed[R any] interface {
	// First takes the first out, with the instant since when it has waited
	// and whether others wait behind it; false when the line is empty.
	First() (r R, since float64, more, ok bool)
	// Drop turns one away that was taken out.
	Drop(R)
}

// head takes the first out of the line and says whether it may be dropped: the
// wait was above the target for an interval, and somebody waits behind it.
func head[R any](c *CoDel, l Managed[R], now, target, interval float64) (r R, some, drop bool) {
	r, since, more, some := l.First()
	if !some {
		c.above = 0
		return r, false, false
	}
	switch {
	case now-since < target || !more:
		c.above = 0
	case c.above == 0:
		c.above = now + interval
	default:
		return r, true, now >= c.above
	}
	return r, true, false
}

// Next takes out whoever gets what is free at the instant now, and drops those
// before; false when none is left. A wait is good up to the target, and may be
// worse for an interval (s).
func Next[R any](c *CoDel, l Managed[R], now, target, interval float64) (R, bool) {
	r, some, drop := head(c, l, now, target, interval)
	switch {
	case c.dropping && !drop:
		c.dropping = false
	case c.dropping:
		for now >= c.dropNext && c.dropping {
			l.Drop(r)
			c.count++
			if r, some, drop = head(c, l, now, target, interval); !drop {
				c.dropping = false
				break
			}
			c.dropNext += interval / math.Sqrt(c.count)
		}
	case drop:
		l.Drop(r)
		r, some, _ = head(c, l, now, target, interval)
		c.dropping = true
		// Begin at the rate that was right a short time ago.
		delta := c.count - c.last
		c.count = 1
		if delta > 1 && now-c.dropNext < 16*interval {
			c.count = delta
		}
		c.dropNext = now + interval/math.Sqrt(c.count)
		c.last = c.count
	}
	return r, some
}
