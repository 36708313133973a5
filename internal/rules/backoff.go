package rules

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// Backoff is how the wait before another try grows, and how it is spread.
type Backoff struct {
	Jitter scenarios.Jitter
	Factor float64 // from one wait to the next (1)
	Most   float64 // (s)
}

// Wait is how long to wait after so many failures (s), of which the last was
// followed by a wait of last, given the first backoff drawn, base, and u,
// uniform from 0 to 1; u is not used without jitter. The kinds of jitter are
// those of [Broo15].
func (b *Backoff) Wait(failures int64, last, base, u float64) float64 {
	t := math.Min(base*math.Pow(b.Factor, float64(failures-1)), b.Most)
	switch b.Jitter {
	case scenarios.FullJitter:
		t *= u
	case scenarios.EqualJitter:
		t *= 0.5 + 0.5*u
	case scenarios.Decorrelated:
		last = math.Max(last, base)
		t = math.Min(base+(3*last-base)*u, b.Most)
	}
	return t
}
