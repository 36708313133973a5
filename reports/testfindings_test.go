package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// tested is a result of a test with something of every kind in it.
func tested(kind measure.Kind) *measure.Result {
	level := func(load, x float64) measure.Level {
		return measure.Level{
			Workload: "shoppers", Load: load, Seconds: 3, Offered: measure.Exactly(x), Throughput: measure.Between(x, 0.9*x, 1.1*x, 0.95),
			Mean: measure.Exactly(0.01 * load), P99: measure.Exactly(0.05 * load), InSystem: measure.Exactly(load), Failed: measure.Exactly(0),
		}
	}
	return &measure.Result{
		Kind: kind, Stable: true, Workloads: map[string]*measure.Workload{"shoppers": {}},
		Series: &measure.Series{Interval: 1, Workloads: map[string]measure.WorkloadSeries{"shoppers": {
			Throughput: measure.Values{10, 20, 30}, Mean: measure.Values{0.1, 0.2, 0.1}, P99: measure.Values{0.3, 0.4, 0.3},
			Bands: map[string]measure.Band{"mean": {Lo: measure.Values{0.05, 0.1, 0.05}, Hi: measure.Values{0.2, 0.3, 0.2}}},
		}}},
		Test: &measure.Test{
			Name: "t", Kind: "scalability", Verdict: measure.Pass, Answer: "it does what it should",
			Levels:   []measure.Level{level(1, 100), level(2, 200), level(3, 250)},
			Scaling:  []measure.Scaling{{Workload: "shoppers", Knee: 2, Limit: 2, Contention: measure.Exactly(0.1)}},
			Drift:    []measure.Drift{{What: "shoppers p99", Level: 0.1, Change: measure.Between(0.02, 0.01, 0.03, 0.95), P: 0.001, Drifts: true}},
			Recovery: []measure.Recovery{{Workload: "shoppers", After: "phase 2", Usual: 0.01, Slowest: measure.Exactly(2), Lost: measure.Exactly(7), Time: measure.Exactly(3), Recovered: 1}},
		},
	}
}

func TestTestFindings(t *testing.T) {
	var b bytes.Buffer
	results := []Named{{Name: "simulated", Result: tested(measure.Prediction)}, {Name: "measured", Result: tested(measure.Measurement)}}
	if err := Text(&b, Page{Title: "x", Results: results, Chapters: TestFindings(results)}, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"it does what it should", "Levels of the load, measured", "x3", "Scaling, simulated", "x2", "Drift, measured", "+0.02 (+0.01 to +0.03)", "yes", "phase 2", "3.00 s"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if got := TestFindings([]Named{{Name: "x", Result: &measure.Result{}}}); len(got) != 0 {
		t.Errorf("findings of no test: %v", got)
	}
}

// TestPlotTest: both results are on one figure, against the load where there
// are levels, and over time where there are none.
func TestPlotTest(t *testing.T) {
	for name, c := range map[string]struct {
		levels bool
		want   []string
	}{
		"levels": {true, []string{"load (times that of the scenario)", "throughput predicted", "p99 measured"}},
		"course": {false, []string{"time (s)", "mean predicted", "throughput measured"}},
	} {
		a, m := tested(measure.Prediction), tested(measure.Measurement)
		if !c.levels {
			a.Test.Levels, m.Test.Levels = nil, nil
		}
		var b bytes.Buffer
		if err := PlotTest(&b, "svg", a, m, "shoppers"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
		if strings.Contains(b.String(), "NaN") {
			t.Errorf("%s: NaN in the figure", name)
		}
		b.Reset()
		if err := PlotTest(&b, "svg", nil, m, "shoppers"); err != nil || strings.Contains(b.String(), "predicted") {
			t.Errorf("%s, not predicted: %v", name, err)
		}
		if err := PlotTest(&b, "png", a, m, "shoppers"); err != nil {
			t.Errorf("%s as png: %v", name, err)
		}
		if err := PlotTest(&b, "gif", a, m, "shoppers"); err == nil {
			t.Errorf("%s as gif: no error", name)
		}
	}
	var b bytes.Buffer
	if PlotTest(&b, "svg", nil, nil, "x") == nil || PlotTest(&b, "svg", nil, tested(measure.Measurement), "nobody") == nil {
		t.Error("nothing to plot, and no error")
	}
}

// TestForeseen: a report draws the course that was predicted, not one level.
func TestForeseen(t *testing.T) {
	var b bytes.Buffer
	p := Page{Title: "x", Reference: "simulated", Results: []Named{{Name: "simulated", Result: tested(measure.Prediction)}, {Name: "measured", Result: tested(measure.Measurement)}}}
	if err := HTML(&b, p); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "The band and the line in it show what simulated predicts") {
		t.Error("the figure over time does not show the course that was predicted")
	}
}
