package estimate

import (
	"math"
	"slices"
	"testing"
)

// Three rows that two demands fit exactly: both above 0, and then one below it,
// which is held at 0 and leaves the other the line through the origin.
func TestUtilizationHoldsDemandsAtZero(t *testing.T) {
	r, err := Utilization([][]float64{{1, 3}, {2, 2}, {3, 1}}, []float64{2, 3, 4}, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// (1, 3)x = 2, (2, 2)x = 3, (3, 1)x = 4 has x = (1.25, 0.25) exactly.
	if !near(r.Demands[0].Value, 1.25) || !near(r.Demands[1].Value, 0.25) || len(r.AtZero) != 0 {
		t.Errorf("demands %v, at zero %v; want 1.25 and 0.25", r.Demands, r.AtZero)
	}
	r, err = Utilization([][]float64{{1, 3}, {2, 2}, {3, 1}}, []float64{1, 3, 5}, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// Exactly (1.75, −0.25): with the second at 0 the first is Σab/Σa² = 22/14.
	if !near(r.Demands[0].Value, 22./14) || r.Demands[1].Value != 0 || !slices.Equal(r.AtZero, []int{1}) {
		t.Errorf("demands %v, at zero %v; want 1.5714 and 0", r.Demands, r.AtZero)
	}
}

// One column twice the other, or a column of zeros, is refused and not guessed;
// the third is known all the same.
func TestUtilizationRefusesWhatItCannotTellApart(t *testing.T) {
	r, err := Utilization([][]float64{{1, 2, 5}, {2, 4, 1}, {3, 6, 7}, {4, 8, 2}}, []float64{5 + 5, 10 + 1, 15 + 7, 20 + 2}, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unknown) != 1 || !slices.Equal(r.Unknown[0], Confounded{0, 1}) {
		t.Fatalf("unknown %v; want the first two", r.Unknown)
	}
	if !math.IsNaN(r.Demands[0].Value) || !math.IsNaN(r.Demands[1].Value) || !near(r.Demands[2].Value, 1) {
		t.Errorf("demands %v; want two unknown and 1", r.Demands)
	}
	r, err = Utilization([][]float64{{1, 0}, {2, 0}, {3, 0}}, []float64{2, 4, 6}, nil, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unknown) != 1 || !slices.Equal(r.Unknown[0], Confounded{1}) || !near(r.Demands[0].Value, 2) {
		t.Errorf("unknown %v, demands %v; want the second, and 2", r.Unknown, r.Demands)
	}
}

func TestUtilizationRefusesBadInput(t *testing.T) {
	for name, x := range map[string]struct {
		rows       [][]float64
		busy, errs []float64
	}{
		"nothing":       {},
		"ragged rows":   {[][]float64{{1, 2}, {1}}, []float64{1, 2}, nil},
		"no number":     {[][]float64{{1}, {math.NaN()}}, []float64{1, 2}, nil},
		"infinite busy": {[][]float64{{1}, {2}}, []float64{1, math.Inf(1)}, nil},
		"lengths":       {[][]float64{{1}, {2}}, []float64{1}, nil},
		"no error":      {[][]float64{{1}, {2}}, []float64{1, 2}, []float64{0.1, 0}},
	} {
		if _, err := Utilization(x.rows, x.busy, x.errs, 0.95); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// M/M/1 has W = s/(1 − λs): turned round, s comes back, from a start that is far
// off, and a parameter that nothing depends on is refused.
func TestInvertFindsTheDemand(t *testing.T) {
	const s = 0.010
	rates := []float64{20, 50, 80}
	times := func(p []float64) ([]float64, error) {
		out := make([]float64, len(rates))
		for i, rate := range rates {
			out[i] = math.Inf(1)
			if rate*p[0] < 1 {
				out[i] = p[0] / (1 - rate*p[0])
			}
		}
		return out, nil
	}
	truth, _ := times([]float64{s})
	var seen []Measured
	for i, w := range truth {
		seen = append(seen, Measured{"response time", w * (1 + 0.001*float64(1-i)), 0.001 * w})
	}
	in, err := Invert(times, seen, []float64{0.004, 1}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if p := in.Parameters[0]; math.Abs(p.Value-s) > 0.002*s || !(p.Lo < s && s < p.Hi) {
		t.Errorf("demand %v; want 0.010", p)
	}
	if !math.IsNaN(in.Parameters[1].Value) || !slices.Equal(in.Unknown[0], Confounded{1}) {
		t.Errorf("what nothing depends on is %v, unknown %v", in.Parameters[1], in.Unknown)
	}
	if _, err := Invert(times, seen, []float64{0.020, 1}, 0.95); err == nil {
		t.Error("a start that overloads the model is no error")
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }
