package reports

import (
	"slices"
	"testing"

	"github.com/headroom/headroom/measure"
)

// What differs for certain has a sign, what may be nothing a mark, and a share
// that was 0 no change in per cent.
func TestVersusChapter(t *testing.T) {
	v := &measure.Versus{Replications: 32, Differences: []measure.Difference{
		{
			Subject: "shoppers", Metric: "p99", Base: measure.Exactly(0.040), Other: measure.Exactly(0.042),
			By: measure.Between(0.002, 0.0019, 0.0021, 0.95), Ratio: measure.Between(1.05, 1.0475, 1.0525, 0.95), Gain: measure.Exactly(120),
		},
		{Subject: "db", Metric: "rejected", Base: measure.Exactly(0), Other: measure.Exactly(0.001), By: measure.Between(0.001, -0.001, 0.003, 0.95)},
	}}
	c := Differences(v, "before", "after")
	want := [][]string{
		{"shoppers", "p99", "40.0 ms", "42.0 ms", "+2.00 ±0.10 ms", "+5.00 ±0.25 %", "", "120"},
		{"db", "rejected", "0 %", "0.10 %", "+0.10 ±0.20 %", missing, "~", missing},
	}
	for i, r := range c.Rows {
		if !slices.Equal(r, want[i]) {
			t.Errorf("row %d is %q, want %q", i, r, want[i])
		}
	}
}
