package loadtest

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/scenarios"
)

// crowd drives the users of one closed workload: each thinks, asks, waits for
// the answer, and thinks again. A request is due the moment its user has
// thought long enough. Where the load changes, users join, each beginning with a
// think time, and who is done thinking leaves instead of asking.
type crowd struct {
	shape    *arrivals.Shape // of the load; nil: it does not change
	throttle *throttle       // nil: users ask as soon as they like
	workload *scenarios.Workload
	index    int
	wait     func(ctx context.Context, until time.Duration) error
	now      func() time.Duration
	carry    func(due time.Duration, r request) // makes a request and records it

	think *stream
	mixMu sync.Mutex
	mix   picker

	usersMu       sync.Mutex
	there, wanted int // users
}

func newCrowd(w *scenarios.Workload, index int, shape *arrivals.Shape, seed uint64) *crowd {
	return &crowd{
		workload: w, index: index, shape: shape,
		think: &stream{rand: variate.Stream(seed, 0, "think/"+w.Name)},
		mix:   newPicker(w, seed),
	}
}

// run lets the users ask from the time start on until end, and returns when
// the last has its answer. Each user thinks before the first request.
func (c *crowd) run(ctx context.Context, start, end time.Duration) {
	var users sync.WaitGroup
	defer users.Wait()
	for at := 0.0; ; {
		for range c.join(at) {
			first := start + duration(at) + duration(c.think.sample(c.workload.Think))
			users.Go(func() { c.user(ctx, first, end) })
		}
		if c.shape == nil {
			return
		}
		at = c.shape.NextChange(at, c.workload.Users)
		if !(at < seconds(end-start)) || c.wait(ctx, start+duration(at)) != nil {
			return
		}
	}
}

// join says how many users come at an instant after the start of the load (s).
func (c *crowd) join(at float64) int {
	c.usersMu.Lock()
	defer c.usersMu.Unlock()
	c.wanted = c.workload.Users
	if c.shape != nil {
		c.wanted = int(math.Round(float64(c.workload.Users) * c.shape.Factor(at)))
	}
	n := max(c.wanted-c.there, 0)
	c.there += n
	return n
}

// stays reports whether the user who is done thinking stays; if not, there is
// one less.
func (c *crowd) stays() bool {
	c.usersMu.Lock()
	defer c.usersMu.Unlock()
	if c.there <= c.wanted {
		return true
	}
	c.there--
	return false
}

func (c *crowd) user(ctx context.Context, due, end time.Duration) {
	for due = c.throttle.slot(due); due < end && c.wait(ctx, due) == nil && c.stays(); due = c.throttle.slot(due) {
		c.mixMu.Lock()
		op := c.mix.pick()
		c.mixMu.Unlock()
		c.carry(due, request{workload: c.index, op: op})
		due = c.now() + duration(c.think.sample(c.workload.Think))
	}
}
