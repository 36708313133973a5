package loadtest

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
)

// Headers by which an emulated system is told how urgent a request is, and that
// who closes its connection takes it back.
const (
	priorityHeader = "X-Headroom-Priority"
	cancelHeader   = "X-Headroom-Cancel"
)

// urgent tells an emulated system how urgent the requests of a workload are.
func urgent(ctx context.Context, w *scenarios.Workload) context.Context {
	if w.Priority == 0 {
		return ctx
	}
	return driver.Mark(ctx, priorityHeader, strconv.Itoa(w.Priority))
}

// errand is a step of a session that does something about answers that are late
// or bad: what its calls share.
type errand struct {
	options scenarios.CallOptions
	backoff rules.Backoff
	wait    *stream // "<path>/backoff"
	jitter  *stream // "<path>/jitter"

	mu    sync.Mutex
	purse rules.Purse
}

// newErrands makes those of a model, by the path of their step.
func newErrands(m *scenarios.Model, seed uint64) map[string]*errand {
	out := map[string]*errand{}
	for i := range m.Workloads {
		scenarios.WalkSteps(m.Workloads[i].Steps, func(s scenarios.Step) {
			c, ok := s.(scenarios.Call)
			if !ok || c.Options.Plain() {
				return
			}
			e := &errand{options: c.Options}
			if r := c.Options.Retry; r != nil {
				e.backoff = rules.Backoff{Jitter: r.Jitter, Factor: r.Factor, Most: r.Most}
				e.wait = &stream{rand: variate.Stream(seed, 0, c.Path()+"/backoff")}
				e.jitter = &stream{rand: variate.Stream(seed, 0, c.Path()+"/jitter")}
				e.purse = rules.FullPurse(r.Budget)
			}
			out[c.Path()] = e
		})
	}
	return out
}

// save puts what a first attempt brings into the purse.
func (e *errand) save() {
	if r := e.options.Retry; r != nil && r.Budget > 0 {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.purse.Save(r.Budget)
	}
}

// again reports whether there is another attempt after so many.
func (e *errand) again(tries int) bool {
	r := e.options.Retry
	switch {
	case r == nil || tries >= r.Attempts:
		return false
	case r.Budget == 0:
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.purse.Spend()
}

// pause draws the wait after so many failures, the last of which was followed by
// a wait of last (s).
func (e *errand) pause(failures int, last float64) float64 {
	r := e.options.Retry
	if r.Backoff.IsZero() {
		return 0
	}
	u := 0.0
	if r.Jitter != scenarios.NoJitter {
		u = e.jitter.float64()
	}
	return e.backoff.Wait(int64(failures), last, e.wait.sample(r.Backoff), u)
}

// run makes the call of a step as often as its options say.
func (t *trip) run(e *errand, op scenarios.OpID) Outcome {
	e.save()
	last := 0.0
	for tries := 1; ; tries++ {
		o := t.attempt(e, op)
		if o == Answered || o == Cut || o == Unsent || !e.again(tries) {
			return o
		}
		last = e.pause(tries, last)
		if t.wait(t.ctx, t.now()+duration(last)) != nil {
			return Cut
		}
	}
}

// attempt makes one attempt, with all its copies ([DeBa13], hedged requests).
// What is given up is taken back where the step says so, and otherwise ends by
// itself, for nobody.
func (t *trip) attempt(e *errand, op scenarios.OpID) Outcome {
	began, copies := t.now(), 1
	after, late := make(<-chan struct{}), make(<-chan struct{})
	ctx := t.ctx
	if e.options.Cancel {
		ctx = driver.Mark(ctx, cancelHeader, "1")
	}
	life, end := context.WithCancel(ctx)
	timers, over := context.WithCancel(t.ctx)
	defer over()
	if h := e.options.Hedge; h != nil {
		copies = h.Copies
	}
	ended := make(chan Outcome, copies)
	var users atomic.Int64
	users.Store(1)
	leave := func() {
		if users.Add(-1) == 0 {
			end() // frees what the context holds
		}
	}
	defer leave()
	send := func() {
		users.Add(1)
		t.behind.Go(func() {
			defer leave()
			ended <- t.call(life, op)
		})
	}
	sent, out := 1, 1
	send()
	if e.options.Timeout > 0 {
		late = t.alarm(timers, began+duration(e.options.Timeout))
	}
	hedge := func() {
		if after = nil; sent < copies {
			after = t.alarm(timers, t.now()+duration(e.options.Hedge.After))
		}
	}
	hedge()
	for {
		select {
		case o := <-ended:
			if out--; o == Answered || out == 0 {
				if e.options.Cancel {
					end()
				}
				return o
			}
		case <-after:
			sent, out = sent+1, out+1
			send()
			hedge()
		case <-late:
			if e.options.Cancel {
				end()
			}
			t.failed(&Hit{Outcome: TimedOut})
			return TimedOut
		}
	}
}

// alarm is closed when the time until has come, unless ctx ends before.
func (t *trip) alarm(ctx context.Context, until time.Duration) <-chan struct{} {
	rings := make(chan struct{})
	t.behind.Go(func() {
		if t.wait(ctx, until) == nil {
			close(rings)
		}
	})
	return rings
}

// failed notes the last request of a trip that failed.
func (t *trip) failed(h *Hit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = *h
}
