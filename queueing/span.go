package queueing

import (
	"github.com/headroom/headroom/scenarios"
)

// span is the mean time that something is in progress (s), whether it ends well
// or not, and the probability that it does.
type span struct{ mean, well float64 }

// spans is that of every operation for one viewer: what is turned away takes no
// time, and what fails ends there. They are needed for the numbers in progress;
// response times are those of what ends well.
func (x *solver) spans(viewer int) []span {
	out := make([]span, len(x.p.ops))
	rounds := 1
	if x.p.cyclic {
		rounds = 200
	}
	for range rounds {
		for _, op := range x.p.order {
			id := int(x.p.ops[op].service)
			s := x.spanOf(x.m.Operations[op].Steps, id, viewer, out)
			in := x.admitted(id)
			out[op] = span{in * (x.threadWait(id, viewer).mean + s.mean), in * s.well}
		}
	}
	return out
}

// spanOf is the span of a list of steps.
func (x *solver) spanOf(steps []scenarios.Step, service, viewer int, calls []span) span {
	total := span{0, 1}
	f := x.newFolder(service, viewer)
	for _, s := range steps {
		one := x.spanStep(s, service, viewer, calls, f)
		total.mean += total.well * one.mean
		total.well *= one.well
	}
	return total
}

func (x *solver) spanStep(s scenarios.Step, service, viewer int, calls []span, f *folder) span {
	switch s := s.(type) {
	case scenarios.Call:
		one := calls[s.Op]
		var way moment
		if service >= 0 && x.p.remote && !x.p.isInner(s.Op) {
			way = moment{2 * x.p.latency.mean, 2 * x.p.latency.variance}
		}
		if t := triesAt(x.tries, s); t != nil {
			return span{t.span(x.response[viewer][s.Op].plus(way), one.well, way), t.well(one.well)}
		}
		one.mean += way.mean
		return one
	case scenarios.Fail:
		return span{0, 1 - s.P}
	case scenarios.Parallel:
		// the join is taken as long as if all ended well
		ends := make([]float64, len(s.Branches))
		for i, b := range s.Branches {
			ends[i] = x.spanOf(b, service, viewer, calls).well
		}
		return span{f.step(s).mean, atLeast(ends, max(1, min(s.Need, len(ends))))}
	case scenarios.Choose:
		var sum span
		for _, b := range s.Branches {
			one := x.spanOf(b.Steps, service, viewer, calls)
			sum.mean += b.P * one.mean
			sum.well += b.P * one.well
		}
		return sum
	case scenarios.Cache:
		hit, miss := x.spanOf(s.Then, service, viewer, calls), x.spanOf(s.Else, service, viewer, calls)
		return span{s.Hit*hit.mean + (1-s.Hit)*miss.mean, s.Hit*hit.well + (1-s.Hit)*miss.well}
	case scenarios.Repeat:
		one := x.spanOf(s.Steps, service, viewer, calls)
		rounds := 1.0
		if !s.PerMessage {
			rounds, _, _ = newCountOf(s.Count).moments()
		}
		begun, well := loop(rounds, one.well)
		return span{begun * one.mean, well}
	}
	return span{f.step(s).mean, 1}
}

// shortened is by what factor failures shorten what would take the moments of
// a response that ends well.
func shortened(s span, well moment) float64 {
	if well.mean == 0 {
		return 1
	}
	return s.mean / well.mean
}

// workloadSpan is the span of the requests of a workload.
func (x *solver) workloadSpan(w int) float64 {
	wl := &x.m.Workloads[w]
	calls := x.spans(x.view[w])
	switch {
	case wl.Route != nil:
		sum := 0.0
		for op, visits := range x.tr.starts[w] {
			sum += visits * calls[op].mean
		}
		return sum
	case len(wl.Mix) > 0:
		sum := 0.0
		for _, s := range wl.Mix {
			sum += s.P * calls[s.Op].mean
		}
		return sum
	}
	return x.spanOf(wl.Steps, -1, x.view[w], calls).mean
}
