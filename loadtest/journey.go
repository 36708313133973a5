package loadtest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// journeys carries requests through: one operation, a walk over several, or
// the steps of a session.
type journeys struct {
	*exchanger
	model   *scenarios.Model
	record  func(*Hit)
	wait    func(ctx context.Context, until time.Duration) error
	streams map[string]*stream
	errands map[string]*errand // by path of their step
	behind  sync.WaitGroup     // branches that were left to run on
}

// stream is a random stream that several requests draw from.
type stream struct {
	mu   sync.Mutex
	rand *rand.Rand
}

func (s *stream) float64() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.Float64()
}

func (s *stream) sample(d dist.Dist) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.Sample(s.rand)
}

// newStreams makes the streams that the sessions and routes of a model draw from.
func newStreams(m *scenarios.Model, seed uint64) (map[string]*stream, error) {
	out := map[string]*stream{}
	add := func(name string) { out[name] = &stream{rand: variate.Stream(seed, 0, name)} }
	for i := range m.Workloads {
		w := &m.Workloads[i]
		if w.Route != nil {
			add("route/" + w.Name)
		}
		err := eachStep(w.Steps, func(s scenarios.Step) error {
			switch s.(type) {
			case scenarios.CPU, scenarios.Publish:
				return fmt.Errorf("loadtest: workloads.%s: %s: a client can wait and call, but %s is a step of a service; put it into an operation and call that", w.Name, s.Path(), stepName(s))
			}
			add(s.Path())
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func stepName(s scenarios.Step) string {
	if _, ok := s.(scenarios.Publish); ok {
		return "publish"
	}
	return "cpu"
}

// eachStep calls f for every step, those within others included, until one errs.
func eachStep(steps []scenarios.Step, f func(scenarios.Step) error) error {
	for _, s := range steps {
		if err := f(s); err != nil {
			return err
		}
		for _, inner := range within(s) {
			if err := eachStep(inner, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// within returns the lists of steps that a step is made of.
func within(s scenarios.Step) [][]scenarios.Step {
	switch s := s.(type) {
	case scenarios.Parallel:
		return s.Branches
	case scenarios.Choose:
		var out [][]scenarios.Step
		for _, b := range s.Branches {
			out = append(out, b.Steps)
		}
		return out
	case scenarios.Cache:
		return [][]scenarios.Step{s.Then, s.Else}
	case scenarios.Repeat:
		return [][]scenarios.Step{s.Steps}
	}
	return nil
}

// carry makes one request of a workload and records what became of it.
func (j *journeys) carry(ctx context.Context, due time.Duration, q request) Hit {
	workload, op := q.workload, q.op
	w := &j.model.Workloads[workload]
	h := Hit{Due: due, Workload: workload, Op: Session, Waited: q.waited, Queued: q.queued}
	ctx = urgent(ctx, w)
	switch {
	case len(w.Steps) > 0:
		t := j.trip(ctx, workload)
		h.Outcome = t.steps(w.Steps)
		t.close(&h)
	case w.Route != nil:
		t := j.trip(ctx, workload)
		h.Outcome = t.walk(w, op)
		t.close(&h)
	default:
		a := j.ask(ctx, op, nil)
		h.Op = op
		h.Sent, h.Done, h.Outcome, h.Status, h.Bytes = a.sent, a.done, a.outcome, a.status, a.bytes
	}
	j.record(&h)
	return h
}

// trip is one session or route under way.
type trip struct {
	*journeys
	ctx      context.Context
	workload int
	began    time.Duration
	values   driver.Values

	mu    sync.Mutex
	fault Hit // the last request that failed
	bytes int64
}

func (j *journeys) trip(ctx context.Context, workload int) *trip {
	return &trip{journeys: j, ctx: ctx, workload: workload, began: j.now()}
}

// close sums the trip up.
func (t *trip) close(h *Hit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h.Sent, h.Done, h.Bytes = t.began, t.now(), t.bytes
	if h.Outcome != Answered {
		h.Status = t.fault.Status
	}
}

// call makes one request of the trip.
func (t *trip) call(ctx context.Context, op scenarios.OpID) Outcome {
	due := t.now()
	a := t.ask(ctx, op, &t.values)
	if a.outcome == TimedOut && t.ctx.Err() != nil && a.done-a.sent < t.timeout {
		a.outcome = Cut // the run was over before the request had had its time
	}
	h := Hit{
		Due: due, Sent: a.sent, Done: a.done, Workload: t.workload, Op: op, Part: true,
		Outcome: a.outcome, Status: a.status, Bytes: a.bytes,
	}
	t.mu.Lock()
	t.bytes += a.bytes
	if h.Outcome != Answered {
		t.fault = h
	}
	t.mu.Unlock()
	t.record(&h)
	return h.Outcome
}

// walk follows a route from its first operation to its end.
func (t *trip) walk(w *scenarios.Workload, op scenarios.OpID) Outcome {
	hops := t.streams["route/"+w.Name]
	for {
		if o := t.call(t.ctx, op); o != Answered {
			return o
		}
		next, ok := choose(w.Route.Next[op], hops.float64())
		if !ok {
			return Answered
		}
		op = next
	}
}

// steps runs one step after the other, to the end or the first that fails.
func (t *trip) steps(steps []scenarios.Step) Outcome {
	for _, s := range steps {
		if o := t.step(s); o != Answered {
			return o
		}
	}
	return Answered
}

func (t *trip) step(s scenarios.Step) Outcome {
	draws := t.streams[s.Path()]
	switch s := s.(type) {
	case scenarios.Call:
		if e := t.errands[s.Path()]; e != nil {
			return t.run(e, s.Op)
		}
		return t.call(t.ctx, s.Op)
	case scenarios.Wait:
		until := t.now() + duration(draws.sample(s.Time))
		if t.wait(t.ctx, until) != nil {
			return Cut // whatever ended the run, the system had no part in this
		}
	case scenarios.Choose:
		return t.steps(branch(s.Branches, draws.float64()))
	case scenarios.Cache:
		if draws.float64() < s.Hit {
			return t.steps(s.Then)
		}
		return t.steps(s.Else)
	case scenarios.Repeat:
		return t.repeat(s, draws)
	case scenarios.Parallel:
		return t.parallel(s)
	}
	return Answered
}

// branch returns the steps of the branch that u, uniform in [0, 1), falls into.
func branch(branches []scenarios.Branch, u float64) []scenarios.Step {
	sum := 0.0
	for _, b := range branches {
		if sum += b.P; u < sum {
			return b.Steps
		}
	}
	if len(branches) == 0 {
		return nil
	}
	return branches[len(branches)-1].Steps // the probabilities add up to a hair less than 1
}

func (t *trip) repeat(s scenarios.Repeat, draws *stream) Outcome {
	count := 1.0
	if !s.PerMessage {
		count = math.Round(draws.sample(s.Count))
	}
	for range int(min(count, math.MaxInt32)) {
		if o := t.steps(s.Steps); o != Answered {
			return o
		}
	}
	return Answered
}

// parallel starts every branch and goes on when enough of them have ended
// well, or when too many have failed for that. What is left behind runs on.
func (t *trip) parallel(s scenarios.Parallel) Outcome {
	ended := make(chan Outcome, len(s.Branches))
	for _, b := range s.Branches {
		t.behind.Go(func() { ended <- t.steps(b) })
	}
	well, spare := 0, len(s.Branches)-s.Need
	for well < s.Need {
		o := <-ended
		if o == Answered {
			well++
			continue
		}
		if spare--; spare < 0 {
			return o
		}
	}
	return Answered
}

// duration is x seconds, at most what a run can last.
func duration(x float64) time.Duration {
	return time.Duration(min(max(x, 0), longestRun.Seconds()) * float64(time.Second))
}
