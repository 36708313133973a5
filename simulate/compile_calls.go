package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// callStep compiles a call, of a step or of a fan-out.
func (c *compiler) callStep(path string, op scenarios.OpID, o scenarios.CallOptions) {
	if !c.known(op, path) {
		return
	}
	if o.Plain() {
		c.emit(opCall, int32(op), 0)
		return
	}
	a := ask{
		path: path, op: int32(op), timeout: o.Timeout, cancel: o.Cancel, attempts: 1, copies: 1,
		breaker: o.Breaker, cell: int32(c.cellCount), service: int32(c.serving),
	}
	c.held(a.timeout, path, "timeout")
	c.bends = true
	c.fails = c.fails || a.timeout > 0 || a.breaker != nil
	if r := o.Retry; r != nil {
		c.retry(&a, r)
	}
	if h := o.Hedge; h != nil {
		if h.Copies < 2 || h.Copies > math.MaxInt16 {
			c.fail("%s: a hedge of %d copies", path, h.Copies)
		}
		c.held(h.After, path, "hedge after")
		a.copies, a.after = int32(h.Copies), h.After
	}
	if b := o.Breaker; b != nil && (!(b.Failures > 0 && b.Window > 0 && b.Open > 0) || b.Probes < 1) {
		c.fail("%s: a circuit breaker %+v", path, *b)
	}
	c.cancels = c.cancels || a.cancel
	c.emit(opAsk, int32(len(c.asks)), 0)
	c.asks = append(c.asks, a)
	c.cellCount++
	if c.serving >= 0 {
		c.cellCount += c.services[c.serving].replicas - 1
	}
}

func (c *compiler) retry(a *ask, r *scenarios.Retry) {
	if r.Attempts < 1 || r.Attempts > math.MaxInt32 || !(r.Factor >= 1) || !(r.Most > 0) || !(r.Budget >= 0) {
		c.fail("%s: a retry %+v", a.path, *r)
		return
	}
	c.passes(r.Backoff, a.path)
	a.attempts, a.budget, a.wait = int32(r.Attempts), r.Budget, c.backoff(r, a.path)
}

// held holds that a time is one.
func (c *compiler) held(t float64, path, what string) {
	if !(t >= 0) || math.IsInf(t, 1) {
		c.fail("%s: a %s of %v s", path, what, t)
	}
}

// fanOut compiles what a fan-out starts, and returns it as a parallel.
func (c *compiler) fanOut(f scenarios.FanOut) parallel {
	out := parallel{fan: int32(len(c.fans)), cancel: f.Options.Cancel}
	if !c.known(f.Op, f.Path()) {
		return out
	}
	width := c.model.FanOutWidth(f)
	out.need = f.Need
	if out.need == 0 {
		out.need = width
	}
	if width < 1 || out.need > width {
		c.fail("%s: waits for %d of %d", f.Path(), out.need, width)
		return out
	}
	c.bends = c.bends || out.cancel
	c.cancels = c.cancels || out.cancel
	entry := c.here()
	c.callStep(f.Path(), f.Op, f.Options)
	c.emit(opEnd, 0, 0)
	for range width {
		out.branches = append(out.branches, entry)
	}
	c.fans = append(c.fans, fan{service: int32(c.model.Operations[f.Op].Service), draw: c.share(f.Path())})
	return out
}

// failStep compiles a step that fails.
func (c *compiler) failStep(f scenarios.Fail) {
	c.probability(f.P, f.Path())
	c.fails = c.fails || f.P > 0
	c.bends = c.bends || f.P > 0
	c.probabilities = append(c.probabilities, f.P)
	c.emit(opFail, c.share(f.Path()), int32(len(c.probabilities)-1))
}
