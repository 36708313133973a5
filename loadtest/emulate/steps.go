package emulate

import (
	"context"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// run does the steps in order from the instant now on and returns the instant
// at which the last one ended, or at which one failed.
func (v *visit) run(ctx context.Context, steps []scenarios.Step, now float64) (float64, fault) {
	for _, step := range steps {
		var f fault
		if now, f = v.step(ctx, step, now); f != none {
			return now, f
		}
	}
	return now, none
}

func (v *visit) step(ctx context.Context, step scenarios.Step, now float64) (float64, fault) {
	sys := v.service.system
	draws := sys.steps[step.Path()]
	switch step := step.(type) {
	case scenarios.CPU:
		return v.replica.work(ctx, v, func() float64 { return draws.sample(step.Demand) }, now)
	case scenarios.Wait:
		now += draws.sample(step.Time)
		return now, sys.until(ctx, now)
	case scenarios.Call:
		return sys.call(ctx, v.service.client, order{op: step.Op, at: now})
	case scenarios.Parallel:
		return v.fork(ctx, step, now)
	case scenarios.Choose:
		return v.run(ctx, choose(step.Branches, draws.share()), now)
	case scenarios.Cache:
		if draws.share() < step.Hit {
			return v.run(ctx, step.Then, now)
		}
		return v.run(ctx, step.Else, now)
	case scenarios.Repeat:
		for range v.times(step, draws) {
			var f fault
			if now, f = v.run(ctx, step.Steps, now); f != none {
				return now, f
			}
		}
		return now, none
	case scenarios.Publish:
		sys.topics[step.Topic].publish(now)
		return now, none
	}
	return now, none // Start refuses a step of any other kind
}

// times is how often a Repeat runs.
func (v *visit) times(step scenarios.Repeat, draws *stream) int {
	if step.PerMessage {
		return max(1, v.batch)
	}
	return int(math.Round(max(0, draws.sample(step.Count))))
}

// choose returns the branch that the share u of all draws belongs to.
func choose(branches []scenarios.Branch, u float64) []scenarios.Step {
	upTo := 0.0
	for _, b := range branches[:len(branches)-1] {
		if upTo += b.P; u < upTo {
			return b.Steps
		}
	}
	return branches[len(branches)-1].Steps
}
