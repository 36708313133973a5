package queueing

import (
	"context"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
)

// closedByLayers says what the method of layers is off by where it replaces the
// means of closed workloads that may wait for threads: as by docs/accuracy.md.
const closedByLayers = "mean response times of small closed systems were off by 2 %, in nine of ten by less than 9 %, at worst by 25 %; " +
	"percentiles are those of requests taken as independent, stretched to these means"

// takeLayers replaces the means of closed workloads that may wait for threads by
// those of the method of layers, where its layers come to agree: a thread of a
// caller that waits below is one that does not come back, and the arrival
// approximation knows of that only on average. Percentiles keep their place
// relative to the mean. It leaves r alone where the method is not for the model.
func (x *solver) takeLayers(ctx context.Context, r *measure.Result) error {
	c := x.closed
	if c == nil || c.ahead() || x.held != nil || x.unsettled > 0 || !r.Stable {
		return nil
	}
	for w := range x.m.Workloads {
		if x.m.Workloads[w].Open() {
			return nil // those wait for longer than layers say
		}
	}
	if !x.limitsThreads() {
		return nil
	}
	by, err := solveForced(ctx, x.m, Options{Method: ByLayers})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || !by.Stable || disagrees(by) {
		return nil //nolint:nilerr // the means are as good as they were
	}
	x.takeMeans(r, by)
	for i := range r.Caveats {
		if k := &r.Caveats[i]; k.What == "queueing: "+c.why+": "+noExactClosed {
			k.What, k.Effect = "queueing: "+c.why+": means by the method of layers", closedByLayers
		}
	}
	r.Run.Detail = strings.ReplaceAll(r.Run.Detail, bardSchweitzer, "closed network by the method of layers")
	return nil
}

// disagrees reports whether a solution breaks a law.
func disagrees(r *measure.Result) bool {
	for _, w := range r.Workloads {
		if w.Response == nil {
			return true
		}
	}
	return len(r.Check(lawTolerance)) > 0
}

// takeMeans puts the means of a solution by layers in the place of those of
// another, which knows more.
func (x *solver) takeMeans(r, by *measure.Result) {
	for name, w := range by.Workloads {
		to := r.Workloads[name]
		to.Offered, to.Throughput, to.InSystem = w.Offered, w.Throughput, w.InSystem
		to.Response = stretchedTo(to.Response, w.Response)
		if limit, known := r.Saturation[name]; known {
			r.Saturation[name] = math.Max(limit, w.Throughput.Value)
		}
	}
	for name, o := range by.Operations {
		to := r.Operations[name]
		to.Throughput, to.Visits = o.Throughput, o.Visits
		to.Response = stretchedTo(to.Response, o.Response)
	}
	for i := range x.m.Services {
		s := &x.m.Services[i]
		takeService(r.Services[s.Name], by.Services[s.Name], s.Cores)
	}
}

// takeService does so for a service. Lines are as long in proportion to the whole
// as they were.
func takeService(to, by *measure.Service, cores int) {
	to.Throughput, to.Utilization, to.Present = by.Throughput, by.Utilization, by.Present
	if to.Response != nil && to.WaitingTime != nil && by.Response != nil && to.Response.Mean.Value > 0 {
		part := to.WaitingTime.Mean.Value / to.Response.Mean.Value
		to.WaitingTime = stretchedTo(to.WaitingTime, onlyMeanOf(part*by.Response.Mean.Value))
		to.Waiting = exactly(math.Min(1, part) * by.Present.Value)
	}
	to.Response = stretchedTo(to.Response, by.Response)
	to.ServiceTime = stretchedTo(to.ServiceTime, by.ServiceTime)
	if by.ThreadsBusy.Known() {
		to.ThreadsBusy = by.ThreadsBusy
	} else {
		to.ThreadsBusy = by.Present // no one waits for a thread
	}
	idle := 1 - by.Utilization.Value
	if cores > 1 { // some may be idle while others work
		idle = math.Max(idle, to.PIdle.Value)
	}
	to.PIdle = exactly(math.Max(0, idle))
}

// stretchedTo is the distribution of one time with the mean of another.
func stretchedTo(t, by *measure.Times) *measure.Times {
	if t == nil || by == nil || !(t.Mean.Value > 0) {
		return by
	}
	f := by.Mean.Value / t.Mean.Value
	out := *t
	for _, e := range []*measure.Estimate{&out.Mean, &out.Stddev, &out.P50, &out.P90, &out.P95, &out.P99, &out.P999, &out.Max} {
		if e.Known() {
			e.Value, e.Lo, e.Hi = f*e.Value, f*e.Lo, f*e.Hi
		}
	}
	out.Mean = by.Mean
	out.Histogram = append([]measure.Point(nil), t.Histogram...)
	for i := range out.Histogram {
		out.Histogram[i].Le *= f
	}
	return &out
}
