package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// Bounds on the flows that a model is turned into.
const (
	mostFluidNodes = 400
	mostFluidDepth = 24 // of calls within calls
)

// fluidPlan turns a model into a network of flows: a node for every step that
// takes time, calls taken along where they stand.
type fluidPlan struct {
	m      *scenarios.Model
	net    *FluidNet
	batch  []float64 // by topic: messages of a batch, on average
	depth  int
	source int // whose requests the nodes at hand are; −1 where nobody waits
	err    error
}

// loose is a share of a flow that has left a node, or a source where node is
// negative, and has nowhere to go yet.
type loose struct {
	node int // or −1 − source
	p    float64
}

// newFluidPlan makes the network of a model without its sources' rates.
func newFluidPlan(m *scenarios.Model, batch []float64) (*fluidPlan, error) {
	p := &fluidPlan{m: m, net: &FluidNet{}, batch: batch}
	for i := range m.Services {
		p.net.Stations = append(p.net.Stations, fluidStation(&m.Services[i]))
	}
	for i := range m.Workloads {
		w := &m.Workloads[i]
		p.source = i
		p.net.Sources = append(p.net.Sources, FluidSource{})
		from := []loose{{-1 - i, 1}}
		switch {
		case w.Route != nil:
			p.route(w.Route, from)
		case len(w.Mix) > 0:
			var ends []loose
			for _, s := range w.Mix {
				ends = append(ends, p.operation(s.Op, portion(from, s.P), 1)...)
			}
			p.end(ends)
		default:
			p.end(p.steps(w.Steps, from, 1, -1))
		}
	}
	if p.err == nil && len(p.net.Nodes) == 0 {
		p.err = fmt.Errorf("queueing: model %q: no step takes any time", m.Name)
	}
	return p, p.err
}

// fluidStation is a service as a station: replicas that requests are spread
// over, or one with the cores of all where balancing looks at how busy they are.
func fluidStation(s *scenarios.Service) FluidStation {
	out := FluidStation{Servers: s.Cores, Groups: s.Replicas, Spread: 1}
	switch s.Balancing {
	case scenarios.Shared, scenarios.LeastRequests, scenarios.PowerOfTwo:
		out.Servers, out.Groups = s.Cores*s.Replicas, 1
	}
	return out
}

func portion(from []loose, p float64) []loose {
	out := make([]loose, 0, len(from))
	for _, l := range from {
		if l.p*p > 0 {
			out = append(out, loose{l.node, l.p * p})
		}
	}
	return out
}

// lead lets loose flows go to a node; −1 ends them.
func (p *fluidPlan) lead(from []loose, to int) {
	for _, l := range from {
		moves := &p.net.Sources[max(0, -1-l.node)].Start
		if l.node >= 0 {
			moves = &p.net.Nodes[l.node].Next
		}
		*moves = append(*moves, FluidMove{To: to, P: l.p})
	}
}

// end ends requests.
func (p *fluidPlan) end(from []loose) { p.lead(from, -1) }

// node adds a stage and returns what leaves it; one that takes no time is left out.
func (p *fluidPlan) node(from []loose, station int, mean float64) []loose {
	if !(mean > 0) || len(from) == 0 {
		return from
	}
	i := len(p.net.Nodes)
	if i >= mostFluidNodes {
		p.fail("queueing: model %q: more than %d stages to follow over time; simulate it", p.m.Name, mostFluidNodes)
		return nil
	}
	p.net.Nodes = append(p.net.Nodes, FluidNode{Station: station, Mean: mean, Source: p.source})
	p.lead(from, i)
	return []loose{{i, 1}}
}

func (p *fluidPlan) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// operation adds the steps of an operation, each taken so many times.
func (p *fluidPlan) operation(op scenarios.OpID, from []loose, times float64) []loose {
	if len(from) == 0 || p.err != nil {
		return nil
	}
	if p.depth >= mostFluidDepth {
		p.fail("queueing: operation %q: calls more than %d deep, or in a circle, are not followed over time; simulate it", p.m.Operations[op].Name, mostFluidDepth)
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	o := &p.m.Operations[op]
	return p.steps(o.Steps, from, times, int(o.Service))
}

// steps adds steps one after the other; service is −1 at a client.
func (p *fluidPlan) steps(steps []scenarios.Step, from []loose, times float64, service int) []loose {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			from = p.node(from, service, times*s.Demand.Mean())
		case scenarios.Wait:
			from = p.node(from, -1, times*s.Time.Mean())
		case scenarios.Call:
			net := 0.0
			if service >= 0 {
				net = times * p.m.Network.Latency.Mean()
			}
			from = p.node(from, -1, net)
			from = p.operation(s.Op, from, times)
			from = p.node(from, -1, net)
		case scenarios.Parallel:
			from = p.parallel(s, from, times, service)
		case scenarios.Choose:
			var ends []loose
			for _, b := range s.Branches {
				ends = append(ends, p.steps(b.Steps, portion(from, b.P), times, service)...)
			}
			from = ends
		case scenarios.Cache:
			hit := p.steps(s.Then, portion(from, s.Hit), times, service)
			from = append(hit, p.steps(s.Else, portion(from, 1-s.Hit), times, service)...)
		case scenarios.Repeat:
			rounds := 1.0
			if !s.PerMessage {
				rounds, _, _ = newCountOf(s.Count).moments()
			}
			from = p.repeat(s.Steps, from, times, rounds, service)
		case scenarios.Publish:
			p.publish(int(s.Topic), from, times)
		}
	}
	return from
}

