package emulate

import (
	"context"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// frame is a list of steps under way: those of a visit, or of a branch of it.
type frame struct {
	visit *visit
	above *waiter // that waits for this one: the caller, or whose branch it is
	holds []*hold
	stuck *keyState // that it, or what it waits for, waits for; the lock on what is held guards it
}

// run does the steps in order from the instant now on and returns the instant
// at which the last one ended, or at which one failed.
func (f *frame) run(ctx context.Context, steps []scenarios.Step, now float64) (float64, fault) {
	for _, step := range steps {
		if ctx.Err() != nil {
			return stopped(ctx, now)
		}
		var why fault
		if now, why = f.step(ctx, step, now); why != none {
			return now, why
		}
	}
	return now, none
}

func (f *frame) step(ctx context.Context, step scenarios.Step, now float64) (float64, fault) {
	v := f.visit
	sys := v.service.system
	draws := sys.steps[step.Path()]
	switch step := step.(type) {
	case scenarios.CPU:
		return v.replica.work(ctx, v, func() float64 { return draws.sample(step.Demand) }, now)
	case scenarios.Wait:
		return sys.until(ctx, now, now+draws.sample(step.Time))
	case scenarios.Call:
		return f.ask(ctx, sys.asks[step.Path()], anyReplica, now)
	case scenarios.FanOut:
		return f.fanOut(ctx, step, draws, now)
	case scenarios.Parallel:
		return f.parallel(ctx, step, now)
	case scenarios.Choose:
		return f.run(ctx, choose(step.Branches, draws.share()), now)
	case scenarios.Cache:
		if sys.finds(step, draws, now) {
			return f.run(ctx, step.Then, now)
		}
		return f.run(ctx, step.Else, now)
	case scenarios.Repeat:
		return f.repeat(ctx, step, draws, now)
	case scenarios.Publish:
		return sys.topics[step.Topic].publish(ctx, f, now)
	case scenarios.Lock:
		return f.lock(ctx, step, draws, now)
	case scenarios.Acquire:
		return f.acquire(ctx, step, now)
	case scenarios.Release:
		f.release(step.Pool, now)
	case scenarios.Fail:
		if draws.share() < step.P {
			return now, failed
		}
	}
	return now, none // Start refuses a step of any other kind
}

func (f *frame) repeat(ctx context.Context, step scenarios.Repeat, draws *stream, now float64) (float64, fault) {
	for range f.visit.times(step, draws) {
		var why fault
		if now, why = f.run(ctx, step.Steps, now); why != none {
			return now, why
		}
	}
	return now, none
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
