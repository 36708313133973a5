package queueing

import (
	"context"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// An Explanation tells why a model behaves as its solution says: where the work
// goes, what is full first and why, what was assumed, and what matters most.
type Explanation struct {
	Result        *measure.Result
	Demands       []Demand         // workloads and services in the order of the model, those without work left out
	Limits        []Limit          // what becomes full, the first first
	Grows         []string         // workloads whose load grows up to a limit: the open ones or, without any, all
	Sensitivities []Sensitivity    // of workloads and topics, the largest effect first; none where the system is not stable
	Methods       []Method         // that the solution used
	Inexact       []measure.Caveat // what of the model the formulas are not known to be exact for, in means
	ExactTimes    bool             // without any: whether percentiles are exact as well
	Assumptions   []Assumption     // the reservations of the result, the weightiest first
}

// Demand is what one request of a workload asks of a service, over all its
// visits, those of the messages that it publishes included.
type Demand struct {
	Workload, Service string
	Visits            float64 // (1)
	CoreTime          float64 // on the cores (s)
	Share             float64 // of the load of the service's cores at the present rates (1)
}

// Explain solves a model and explains the solution, which is that of [ByChoice]
// or [ByExact]. Sensitivities take one more solution for each service.
//
//   - Accuracy: demands are exact, but for the size of batches and for calls that
//     are turned away, which are those of the solution; the rest is as accurate
//     as the solution.
//   - Source: service demands, and the bottleneck as the station with the largest
//     of them a server, [DeBu78].
func Explain(ctx context.Context, m *scenarios.Model, o Options) (*Explanation, error) {
	o.Exact = o.Exact || o.Method == ByExact
	x, b, r, err := solveModel(ctx, m, o)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Result: r, Demands: x.demandTable(), Grows: x.growing(), Methods: x.methods()}
	e.Inexact, e.ExactTimes = x.inexact(), true
	if x.held != nil {
		e.Inexact = x.allInexact()
	}
	for w := range m.Workloads {
		e.ExactTimes = e.ExactTimes && x.exactTimes(w)
	}
	if e.Limits, err = x.limits(ctx, r, b); err != nil {
		return nil, err
	}
	if r.Stable {
		if e.Sensitivities, err = sensitivities(ctx, x, r); err != nil {
			return nil, err
		}
	}
	if x.held != nil {
		x.held.explain(e)
	}
	e.Assumptions = assumptions(r.Caveats, e.Sensitivities)
	return e, nil
}

// growing names the workloads whose load grows up to a limit.
func (x *solver) growing() []string {
	var open, all []string
	for w := range x.m.Workloads {
		wl := &x.m.Workloads[w]
		all = append(all, wl.Name)
		if wl.Open() && x.requests[w] > 0 {
			open = append(open, wl.Name)
		}
	}
	if len(open) > 0 {
		return open
	}
	return all
}

// demandTable is what one request of each workload asks of each service.
func (x *solver) demandTable() []Demand {
	var out []Demand
	_, total := x.asksOf(x.requests)
	for w := range x.m.Workloads {
		one := make([]float64, len(x.requests))
		one[w] = 1
		visits, work := x.asksOf(one)
		for id := range x.m.Services {
			if visits[id] == 0 && work[id] == 0 {
				continue
			}
			d := Demand{Workload: x.m.Workloads[w].Name, Service: x.m.Services[id].Name, Visits: visits[id], CoreTime: work[id]}
			if total[id] > 0 {
				d.Share = x.requests[w] * work[id] / total[id]
			}
			out = append(out, d)
		}
	}
	return out
}

// asksOf is how often each service is asked for something (1/s), and the cores
// that this keeps busy (1), when requests come at the given rates (1/s) and
// batches are of their present size.
func (x *solver) asksOf(requests []float64) (visits, work []float64) {
	keep := x.rates
	defer func() { x.rates = keep }()
	x.rates = x.tr.rates(x.p, requests, x.batch, x.view, x.viewers)
	visits, work = make([]float64, len(x.m.Services)), make([]float64, len(x.m.Services))
	for id := range x.m.Services {
		visits[id] = x.arrivals(id, x.rates)
		for _, op := range x.m.Services[id].Operations {
			visits[id] += x.fedRate(int(op))
		}
		st := x.newStation(id)
		work[id] = st.load()
	}
	return visits, work
}
