package loadtest

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Caps bound what a run may do to a system. The zero Caps bound nothing.
type Caps struct {
	// Rate is the most requests a second of all workloads together. An open load
	// that means to go beyond it, on average, is refused; users of closed
	// workloads are held back.
	Rate float64 // (1/s)
	// Duration ends the load, its warm-up included, after so long (s).
	Duration float64
	// Failed ends the run when more requests than this have failed; with
	// FailedShare, when more than that share of those that ended has, 100 of them
	// or more (1).
	Failed      int64
	FailedShare float64 // (1)
}

// fewestForShare is how many requests must have ended before the share of those
// that failed says anything.
const fewestForShare = 100

func (c Caps) check() error {
	for _, x := range []struct {
		name  string
		value float64
		most  float64
	}{{"rate", c.Rate, math.MaxFloat64}, {"duration", c.Duration, math.MaxFloat64}, {"share of errors", c.FailedShare, 1}} {
		if !(x.value >= 0 && x.value <= x.most) {
			return fmt.Errorf("loadtest: a cap of %v on the %s; want 0 for none, or more", x.value, x.name)
		}
	}
	if c.Failed < 0 {
		return fmt.Errorf("loadtest: a cap of %d errors; want 0 for none, or more", c.Failed)
	}
	return nil
}

// throttle makes the throttle for the users of a model, nil where nothing caps
// the rate. It is an error when open workloads alone exceed the cap.
func (c Caps) throttle(m *scenarios.Model, t *scenarios.Test) (*throttle, error) {
	if c.Rate == 0 {
		return nil, nil
	}
	open, users := 0.0, false
	for i := range m.Workloads {
		if w := &m.Workloads[i]; w.Open() {
			open += w.Arrivals.Rate * peakOf(t, i)
		} else {
			users = true
		}
	}
	left := c.Rate - open
	switch {
	case left < 0 && left < -1e-9*c.Rate:
		return nil, fmt.Errorf("loadtest: the load goes up to %.4g requests/s and is capped at %.4g/s; lower the load or raise the cap", open, c.Rate)
	case !users:
		return nil, nil
	case !(left > 0):
		return nil, fmt.Errorf("loadtest: open workloads take all of the cap of %.4g requests/s, and none is left for users", c.Rate)
	}
	return &throttle{gap: duration(1 / left)}, nil
}

// throttle keeps the users of closed workloads from asking more often than a
// cap allows. A nil throttle allows anything.
type throttle struct {
	mu    sync.Mutex
	gap   time.Duration
	next  time.Duration // the first instant that is not taken
	begun bool
	held  int64
}

// slot is when a user may ask who would like to at due.
func (t *throttle) slot(due time.Duration) time.Duration {
	if t == nil {
		return due
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := due
	if t.begun && t.next > due {
		at = t.next
		t.held++
	}
	t.next, t.begun = at+t.gap, true
	return at
}

func (t *throttle) caveats() []measure.Caveat {
	if t == nil || t.held == 0 {
		return nil
	}
	return []measure.Caveat{{
		What:   fmt.Sprintf("loadtest: %d requests of users were held back by the cap on the rate", t.held),
		Where:  "generator",
		Effect: "users thought longer than the scenario says, and the system bore less than their load",
	}}
}
