package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// backoff is the wait before something is tried again.
type backoff struct {
	draw   int32 // nobody = none
	jitter int32 // draws a share
	how    scenarios.Jitter
	factor float64
	most   float64
}

// after draws how long to wait after so many failures, of which the last was
// followed by a wait of last (s). The kinds of jitter are those of [Broo15].
func (k *kernel) after(b *backoff, failures int64, last float64) float64 {
	if b.draw == nobody {
		return 0
	}
	base := k.samples[b.draw].draw()
	t := math.Min(base*math.Pow(b.factor, float64(failures-1)), b.most)
	switch b.how {
	case scenarios.FullJitter:
		t *= k.samples[b.jitter].draw()
	case scenarios.EqualJitter:
		t *= 0.5 + 0.5*k.samples[b.jitter].draw()
	case scenarios.Decorrelated:
		last = math.Max(last, base)
		t = math.Min(base+(3*last-base)*k.samples[b.jitter].draw(), b.most)
	}
	return t
}
