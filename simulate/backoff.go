package simulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// backoff is the wait before something is tried again.
type backoff struct {
	draw   int32 // nobody = none
	jitter int32 // draws a share
	rules.Backoff
}

// after draws how long to wait after so many failures, of which the last was
// followed by a wait of last (s).
func (k *kernel) after(b *backoff, failures int64, last float64) float64 {
	if b.draw == nobody {
		return 0
	}
	base, u := k.samples[b.draw].draw(), 0.0
	if b.Jitter != scenarios.NoJitter {
		u = k.samples[b.jitter].draw()
	}
	return b.Wait(failures, last, base, u)
}
