package reports

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// timedResult is a result of a test with one workload, of four intervals.
func timedResult() *measure.Result {
	return &measure.Result{
		Series: &measure.Series{
			Interval: 30,
			Workloads: map[string]measure.WorkloadSeries{"w": {
				Throughput: measure.Values{10, 20, 30, 10}, Offered: measure.Values{10, 40, 10, 10},
				Mean: measure.Values{0.1, 2, math.NaN(), 0.1}, InSystem: measure.Values{1, 300, 30_000, 1},
				Failed: measure.Values{0, 0, 0, 0},
				Bands:  map[string]measure.Band{"mean": {Lo: measure.Values{0.09, 1.5, math.NaN(), 0.09}, Hi: measure.Values{0.11, 2.5, math.NaN(), 0.11}}},
			}},
		},
		Test: &measure.Test{Name: "t", Kind: "spike", Duration: 120, Peak: 4, Recovery: []measure.Recovery{
			{Workload: "w", After: "phase 2", Ended: 60, Usual: 0.1, Bound: 0.15, Time: measure.Between(30, 20, 40, 0.95), Recovered: 0.9, Worst: measure.Exactly(300)},
			{Workload: "w", After: "kill db", Ended: 90, Usual: 0.1, Bound: 0.15, Worst: measure.Exactly(3)},
		}},
	}
}

func TestOverTime(t *testing.T) {
	var b bytes.Buffer
	r := timedResult()
	r.Workloads = map[string]*measure.Workload{"w": {}}
	if err := Text(&b, Page{Title: "x", Results: []Named{{Result: r}}, Chapters: OverTime(nil, r)}, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"w over time", "30.0 s – 60.0 s", "2.00 ±0.50 s", "Recovery", "30 ±10 s (90.0 % of the runs)", "not recovered", "kill db"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "failed  ") && strings.Contains(b.String(), "p99") {
		t.Errorf("columns without figures:\n%s", b.String())
	}
	if OverTime(nil, &measure.Result{}) != nil || OverTime(nil, nil) != nil {
		t.Error("chapters of nothing")
	}
}

func TestPlotOverTime(t *testing.T) {
	var b bytes.Buffer
	if err := PlotOverTime(&b, "svg", timedResult(), "w"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "offered", "throughput", "mean", "in system (k)", "response time (s)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	b.Reset()
	if err := PlotOverTime(&b, "png", timedResult(), "w"); err != nil || !bytes.HasPrefix(b.Bytes(), []byte("\x89PNG")) {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	for _, bad := range []struct{ format, workload string }{{"gif", "w"}, {"svg", "x"}} {
		if err := PlotOverTime(&b, bad.format, timedResult(), bad.workload); err == nil {
			t.Errorf("%v passed", bad)
		}
	}
	if err := PlotOverTime(&b, "svg", &measure.Result{}, "w"); err == nil {
		t.Error("a result without series passed")
	}
	empty := timedResult()
	empty.Series.Workloads["w"] = measure.WorkloadSeries{}
	if err := PlotOverTime(&b, "svg", empty, "w"); err == nil {
		t.Error("a workload without values passed")
	}
}
