package queueing

import (
	"errors"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// Poisson arrivals give the mean of M/G/c, exactly.
func TestKimuraPoisson(t *testing.T) {
	for _, c := range []int{1, 4, 50} {
		for _, cs := range []float64{0, 0.3, 1, 5} {
			n := float64(c)
			w, err := Kimura(0.8*n, 1, 1, cs, c)
			if err != nil {
				t.Fatal(err)
			}
			q, _ := NewMGc(0.8*n, 1, cs, 0, c)
			closeTo(t, "M/G/c", w, q.Figures().Waiting, 1e-12)
		}
	}
}

// Regular gaps give about the exact wait of GI/M/c and, with one server, of GI/G/1:
// least exactly that of many servers at light loads.
func TestKimuraRegular(t *testing.T) {
	for _, r := range []struct {
		rho float64
		c   int
		tol float64
	}{{0.7, 1, 0.065}, {0.7, 10, 0.25}, {0.9, 1, 0.05}, {0.9, 3, 0.05}, {0.9, 10, 0.05}, {0.98, 10, 0.01}} {
		lambda := r.rho * float64(r.c)
		for _, gap := range []dist.Dist{dist.Const(1 / lambda), dist.ErlangOf(1/lambda, 2)} {
			exact, err := NewGIMc(gap, 1, r.c)
			if err != nil {
				t.Fatal(err)
			}
			w, err := Kimura(lambda, 1, gap.SCV(), 1, r.c)
			if err != nil {
				t.Fatal(err)
			}
			closeTo(t, "GI/M/c", w, exact.Figures().Waiting, r.tol)
		}
	}
	for _, rho := range []float64{0.9, 0.98} {
		gap, service := dist.ErlangOf(1/rho, 2), dist.ErlangOf(1, 3)
		exact, err := NewGIG1(gap, service)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := Kimura(rho, 1, gap.SCV(), service.SCV(), 1)
		closeTo(t, "GI/G/1", w, exact.Figures().Waiting, 0.05)
	}
}

// Nothing waits where all is constant, and the spread knows the formula.
func TestKimuraEdges(t *testing.T) {
	for _, lambda := range []float64{0, 1e-3, 2.7} {
		if w, err := Kimura(lambda, 1, 0, 0, 3); err != nil || w != 0 {
			t.Errorf("D/D/3 at %v: %v, %v", lambda, w, err)
		}
		if w, err := Kimura(lambda, 1, 0.5, 3, 3); err != nil || !(w >= 0 && w < 10) {
			t.Errorf("at %v: %v, %v", lambda, w, err)
		}
	}
	for _, brink := range []float64{1e-300, 1e-9, 1e-3, 3 * (1 - 1e-15)} {
		s, err := SpreadGGc(brink, 1, 0.5, 0.5, 3)
		if err != nil || !(s.Lo >= 0 && s.Hi < 1e17) {
			t.Errorf("at %v: %+v, %v", brink, s, err)
		}
	}
	if _, err := Kimura(1, 1, 0.5, 1, 20_000); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := Kimura(1, 1, 1.5, 1, 3); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
	if _, err := Kimura(3, 1, 1, 1, 3); !errors.Is(err, ErrUnstable) {
		t.Error(err)
	}
	for _, scv := range []float64{0.2, 1, 4} {
		s, err := SpreadGGc(2.4, 1, scv, 0.5, 3)
		if err != nil {
			t.Fatal(err)
		}
		w, err := Kimura(2.4, 1, scv, 0.5, 3)
		if err == nil && !(s.Lo <= w && w <= s.Hi) {
			t.Errorf("%v is not in %+v", w, s)
		}
	}
}
