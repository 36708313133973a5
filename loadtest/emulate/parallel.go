package emulate

import (
	"context"

	"github.com/headroom/headroom/scenarios"
)

// ending is how and when one branch ended.
type ending struct {
	at    float64
	fault fault
}

// fork runs every branch at once and goes on when as many as are needed have
// ended well, or fails when too many have failed for that. The branches left
// behind run on.
func (v *visit) fork(ctx context.Context, step scenarios.Parallel, now float64) (float64, fault) {
	sys := v.service.system
	forked := now
	ended := make(chan ending, len(step.Branches)) // room for all: nobody may be there to receive
	for _, b := range step.Branches {
		if !sys.work.begin() {
			return now, closing
		}
		go func() {
			defer sys.work.end()
			at, f := v.run(ctx, b, forked)
			ended <- ending{at, f}
		}()
	}
	well, spare := 0, len(step.Branches)-step.Need
	for well < step.Need {
		e := <-ended
		now = max(now, e.at)
		if e.fault == none {
			well++
			continue
		}
		if spare--; spare < 0 {
			return now, e.fault
		}
	}
	return now, none
}
