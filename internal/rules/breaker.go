package rules

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// Breaker is a circuit breaker [Nyga07]. What it counts is kept in ten parts of
// the window, the oldest forgotten as a whole. The zero value is closed.
type Breaker struct {
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

// Pass is what an attempt that was let pass is to show when it has ended.
type Pass struct {
	epoch uint32
	probe bool
}

// Admit lets an attempt pass at the instant now, or does not.
func (b *Breaker) Admit(s *scenarios.Breaker, now float64) (Pass, bool) {
	if b.state == open && now >= b.until {
		b.turn(halfOpen)
	}
	p := Pass{epoch: b.epoch}
	switch {
	case b.state == open:
		return p, false
	case b.state == halfOpen:
		if b.probes+b.good >= s.Probes {
			return p, false
		}
		b.probes++
		p.probe = true
	}
	return p, true
}

// turn changes the state, and forgets what was counted.
func (b *Breaker) turn(to breakerState) {
	*b = Breaker{state: to, epoch: b.epoch + 1}
}

// Observe is told how an attempt ended at the instant now. A pass is good for
// one attempt.
func (b *Breaker) Observe(s *scenarios.Breaker, p Pass, now float64, good bool) {
	if p.epoch != b.epoch {
		return
	}
	if p.probe {
		b.probes--
		b.good++
		switch {
		case !good:
			b.turn(open)
			b.until = now + s.Open
		case b.good >= s.Probes:
			b.turn(closed)
		}
		return
	}
	number := int64(math.Floor(now / s.Window * breakerParts))
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
		b.until = now + s.Open
	}
}

// tooMany reports whether enough attempts of the window ended, and too large a
// share of them badly.
func (b *Breaker) tooMany(number int64, minimum int, share float64) bool {
	good, bad := 0, 0
	for i := range b.parts {
		if p := &b.parts[i]; number-p.number < breakerParts {
			good += p.good
			bad += p.bad
		}
	}
	return good+bad >= minimum && float64(bad) >= share*float64(good+bad)
}

// Unjudged takes back what was let pass, when nothing will be heard of it.
func (b *Breaker) Unjudged(p Pass) {
	if p.probe && b.epoch == p.epoch {
		b.probes--
	}
}
