package queueing

import (
	"errors"
	"math"
	"testing"
)

// near holds a value to a relative tolerance.
func nearTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: %.9g, want %.9g within %g", what, got, want, tolerance)
	}
}

// TestTransientMM1 compares with values of an independent matrix exponential.
func TestTransientMM1(t *testing.T) {
	for _, c := range []struct{ lambda, at, want float64 }{
		{0.9, 10, 2.53069515},
		{0.9, 50, 5.12247972},
		{0.9, 200, 7.65180719},
		{0.9, 1000, 8.95559779},
		{0.7, 2, 0.749653726},
		{0.7, 8, 1.46794263},
		{0.7, 30, 2.10511533},
		{0.8, 1, 0.551552},
		{0.8, 10, 2.030282},
		{0.8, 100, 3.791873},
	} {
		q, err := NewTransientMMc(1, 1, 400)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 { // in ten stretches, which must not matter
			if err := q.Pass(c.lambda, c.at/10); err != nil {
				t.Fatal(err)
			}
		}
		nearTo(t, "E[N(t)]", q.Present(), c.want, 1e-6)
		if q.Edge() > 1e-12 {
			t.Errorf("%v at the edge", q.Edge())
		}
	}
	q, _ := NewTransientMMc(1, 1, 400)
	if err := q.Pass(0.8, 10); err != nil {
		t.Fatal(err)
	}
	nearTo(t, "p0(10)", q.P(0), 0.286423, 2e-6)
}

// TestTransientMMcLimits compares with M/M/∞, whose number present is Poisson
// with mean λS(1 − e^(−t/S)), and with the steady state of M/M/c.
func TestTransientMMcLimits(t *testing.T) {
	q, err := NewTransientMMc(2, 200, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []float64{1, 2} {
		if err := q.Pass(5, step); err != nil {
			t.Fatal(err)
		}
	}
	nearTo(t, "M/M/∞", q.Present(), 10*(1-math.Exp(-1.5)), 1e-10)

	s, err := NewMMc(3, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	q, _ = NewTransientMMc(1, 4, 400)
	if err := q.Pass(3, 300); err != nil {
		t.Fatal(err)
	}
	nearTo(t, "M/M/4 in the end", q.Present(), s.Figures().Present, 1e-9)
	nearTo(t, "its busy servers", q.Busy(), 3, 1e-9)
}

func TestTransientBadInput(t *testing.T) {
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := NewTransientMMc(bad, 1, 10); !errors.Is(err, ErrInput) {
			t.Errorf("a service time of %v: %v", bad, err)
		}
	}
	if _, err := NewTransientMMc(1, 3, 2); !errors.Is(err, ErrInput) {
		t.Errorf("less room than servers: %v", err)
	}
	q, _ := NewTransientMMc(1, 1, 10)
	for _, bad := range [][2]float64{{-1, 1}, {math.NaN(), 1}, {1, -1}, {1, math.Inf(1)}} {
		if err := q.Pass(bad[0], bad[1]); err == nil {
			t.Errorf("rate and time %v passed", bad)
		}
	}
	if r, err := MM1Relaxation(0.9, 1); err != nil || math.Abs(r-379.73666) > 1e-4 {
		t.Errorf("relaxation %v, %v", r, err)
	}
	if _, err := MM1Relaxation(1, 1); !errors.Is(err, ErrUnstable) {
		t.Errorf("a full server relaxes: %v", err)
	}
}
