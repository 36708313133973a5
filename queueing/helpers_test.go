package queueing

import (
	"context"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// parse reads a scenario written in a test.
func parse(t testing.TB, text string) *scenarios.Model {
	t.Helper()
	m, diags := scenarios.Parse("test.yaml", []byte("headroom: 1\nname: test\n"+text), nil)
	if m == nil {
		t.Fatal(diags)
	}
	return m
}

// solve solves a model and wants the laws to hold.
func solve(t testing.TB, m *scenarios.Model) *measure.Result {
	t.Helper()
	r, err := Solve(context.Background(), m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Check(1e-8) {
		t.Error(v)
	}
	return r
}

func solveText(t testing.TB, text string) *measure.Result {
	t.Helper()
	return solve(t, parse(t, text))
}

// oneStation is a model of one service with one operation of one CPU step.
func oneStation(d scenarios.Discipline, replicas, cores int, demand dist.Dist, rate float64) *scenarios.Model {
	return &scenarios.Model{
		Name: "one", Part: 1, Live: scenarios.Live{Cells: 1},
		Services: []scenarios.Service{{
			Name: "s", Replicas: replicas, Cores: cores, Backlog: scenarios.Unlimited,
			Discipline: d, Operations: []scenarios.OpID{0},
		}},
		Operations: []scenarios.Operation{{Name: "s.op", Steps: []scenarios.Step{scenarios.CPU{At: "s.op/0", Demand: demand}}}},
		Workloads: []scenarios.Workload{{
			Name:     "w",
			Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1 / rate)},
			Mix:      []scenarios.Share{{Op: 0, P: 1}},
		}},
	}
}
