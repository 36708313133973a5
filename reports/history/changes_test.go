package history_test

import (
	"math"
	"testing"

	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/reports/history"
)

// Series of 60 runs with noise between runs of 2 to 5 %, one in twenty of three
// times that, and two steps of 3 to 5 times that noise: a change counts as found within two
// runs of its place. Seeds are fixed.
func TestChangesFindSteps(t *testing.T) {
	var found, named, truth int
	for trial := range 40 {
		draw := variate.Stream(7, trial, "test/series")
		cv := 0.02 + 0.03*draw.Float64()
		at := []int{15 + draw.IntN(10), 38 + draw.IntN(8)}
		level, x := 1.0, make([]float64, 60)
		for i := range x {
			for _, a := range at {
				if i == a {
					level *= 1 + (3+2*draw.Float64())*cv*float64(1-2*draw.IntN(2))
				}
			}
			noise := cv * draw.NormFloat64()
			if draw.Float64() < 0.05 {
				noise *= 3
			}
			x[i] = level * math.Exp(noise)
		}
		changes, err := history.Changes(x, history.ChangeOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		truth += len(at)
		named += len(changes)
		for _, a := range at {
			for _, c := range changes {
				if c.Index >= a-2 && c.Index <= a+2 {
					found++
					break
				}
			}
		}
	}
	recall, precision := float64(found)/float64(truth), float64(found)/float64(named)
	t.Logf("recall %.3f, precision %.3f", recall, precision)
	if recall < 0.9 || precision < 0.9 {
		t.Errorf("recall %.3f and precision %.3f, want 0.9 of each", recall, precision)
	}
}

func TestChangesRefuse(t *testing.T) {
	for _, x := range [][]float64{{1, math.NaN()}, {math.Inf(1)}, make([]float64, 2001)} {
		if _, err := history.Changes(x, history.ChangeOptions{}); err == nil {
			t.Errorf("a series of %d with %v is taken", len(x), x[0])
		}
	}
	if c, err := history.Changes(make([]float64, 50), history.ChangeOptions{}); err != nil || len(c) != 0 {
		t.Errorf("a constant series has changes %v, %v", c, err)
	}
}
