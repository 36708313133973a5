package reports

import (
	"slices"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

func TestBreakdowns(t *testing.T) {
	r := &measure.Result{Workloads: map[string]*measure.Workload{
		"users": {Breakdown: &measure.Breakdown{
			Services: map[string]*measure.Parts{
				"web": {Service: measure.Exactly(0.002)},
				"db":  {Thread: measure.Exactly(0.005), Service: measure.Exactly(0.001)},
			},
			Session: &measure.Parts{Wait: measure.Exactly(0.002)},
		}},
		"others": {},
	}}
	got := Breakdowns(nil, r)
	if len(got) != 1 || !strings.Contains(got[0].Title, "users") {
		t.Fatalf("chapters: %+v", got)
	}
	want := [][]string{
		{"db", "6.00 ms", "60.0 %", "5.00 ms", "1.00 ms", "–"},
		{"(session)", "2.00 ms", "20.0 %", "–", "–", "2.00 ms"},
		{"web", "2.00 ms", "20.0 %", "–", "2.00 ms", "–"},
		{"all", "10.0 ms", "100 %", "5.00 ms", "3.00 ms", "2.00 ms"},
	}
	for i, row := range got[0].Rows {
		if i >= len(want) || !slices.Equal(row, want[i]) {
			t.Errorf("row %d: %q", i, row)
		}
	}
	if Breakdowns(nil, nil) != nil {
		t.Error("a chapter of nothing")
	}
}
