package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios/dist"
)

// newResult is a result without figures.
func (x *solver) newResult(detail string) *measure.Result {
	r := &measure.Result{
		Schema: measure.Schema, Kind: measure.Prediction, Method: measure.Analytic, Stable: true,
		Scenario:   measure.Scenario{Name: x.m.Name, SHA256: x.m.Digest},
		Workloads:  make(map[string]*measure.Workload, len(x.m.Workloads)),
		Operations: make(map[string]*measure.Operation, len(x.m.Operations)),
		Services:   make(map[string]*measure.Service, len(x.m.Services)),
	}
	if x.m.Part != 1 {
		r.Scenario.Part = x.m.Part
	}
	r.Run.Detail = detail
	return r
}

// onlyMeanOf is a time of which the mean is known (s), nil where it is not.
func onlyMeanOf(mean float64) *measure.Times {
	if e := exactly(mean); e.Known() {
		return &measure.Times{Mean: e}
	}
	return nil
}

// result is what follows from throughputs and residence times.
func (f *flat) result(t flatTimes, detail string) *measure.Result {
	x := f.x
	r := x.newResult(detail)
	copy(x.requests, t.throughput)
	x.setStations()
	took := make([][]float64, len(x.m.Workloads))
	for w := range x.m.Workloads {
		took[w] = f.operations(&t, w)
		response := f.delay[w]
		for _, residence := range t.residence[w] {
			response += residence
		}
		rate := t.throughput[w]
		r.Workloads[x.m.Workloads[w].Name] = &measure.Workload{
			Offered: exactly(rate), Throughput: exactly(rate), Failed: exactly(0),
			Response: onlyMeanOf(response), InSystem: exactly(rate * response),
		}
	}
	total := 0.0
	for _, rate := range t.throughput {
		total += rate
	}
	rates, means := make([]float64, len(x.p.ops)), make([]float64, len(x.p.ops))
	for op := range x.p.ops {
		for w, rate := range t.throughput {
			runs := rate * x.tr.workload[w][op]
			rates[op] += runs
			if runs > 0 {
				means[op] += runs * took[w][op]
			}
		}
		out := &measure.Operation{Throughput: exactly(rates[op])}
		if total > 0 {
			out.Visits = exactly(rates[op] / total)
		}
		if rates[op] > 0 {
			means[op] /= rates[op]
			out.Response = onlyMeanOf(means[op])
		}
		r.Operations[x.m.Operations[op].Name] = out
	}
	f.services(r, &t, rates, means)
	f.saturation(r)
	return r
}

// operations is what each operation takes, called by requests of a workload (s).
func (f *flat) operations(t *flatTimes, w int) []float64 {
	x := f.x
	means := make([]moment, len(x.p.ops))
	rounds := 1
	if x.p.cyclic {
		rounds = 10_000
	}
	for range rounds {
		change := 0.0
		for _, op := range x.p.order {
			id := int(x.p.ops[op].service)
			g := folder{x: x, service: id, batch: 1, calls: means, cores: func(d dist.Dist) moment { return moment{mean: f.respond(t, w, id, d)} }}
			m := g.steps(x.m.Operations[op].Steps)
			change = math.Max(change, math.Abs(m.mean-means[op].mean)/math.Max(m.mean, 1e-300))
			means[op] = moment{mean: m.mean}
		}
		if change < 1e-14 {
			break
		}
	}
	out := make([]float64, len(means))
	for op := range out {
		out[op] = means[op].mean
	}
	return out
}

// services fills in the figures of the services, with so many runs of each
// operation (1/s) that take so long (s).
func (f *flat) services(r *measure.Result, t *flatTimes, rates, means []float64) {
	x := f.x
	for id := range x.m.Services {
		s := &x.m.Services[id]
		out := &measure.Service{Replicas: exactly(float64(s.Replicas)), Cost: costOf(s), Rejected: exactly(0)}
		r.Services[s.Name] = out
		rate, present, busy, waiting := 0.0, 0.0, 0.0, 0.0
		for _, op := range s.Operations {
			rate += rates[op]
			present += rates[op] * means[op]
		}
		for w, requests := range t.throughput {
			busy += requests * f.demand[w][id]
			if f.inOrder(id) {
				waiting += requests * f.waits(t, w, id)
			}
		}
		out.Throughput, out.Present, out.Waiting = exactly(rate), exactly(present), exactly(waiting)
		part := busy / float64(s.Replicas) / float64(s.Cores)
		out.Utilization = exactly(math.Min(1, part))
		if part > 1+1e-9 {
			r.Caveats = append(r.Caveats, tooBusy(part, s.Name))
		}
		if rate > 0 {
			out.Response = onlyMeanOf(present / rate)
			out.WaitingTime = onlyMeanOf(waiting / rate)
			if part <= 1+1e-9 { // else nothing that agrees with the utilization
				out.ServiceTime = onlyMeanOf(busy / rate)
			}
		}
	}
}

// tooBusy says that an approximation has a service do more than it can: so many
// times as much.
func tooBusy(part float64, service string) measure.Caveat {
	return measure.Caveat{
		What:   fmt.Sprintf("queueing: the method finds %.4g times the work that the cores can do", part),
		Where:  "services." + service,
		Effect: "throughput is too high by as much at least, and times are too short",
	}
}

// saturation fills in the bottleneck, and the rates at which it has no time left.
func (f *flat) saturation(r *measure.Result) {
	ratio, name := f.x.fullest(f.x.openRequests())
	f.x.bottleneck(r, bearing{1 / ratio, name})
}

// unstableResult says that a model is offered more than it can do, and no more:
// the load of a service alone, where open requests are all that it gets.
func (f *flat) unstableResult(by MethodName) *measure.Result {
	x := f.x
	r := x.newResult(string(by))
	r.Stable = false
	for w := range x.m.Workloads {
		out := &measure.Workload{}
		if x.m.Workloads[w].Open() {
			out.Offered = exactly(x.requests[w])
		} else {
			x.requests[w] = 0
		}
		r.Workloads[x.m.Workloads[w].Name] = out
	}
	x.setStations()
	for op := range x.p.ops {
		r.Operations[x.m.Operations[op].Name] = &measure.Operation{}
	}
	for id := range x.m.Services {
		s := &x.m.Services[id]
		out := &measure.Service{Replicas: exactly(float64(s.Replicas)), Cost: costOf(s)}
		r.Services[s.Name] = out
		if x.closed == nil || x.down[id] {
			out.Utilization = exactly(math.Min(1, x.stations[id].load()/float64(s.Replicas*s.Cores)))
		}
	}
	ratio, name := x.fullest(x.openRequests())
	b := bearing{1 / ratio, name}
	x.bottleneck(r, b)
	r.Bottleneck = name
	x.overloadCaveats(b, func(what, where, effect string) {
		r.Caveats = append(r.Caveats, measure.Caveat{What: "queueing: " + what, Where: where, Effect: effect})
	})
	return r
}
