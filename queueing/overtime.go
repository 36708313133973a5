package queueing

import (
	"context"
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// OverTimeOptions say what of a system is to be followed. The zero value with a
// test, or with a Duration, is ready to use.
type OverTimeOptions struct {
	// Test changes the load; nil leaves it as it is.
	Test *scenarios.Test
	// Duration (s) is how long to follow a load that does not change.
	Duration float64
	// Interval is the length of an interval of the series (s); 0 chooses one.
	Interval float64
	// Strict makes an error of the first reservation that the result would carry.
	Strict bool
}

// OverTime predicts how a system that is empty at first changes over time, as a
// load that changes asks: series of the numbers present, the throughput and the
// mean response time, and how long it takes to recover after the load was high.
//
// One service of exponential demands, asked by Poisson requests of one step
// each, is followed through all its states, exactly ([TransientMMc]); anything
// else as flows ([FluidNet]). Response times are of the requests that end in an
// interval, in both cases read off how many have come and gone by an instant.
func OverTime(ctx context.Context, m *scenarios.Model, o OverTimeOptions) (*measure.Result, error) {
	if m == nil {
		return nil, errNoModel
	}
	if err := m.Check(); err != nil {
		return nil, badModel(err)
	}
	t, err := newTimed(m, o)
	if err != nil {
		return nil, err
	}
	if station, ok := aloneMMc(t.m); ok && len(t.faults) == 0 && t.small(station) {
		err = t.exactly(ctx, station)
	} else {
		err = t.flows(ctx)
	}
	if err != nil {
		return nil, err
	}
	r := t.report()
	if o.Strict && len(r.Caveats) > 0 {
		return nil, strictError(r.Caveats)
	}
	return r, nil
}

// timed is a model on its way through time.
type timed struct {
	o         OverTimeOptions
	m         *scenarios.Model
	left      []scenarios.Feature
	faults    []scenarios.Fault // those that are followed
	duration  float64
	interval  float64
	intervals int
	series    *FluidSeries
	detail    string
	caveats   []measure.Caveat
}

// mostIntervals bounds the length of a series.
const mostIntervals = 100_000

func newTimed(m *scenarios.Model, o OverTimeOptions) (*timed, error) {
	t := &timed{o: o, duration: o.Duration, interval: o.Interval}
	if o.Test != nil {
		if err := o.Test.Check(); err != nil {
			return nil, fmt.Errorf("queueing: test %q: %w", o.Test.Name, err)
		}
		if o.Duration != 0 {
			return nil, fmt.Errorf("queueing: both a test, which lasts %v s, and a duration of %v s", o.Test.Duration(), o.Duration)
		}
		t.duration = o.Test.Duration()
	}
	if !(t.duration > 0) || math.IsInf(t.duration, 1) || !(t.interval >= 0) || math.IsInf(t.interval, 1) {
		return nil, fmt.Errorf("queueing: %v s in intervals of %v s; want a test or a duration of more than 0, and both finite", t.duration, t.interval)
	}
	if t.interval == 0 {
		t.interval = measure.NiceInterval(t.duration)
	}
	n := math.Ceil(t.duration / t.interval * (1 - 1e-9))
	if n > mostIntervals {
		return nil, fmt.Errorf("queueing: %v s in intervals of %v s are %v; want at most %d", t.duration, t.interval, n, mostIntervals)
	}
	t.intervals = int(n)
	plain, left := t.takeFaults(m).Plain() // flows know the base of the language only
	t.m, t.left = plain, append(t.left, left...)
	return t, nil
}

// factor is what the load of workload w is multiplied by.
func (t *timed) factor(w int, at float64) float64 {
	if t.o.Test == nil || !t.o.Test.Meant(w) {
		return 1
	}
	return t.o.Test.Factor(at)
}

// breaks are the instants at which the load may jump.
func (t *timed) breaks() []float64 {
	var out []float64
	for _, f := range t.faults {
		out = append(out, f.At, f.At+f.For)
	}
	if t.o.Test == nil {
		return out
	}
	at := 0.0
	for _, p := range t.o.Test.Phases {
		at += p.For
		out = append(out, at)
	}
	return out
}

// flows follows the model as a network of flows.
func (t *timed) flows(ctx context.Context) error {
	steady, err := Solve(ctx, t.m, Options{})
	if err != nil {
		return err
	}
	batch := make([]float64, len(t.m.Topics))
	for i := range batch {
		topic := &t.m.Topics[i]
		batch[i] = 1
		if b := steady.Topics[topic.Name]; b != nil && b.Batch.Known() {
			batch[i] = math.Max(1, b.Batch.Value)
		}
	}
	p, err := newFluidPlan(t.m, batch)
	if err != nil {
		return err
	}
	t.spread(p.net)
	t.slower(p.net)
	for w := range t.m.Workloads {
		wl, src := &t.m.Workloads[w], &p.net.Sources[w]
		if wl.Open() {
			rate := wl.Arrivals.Rate
			src.Rate = func(at float64) float64 { return rate * t.factor(w, at) }
			continue
		}
		users := float64(wl.Users)
		src.Users = func(at float64) float64 { return users * t.factor(w, at) }
		src.Think = math.Max(wl.Think.Mean(), 1e-3*t.timeOf(p.net, w))
	}
	if t.series, err = p.net.Follow(ctx, t.interval, t.intervals, t.breaks()); err != nil {
		return err
	}
	t.detail = "flows over time: each station as in the steady state with as many present (pointwise-stationary fluid flow approximation)"
	t.flowCaveats()
	if end, err := t.steadyAtEnd(ctx, steady); err == nil {
		t.checkSteady(end)
	}
	return nil
}

// steadyAtEnd is the steady state at the load that the test ends with.
func (t *timed) steadyAtEnd(ctx context.Context, steady *measure.Result) (*measure.Result, error) {
	if t.o.Test == nil {
		return steady, nil
	}
	f := t.o.Test.Factor(t.duration)
	if f == 1 {
		return steady, nil
	}
	if f == 0 || len(t.o.Test.Workloads) > 0 {
		return nil, nil
	}
	for i := range t.m.Workloads {
		if !t.m.Workloads[i].Open() {
			return nil, nil
		}
	}
	return Solve(ctx, t.m.Scale(f), Options{})
}

// timeOf is the time that a request of workload w takes by itself (s).
func (t *timed) timeOf(n *FluidNet, w int) float64 {
	sum := 0.0
	for i := range n.Nodes {
		if n.Nodes[i].Source == w {
			sum += n.Nodes[i].Mean
		}
	}
	return math.Max(sum, 1e-9)
}

// spread sets how far the stations that serve in order of arrival are from
// exponential times: by all their demands together, and the requests that come
// to them straight from a workload.
func (t *timed) spread(n *FluidNet) {
	x, err := newInnerSolver(t.m, nil)
	if err != nil {
		return
	}
	for i := range t.m.Services {
		if t.m.Services[i].Discipline != scenarios.FIFO {
			continue
		}
		mean, square, weight := 0.0, 0.0, 0.0
		for op := range x.p.ops {
			if int(x.p.ops[op].service) != i {
				continue
			}
			visits := 0.0
			for w := range t.m.Workloads {
				rate := 1.0
				if t.m.Workloads[w].Open() {
					rate = t.m.Workloads[w].Arrivals.Rate
				}
				visits += rate * x.tr.workload[w][op]
			}
			for _, u := range x.p.ops[op].uses {
				d := x.p.demands[i][u.demand]
				n := visits * (u.fixed + u.perMsg)
				mean += n * d.Mean()
				square += n * (d.Variance() + d.Mean()*d.Mean())
				weight += n
			}
		}
		if mean == 0 || math.IsInf(square, 1) {
			continue
		}
		scv := square*weight/(mean*mean) - 1
		arrivals := 1.0
		if gap, alone := x.onlySource(i); alone && t.m.Services[i].Replicas == 1 {
			arrivals = gap.SCV()
		}
		n.Stations[i].Spread = math.Max(0, (arrivals+scv)/2)
	}
}

// flowCaveats say what flows do not see.
func (t *timed) flowCaveats() {
	add := func(where, what, effect string) {
		t.caveats = append(t.caveats, measure.Caveat{What: "queueing: " + what, Where: where, Effect: effect})
	}
	add("", "followed over time as flows", "means only: what comes and goes by chance at loads near full is left out, and percentiles are not known; simulate --test follows every request")
	for i := range t.m.Services {
		s := &t.m.Services[i]
		if s.Threads > 0 {
			add("services."+s.Name, "threads over time", "waiting for one, and requests turned away, are left out; while threads are short, response times and what gets through are wrong")
		}
		if s.Balancing == scenarios.Hash && s.Replicas > 1 {
			add("services."+s.Name, "popular keys over time", "all replicas are taken to get as much")
		}
	}
	for i := range t.m.Operations {
		if hasParallel(t.m.Operations[i].Steps) {
			add("services."+t.m.Services[t.m.Operations[i].Service].Name, "parallel branches over time", "the one that takes longest by itself is waited for; response times are too short")
			break
		}
	}
	if len(t.m.Topics) > 0 {
		add("", "batches over time", "they have as many messages as in the steady state")
	}
}

func hasParallel(steps []scenarios.Step) bool {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Parallel:
			return true
		case scenarios.Choose:
			for _, b := range s.Branches {
				if hasParallel(b.Steps) {
					return true
				}
			}
		case scenarios.Cache:
			if hasParallel(s.Then) || hasParallel(s.Else) {
				return true
			}
		case scenarios.Repeat:
			if hasParallel(s.Steps) {
				return true
			}
		}
	}
	return false
}
