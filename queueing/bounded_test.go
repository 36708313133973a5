package queueing

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// alone is a service of four cores at 100 requests a second of 10 ms each.
func alone() *scenarios.Model {
	return &scenarios.Model{
		Name: "alone", Part: 1, Live: scenarios.Live{Cells: 1},
		Services:   []scenarios.Service{{Name: "a", Replicas: 1, Cores: 4, Backlog: scenarios.Unlimited, Operations: []scenarios.OpID{0}, HashKeys: 50}},
		Operations: []scenarios.Operation{{Name: "a.o", Steps: []scenarios.Step{scenarios.CPU{At: "s", Demand: dist.Exponential(0.01)}}}},
		Workloads: []scenarios.Workload{{
			Name: "w", Mix: []scenarios.Share{{Op: 0, P: 1}},
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 100, Gap: dist.Exponential(0.01)},
		}},
	}
}

// meanOfAlone is the mean response time of its workload, and what was said of it.
func meanOfAlone(t *testing.T, m *scenarios.Model) (mean float64, effects []string) {
	t.Helper()
	r, err := Solve(context.Background(), m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Caveats {
		effects = append(effects, c.Effect)
	}
	if w := r.Workloads["w"]; w.Response != nil {
		return w.Response.Mean.Value, effects
	}
	return math.NaN(), effects
}

// Room for a thousand million in line is no other than room without end where
// the line is short: M/M/2 at ρ = 1/2, of which R = s/(1 − ρ²).
func TestBacklogOfMany(t *testing.T) {
	m := alone()
	m.Services[0].Cores, m.Services[0].Threads, m.Services[0].Backlog = 2, 2, 1_000_000_000
	got, _ := meanOfAlone(t, m)
	near(t, "mean response time", got, 0.01/(1-0.25), 1e-6)
}

// Where the line is always full, that it is not gone through to its end is said.
func TestBacklogThatFills(t *testing.T) {
	m := alone()
	m.Services[0].Cores, m.Services[0].Threads, m.Services[0].Backlog = 1, 1, 1_000_000_000
	m.Workloads[0].Arrivals = &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: 200, Gap: dist.Exponential(0.005)}
	got, effects := meanOfAlone(t, m)
	near(t, "mean response time behind a million", got, 1e4, 1e-3)
	if !slices.Contains(effects, "waits are too short, by any factor; simulate the model for them") {
		t.Errorf("no word about the end of the line: %q", effects)
	}
}

// More users than can be gone through are answered for by what the cores can do,
// or it is said that they are not.
func TestUsersOfMany(t *testing.T) {
	for _, users := range []int{3_000_000, 1_000_000_000} {
		m := alone()
		m.Workloads[0].Arrivals, m.Workloads[0].Users, m.Workloads[0].Think = nil, users, dist.Exponential(1)
		r, err := Solve(context.Background(), m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "throughput", r.Workloads["w"].Throughput.Value, 400, 1e-3)
		if w := r.Workloads["w"]; w.Response == nil {
			t.Errorf("%d users: no response time", users)
		} else {
			near(t, "mean response time", w.Response.Mean.Value, float64(users)/400-1, 1e-3)
		}
		if len(r.Caveats) < 2 {
			t.Errorf("%d users: caveats %v; want one about the approximation", users, r.Caveats)
		}
	}
}

// The limit for many users against convolution.
func TestManyUsers(t *testing.T) {
	for _, think := range []float64{1, 50, 200} {
		c := ClosedNetwork{Users: 10_000, Think: think, Stations: []ClosedStation{
			{Demand: 0.01, Servers: 1}, {Demand: 0.02, Servers: 4, OpenLoad: 1}, {Demand: 0.03, Servers: 1, Copies: 5}, {Demand: 0.5},
		}}
		want, err := Convolution(c)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "throughput", c.manyUsers(), want.Throughput, 1e-3)
	}
}

