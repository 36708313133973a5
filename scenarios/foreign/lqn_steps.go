package foreign

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// manyPartitions is how many partitions a topic has that stands for messages to
// a task: enough that hardly any two that are worked on meet in one.
const manyPartitions = 1000

// entry is the steps of an entry: its phases, or the activities bound to it.
func (l *lqnReader) entry(e *lqnEntry) []scenarios.Step {
	if ph := e.e.child("entry-phase-activities"); ph != nil {
		phases := ph.children("activity")
		slices.SortStableFunc(phases, func(a, b *element) int { return phaseOf(a) - phaseOf(b) })
		var out []scenarios.Step
		for _, a := range phases {
			steps := l.activity(e.task, a)
			if phaseOf(a) > 1 && len(steps) > 0 && !e.task.reference {
				l.note(a.line, "entry "+e.name, "work after the reply is not carried over", "it is done before the reply: response times are longer")
			}
			out = append(out, steps...)
		}
		return out
	}
	for _, a := range e.task.e.child("task-activities").children("activity") {
		if a.attr("bound-to-entry") == e.name {
			return l.graph(e.task, a.attr("name"))
		}
	}
	l.fail(e.e.line, "entry %s has neither phases nor an activity bound to it", shorten(e.name))
	return nil
}

func phaseOf(a *element) int {
	n, err := strconv.Atoi(a.attr("phase"))
	if err != nil {
		return 1
	}
	return n
}

// activity is the steps of one activity: time to think, then demand and calls.
// A stochastic activity makes a geometric number of calls between slices of its
// demand, a deterministic one just as many as it says.
func (l *lqnReader) activity(t *lqnTask, a *element) []scenarios.Step {
	var out []scenarios.Step
	if a.attr("think-time") != "" {
		think, _ := l.variable(a, "think-time")
		if think > 0 {
			out = append(out, scenarios.Wait{Time: l.exponential(a.line, "think-time of "+a.attr("name"), think)})
		}
	}
	if m := a.attr("max-service-time"); m != "" && m != "0" {
		l.note(a.line, "activity "+a.attr("name"), "max-service-time is not carried over", "percentiles tell the same")
	}
	var calls []lqnCall
	total := 0.0
	for _, k := range a.kids {
		if k.name != "synch-call" && k.name != "asynch-call" {
			continue
		}
		mean, _ := l.variable(k, "calls-mean")
		if mean > 0 {
			calls = append(calls, lqnCall{mean: mean, e: k})
			total += mean
		}
	}
	if a.attr("call-order") == "DETERMINISTIC" || a.attr("call-order") == "LIST" {
		return append(out, l.deterministic(t, a, calls, total)...)
	}
	return append(out, l.stochastic(t, a, calls, total)...)
}

// lqnCall is a request that an activity makes so often in the mean (1).
type lqnCall struct {
	mean float64
	e    *element
}

func (l *lqnReader) stochastic(t *lqnTask, a *element, calls []lqnCall, total float64) []scenarios.Step {
	slice := l.slice(t, a, total)
	if total == 0 {
		return slice
	}
	var one []scenarios.Step
	var c scenarios.Choose
	for _, k := range calls {
		one = l.request(t, k.e)
		c.Branches = append(c.Branches, scenarios.Branch{P: k.mean / total, Steps: one})
	}
	if len(calls) > 1 {
		one = []scenarios.Step{c}
	}
	return append(slice, scenarios.Repeat{Count: geometric(total), Steps: slices.Concat(one, slice)})
}

func (l *lqnReader) deterministic(t *lqnTask, a *element, calls []lqnCall, total float64) []scenarios.Step {
	out := l.slice(t, a, total)
	slice := out
	for _, k := range calls {
		steps := slices.Concat(l.request(t, k.e), slice)
		switch {
		case k.mean != math.Trunc(k.mean):
			l.fail(k.e.line, "activity %s: %s calls, by call-order a whole number", shorten(a.attr("name")), plain(k.mean))
		case k.mean == 1:
			out = slices.Concat(out, steps)
		default:
			out = append(slices.Clone(out), scenarios.Repeat{Count: count(k.mean), Steps: steps})
		}
	}
	return out
}

// geometric is a number of rounds n with the probability (1−r)·rⁿ, where
// r = m/(1+m) gives it the mean m (1). The language rounds a draw to the next whole
// number, so that an exponential X with mean θ gives P(n ≥ k) = exp(−(k−½)/θ); with
// exp(−1/θ) = r, and 0 instead with probability 1 − √r, that is rᵏ for k ≥ 1.
func geometric(m float64) dist.Dist {
	r := m / (1 + m)
	return counts("mixture(" + plain(math.Sqrt(r)) + ": exp(" + plain(1/math.Log1p(1/m)) + "), " + plain(1-math.Sqrt(r)) + ": 0)")
}

