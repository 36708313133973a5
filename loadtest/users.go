package loadtest

import (
	"context"
	"sync"
	"time"

	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/scenarios"
)

// crowd drives the users of one closed workload: each thinks, asks, waits for
// the answer, and thinks again. A request is due the moment its user has
// thought long enough.
type crowd struct {
	workload *scenarios.Workload
	index    int
	wait     func(ctx context.Context, until time.Duration) error
	now      func() time.Duration
	carry    func(due time.Duration, r request) // makes a request and records it

	think *stream
	mixMu sync.Mutex
	mix   picker
}

func newCrowd(w *scenarios.Workload, index int, seed uint64) *crowd {
	return &crowd{
		workload: w, index: index,
		think: &stream{rand: variate.Stream(seed, 0, "think/"+w.Name)},
		mix:   newPicker(w, seed),
	}
}

// run lets the users ask from the time start on until end, and returns when
// the last has its answer. Each user thinks before the first request.
func (c *crowd) run(ctx context.Context, start, end time.Duration) {
	var users sync.WaitGroup
	for range c.workload.Users {
		first := start + duration(c.think.sample(c.workload.Think))
		users.Go(func() { c.user(ctx, first, end) })
	}
	users.Wait()
}

func (c *crowd) user(ctx context.Context, due, end time.Duration) {
	for due < end && c.wait(ctx, due) == nil {
		c.mixMu.Lock()
		op := c.mix.pick()
		c.mixMu.Unlock()
		c.carry(due, request{workload: c.index, op: op})
		due = c.now() + duration(c.think.sample(c.workload.Think))
	}
}
