package emulate

import (
	"context"
	"sync/atomic"

	"github.com/headroom/headroom/scenarios"
)

// ending is how and when one branch ended.
type ending struct {
	at    float64
	fault fault
}

// fork is a number of branches that run at once.
type fork struct {
	n, need int
	cancel  bool // what is not waited for any more is taken back
	run     func(ctx context.Context, branch *frame, i int, now float64) (float64, fault)
}

func (f *frame) parallel(ctx context.Context, step scenarios.Parallel, now float64) (float64, fault) {
	return f.fork(ctx, now, fork{
		n: len(step.Branches), need: step.Need,
		run: func(ctx context.Context, branch *frame, i int, now float64) (float64, fault) {
			return branch.run(ctx, step.Branches[i], now)
		},
	})
}

// fanOut asks so many replicas, or partitions, of a service at once, each of
// the calls by its options.
func (f *frame) fanOut(ctx context.Context, step scenarios.FanOut, draws *stream, now float64) (float64, fault) {
	sys := f.visit.service.system
	ask := sys.asks[step.Path()]
	callee := sys.services[sys.model.Operations[step.Op].Service]
	to := callee.targets(sys.model.FanOutWidth(step), draws)
	need := step.Need
	if need == 0 {
		need = len(to)
	}
	return f.fork(ctx, now, fork{
		n: len(to), need: need, cancel: step.Options.Cancel,
		run: func(ctx context.Context, branch *frame, i int, now float64) (float64, fault) {
			return branch.ask(ctx, ask, to[i], now)
		},
	})
}

// targets picks the replicas that so many branches of a fan-out ask, or those
// that have the partitions that they ask: each another one, by a shuffle that
// goes as far as it is needed (R. Durstenfeld, Algorithm 235, 1964 [Durs64]).
// Where there are fewer of them than branches they are asked in turn.
func (s *service) targets(width int, draws *stream) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.replicas)
	if s.parts != nil {
		n = len(s.parts.owner)
	}
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	to := make([]int, width)
	for i := range to {
		if width < n {
			j := i + draws.below(n-i)
			list[i], list[j] = list[j], list[i]
		}
		to[i] = list[i%n]
		if s.parts != nil {
			s.parts.asked[to[i]]++
			to[i] = int(s.parts.owner[to[i]])
		}
	}
	return to
}

// fork runs every branch at once and goes on when as many as are needed have
// ended well, or fails when too many have failed for that. The branches left
// behind run on: they end with their replica, and not with who started them.
func (f *frame) fork(ctx context.Context, now float64, k fork) (float64, fault) {
	v := f.visit
	sys := v.service.system
	forked := now
	inside, cut := context.WithCancelCause(v.base)
	unlink := context.AfterFunc(ctx, func() { cut(context.Cause(ctx)) })
	defer unlink()
	above := &waiter{frame: f}
	defer func() {
		sys.holding.Lock()
		above.gone = true
		sys.holding.Unlock()
	}()
	var running atomic.Int64
	ended := make(chan ending, k.n) // room for all: nobody may be there to receive
	for i := range k.n {
		if !sys.work.begin() {
			return now, closing
		}
		running.Add(1)
		v.hold()
		go func() {
			defer sys.work.end()
			defer v.drop()
			branch := &frame{visit: v, above: above}
			at, why := k.run(inside, branch, i, forked)
			branch.letGo(at)
			ended <- ending{at, why}
			if running.Add(-1) == 0 {
				cut(nil) // frees what the context holds; nobody is left to see it
			}
		}()
	}
	well, spare := 0, k.n-k.need
	for well < k.need {
		var e ending
		select {
		case e = <-ended:
		case <-ctx.Done():
			return stopped(ctx, now)
		}
		now = max(now, e.at)
		if e.fault == none {
			well++
			continue
		}
		if spare--; spare < 0 {
			if k.cancel {
				cut(cause{givenUp, now})
			}
			return now, e.fault
		}
	}
	if k.cancel && well < k.n {
		cut(cause{givenUp, now})
	}
	return now, none
}
