package emulate

import (
	"context"
	"sync"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// asking is a step that calls: what it does about answers that are late or bad,
// and what its calls share.
type asking struct {
	op      scenarios.OpID
	options scenarios.CallOptions
	pause   pause

	mu    sync.Mutex
	cells []cell // by replica of the caller
}

// cell is what the calls of one step from one replica share.
type cell struct {
	purse   rules.Purse
	breaker rules.Breaker
}

// newAsks makes what the calls of a model need, by the path of their step.
func newAsks(seed uint64, m *scenarios.Model) map[string]*asking {
	asks := map[string]*asking{}
	for i := range m.Operations {
		callers := mostReplicas(&m.Services[m.Operations[i].Service])
		scenarios.WalkSteps(m.Operations[i].Steps, func(s scenarios.Step) {
			switch s := s.(type) {
			case scenarios.Call:
				asks[s.Path()] = newAsk(seed, s.Path(), s.Op, s.Options, callers)
			case scenarios.FanOut:
				asks[s.Path()] = newAsk(seed, s.Path(), s.Op, s.Options, callers)
			}
		})
	}
	return asks
}

func newAsk(seed uint64, path string, op scenarios.OpID, o scenarios.CallOptions, callers int) *asking {
	a := &asking{op: op, options: o, pause: newPause(seed, path, o.Retry)}
	if o.Retry != nil || o.Breaker != nil {
		a.cells = make([]cell, callers)
	}
	if o.Retry != nil {
		for i := range a.cells {
			a.cells[i].purse = rules.FullPurse(o.Retry.Budget)
		}
	}
	return a
}

// tell lets the breaker of a caller's replica see something.
func (a *asking) tell(replica int, see func(*rules.Breaker)) {
	if a.options.Breaker == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	see(&a.cells[replica].breaker)
}

// paid reports whether there is a retry in the purse, and takes it.
func (a *asking) paid(replica int) bool {
	if a.options.Retry.Budget == 0 {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cells[replica].purse.Spend()
}

// save puts what a first attempt brings into the purse.
func (a *asking) save(replica int) {
	if r := a.options.Retry; r != nil && r.Budget > 0 {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.cells[replica].purse.Save(r.Budget)
	}
}

// ask makes the call of a step from the instant now on, of a given replica if
// there is one, as often as its options say, and returns when the answer that
// counts was there.
func (f *frame) ask(ctx context.Context, a *asking, to int, now float64) (float64, fault) {
	sys, own := f.visit.service.system, f.visit.replica.index
	a.save(own)
	last := 0.0
	for tries := 1; ; tries++ {
		var why fault
		if now, why = f.attempt(ctx, a, to, now); why == none {
			return now, none
		}
		if ctx.Err() != nil {
			return stopped(ctx, now)
		}
		r := a.options.Retry
		if r == nil || tries >= r.Attempts || why == closing || !a.paid(own) {
			return now, why
		}
		last = a.pause.after(tries, last)
		if now, why = sys.until(ctx, now, now+last); why != none {
			return now, why
		}
	}
}

// attempt makes one attempt, unless a circuit breaker is open.
func (f *frame) attempt(ctx context.Context, a *asking, to int, now float64) (float64, fault) {
	b, own := a.options.Breaker, f.visit.replica.index
	var pass rules.Pass
	passed := true
	a.tell(own, func(br *rules.Breaker) { pass, passed = br.Admit(b, now) })
	if !passed {
		return now, open
	}
	now, why := f.race(ctx, a, to, now)
	a.tell(own, func(br *rules.Breaker) {
		if ctx.Err() != nil {
			br.Unjudged(pass)
			return
		}
		br.Observe(b, pass, now, why == none)
	})
	return now, why
}
