package reports

import (
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// TestTargetChapters shows what monitors saw, and leaves a page alone where
// nothing was watched.
func TestTargetChapters(t *testing.T) {
	watched := &measure.Result{
		Kind: measure.Measurement, Method: measure.LoadTest, Stable: true, Scenario: measure.Scenario{Name: "shop"},
		Workloads: map[string]*measure.Workload{"visitors": {
			Throughput: measure.Exactly(200), Failed: measure.Exactly(0.01),
			Response: &measure.Times{Mean: measure.Exactly(0.02), P99: measure.Exactly(0.1)},
		}},
		Target: map[string]*measure.Target{
			measure.WholeTarget: {Profile: "run.cpu.pb.gz"},
			"db": {
				Resources: map[string]*measure.Resource{
					"cpu":    {Unit: "cores", Use: measure.Exactly(1.5), Most: measure.Exactly(2), Utilization: measure.Exactly(0.75), Saturation: measure.Exactly(3.5)},
					"memory": {Unit: "B", Use: measure.Exactly(3 << 29), Errors: measure.Exactly(0.5)},
				},
				Requests: map[string]*measure.Handled{"sql_seconds": {Rate: measure.Exactly(400), Mean: measure.Exactly(0.003)}},
			},
		},
	}
	var b strings.Builder
	page := Page{Results: []Named{{Result: watched}}}
	if err := Markdown(&b, page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Resources of the target: utilization, saturation, errors", "CPU profiles of the measured time: run.cpu.pb.gz.",
		"| db | cpu | 1.5 cores | 2 cores | 75.0 % | 3.5 | – |", "| db | memory | 1.5 GiB | – | – | – | 0.500 /s |",
		"| load | visitors | 200 /s | 1.0 % | 20.0 ms | – | 100 ms |", "| db | sql\\_seconds | 400 /s | – | 3.00 ms | – | – |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	watched.Target = nil
	if got := page.targetChapters(); len(got) > 0 {
		t.Errorf("chapters of nothing: %v", got)
	}
}
