package queueing

import (
	"context"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// solveQNA solves an open model by the streams between its cores.
func solveQNA(_ context.Context, f *flat) (*measure.Result, error) {
	n := OpenNetwork{Stations: make([]OpenStation, len(f.of))}
	for k, id := range f.of {
		n.Stations[k] = OpenStation{Servers: f.net.Stations[k].Servers, Shared: !f.inOrder(id)}
	}
	for w, c := range f.net.Classes {
		class := OpenClass{Arrivals: c.Rate, SCV: f.arrivalSCV(w), Service: make([]OpenService, len(f.of)), Start: make([]float64, len(f.of))}
		flows := f.flows(w)
		outside := len(f.x.m.Services)
		some := 0.0 // of the requests that use a core at all
		for _, rate := range flows[outside] {
			some += rate
		}
		if some > 0 {
			class.Arrivals *= some
			class.SCV = 1 + math.Min(1, some)*(class.SCV-1)
		} else {
			class.Arrivals = 0
		}
		for k, id := range f.of {
			if f.visits[w][id] == 0 {
				continue
			}
			class.Service[k] = OpenService{Mean: f.demand[w][id] / f.visits[w][id], SCV: f.scv(w, id)}
			if some > 0 {
				class.Start[k] = flows[outside][id] * f.share[k] / some
			}
			for to, other := range f.of {
				if p := flows[id][other] / f.visits[w][id] * f.share[to]; p > 0 {
					n.Routes = append(n.Routes, OpenRoute{OpenPlace{w, k}, OpenPlace{w, to}, math.Min(1, p)})
				}
			}
		}
		n.Classes = append(n.Classes, class)
	}
	r, err := QNA(n)
	if err != nil {
		return nil, err
	}
	return f.result(f.open(r), "queueing network analyzer"), nil
}

// arrivalSCV is that of the gaps between requests of an open workload (1).
func (f *flat) arrivalSCV(w int) float64 {
	a := f.x.m.Workloads[w].Arrivals
	if a.Kind == scenarios.Poisson {
		return 1
	}
	mean := a.Gap.Mean()
	return a.Gap.Variance() / mean / mean
}

// drift is where a request was last at a core after some steps: at that of
// at[service], each with its probability, or still where it was before, with
// probability pass. In all they are 1.
type drift struct {
	pass float64
	at   []float64
}

// flowFinder finds how often requests go from the cores of one service to those
// of another.
type flowFinder struct {
	f     *flat
	ops   []drift     // of one run of each operation
	entry [][]float64 // by operation: how often it begins, by where the request was last (1/s)
	flows [][]float64 // from each service, the last being outside, to each (1/s)
}

// flows are those of one request of a workload (1). They follow from the steps
// in order, but for loops, whose rounds are taken as many at random.
func (f *flat) flows(w int) [][]float64 {
	x, n := f.x, len(f.x.m.Services)
	q := &flowFinder{f: f, ops: make([]drift, len(x.p.ops)), entry: matrix(len(x.p.ops), n+1), flows: matrix(n+1, n)}
	for _, op := range x.p.order {
		q.ops[op] = q.along(int(x.p.ops[op].service), x.m.Operations[op].Steps)
	}
	outside := make([]float64, n+1)
	outside[n] = 1
	wl := &x.m.Workloads[w]
	switch {
	case wl.Route != nil:
		q.route(w, outside)
	case len(wl.Mix) > 0:
		for _, s := range wl.Mix {
			q.begin(int(s.Op), outside, s.P)
		}
	default:
		q.walk(-1, wl.Steps, outside)
	}
	for i := len(x.p.order) - 1; i >= 0; i-- {
		op := x.p.order[i]
		q.walk(int(x.p.ops[op].service), x.m.Operations[op].Steps, q.entry[op])
	}
	return q.flows
}

func (q *flowFinder) begin(op int, from []float64, p float64) {
	for i, rate := range from {
		q.entry[op][i] += p * rate
	}
}

// route begins operations as a walk over them does, which may be in circles.
func (q *flowFinder) route(w int, outside []float64) {
	k := q.f.x.newWalk(w)
	visits, err := Visits(k.start, k.next)
	if err != nil {
		return // a model that was solved has none
	}
	const most = 10_000
	for range most {
		next := matrix(len(k.ops), len(outside))
		for i, p := range k.start {
			for j, rate := range outside {
				next[i][j] += p * rate
			}
		}
		for i, op := range k.ops {
			after := q.ops[op].after(q.entry[op], visits[i])
			for to, p := range k.next[i] {
				for j, rate := range after {
					next[to][j] += p * rate
				}
			}
		}
		change := 0.0
		for i, op := range k.ops {
			for j, rate := range next[i] {
				change = math.Max(change, math.Abs(rate-q.entry[op][j]))
			}
			copy(q.entry[op], next[i])
		}
		if change < 1e-13 {
			return
		}
	}
}

// after is where requests are that come at a rate (1/s) from given places.
func (d drift) after(from []float64, rate float64) []float64 {
	out := make([]float64, len(from))
	for i, r := range from {
		out[i] = d.pass * r
	}
	for i, p := range d.at {
		out[i] += p * rate
	}
	return out
}

func (q *flowFinder) nowhere() drift { return drift{1, make([]float64, len(q.f.x.m.Services))} }

// along is the drift of steps at a service; −1 is a session.
func (q *flowFinder) along(service int, steps []scenarios.Step) drift {
	out := q.nowhere()
	for _, s := range steps {
		d := q.step(service, s)
		for i, p := range d.at {
			out.at[i] = out.at[i]*d.pass + p
		}
		out.pass *= d.pass
	}
	return out
}

func (q *flowFinder) step(service int, s scenarios.Step) drift {
	out := q.nowhere()
	switch s := s.(type) {
	case scenarios.CPU:
		if s.Demand.Mean() > 0 {
			out.pass, out.at[service] = 0, 1
		}
	case scenarios.Call:
		return q.ops[s.Op]
	case scenarios.Choose, scenarios.Cache:
		out.pass = 0
		for _, b := range branchesOf(s) {
			d := q.along(service, b.Steps)
			out.pass += b.P * d.pass
			for i, p := range d.at {
				out.at[i] += b.P * p
			}
		}
	case scenarios.Repeat:
		mean, some := roundsOf(s)
		if mean == 0 {
			return out
		}
		d, again := q.along(service, s.Steps), 1-some/mean
		out.pass = 1 - some + some*d.pass*(some/mean)/(1-d.pass*again)
		for i, p := range d.at {
			out.at[i] = some * p / (1 - d.pass*again)
		}
	}
	return out
}

// branchesOf are the ways of a step of which one is gone.
func branchesOf(s scenarios.Step) []scenarios.Branch {
	switch s := s.(type) {
	case scenarios.Choose:
		return s.Branches
	case scenarios.Cache:
		return []scenarios.Branch{{P: s.Hit, Steps: s.Then}, {P: 1 - s.Hit, Steps: s.Else}}
	}
	return nil
}

// roundsOf is the mean number of rounds of a loop, and the probability that
// there is any, at most that of a number that is 0 or its mean where less than 1.
func roundsOf(s scenarios.Repeat) (mean, some float64) {
	if s.PerMessage {
		return 1, 1
	}
	mean, _, _ = newCountOf(s.Count).moments()
	return mean, math.Min(1, mean)
}

// walk adds the flows of steps that begin as often as from says, by where the
// request was last (1/s), and returns where it then is.
func (q *flowFinder) walk(service int, steps []scenarios.Step, from []float64) []float64 {
	for _, s := range steps {
		rate := 0.0
		for _, r := range from {
			rate += r
		}
		next := make([]float64, len(from))
		switch s := s.(type) {
		case scenarios.CPU:
			if !(s.Demand.Mean() > 0) {
				continue
			}
			for i, r := range from {
				q.flows[i][service] += r
			}
			next[service] = rate
		case scenarios.Call:
			q.begin(int(s.Op), from, 1)
			next = q.ops[s.Op].after(from, rate)
		case scenarios.Choose, scenarios.Cache:
			for _, b := range branchesOf(s) {
				for i, r := range q.walk(service, b.Steps, scaledBy(from, b.P)) {
					next[i] += r
				}
			}
		case scenarios.Repeat:
			mean, some := roundsOf(s)
			if mean == 0 {
				continue
			}
			d, again := q.along(service, s.Steps), 1-some/mean
			in := scaledBy(from, some/(1-d.pass*again))
			for i, p := range d.at {
				in[i] += again * p * mean * rate / (1 - d.pass*again)
			}
			after := q.walk(service, s.Steps, in)
			for i, r := range from {
				next[i] = (1-some)*r + some/mean*after[i]
			}
		default:
			continue
		}
		from = next
	}
	return from
}

func scaledBy(list []float64, f float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = v * f
	}
	return out
}
