package reports

import (
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// vertexKind is what a vertex of the system's graph stands for.
type vertexKind uint8

const (
	workloadVertex vertexKind = iota
	serviceVertex
	topicVertex
)

// vertex is a workload, a service or a topic, by its index in the model.
type vertex struct {
	kind  vertexKind
	index int
}

// flow is what goes from one vertex to another: requests, or messages.
type flow struct {
	from, to vertex
	rate     float64 // (1/s); 0 where it is not known
}

// flows are the arrows of the system's graph. Rates come from the throughputs
// of the result, and along calls from what the steps of an operation say; they
// are there to give a feeling for the load, not to be compared.
func flows(m *scenarios.Model, r *measure.Result) []flow {
	c := &flowCounter{m: m, r: r, rate: map[[2]vertex]float64{}}
	c.solve()
	for i := range m.Workloads {
		c.workload(i)
	}
	for i := range m.Operations {
		op := &m.Operations[i]
		c.steps(vertex{serviceVertex, int(op.Service)}, op.Steps, c.ops[i], c.batchOf(i))
	}
	for i := range m.Topics {
		t := &m.Topics[i]
		c.add(vertex{topicVertex, i}, vertex{serviceVertex, int(m.Operations[t.Consumer].Service)}, c.topics[i])
	}
	out := make([]flow, 0, len(c.order))
	for _, k := range c.order {
		out = append(out, flow{k[0], k[1], c.rate[k]})
	}
	return out
}

type flowCounter struct {
	m      *scenarios.Model
	r      *measure.Result
	ops    []float64 // executions of each operation (1/s)
	topics []float64 // messages of each topic (1/s)
	rate   map[[2]vertex]float64
	order  [][2]vertex
}

func (c *flowCounter) add(from, to vertex, rate float64) {
	if from == to {
		return // a service that calls itself: no arrow to draw
	}
	k := [2]vertex{from, to}
	if _, seen := c.rate[k]; !seen {
		c.order = append(c.order, k)
	}
	if rate > 0 && !math.IsInf(rate, 0) {
		c.rate[k] += rate
	} else {
		c.rate[k] += 0
	}
}

// workloadRate is how many requests of a workload there are (1/s).
func (c *flowCounter) workloadRate(i int) float64 {
	w := &c.m.Workloads[i]
	if c.r != nil {
		if x := c.r.Workloads[w.Name]; x != nil {
			if x.Throughput.Known() {
				return x.Throughput.Value
			}
			return x.Offered.Value
		}
	}
	if w.Open() {
		return w.Arrivals.Rate
	}
	return 0
}

// solve finds the rates of operations and topics that follow from those of
// the workloads: the traffic equations, by going round until nothing changes.
// Calls that go round end with probability one, so that the rounds converge.
func (c *flowCounter) solve() {
	const rounds, settled = 200, 1e-6
	c.ops, c.topics = make([]float64, len(c.m.Operations)), make([]float64, len(c.m.Topics))
	for range rounds {
		next := &flowCounter{m: c.m, r: c.r, ops: make([]float64, len(c.ops)), topics: make([]float64, len(c.topics))}
		for i := range c.m.Workloads {
			next.enter(i, c)
		}
		for i := range c.m.Operations {
			next.count(c.m.Operations[i].Steps, c.ops[i], c.batchOf(i))
		}
		for i := range c.m.Topics {
			next.ops[c.m.Topics[i].Consumer] += c.topics[i] / c.batch(i)
		}
		change := 0.0
		for i := range c.ops {
			change = math.Max(change, math.Abs(next.ops[i]-c.ops[i])/math.Max(next.ops[i], 1e-9))
		}
		c.ops, c.topics = next.ops, next.topics
		if change < settled {
			return
		}
	}
}

// enter counts what the requests of a workload ask for. The hops of a route
// are counted from the visits of the round before.
func (c *flowCounter) enter(i int, before *flowCounter) {
	w := &c.m.Workloads[i]
	rate := c.workloadRate(i)
	for _, s := range w.Mix {
		c.ops[s.Op] += rate * s.P
	}
	c.count(w.Steps, rate, 1)
	if w.Route == nil {
		return
	}
	for _, s := range w.Route.Start {
		c.ops[s.Op] += rate * s.P
	}
	for from := range c.m.Operations { // in order: sums must not depend on a map's
		for _, s := range w.Route.Next[scenarios.OpID(from)] {
			c.ops[s.Op] += before.ops[from] * s.P
		}
	}
}

// count adds what steps call and publish, run at the given rate.
func (c *flowCounter) count(steps []scenarios.Step, rate, batch float64) {
	walkRates(steps, rate, batch, func(op scenarios.OpID, r float64) { c.ops[op] += r },
		func(t scenarios.TopicID, r float64) { c.topics[t] += r })
}

// workload draws the arrows of a workload.
func (c *flowCounter) workload(i int) {
	w := &c.m.Workloads[i]
	from, rate := vertex{workloadVertex, i}, c.workloadRate(i)
	for _, s := range w.Mix {
		c.add(from, c.service(s.Op), rate*s.P)
	}
	c.steps(from, w.Steps, rate, 1)
	if w.Route == nil {
		return
	}
	for _, s := range w.Route.Start {
		c.add(from, c.service(s.Op), rate*s.P)
	}
	for op := range c.m.Operations { // in order: a map's order changes
		for _, s := range w.Route.Next[scenarios.OpID(op)] {
			c.add(c.service(scenarios.OpID(op)), c.service(s.Op), c.ops[op]*s.P)
		}
	}
}

func (c *flowCounter) service(op scenarios.OpID) vertex {
	return vertex{serviceVertex, int(c.m.Operations[op].Service)}
}

func (c *flowCounter) steps(from vertex, steps []scenarios.Step, rate, batch float64) {
	walkRates(steps, rate, batch,
		func(op scenarios.OpID, r float64) { c.add(from, c.service(op), r) },
		func(t scenarios.TopicID, r float64) { c.add(from, vertex{topicVertex, int(t)}, r) })
}

// batch is the mean number of messages in a batch of a topic, 1 where it is
// not known.
func (c *flowCounter) batch(topic int) float64 {
	if c.r != nil {
		if t := c.r.Topics[c.m.Topics[topic].Name]; t != nil && t.Batch.Value >= 1 {
			return t.Batch.Value
		}
	}
	return 1
}

// batchOf is the mean number of messages that an operation has in hand.
func (c *flowCounter) batchOf(op int) float64 {
	for i := range c.m.Topics {
		if int(c.m.Topics[i].Consumer) == op {
			return c.batch(i)
		}
	}
	return 1
}

// walkRates calls back for every call and publish of steps with how often they
// happen when the steps run at the given rate.
func walkRates(steps []scenarios.Step, rate, batch float64, call func(scenarios.OpID, float64), publish func(scenarios.TopicID, float64)) {
	for _, step := range steps {
		switch s := step.(type) {
		case scenarios.Call:
			call(s.Op, rate)
		case scenarios.Publish:
			publish(s.Topic, rate)
		case scenarios.Parallel:
			for _, b := range s.Branches {
				walkRates(b, rate, batch, call, publish)
			}
		case scenarios.Choose:
			for _, b := range s.Branches {
				walkRates(b.Steps, rate*b.P, batch, call, publish)
			}
		case scenarios.Cache:
			walkRates(s.Then, rate*s.Hit, batch, call, publish)
			walkRates(s.Else, rate*(1-s.Hit), batch, call, publish)
		case scenarios.Repeat:
			times := batch
			if !s.PerMessage {
				times = s.Count.Mean()
			}
			walkRates(s.Steps, rate*times, batch, call, publish)
		}
	}
}
