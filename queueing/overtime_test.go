package queueing

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

func overTimeModel(t *testing.T, text string) *scenarios.Model {
	t.Helper()
	m, diags := scenarios.Parse("test.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

const overTimeMM1 = `headroom: 1
name: mm1
services: {web: {discipline: fifo, operations: {page: [{cpu: exp(1s)}]}}}
workloads: {w: {arrivals: poisson(0.5/s), does: web.page}}
tests:
  spike: {kind: spike, phases: [{for: 200s}, {for: 100s, load: x3}, {for: 500s}]}
  sine: {phases: [{for: 600s, load: "sine(x0.5, x1.5, period=200s)"}]}
`

func TestOverTimeExactly(t *testing.T) {
	m := overTimeModel(t, overTimeMM1)
	spike, _ := m.TestByName("spike")
	r, err := OverTime(context.Background(), m, OverTimeOptions{Test: spike, Interval: 5})
	if err != nil {
		t.Fatal(err)
	}
	w := r.Series.Workloads["w"]
	if len(r.Caveats) > 0 || !strings.Contains(r.Run.Detail, "Markov chain") || len(w.InSystem) != 160 {
		t.Fatalf("%v, %q, %d intervals", r.Caveats, r.Run.Detail, len(w.InSystem))
	}
	// M/M/1 before and long after; the backlog after 100 s at 1.5/s is about 50.
	nearTo(t, "present before", w.InSystem[39], 1, 1e-3)
	nearTo(t, "response before", w.Mean[39], 2, 1e-2)
	nearTo(t, "present in the end", w.InSystem[159], 1, 1e-2)
	x := r.Test.Recovery[0]
	if x.Worst.Value < 50 || x.Worst.Value > 57 || x.Recovered != 1 || !(x.Time.Value > 80 && x.Time.Value < 300) {
		t.Errorf("%+v", x)
	}
	// What has come and not gone is here.
	came, gone := 0.0, 0.0
	for j := range w.Offered {
		came += 5 * w.Offered[j]
		gone += 5 * w.Throughput[j]
	}
	nearTo(t, "requests that came", came, 0.5*(200+300+500), 1e-9)
	nearTo(t, "requests here in the end", came-gone, w.InSystem[159], 2e-2)
}

// TestOverTimeFlows holds flows to the exact solution, under a sine, where both
// can be had: the number present within a tenth of its mean.
func TestOverTimeFlows(t *testing.T) {
	m := overTimeModel(t, overTimeMM1)
	sine, _ := m.TestByName("sine")
	exact, err := OverTime(context.Background(), m, OverTimeOptions{Test: sine, Interval: 5})
	if err != nil {
		t.Fatal(err)
	}
	flow, err := newTimed(m, OverTimeOptions{Test: sine, Interval: 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := flow.flows(context.Background()); err != nil {
		t.Fatal(err)
	}
	for j, want := range exact.Series.Workloads["w"].InSystem {
		if got := flow.series.Present[0][j]; math.Abs(got-want) > 0.2 {
			t.Errorf("interval %d: %v by flows, %v exactly", j, got, want)
		}
	}
}

// TestOverTimeLibrary follows every scenario of the library to its steady state
// and compares with that: throughput always, the number present where the model
// has no more than means to it.
func TestOverTimeLibrary(t *testing.T) {
	for _, e := range scenarios.Library() {
		m, err := scenarios.Load(e.Name, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := OverTime(context.Background(), m, OverTimeOptions{Duration: 120, Interval: 4})
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		steady, err := Solve(context.Background(), m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range steady.Workloads {
			s := r.Series.Workloads[name]
			last := len(s.Throughput) - 1
			if w.Throughput.Known() {
				nearTo(t, e.Name+" "+name+" throughput", s.Throughput[last], w.Throughput.Value, 0.05)
			}
			t.Logf("%s %s: in system %.4g, %.4g in the steady state", e.Name, name, s.InSystem[last], w.InSystem.Value)
		}
		if v := r.Check(1); len(v) > 0 {
			t.Errorf("%s: %v", e.Name, v)
		}
	}
}

func TestOverTimeBadInput(t *testing.T) {
	m := overTimeModel(t, overTimeMM1)
	spike, _ := m.TestByName("spike")
	for _, o := range []OverTimeOptions{
		{},
		{Duration: -1},
		{Duration: math.NaN()},
		{Duration: math.Inf(1)},
		{Duration: 1, Interval: -1},
		{Duration: 1e9, Interval: 1e-9},
		{Test: spike, Duration: 5},
		{Test: &scenarios.Test{}},
	} {
		if _, err := OverTime(context.Background(), m, o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
	if _, err := OverTime(context.Background(), nil, OverTimeOptions{Duration: 1}); err == nil {
		t.Error("no model passed")
	}
	route := overTimeModel(t, `headroom: 1
name: r
services: {a: {operations: {x: [{cpu: exp(1ms)}]}}, b: {threads: 4, operations: {y: [{cpu: exp(2ms)}, {parallel: [{wait: 1ms}, {cpu: 2ms}]}]}}}
workloads: {w: {arrivals: poisson(50/s), does: {route: {start: a.x, a.x: {b.y: 50%, end: 50%}, b.y: a.x}}}}
`)
	r, err := OverTime(context.Background(), route, OverTimeOptions{Duration: 60})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Series.Services
	nearTo(t, "visits of a: 2", s["a"].Utilization[59], 0.1, 1e-3)
	nearTo(t, "visits of b: 1", s["b"].Utilization[59], 0.2, 1e-3)
	if _, err := OverTime(context.Background(), route, OverTimeOptions{Duration: 60, Strict: true}); err == nil {
		t.Error("strict passed with threads and branches")
	}
}

// TestOverTimePause is the published outage of a follower (LF-06) as flows:
// 800/s come and 1000/s are done, but for 600 s.
func TestOverTimePause(t *testing.T) {
	m := overTimeModel(t, `headroom: 1
name: lf06
services: {f: {discipline: fifo, operations: {apply: [{cpu: 1ms}]}}}
workloads: {w: {arrivals: constant(800/s), does: f.apply}}
faults: [{pause: f, at: 100s, for: 600s}, {kill: f, at: 3200s, for: 1s}]
`)
	r, err := OverTime(context.Background(), m, OverTimeOptions{Duration: 3300, Interval: 10})
	if err != nil {
		t.Fatal(err)
	}
	x := r.Test.Recovery[0]
	nearTo(t, "backlog", x.Worst.Value, 480000, 1e-3)
	nearTo(t, "time to catch up", x.Time.Value, 2400, 0.01)
	if len(r.Caveats) != 2 || x.After != "pause f" || !strings.Contains(r.Caveats[0].What, "killed") {
		t.Errorf("%+v, %v", x, r.Caveats)
	}
}
