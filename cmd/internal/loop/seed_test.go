package loop

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/simulate"
)

func longRun() *measure.Result {
	return &measure.Result{Workloads: map[string]*measure.Workload{"users": {Response: &measure.Times{
		Mean: measure.Exactly(0.1), P99: measure.Exactly(0.4),
	}}}}
}

func short(mean, p99 float64) simulate.PathSummary {
	return simulate.PathSummary{Workloads: map[string]simulate.PathTimes{"users": {Mean: mean, P99: p99}}}
}

// A mean may stray by a tenth and a tail by fifteen hundredths before either
// counts as one.
func TestStraysWeighsMeanAndTail(t *testing.T) {
	for _, c := range []struct {
		mean, p99, want float64
	}{
		{0.1, 0.4, 0},
		{0.11, 0.4, 1},
		{0.09, 0.4, 1},
		{0.1, 0.46, 1},
		{0.105, 0.52, 2},
		{math.NaN(), 0.4, math.Inf(1)},
	} {
		if got := strays(longRun(), short(c.mean, c.p99)); !(math.Abs(got-c.want) < 1e-9) && got != c.want {
			t.Errorf("mean %v, p99 %v: got %v, want %v", c.mean, c.p99, got, c.want)
		}
	}
}

func TestSpreadTellsTheNinetieth(t *testing.T) {
	var runs []simulate.PathSummary
	for i := range 11 { // distances 0, 1, …, 10 % of the mean and twice that of the tail
		d := float64(i) / 100
		runs = append(runs, short(0.1*(1+d), 0.4*(1+2*d)))
	}
	notes := spread(longRun(), runs, Options{Duration: 30 * time.Second})
	if len(notes) != 1 || !strings.Contains(notes[0], "of runs of 30 s") ||
		!strings.Contains(notes[0], "mean within 9 %") || !strings.Contains(notes[0], "p99 within 18 %") {
		t.Errorf("got %q", notes)
	}
}
