package queueing

import (
	"errors"
	"maps"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/scenarios"
)

// Visits solves the traffic equations of an open network: visits[i] is the mean
// number of times that a request comes to station i, when it starts there with
// frequency start[i] (1) and goes from station i to station j with probability
// (or, for calls, mean number of times) next[i][j]:
//
//	v = start + nextᵀ·v
//
// What follows holds of it:
//
//   - Domain: square next without negative entries, from which every request
//     leaves in the end; a singular system, or one with negative visits, is an error.
//   - Accuracy: that of an LU decomposition, near rounding.
//   - Source: [Jack57].
//
// [Jack57]: https://doi.org/10.1287/opre.5.4.518
func Visits(start []float64, next [][]float64) ([]float64, error) {
	n := len(start)
	if n == 0 {
		return nil, nil
	}
	a := mat.NewDense(n, n, nil)
	for i := range n {
		a.Set(i, i, 1)
	}
	for i, row := range next {
		for j, p := range row {
			a.Set(j, i, a.At(j, i)-p)
		}
	}
	v, err := solveVisits(a, mat.NewDense(n, 1, append([]float64(nil), start...)))
	if err != nil {
		return nil, err
	}
	return mat.Col(nil, 0, v), nil
}

// errEndless is what becomes of requests that never leave.
var errEndless = errors.New("queueing: the traffic equations have no solution: requests go round without end; let a share of them leave")

func solveVisits(a, start *mat.Dense) (*mat.Dense, error) {
	var lu mat.LU
	lu.Factorize(a)
	var v mat.Dense
	if err := lu.SolveTo(&v, false, start); err != nil || lu.Cond() > 1e14 {
		return nil, errEndless
	}
	for i, x := range v.RawMatrix().Data {
		if x < -1e-9 {
			return nil, errEndless
		}
		if x < 1e-13 { // no visit, but for rounding
			v.RawMatrix().Data[i] = 0
		}
	}
	return &v, nil
}

// traffic is the visits of every operation that requests and messages cause by
// calls, not counting those of the messages they publish.
type traffic struct {
	workload [][]float64 // by workload and operation, for one request
	starts   [][]float64 // by workload and operation: asked for by the workload itself
	fixed    [][]float64 // by topic and operation, for one batch
	perMsg   [][]float64 // by topic and operation, for one message
	direct   [][]flow    // by topic: what its consumer publishes
}

// newTraffic solves the traffic equations of the calls for all sources, one
// after the other: without circles of calls in a time that grows with the calls.
func newTraffic(p *plan, success []float64, tries []*tries) (*traffic, error) {
	f, err := p.callFlow()
	if err != nil {
		return nil, err
	}
	out := &traffic{}
	for j := range p.m.Workloads {
		start, err := p.starts(&p.m.Workloads[j], success, tries)
		if err != nil {
			return nil, err
		}
		visits, err := f.solve(start)
		if err != nil {
			return nil, err
		}
		out.starts = append(out.starts, start)
		out.workload = append(out.workload, visits)
	}
	for _, topic := range p.m.Topics {
		op := p.ops[topic.Consumer]
		fixed, perMsg := make([]float64, len(p.ops)), make([]float64, len(p.ops))
		for _, c := range op.calls {
			fixed[c.to], perMsg[c.to] = c.fixed, c.perMsg
		}
		if fixed, err = f.solve(fixed); err != nil {
			return nil, err
		}
		if perMsg, err = f.solve(perMsg); err != nil {
			return nil, err
		}
		out.fixed, out.perMsg = append(out.fixed, fixed), append(out.perMsg, perMsg)
		out.direct = append(out.direct, op.pubs)
	}
	return out, nil
}

// callFlow are the traffic equations of the calls.
func (p *plan) callFlow() (*flowParts, error) {
	var edges []flowEdge
	for from, op := range p.ops {
		for _, c := range op.calls {
			edges = append(edges, flowEdge{to: c.to, from: from, weight: c.called()})
		}
	}
	return newFlowParts(len(p.ops), edges)
}

// starts is how often one request of a workload asks for each operation itself.
func (p *plan) starts(w *scenarios.Workload, success []float64, tries []*tries) ([]float64, error) {
	out := make([]float64, len(p.ops))
	switch {
	case w.Route != nil:
		for _, s := range w.Route.Start {
			out[s.Op] += s.P
		}
		f, err := newFlowParts(len(out), routeEdges(w.Route, success))
		if err != nil {
			return nil, err
		}
		return f.solve(out)
	case len(w.Mix) > 0:
		for _, s := range w.Mix {
			out[s.Op] += s.P
		}
	default:
		c := counter{p: p, success: success, tries: tries}
		c.steps(w.Steps, 1, false)
		for _, f := range c.calls {
			out[f.to] += f.called()
		}
	}
	return out, nil
}

// routeEdges are the steps of a route from operation to operation, where only
// what ends well goes on.
func routeEdges(r *scenarios.Route, success []float64) []flowEdge {
	var edges []flowEdge
	for _, from := range slices.Sorted(maps.Keys(r.Next)) {
		for _, s := range r.Next[from] {
			p := s.P
			if success != nil {
				p *= success[from]
			}
			edges = append(edges, flowEdge{to: int(s.Op), from: int(from), weight: p})
		}
	}
	return edges
}

// rates are how often things happen (1/s), given how often requests come.
type rates struct {
	calls    [][]float64 // by viewer and operation; batches not counted
	messages []float64   // by topic
	batches  []float64   // by topic
}

// rates spreads the requests per second of each workload over operations and
// topics, where batch is the mean number of messages in a batch of each topic.
func (tr *traffic) rates(p *plan, requests, batch []float64, view []int, viewers int) rates {
	r := rates{calls: matrix(viewers, len(p.ops)), messages: make([]float64, len(batch)), batches: make([]float64, len(batch))}
	for w, x := range requests {
		calls := r.calls[view[w]]
		for op, v := range tr.workload[w] {
			calls[op] += x * v
		}
	}
	published := make([]float64, len(batch)) // by requests
	for _, row := range r.calls {
		for op, x := range row {
			for _, f := range p.ops[op].pubs {
				published[f.to] += x * f.called()
			}
		}
	}
	again := tr.again(p, batch)
	copy(r.messages, published)
	for range 10000 { // messages that lead to messages: what is left shrinks at every round
		moved := false
		for t := range r.messages {
			sum := published[t]
			for from := range r.messages {
				sum += r.messages[from] * again[from][t]
			}
			moved = moved || sum > r.messages[t]*(1+1e-15)
			r.messages[t] = sum
		}
		if !moved {
			break
		}
	}
	for t, mu := range r.messages {
		r.batches[t] = mu / batch[t]
		for op := range p.ops {
			r.calls[viewCalls][op] += r.batches[t]*tr.fixed[t][op] + mu*tr.perMsg[t][op]
		}
	}
	return r
}

// again is how many messages to each topic one message to a topic leads to.
func (tr *traffic) again(p *plan, batch []float64) [][]float64 {
	out := matrix(len(batch), len(batch))
	for t := range batch {
		for _, f := range tr.direct[t] {
			out[t][f.to] += f.fixed/batch[t] + f.perMsg
		}
		for op := range p.ops {
			runs := tr.fixed[t][op]/batch[t] + tr.perMsg[t][op]
			if runs == 0 {
				continue
			}
			for _, f := range p.ops[op].pubs {
				out[t][f.to] += runs * f.called()
			}
		}
	}
	return out
}