// slice is the demand of an activity between two calls, or all of it where
// there are none. The slices are one more than the calls.
func (l *lqnReader) slice(t *lqnTask, a *element, calls float64) []scenarios.Step {
	if a.attr("host-demand-mean") == "" {
		return nil
	}
	mean, _ := l.variable(a, "host-demand-mean")
	mean /= t.on.speed * (1 + calls)
	if mean == 0 {
		return nil
	}
	scv := 1.0
	if a.attr("host-demand-cvsq") != "" {
		scv, _ = l.variable(a, "host-demand-cvsq")
	}
	d := l.moments(a.line, "demand of "+a.attr("name"), mean, scv)
	switch {
	case t.on.infinite:
		return []scenarios.Step{scenarios.Wait{Time: d}}
	case t.on.own:
		return []scenarios.Step{scenarios.CPU{Demand: d}}
	}
	return []scenarios.Step{scenarios.Call{Op: l.shared(t, a, d)}}
}

// shared is the operation of a processor with several tasks, or with users, for
// the demand of an activity.
func (l *lqnReader) shared(t *lqnTask, a *element, d dist.Dist) scenarios.OpID {
	p := t.on
	if p.service < 0 {
		p.service = l.service(p.name)
		s := &l.m.Services[p.service]
		s.Cores = p.cores
		if p.fifo {
			s.Discipline = scenarios.FIFO
		}
	}
	key := fmt.Sprintf("%s/%s/%d", t.name, a.attr("name"), a.line)
	op, ok := p.operations[key]
	if !ok {
		op = l.operation(p.service, a.attr("name"), scenarios.CPU{Demand: d})
		p.operations[key] = op
	}
	return op
}

// request is the steps of one call of an activity.
func (l *lqnReader) request(t *lqnTask, call *element) []scenarios.Step {
	dest := call.attr("dest")
	if call.name == "synch-call" {
		return l.call(call, dest, 0)
	}
	e := l.target(call, dest)
	if e == nil {
		return nil
	}
	if len(e.e.children("forwarding")) > 0 {
		l.note(call.line, "entry "+dest, "what it forwards of messages is not carried over", "messages end there")
	}
	topic, ok := l.topics[dest]
	if !ok {
		topic = scenarios.TopicID(len(l.m.Topics))
		l.m.Topics = append(l.m.Topics, scenarios.Topic{Name: l.free("", e.short()), Partitions: manyPartitions, Consumer: e.op, Batch: 1})
		l.topics[dest] = topic
	}
	publish := scenarios.Publish{Topic: topic}
	if !t.reference {
		return []scenarios.Step{publish}
	}
	if t.out < 0 { // a workload publishes through an operation
		t.out = l.service(t.name + "-out")
	}
	return []scenarios.Step{scenarios.Call{Op: l.operation(t.out, e.short(), publish)}}
}

// target is the entry that a call names.
func (l *lqnReader) target(call *element, dest string) *lqnEntry {
	e := l.entries[dest]
	switch {
	case e == nil:
		l.fail(call.line, "there is no entry %q", shorten(dest))
		return nil
	case e.task.reference:
		l.fail(call.line, "entry %q belongs to a reference task, which nobody calls", shorten(dest))
		return nil
	}
	return e
}

// call asks an entry and, where it forwards, the next one in its place: the
// caller waits for both, the thread of the first is free.
func (l *lqnReader) call(at *element, dest string, depth int) []scenarios.Step {
	e := l.target(at, dest)
	if e == nil {
		return []scenarios.Step{scenarios.Wait{Time: dist.Const(0)}}
	}
	out := []scenarios.Step{scenarios.Call{Op: e.op}}
	next := e.e.children("forwarding")
	if len(next) == 0 {
		return out
	}
	if l.steps++; depth > maxDepth || l.steps > maxForked {
		l.fail(at.line, "entry %q forwards in a circle, or in more than %d ways", shorten(dest), maxForked)
		return out
	}
	var c scenarios.Choose
	left := 1.0
	for _, f := range next {
		p, _ := l.variable(f, "prob")
		left -= p
		c.Branches = append(c.Branches, scenarios.Branch{P: p, Steps: l.call(f, f.attr("dest"), depth+1)})
	}
	switch {
	case left < -1e-9:
		l.fail(e.e.line, "entry %q forwards with more than probability 1", shorten(dest))
	case left <= 1e-9 && len(next) == 1:
		return append(out, c.Branches[0].Steps...)
	case left > 1e-9:
		c.Branches = append(c.Branches, scenarios.Branch{P: left})
	}
	return append(out, c)
}
