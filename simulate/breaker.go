package simulate

import "math"

// breaker is a circuit breaker [Nyga07]. What it counts is kept in ten parts of
// the window, the oldest forgotten as a whole.
type breaker struct {
	state  breakerState
	epoch  uint32  // grows with every change; attempts begun in an earlier one do not count
	until  float64 // when it is open (s)
	probes int     // let pass and not heard of, when half open
	good   int     // probes that were
	parts  [breakerParts]part
}

const breakerParts = 10

type breakerState uint8

const (
	closed breakerState = iota
	open
	halfOpen
)

// part is what was counted in one part of the window.
type part struct {
	number    int64 // of the part since the start
	good, bad int
}

// admits reports whether the breaker of an errand lets an attempt pass.
func (k *kernel) admits(e int32) bool {
	er := k.errands.at(e)
	s := k.asks[er.step].breaker
	b := &k.cellOf(e).breaker
	if b.state == open && k.now >= b.until {
		b.turn(halfOpen)
	}
	er.probing = false
	switch {
	case b.state == open:
		return false
	case b.state == halfOpen:
		if b.probes+b.good >= s.Probes {
			return false
		}
		b.probes++
		er.probing = true
	}
	er.epoch = b.epoch
	return true
}

// turn changes the state, and forgets what was counted.
func (b *breaker) turn(to breakerState) {
	*b = breaker{state: to, epoch: b.epoch + 1}
}

// observe tells the breaker of an errand how its attempt ended.
func (k *kernel) observe(e int32, good bool) {
	er := k.errands.at(e)
	s := k.asks[er.step].breaker
	if s == nil {
		return
	}
	b := &k.cellOf(e).breaker
	if er.epoch != b.epoch {
		return
	}
	if er.probing {
		er.probing = false
		b.probes--
		b.good++
		switch {
		case !good:
			b.turn(open)
			b.until = k.now + s.Open
		case b.good >= s.Probes:
			b.turn(closed)
		}
		return
	}
	number := int64(math.Floor(k.now / s.Window * breakerParts))
	at := &b.parts[number%breakerParts]
	if at.number != number {
		*at = part{number: number}
	}
	if good {
		at.good++
	} else {
		at.bad++
	}
	if b.tooMany(number, s.Minimum, s.Failures) {
		b.turn(open)
		b.until = k.now + s.Open
	}
}

// tooMany reports whether enough attempts of the window ended, and too large a
// share of them badly.
func (b *breaker) tooMany(number int64, minimum int, share float64) bool {
	good, bad := 0, 0
	for i := range b.parts {
		if p := &b.parts[i]; number-p.number < breakerParts {
			good += p.good
			bad += p.bad
		}
	}
	return good+bad >= minimum && float64(bad) >= share*float64(good+bad)
}

// unjudged takes back what the breaker of an errand let pass, when nothing will
// be heard of it.
func (k *kernel) unjudged(e int32) {
	er := k.errands.at(e)
	if !er.probing {
		return
	}
	if b := &k.cellOf(e).breaker; b.epoch == er.epoch {
		b.probes--
	}
	er.probing = false
}