// More partitions than are gone through one by one, all of them with a batch in
// hand: their mean number at the cores is by the flow through them, exactly.
func TestPartitionsAllThere(t *testing.T) {
	p := seenWithSources(4, 0, 10_000, 0.02, 40)
	// four cores do 200/s, of which each partition takes its time of 40 s
	near(t, "number seen", meanOf(p), 10_000-200*40, 1e-3)
	if cutSources(p, 0, 10_000) || !cutSources(seenWithSources(4, 0, 200_000, 0.02, 40), 0, 200_000) || !cutSources(seenWithSources(4, 0.5, 20_000, 0.02, 40), 0.5, 20_000) {
		t.Error("what is cut is not what is known to be")
	}
}

// A chain of so many requests is refused before it takes all memory.
func TestChainOfMany(t *testing.T) {
	m := alone()
	m.Workloads[0].Arrivals, m.Workloads[0].Users, m.Workloads[0].Think = nil, 1_000_000, dist.Exponential(1)
	if _, err := SolveMarkov(context.Background(), m); !errors.Is(err, ErrNoChain) {
		t.Errorf("error %v; want one that there is no chain", err)
	}
}

// Partitions that are very many and seldom busy come as a Poisson stream.
func TestPartitionsOfMany(t *testing.T) {
	p := seenWithSources(4, 0, 1_000_000, 0.02, thinkOf(4, 0, 1_000_000, 0.02, 1e6/100))
	want := mmcSeen(4, 2, ErlangC(4, 2))
	for n := range 20 {
		near(t, "number seen", p[n], want[n], 1e-3)
	}
}

// A line of many places is nearly the same with fewer of them: means are, and
// quantiles to a part of a place.
func TestCoarserErlangMix(t *testing.T) {
	m := erlangMix{atom: 0.5, rate: 3, weights: make([]float64, 2000)}
	for j := range m.weights {
		m.weights[j] = 0.5 / 2000
	}
	c := m.coarser(700)
	if len(c.weights) > 700 {
		t.Fatalf("%d sums; want at most 700", len(c.weights))
	}
	near(t, "mean", c.Mean(), m.Mean(), 1e-5)
	near(t, "variance", c.Variance(), m.Variance(), 5e-3)
	near(t, "p90", c.Quantile(0.9), m.Quantile(0.9), 2e-3)
}

// What comes during an exponential time is geometric, its end too.
func TestMixedPoissonCut(t *testing.T) {
	c := mixedPoisson(3, 1, 1, 0, 10)
	near(t, "beyond the end", c.p[10-c.first], math.Pow(0.75, 10), 1e-9)
	for _, variance := range []float64{1e12, 1e300, math.Inf(1)} {
		sum := 0.0
		for _, p := range mixedPoisson(3, 1, variance, 0, 6000).p {
			sum += p
		}
		near(t, "sum", sum, 1, 1e-9)
	}
}

// A line that gets longer than can be looked at is said to be.
func TestBulkCut(t *testing.T) {
	for _, c := range []struct {
		bulk Bulk
		cut  bool
	}{
		{Bulk{Lambda: 0.99, Max: 1, Time: func(int) (float64, float64) { return 1, 1 }}, false},
		{Bulk{Lambda: 0.9999, Max: 1, Time: func(int) (float64, float64) { return 1, 1 }}, true},
		{Bulk{Lambda: 1, Max: 20, Time: func(n int) (float64, float64) { return float64(n) / 2, 1e12 }}, true},
		{Bulk{Lambda: 1, Max: 50, Time: func(n int) (float64, float64) { return 0.9999 * float64(n), 0 }}, true},
	} {
		r, err := SolveBulk(c.bulk)
		if err != nil {
			t.Fatal(err)
		}
		if r.Cut != c.cut {
			t.Errorf("λ %v, at most %d: cut is %v; want %v", c.bulk.Lambda, c.bulk.Max, r.Cut, c.cut)
		}
	}
}
