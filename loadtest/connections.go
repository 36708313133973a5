package loadtest

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// The cap on requests in flight follows from Little's law ([Litt61], L = λW):
// a load of λ that meets response times of W needs λ·W requests in flight. The
// cap allows for the longer of 2 seconds and 20 times what a request takes in
// an idle system, so that a stall of 2 seconds does not bring the generator to
// its cap, and a target that hangs does not take all memory and files of this
// machine.
const (
	stall            = 2.0 // (s)
	slowdown         = 20.0
	fewestInFlight   = 64
	mostInFlight     = 1 << 14
	filesPerInFlight = 4 // a connection has two ends, and the emulated services call each other
)

// connectionsFor is the cap that a model's open load asks for, at the peak of a
// test if there is one.
func connectionsFor(m *scenarios.Model, t *scenarios.Test) int {
	need := 0.0
	for i := range m.Workloads {
		if w := &m.Workloads[i]; w.Open() {
			need += w.Arrivals.Rate * peakOf(t, i) * max(stall, slowdown*idleTime(m, w))
		}
	}
	most := float64(mostInFlight)
	if files := openFiles(); files > 0 {
		most = min(most, float64(files)/filesPerInFlight)
	}
	if !(need < most) { // also a need without bound
		need = most
	}
	return int(math.Ceil(max(need, fewestInFlight)))
}

// idleTime is about how long a request of w takes when it is alone in the
// system (s): every step at its mean, the longest of parallel branches, and
// one visit to each operation of a route.
func idleTime(m *scenarios.Model, w *scenarios.Workload) float64 {
	e := idle{model: m, known: map[scenarios.OpID]float64{}}
	total := e.steps(w.Steps)
	for _, s := range w.Mix {
		total += s.P * e.op(s.Op)
	}
	if w.Route != nil {
		for op := range w.Route.Next {
			total += e.op(op)
		}
	}
	return total
}

type idle struct {
	model *scenarios.Model
	known map[scenarios.OpID]float64
}

func (e idle) op(op scenarios.OpID) float64 {
	if t, ok := e.known[op]; ok {
		return t
	}
	e.known[op] = 0 // calls may go round in a circle that ends by chance: once is enough here
	t := e.steps(e.model.Operations[op].Steps)
	e.known[op] = t
	return t
}

func (e idle) steps(steps []scenarios.Step) float64 {
	total := 0.0
	for _, s := range steps {
		total += e.step(s)
	}
	return total
}

func (e idle) step(s scenarios.Step) float64 {
	switch s := s.(type) {
	case scenarios.CPU:
		return s.Demand.Mean()
	case scenarios.Wait:
		return s.Time.Mean()
	case scenarios.Call:
		return 2*e.model.Network.Latency.Mean() + e.op(s.Op)
	case scenarios.Parallel:
		longest := 0.0
		for _, b := range s.Branches {
			longest = max(longest, e.steps(b))
		}
		return longest
	case scenarios.Choose:
		mean := 0.0
		for _, b := range s.Branches {
			mean += b.P * e.steps(b.Steps)
		}
		return mean
	case scenarios.Cache:
		return s.Hit*e.steps(s.Then) + (1-s.Hit)*e.steps(s.Else)
	case scenarios.Repeat:
		if s.PerMessage {
			return e.steps(s.Steps)
		}
		return s.Count.Mean() * e.steps(s.Steps)
	}
	return 0
}
