package kinds

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

func draws() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// concluded is the result of a test of one workload, w, with that series.
func concluded(t *scenarios.Test, edit func(*measure.Result)) *measure.Result {
	r := &measure.Result{
		Workloads: map[string]*measure.Workload{"w": {}},
		Series:    &measure.Series{Interval: 1, Workloads: map[string]measure.WorkloadSeries{}},
		Test:      &measure.Test{Name: t.Name, Kind: t.Kind.String(), Duration: t.Duration()},
	}
	edit(r)
	Conclude(t, Names{"w"}, r, draws())
	return r
}

func TestWindows(t *testing.T) {
	test := &scenarios.Test{Kind: scenarios.ScalabilityTest, Phases: []scenarios.Phase{
		{For: 4, From: 1, To: 1}, {For: 8, From: 2, To: 2}, {For: 4, From: 2, To: 2}, {For: 5, From: 2, To: 3}, {For: 4, From: 3, To: 3}, {For: 4}, {For: 8, From: 1, To: 3, Period: 2},
	}}
	got := Windows(test)
	want := []Window{{1, 1, 4}, {2, 7, 16}, {3, 22, 25}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("window %d: %v, want %v", i, got[i], want[i])
		}
	}
	test.Kind = scenarios.SpikeTest
	if Windows(test) != nil {
		t.Error("windows of a spike")
	}
}

// mm1 is an M/M/1 of 100/s at an arrival rate: its level, by the closed form
// below its limit and by what a finite run shows beyond.
func mm1(load, rate float64) measure.Level {
	l := measure.Level{Workload: "w", Load: load, Seconds: 10, Offered: measure.Exactly(rate), Failed: measure.Exactly(0)}
	x, mean := rate, 1/(100-rate)
	if rate >= 99 {
		x, mean = 100, 1
	}
	l.Throughput, l.Mean, l.InSystem = measure.Exactly(x), measure.Exactly(mean), measure.Exactly(x*mean)
	return l
}

// TestKnee: of an M/M/1, throughput over response time is greatest at half of
// its capacity ([Klei79]); all is answered up to it.
func TestKnee(t *testing.T) {
	test := &scenarios.Test{Kind: scenarios.ScalabilityTest, Phases: []scenarios.Phase{{For: 1, From: 1, To: 1}}}
	r := concluded(test, func(r *measure.Result) {
		for i := 1; i <= 12; i++ {
			r.Test.Levels = append(r.Test.Levels, mm1(float64(i), 10*float64(i)))
		}
	})
	s := r.Test.Scaling[0]
	if s.Knee != 5 || s.Limit != 10 || r.Test.Verdict != measure.Pass || !s.Contention.Known() {
		t.Errorf("%+v, %s: %s", s, r.Test.Verdict, r.Test.Answer)
	}
	worse := concluded(test, func(r *measure.Result) {
		for i := 1; i <= 12; i++ {
			l := mm1(float64(i), 10*float64(i))
			if i > 10 {
				l.Throughput = measure.Exactly(60)
			}
			r.Test.Levels = append(r.Test.Levels, l)
		}
	})
	if worse.Test.Verdict != measure.Fail || !strings.Contains(worse.Test.Answer, "falls") {
		t.Errorf("%s: %s", worse.Test.Verdict, worse.Test.Answer)
	}
	if r := concluded(test, func(*measure.Result) {}); r.Test.Verdict != measure.Undecided {
		t.Errorf("without levels: %s", r.Test.Verdict)
	}
}

// stressed is a ramp from 10/s to 200/s and back to 10/s, of which the system
// answers what answer says.
func stressed(answer func(offered float64, i int) float64) *measure.Result {
	test := &scenarios.Test{Kind: scenarios.StressTest, Phases: []scenarios.Phase{{For: 100, From: 1, To: 20}, {For: 50, From: 1, To: 1}}}
	return concluded(test, func(r *measure.Result) {
		w := measure.WorkloadSeries{}
		for i := range 150 {
			offered := 10 * test.Factor(float64(i)+0.5)
			w.Offered = append(w.Offered, offered)
			w.Throughput = append(w.Throughput, answer(offered, i))
		}
		r.Series.Workloads["w"] = w
	})
}

