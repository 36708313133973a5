package queueing

import (
	"context"
	"errors"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// What simpler takes out of a random model, so that methods which are for less
// get something to solve.
const (
	atRandom    = 1 << iota // every replica is picked at random
	noThreads               // any number of requests at a service
	noBranches              // nothing in parallel, no messages
	allClosed               // closed workloads only
	allOpen                 // open workloads of Poisson arrivals only
	oneWorkload             // only the first workload
	exponential             // every time is
)

// simpler takes the given features out of a model.
func simpler(m *scenarios.Model, kind uint8) *scenarios.Model {
	for i := range m.Services {
		s := &m.Services[i]
		if kind&atRandom != 0 {
			s.Balancing = scenarios.Random
		}
		if kind&noThreads != 0 {
			s.Threads, s.Backlog = 0, scenarios.Unlimited
		}
	}
	if kind&noBranches != 0 {
		m.Topics = nil
	}
	for i := range m.Operations {
		m.Operations[i].Steps = simplerSteps(m.Operations[i].Steps, kind)
	}
	if kind&oneWorkload != 0 {
		m.Workloads = m.Workloads[:1]
	}
	for i := range m.Workloads {
		w := &m.Workloads[i]
		switch {
		case kind&allClosed != 0 && w.Open():
			w.Users, w.Think, w.Arrivals = 1+int(w.Arrivals.Rate)%40, dist.Exponential(0.05), nil
		case kind&allOpen != 0:
			rate := 20.0
			if w.Open() {
				rate = w.Arrivals.Rate
			}
			w.Users, w.Arrivals = 0, &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1 / rate)}
		}
	}
	return m
}

func simplerSteps(steps []scenarios.Step, kind uint8) []scenarios.Step {
	var out []scenarios.Step
	law := func(d dist.Dist) dist.Dist {
		if kind&exponential != 0 {
			return dist.Exponential(d.Mean())
		}
		return d
	}
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			s.Demand = law(s.Demand)
			out = append(out, s)
		case scenarios.Wait:
			s.Time = law(s.Time)
			out = append(out, s)
		case scenarios.Parallel:
			if kind&noBranches == 0 {
				out = append(out, s)
				continue
			}
			for _, b := range s.Branches {
				out = append(out, simplerSteps(b, kind)...)
			}
		case scenarios.Publish:
			if kind&noBranches == 0 {
				out = append(out, s)
			}
		case scenarios.Choose:
			for i := range s.Branches {
				s.Branches[i].Steps = simplerSteps(s.Branches[i].Steps, kind)
			}
			out = append(out, s)
		case scenarios.Cache:
			s.Then, s.Else = simplerSteps(s.Then, kind), simplerSteps(s.Else, kind)
			out = append(out, s)
		case scenarios.Repeat:
			s.Steps = simplerSteps(s.Steps, kind)
			out = append(out, s)
		default:
			out = append(out, s)
		}
	}
	return out
}

// checkMethods wants of every method that it refuses a model, or obeys the laws
// of package measure and agrees with the others where they must.
func checkMethods(t testing.TB, m *scenarios.Model) {
	t.Helper()
	auto := checkLaws(t, m)
	if auto == nil {
		return
	}
	solved := make(map[MethodName]*measure.Result)
	for _, by := range MethodNames() {
		if by == ByChoice || by == ByChain && !hasSmallChain(m) || (by == ByMVA || by == ByConvolution) && !hasFewPopulations(m) {
			continue
		}
		r, err := Solve(context.Background(), m, Options{Method: by})
		switch {
		case errors.Is(err, ErrMisfit), errors.Is(err, ErrInexact), errors.Is(err, ErrNoChain), errors.Is(err, errEndless):
			continue
		case err != nil:
			t.Errorf("%s: %s: %v", m.Name, by, err)
			continue
		}
		solved[by] = r
		for _, v := range r.Check(1e-5) {
			t.Errorf("%s: %s: %v", m.Name, by, v)
		}
		if !r.Stable && len(r.Caveats) == 0 {
			t.Errorf("%s: %s: unstable without a word", m.Name, by)
		}
		if r.Stable != auto.Stable && by != ByLayers {
			t.Errorf("%s: %s: stable is %v, but %v when solved by choice", m.Name, by, r.Stable, auto.Stable)
		}
		for name, w := range r.Workloads {
			if r.Stable && w.Response == nil && !withheld(r) {
				t.Errorf("%s: %s: stable, but no response time of %s", m.Name, by, name)
			}
			if !r.Stable && w.Response != nil && by != ByExact { // there, what is apart from the overload has one
				t.Errorf("%s: %s: a response time of %s, and not stable", m.Name, by, name)
			}
		}
	}
	agree(t, m, solved)
}

// agree compares exact methods, and the bounds with them.
func agree(t testing.TB, m *scenarios.Model, solved map[MethodName]*measure.Result) {
	t.Helper()
	truth := solved[ByConvolution]
	if truth == nil || !truth.Stable {
		return
	}
	for by, r := range solved {
		for name, w := range r.Workloads {
			is := truth.Workloads[name].Throughput.Value
			switch {
			case by == ByMVA:
				near(t, m.Name+": throughput of "+name+" by MVA", w.Throughput.Value, is, 1e-7)
			case by == ByBounds && (is < w.Throughput.Lo*(1-1e-9) || is > w.Throughput.Hi*(1+1e-9)):
				t.Errorf("%s: %v is not from %v to %v", m.Name, is, w.Throughput.Lo, w.Throughput.Hi)
			}
		}
	}
}

// hasSmallChain keeps Markov chains to those that are solved at once.
func hasSmallChain(m *scenarios.Model) bool {
	users := 0
	for i := range m.Workloads {
		if m.Workloads[i].Open() {
			return false
		}
		users += m.Workloads[i].Users
	}
	return users <= 3
}

// hasFewPopulations does so for methods that go through all populations.
func hasFewPopulations(m *scenarios.Model) bool {
	populations := 1
	for i := range m.Workloads {
		populations *= 1 + m.Workloads[i].Users
	}
	return populations <= 100_000
}

func TestMethodsOnRandomModels(t *testing.T) {
	n := uint64(160)
	if testing.Short() {
		n = 40
	}
	for seed := range n {
		checkMethods(t, simpler(newRandomModel(seed, 0.3), uint8(seed%128)))
	}
}

func FuzzMethods(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, 1.0, 1.0, uint8(37*seed%128))
	}
	// found before: closed workloads that asked for more than cores can do, next
	// to open ones and to batches
	f.Add(uint64(153), 0.3, 1.0, uint8(atRandom|allClosed|allOpen))
	f.Add(uint64(339834398), 2.1918506721737474, 5892.995418632971, uint8(noThreads|allClosed))
	// more present at a layer than an integer counts, and a Linearizer that finds
	// more work done than can be
	f.Add(uint64(133861144), 0.009894453260926295, 18162.233591415246, uint8(63))
	f.Add(uint64(605292638), 11.570299083013003, 8206.928049492877, uint8(15))
	f.Fuzz(func(t *testing.T, seed uint64, load, slow float64, kind uint8) {
		if !(load > 1e-6 && load < 1e4 && slow > 1e-9 && slow < 1e9) {
			t.Skip()
		}
		checkMethods(t, stretched(simpler(newRandomModel(seed, load), kind), slow))
	})
}
