package simulate

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/headroom/headroom/scenarios"
)

const spikeTest = "tests: {t: {kind: spike, phases: [{for: 20s}, {for: 10s, load: x3}, {for: 40s}]}}\n"

// TestSpike is a queue of even flows in closed form: 1000/s are served and
// 600/s come, 1800/s for ten seconds. 8000 pile up, and drain in 20 s.
func TestSpike(t *testing.T) {
	m := parsed(t, "arrivals: constant(600/s), does: web.page", spikeTest)
	m.Services[0].Discipline = scenarios.FIFO
	r := played(t, m, "t", Options{Seed: 1, Replications: 3, Interval: 0.5})
	if len(r.Test.Recovery) != 1 || r.Test.Kind != "spike" || r.Test.Peak != 3 || r.Saturation != nil || !r.Stable {
		t.Fatalf("%+v, saturation %v", r.Test, r.Saturation)
	}
	x := r.Test.Recovery[0]
	if x.After != "phase 2" || x.Began != 20 || x.Ended != 30 || x.Recovered != 1 {
		t.Errorf("%+v", x)
	}
	if math.Abs(x.Time.Value-20) > 0.51 || math.Abs(x.Worst.Value-8000) > 2 || math.Abs(x.Usual-1e-3) > 1e-6 {
		t.Errorf("%+v; want 20 s and 8000", x)
	}
	if got := r.Workloads["w"].Offered.Value * 70; math.Abs(got-(600*60+1800*10)) > 1 {
		t.Errorf("%v requests in all", got)
	}
}

// TestNotRecovered holds that a test that ends too early says so.
func TestNotRecovered(t *testing.T) {
	m := parsed(t, "arrivals: poisson(600/s), does: web.page", "tests: {t: {kind: spike, phases: [{for: 20s}, {for: 10s, load: x3}, {for: 10s}]}}\n")
	r := played(t, m, "t", Options{Seed: 1, Replications: 3})
	if x := r.Test.Recovery[0]; x.Recovered != 0 || x.Time.Known() {
		t.Errorf("%+v", x)
	}
	found := 0
	for _, c := range r.Caveats {
		if c.What == "simulate: not recovered from phase 2" || c.What == "simulate: overloaded for a time" {
			found++
		}
	}
	if found != 2 {
		t.Errorf("caveats %v", r.Caveats)
	}
}

// TestOverloadedAtTheEnd holds that the load a test ends with decides whether
// there is a steady state.
func TestOverloadedAtTheEnd(t *testing.T) {
	m := parsed(t, "arrivals: poisson(600/s), does: web.page", "tests: {t: {kind: stress, phases: [{for: 5s}, {for: 5s, load: x2}]}}\n")
	if r := played(t, m, "t", Options{Seed: 1, Replications: 2}); r.Stable || r.Workloads["w"].Response == nil {
		t.Errorf("stable %v", r.Stable)
	}
}

// TestOverTimeIsRepeatable holds that workers change nothing.
func TestOverTimeIsRepeatable(t *testing.T) {
	m := parsed(t, "arrivals: poisson(300/s), does: web.page", spikeTest)
	var texts []string
	for _, workers := range []int{1, 4} {
		b, err := json.Marshal(played(t, m, "t", Options{Seed: 1, Replications: 8, Workers: workers}))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Error(diff)
	}
}

// TestWarmUpCurve follows M/M/1 from an empty system without a length: it fills
// up to its steady state, ρ/(1 − ρ) = 1.5 at a load of 0.6.
func TestWarmUpCurve(t *testing.T) {
	m := parsed(t, "arrivals: poisson(600/s), does: web.page", "")
	r := played(t, m, "", Options{Seed: 1, OverTime: true, Replications: 200})
	w := r.Series.Workloads["w"]
	n := len(w.InSystem)
	if n < 20 || r.Test == nil || r.Test.Name != "" {
		t.Fatalf("%d intervals, test %+v", n, r.Test)
	}
	sum := 0.0
	for _, x := range w.InSystem[n/2:] {
		sum += x / float64(n-n/2)
	}
	if math.Abs(sum-1.5) > 0.15 {
		t.Errorf("%v in progress in the end", sum)
	}
	if b := w.Bands["p99"]; len(b.Lo) != n {
		t.Errorf("%d ends of bands of %d", len(b.Lo), n)
	}
}

func TestOverTimeBadInput(t *testing.T) {
	m := parsed(t, "arrivals: poisson(600/s), does: web.page", spikeTest)
	for _, o := range []Options{
		{Test: &m.Tests[0], Duration: 5},
		{Test: &scenarios.Test{}},
		{Test: &scenarios.Test{Phases: []scenarios.Phase{{For: math.NaN(), From: 1, To: 1}}}},
		{Test: &scenarios.Test{Phases: []scenarios.Phase{{For: 1, From: -1, To: 1}}}},
	} {
		if _, err := Run(context.Background(), m, o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
}

func TestThinned(t *testing.T) {
	sorted := make([]float64, 123_456)
	for i := range sorted {
		sorted[i] = float64(i)
	}
	kept, each := thinned(sorted)
	if len(kept) != keptTimes || math.Abs(each*keptTimes-123_456) > 1e-6 {
		t.Errorf("%d kept of %v each", len(kept), each)
	}
	var all []weighted
	for _, x := range kept {
		all = append(all, weighted{x, each})
	}
	if q := weightedQuantile(all, 0.99); math.Abs(q/123_456-0.99) > 0.001 {
		t.Errorf("p99 at %v", q/123_456)
	}
	if !math.IsNaN(weightedQuantile(nil, 0.5)) {
		t.Error("a quantile of nothing")
	}
}