func TestStress(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(float64, int) float64
		verdict measure.Verdict
		kept    float64
	}{
		"graceful":    {func(o float64, _ int) float64 { return math.Min(o, 100) }, measure.Pass, 1},
		"a queue":     {func(_ float64, i int) float64 { return math.Min(10+1.9*float64(i), 100) }, measure.Pass, 1}, // served on when the load is gone
		"collapse":    {func(o float64, _ int) float64 { return math.Min(o, math.Max(100-(o-100), 20)) }, measure.Fail, 0.1},
		"not reached": {func(o float64, _ int) float64 { return o }, measure.Undecided, 1},
	} {
		r := stressed(c.answer)
		s := r.Test.Stress[0]
		if r.Test.Verdict != c.verdict || s.Kept < c.kept-0.15 || s.Kept > c.kept+0.15 {
			t.Errorf("%s: %s, %+v: %s", name, r.Test.Verdict, s, r.Test.Answer)
		}
	}
}

func TestSoak(t *testing.T) {
	test := &scenarios.Test{Kind: scenarios.SoakTest, Phases: []scenarios.Phase{{For: 1000, From: 1, To: 1}}}
	soaked := func(growth float64) *measure.Result {
		return concluded(test, func(r *measure.Result) {
			g := draws()
			w := measure.WorkloadSeries{}
			for i := range 1000 {
				w.Mean = append(w.Mean, 0.010*(1+0.2*g.NormFloat64())+growth*float64(i)/1000)
				w.P99 = append(w.P99, 0.050*(1+0.2*g.NormFloat64()))
				w.Failed = append(w.Failed, 0)
			}
			r.Series.Workloads["w"] = w
		})
	}
	if r := soaked(0); r.Test.Verdict != measure.Pass || len(r.Test.Drift) != 3 {
		t.Errorf("noise: %s: %s, %+v", r.Test.Verdict, r.Test.Answer, r.Test.Drift)
	}
	r := soaked(0.002)
	if d := r.Test.Drift[0]; r.Test.Verdict != measure.Fail || !d.Drifts || math.Abs(d.Change.Value-0.002) > 0.0005 || r.Test.Drift[1].Drifts {
		t.Errorf("drift: %s: %s, %+v", r.Test.Verdict, r.Test.Answer, r.Test.Drift)
	}
	if r := soaked(-0.002); r.Test.Verdict == measure.Fail {
		t.Errorf("for the better: %s", r.Test.Answer)
	}
}

func TestSpike(t *testing.T) {
	test := &scenarios.Test{Kind: scenarios.SpikeTest, Phases: []scenarios.Phase{{For: 10, From: 1, To: 1}, {For: 10, From: 5, To: 5}, {For: 10, From: 1, To: 1}}}
	for recovered, want := range map[float64]measure.Verdict{1: measure.Pass, 0.5: measure.Fail} {
		r := concluded(test, func(r *measure.Result) {
			r.Test.Recovery = []measure.Recovery{{Workload: "w", After: "phase 2", Recovered: recovered, Time: measure.Exactly(3), Lost: measure.Exactly(7)}}
		})
		if r.Test.Verdict != want {
			t.Errorf("recovered in %v: %s", recovered, r.Test.Verdict)
		}
	}
	if r := concluded(test, func(*measure.Result) {}); r.Test.Verdict != measure.Undecided {
		t.Errorf("no burst: %s", r.Test.Verdict)
	}
}

