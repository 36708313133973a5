package qbd_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/qbd"
)

// Two phases, against the closed forms of [qbd.MMPP2]; correlations fall by the
// eigenvalue λ₁λ₂/(λ₁λ₂ + λ₁s₂ + λ₂s₁) from ½(1 − 1/c²) times it.
func TestTwoPhaseStream(t *testing.T) {
	for _, m := range []qbd.MMPP2{
		{Rates: [2]float64{.3, 2.6}, Switch: [2]float64{.05, .11}},
		{Rates: [2]float64{9, 0}, Switch: [2]float64{1, 4}},
		{Rates: [2]float64{100, 1}, Switch: [2]float64{1e-4, 2e-3}},
	} {
		s, err := m.Arrivals()
		if err != nil {
			t.Fatal(err)
		}
		near(t, "rate", s.Rate(), m.Rate(), 1e-14)
		near(t, "mean gap", s.Gap().Mean(), 1/m.Rate(), 1e-13)
		near(t, "SCV", s.SCV(), m.SCV(), 1e-12)
		near(t, "dispersion", s.Dispersion(), m.Dispersion(), 1e-12)
		both := m.Rates[0] * m.Rates[1]
		by := both / (both + m.Rates[0]*m.Switch[1] + m.Rates[1]*m.Switch[0])
		for _, lag := range []int{1, 2, -3, 11, 100} {
			want := (1 - 1/m.SCV()) / 2 * math.Pow(by, math.Abs(float64(lag)))
			if got := s.Autocorrelation(lag); math.Abs(got-want) > 1e-13 {
				t.Errorf("autocorrelation %d: got %v, want %v", lag, got, want)
			}
		}
	}
}

// A cycle of three phases without symmetry: all correlations together make up
// the dispersion, I = c²(1 + 2Σρ_k).
func TestDispersionByCorrelations(t *testing.T) {
	s, err := qbd.NewMAP(
		mat.NewDense(3, 3, []float64{-7, .3, .1, 0, 4, .5, .2, 0, 0}),
		mat.NewDense(3, 3, []float64{3, 0, .2, .1, .5, 0, 0, .4, 8}))
	if err != nil {
		t.Fatal(err)
	}
	all := 1.0
	for k := 1; k < 400; k++ {
		all += 2 * s.Autocorrelation(k)
	}
	near(t, "dispersion", s.Dispersion(), s.SCV()*all, 1e-12)
	if s.Dispersion() < 2 || s.Autocorrelation(0) != 1 {
		t.Errorf("dispersion %v is no burst", s.Dispersion())
	}
}

// Gaps that do not depend on each other: I = c², no correlation.
func TestRenewalStream(t *testing.T) {
	gap, err := qbd.Erlang(2, 4)
	if err != nil {
		t.Fatal(err)
	}
	s, err := qbd.RenewalArrivals(gap)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "rate", s.Rate(), .5, 1e-14)
	near(t, "dispersion", s.Dispersion(), .25, 1e-13)
	near(t, "gap", s.Gap().CDF(1.7), gap.CDF(1.7), 1e-13)
	if r := s.Autocorrelation(3); math.Abs(r) > 1e-14 {
		t.Errorf("correlation %v of independent gaps", r)
	}
}

func TestBadStream(t *testing.T) {
	two := func(v ...float64) *mat.Dense { return mat.NewDense(2, 2, v) }
	for what, d := range map[string][2]*mat.Dense{
		"nothing":     {},
		"size":        {two(0, 1, 1, 0), mat.NewDense(1, 1, []float64{1})},
		"no arrivals": {two(0, 1, 1, 0), two(0, 0, 0, 0)},
		"apart":       {two(0, 0, 0, 0), two(1, 0, 0, 1)},
		"negative":    {two(0, 1, 1, 0), two(-1, 0, 0, 1)},
		"NaN":         {two(0, math.NaN(), 1, 0), two(1, 0, 0, 1)},
		"infinite":    {two(0, 1, 1, 0), two(math.Inf(1), 0, 0, 1)},
	} {
		if s, err := qbd.NewMAP(d[0], d[1]); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%s: got %v, error %v; want bad input", what, s, err)
		}
	}
	if _, err := qbd.PoissonArrivals(0); !errors.Is(err, domain.ErrInput) {
		t.Error(err)
	}
	if _, err := qbd.RenewalArrivals(nil); !errors.Is(err, domain.ErrInput) {
		t.Error(err)
	}
}
