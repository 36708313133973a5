package queueing

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// moreWork is by how much the demands of a service grow for a [Sensitivity] (1).
const moreWork = 0.10

// Sensitivity is what a tenth more time on the cores of one service would do to
// a workload or a topic.
type Sensitivity struct {
	Service, Subject string
	More             float64 // by which the demands grow (1)
	Mean, P99        float64 // by which the response time, or the delay of messages, does, NaN where not known (1)
	Throughput       float64 // by which the throughput does (1)
	Overload         bool    // the system would then not be stable
}

// sensitivities solves the model again with each service slower in turn.
func sensitivities(ctx context.Context, x *solver, r *measure.Result) ([]Sensitivity, error) {
	var out []Sensitivity
	m := x.m
	for id := range m.Services {
		slow, some := slowed(m, scenarios.ServiceID(id), 1+moreWork)
		if !some {
			continue
		}
		y, err := newInnerSolver(slow, x.p.inner)
		if err != nil {
			return nil, err
		}
		y.held = x.held
		if err := y.settle(ctx); err != nil {
			return nil, err
		}
		out = append(out, y.against(r, m.Services[id].Name)...)
	}
	slices.SortStableFunc(out, func(a, b Sensitivity) int { return cmp.Compare(b.weight(), a.weight()) })
	return out, nil
}

// against is by how much the workloads and topics of a settled system differ
// from a result, where the given service is slower.
func (x *solver) against(r *measure.Result, service string) []Sensitivity {
	var out []Sensitivity
	then := &measure.Result{Workloads: make(map[string]*measure.Workload)}
	lost, b := x.lost(), x.newBuilder()
	x.reportWorkloads(then, b, lost)
	x.reportTopics(then, b, lost)
	for w := range x.m.Workloads {
		name := x.m.Workloads[w].Name
		before, after := r.Workloads[name], then.Workloads[name]
		s := Sensitivity{Service: service, Subject: name, More: moreWork, Overload: x.reaches(w, lost)}
		s.Throughput = change(before.Throughput, after.Throughput)
		s.times(before.Response, after.Response)
		out = append(out, s)
	}
	for t := range x.m.Topics {
		name := x.m.Topics[t].Name
		before, after := r.Topics[name], then.Topics[name]
		s := Sensitivity{Service: service, Subject: name, More: moreWork, Overload: x.late[t] || lost[x.m.Topics[t].Consumer]}
		s.Throughput = change(before.Throughput, after.Throughput)
		s.times(before.Delay, after.Delay)
		out = append(out, s)
	}
	return out
}

func (s *Sensitivity) times(before, after *measure.Times) {
	s.Mean, s.P99 = math.NaN(), math.NaN()
	if before != nil && after != nil {
		s.Mean, s.P99 = change(before.Mean, after.Mean), change(before.P99, after.P99)
	}
}

// weight is what sensitivities are ordered by.
func (s Sensitivity) weight() float64 {
	switch {
	case s.Overload:
		return math.Inf(1)
	case !math.IsNaN(s.P99):
		return s.P99
	case !math.IsNaN(s.Mean):
		return s.Mean
	}
	return 0
}

// change is by how much of itself a figure grows, NaN where that is not known.
func change(before, after measure.Estimate) float64 {
	if !before.Known() || !after.Known() || before.Value == 0 {
		return math.NaN()
	}
	return after.Value/before.Value - 1
}

// tooLong is a mean (s) from which on a distribution is not made longer: it
// might leave the range of numbers.
const tooLong = 1e100

// slowed is a model in which one service needs f times as long for all that it
// does on its cores; it reports whether there is anything.
func slowed(m *scenarios.Model, id scenarios.ServiceID, f float64) (*scenarios.Model, bool) {
	out, some := *m, false
	out.Operations = slices.Clone(m.Operations)
	for i := range out.Operations {
		if op := &out.Operations[i]; op.Service == id {
			op.Steps = slowedSteps(op.Steps, f, &some)
		}
	}
	return &out, some
}

func slowedSteps(steps []scenarios.Step, f float64, some *bool) []scenarios.Step {
	out := slices.Clone(steps)
	for i, s := range out {
		switch s := s.(type) {
		case scenarios.CPU:
			if !s.Demand.IsZero() && s.Demand.Mean() < tooLong {
				s.Demand = s.Demand.Scaled(f)
				*some = true
			}
			out[i] = s
		case scenarios.Parallel:
			s.Branches = slices.Clone(s.Branches)
			for b := range s.Branches {
				s.Branches[b] = slowedSteps(s.Branches[b], f, some)
			}
			out[i] = s
		case scenarios.Choose:
			s.Branches = slices.Clone(s.Branches)
			for b := range s.Branches {
				s.Branches[b].Steps = slowedSteps(s.Branches[b].Steps, f, some)
			}
			out[i] = s
		case scenarios.Cache:
			s.Then, s.Else = slowedSteps(s.Then, f, some), slowedSteps(s.Else, f, some)
			out[i] = s
		case scenarios.Repeat:
			s.Steps = slowedSteps(s.Steps, f, some)
			out[i] = s
		}
	}
	return out
}