// searched looks for the load at which an M/M/1 of 100/s has a mean response
// time of 50 ms, which is at 80/s; a rung is off by noise of its load.
func searched(t *testing.T, guess, rate float64, noise func(rung int) float64) (*measure.Result, int) {
	t.Helper()
	rungs := 0
	s := Search{
		Test:  &scenarios.Test{Name: "b", Kind: scenarios.BreakpointTest, Phases: []scenarios.Phase{{For: 10, From: 0.5, To: 0.5}, {For: 10, From: 0.5, To: 20}}},
		Guess: guess,
		Try: func(_ context.Context, x *scenarios.Test, warmup float64, rung int) (*measure.Result, error) {
			rungs++
			l := mm1(x.Phases[0].From, rate*x.Phases[0].From)
			mean := l.Mean.Value * noise(rung)
			verdict := measure.Pass
			if mean > 0.05 {
				verdict = measure.Fail
			}
			return &measure.Result{
				Stable: true, Run: measure.Run{Duration: 10}, Test: &measure.Test{Levels: []measure.Level{l}},
				Workloads:  map[string]*measure.Workload{"w": {Throughput: l.Throughput, InSystem: l.InSystem, Response: &measure.Times{Mean: l.Mean}}},
				Objectives: []measure.Objective{{Subject: "w", Metric: "mean", Limit: 0.05, Value: measure.Exactly(mean), Verdict: verdict}},
			}, nil
		},
	}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r, rungs
}

func TestSearch(t *testing.T) {
	exact := func(int) float64 { return 1 }
	for _, guess := range []float64{0, 0.1, 5, 8, 1000, math.Inf(1)} {
		r, rungs := searched(t, guess, 10, exact) // 80/s is x8
		b := r.Test.Breakpoint
		if !(b.Held <= 8 && b.Broke > 8 && b.Broke <= b.Held*1.051) || rungs > 16 || math.Abs(b.Rates["w"]-10*b.Held) > 1e-9 || r.Test.Verdict != measure.Pass {
			t.Errorf("guess %v: %+v in %d rungs: %s", guess, b, rungs, r.Test.Answer)
		}
	}
	if r, _ := searched(t, 0, 1, exact); r.Test.Breakpoint.Broke != 0 || r.Test.Breakpoint.Held != 20 {
		t.Errorf("all hold: %+v", r.Test.Breakpoint)
	}
	if r, rungs := searched(t, 0, 300, exact); r.Test.Breakpoint.Held != 0 || r.Test.Verdict != measure.Fail || rungs > 2 {
		t.Errorf("none holds: %+v", r.Test.Breakpoint)
	}
	// A rung that holds by luck is tried again, and does not stand.
	lucky := func(rung int) float64 {
		if rung == 6 {
			return 0.1
		}
		return 1
	}
	if r, _ := searched(t, 0, 10, lucky); r.Test.Breakpoint.Held > 8 {
		t.Errorf("by luck: %+v: %s", r.Test.Breakpoint, r.Test.Answer)
	}
}

func TestBreaks(t *testing.T) {
	sound := func() *measure.Result {
		return &measure.Result{Stable: true, Run: measure.Run{Duration: 10}, Workloads: map[string]*measure.Workload{"w": {
			Throughput: measure.Exactly(100), InSystem: measure.Exactly(5), Response: &measure.Times{Mean: measure.Exactly(0.05)},
		}}}
	}
	if why := Breaks(sound()); why != "" {
		t.Errorf("a sound rung: %s", why)
	}
	for want, edit := range map[string]func(*measure.Result){
		"pile up":             func(r *measure.Result) { r.Stable = false },
		"not valid":           func(r *measure.Result) { r.Validity = &measure.Validity{Reasons: []string{"late"}} },
		"in the system where": func(r *measure.Result) { r.Workloads["w"].InSystem = measure.Exactly(8) },
		"w p99": func(r *measure.Result) {
			r.Objectives = []measure.Objective{{Subject: "w", Metric: "p99", Limit: 1, Value: measure.Between(1.1, 0.9, 1.3, 0.95), Verdict: measure.Undecided}}
		},
	} {
		r := sound()
		edit(r)
		if why := Breaks(r); !strings.Contains(why, want) {
			t.Errorf("%q does not say %q", why, want)
		}
	}
}