// repeat takes the steps of all rounds together, or lets a share of the flow
// past where there is less than one.
func (p *fluidPlan) repeat(steps []scenarios.Step, from []loose, times, rounds float64, service int) []loose {
	if rounds >= 1 {
		return p.steps(steps, from, times*rounds, service)
	}
	past := portion(from, 1-rounds)
	return append(past, p.steps(steps, portion(from, rounds), times, service)...)
}

// parallel lets a copy of the flow go into every branch; that of the branch
// that takes longest goes on.
func (p *fluidPlan) parallel(s scenarios.Parallel, from []loose, times float64, service int) []loose {
	longest, at := -1.0, 0
	for i, b := range s.Branches {
		if t := p.time(b, 0); t > longest {
			longest, at = t, i
		}
	}
	source := p.source
	var on []loose
	for i, b := range s.Branches {
		p.source = source
		if i != at {
			p.source = -1
		}
		ends := p.steps(b, from, times, service)
		if i == at {
			on = ends
		} else {
			p.lead(ends, -2)
		}
	}
	p.source = source
	if len(s.Branches) == 0 {
		return from
	}
	return on
}

// time is about how long steps take by themselves (s).
func (p *fluidPlan) time(steps []scenarios.Step, depth int) float64 {
	sum := 0.0
	if depth > mostFluidDepth {
		return 0
	}
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			sum += s.Demand.Mean()
		case scenarios.Wait:
			sum += s.Time.Mean()
		case scenarios.Call:
			sum += 2*p.m.Network.Latency.Mean() + p.time(p.m.Operations[s.Op].Steps, depth+1)
		case scenarios.Parallel:
			most := 0.0
			for _, b := range s.Branches {
				most = math.Max(most, p.time(b, depth+1))
			}
			sum += most
		case scenarios.Choose:
			for _, b := range s.Branches {
				sum += b.P * p.time(b.Steps, depth+1)
			}
		case scenarios.Cache:
			sum += s.Hit*p.time(s.Then, depth+1) + (1-s.Hit)*p.time(s.Else, depth+1)
		case scenarios.Repeat:
			rounds := 1.0
			if !s.PerMessage {
				rounds = s.Count.Mean()
			}
			sum += rounds * p.time(s.Steps, depth+1)
		}
	}
	return sum
}

// publish lets a message go to its consumer: what is done once a batch is done
// for a part of it.
func (p *fluidPlan) publish(topic int, from []loose, times float64) {
	source := p.source
	p.source = -1
	t := &p.m.Topics[topic]
	op := &p.m.Operations[t.Consumer]
	p.depth++
	if p.depth >= mostFluidDepth {
		p.fail("queueing: topic %q: messages more than %d deep, or in a circle, are not followed over time; simulate it", t.Name, mostFluidDepth)
	} else {
		p.lead(p.message(op.Steps, portion(from, times), 1/p.batch[topic], int(op.Service)), -2)
	}
	p.depth--
	p.source = source
}

// message adds the steps that are taken for a message: those once a batch count
// for a part of one.
func (p *fluidPlan) message(steps []scenarios.Step, from []loose, part float64, service int) []loose {
	for _, s := range steps {
		if r, ok := s.(scenarios.Repeat); ok && r.PerMessage {
			from = p.steps(r.Steps, from, 1, service)
			continue
		}
		from = p.steps([]scenarios.Step{s}, from, part, service)
	}
	return from
}

// route lets requests walk over operations: each is entered from every other.
func (p *fluidPlan) route(r *scenarios.Route, from []loose) {
	doors := map[scenarios.OpID]int{}
	exits := map[scenarios.OpID][]loose{}
	var order []scenarios.OpID
	var visit func(op scenarios.OpID)
	visit = func(op scenarios.OpID) {
		if _, seen := doors[op]; seen || p.err != nil {
			return
		}
		door := len(p.net.Nodes)
		exits[op] = p.operation(op, []loose{{-1 - p.source, 0.5}}, 1)
		start := p.net.Sources[p.source].Start
		if p.err == nil && (len(p.net.Nodes) == door || len(start) != 1 || start[0].To != door || start[0].P != 0.5) {
			p.fail("queueing: operation %q of a route begins with a choice or takes no time, and is not followed over time; simulate it", p.m.Operations[op].Name)
		}
		p.net.Sources[p.source].Start = nil
		doors[op] = door
		order = append(order, op)
		for i := range p.m.Operations {
			for _, s := range r.Next[op] {
				if int(s.Op) == i {
					visit(s.Op)
				}
			}
		}
	}
	for _, s := range r.Start {
		visit(s.Op)
	}
	if p.err != nil {
		return
	}
	for _, s := range r.Start {
		p.lead(portion(from, s.P), doors[s.Op])
	}
	for _, op := range order {
		left := 1.0
		for _, s := range r.Next[op] {
			p.lead(portion(exits[op], s.P), doors[s.Op])
			left -= s.P
		}
		if left > 1e-12 {
			p.end(portion(exits[op], left))
		}
	}
}
