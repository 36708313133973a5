package emulate

import (
	"context"

	"github.com/headroom/headroom/scenarios"
)

// optimistic runs steps without keeping anybody out, and again when others have
// changed one of the keys meanwhile (backward validation, Härder 1984).
func (f *frame) optimistic(ctx context.Context, t *lockTable, step scenarios.Lock, draws *stream, now float64) (float64, fault) {
	sys := f.visit.service.system
	last := 0.0
	for tries := 1; ; tries++ {
		keys := t.choose(f, max(1, step.Count), draws)
		if keys == nil {
			return now, deadlock // it has all that is there itself
		}
		seen := make([]uint32, len(keys))
		sys.holding.Lock()
		for i, key := range keys {
			seen[i] = t.versions[key]
			f.holds = append(f.holds, &hold{frame: f, from: t, key: key, optimistic: true})
		}
		sys.holding.Unlock()
		var why fault
		now, why = f.run(ctx, step.Steps, now)
		f.unhold(len(f.holds)-len(keys), now)
		if why != none {
			return now, why
		}
		if t.validate(sys, keys, seen, now) {
			return now, none
		}
		if step.Retry == nil {
			continue
		}
		if tries >= step.Retry.Attempts {
			return now, conflict
		}
		last = sys.pauses[step.Path()].after(tries, last)
		if now, why = sys.until(ctx, now, now+last); why != none {
			return now, why
		}
	}
}

// validate reports whether keys are as they were seen, and then changes them.
func (t *lockTable) validate(sys *System, keys []int32, seen []uint32, now float64) bool {
	sys.holding.Lock()
	defer sys.holding.Unlock()
	same := true
	for i, key := range keys {
		same = same && t.versions[key] == seen[i]
	}
	t.meter.ask(now, !same)
	if !same {
		return false
	}
	for _, key := range keys {
		t.versions[key]++
	}
	return true
}
