package queueing

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// Exponential service has the variance (2 + ρ)/(2 − ρ) of the mean's square
// ([CoMT70]) and a distribution that the chain of M/M/1-PS knows.
func TestMG1PSIsMM1PS(t *testing.T) {
	for _, rho := range []float64{0.1, 0.5, 0.8, 0.95} {
		q, err := NewMG1PS(rho/2, dist.Exponential(2))
		if err != nil {
			t.Fatal(err)
		}
		mean := 2 / (1 - rho)
		near(t, "mean", q.Figures().Response, mean, 1e-12)
		near(t, "variance", q.Response().Variance(), (2+rho)/(2-rho)*mean*mean, 1e-6)
		exact, _ := NewPS(rho/2, 2, 1)
		for p, tol := range map[float64]float64{0.5: 0.2, 0.9: 0.15, 0.95: 0.1, 0.99: 0.1} {
			near(t, fmt.Sprintf("p%g at %v", 100*p, rho), q.Response().Quantile(p), exact.Response().Quantile(p), tol)
		}
		for _, x := range []float64{0.01, 1, 30} {
			got, err := q.ResponseToExactly(x)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := exact.ResponseToExactly(x)
			near(t, "mean of x", got.Mean(), x/(1-rho), 1e-9)
			near(t, "variance of x", got.Variance(), want.Variance(), 1e-6)
			near(t, "nobody met", got.CDF(x), (1-rho)*math.Exp(-rho/2*x), 1e-9)
		}
	}
}

// Other service times by summing up the integrals as they are written, over the
// wait in order of arrival and quantiles of the service time.
func TestMG1PSVariance(t *testing.T) {
	const rho = 0.6
	for _, d := range []dist.Dist{
		dist.Const(1), dist.UniformOf(0, 2), dist.ErlangOf(1, 3), dist.HyperExponential([]float64{.2, .8}, []float64{3, .5}), dist.LognormalOf(1, 1.2),
	} {
		q, err := NewMG1PS(rho, d)
		if err != nil {
			t.Fatal(err)
		}
		mg, _ := NewMG1(rho, d)
		w := mg.Waiting()
		const step = 0.02
		once, beyond := 0.0, 0.0 // ∫ P(W > t), and ∫ of that where S goes on
		for i := range 4000 {
			t := (float64(i) + 0.5) * step
			tail := w.Survival(t)
			beyond += (once + tail*step/2) * d.Survival(t) * step
			once += tail * step
			if d.Survival(t) < 1e-9 {
				break
			}
		}
		want := (d.Variance() + 2*beyond) / (1 - rho) / (1 - rho)
		near(t, d.String(), q.Response().Variance(), want, 1e-3)
	}
	heavy, err := NewMG1PS(rho/3, dist.ParetoOf(1.5, 1))
	if err != nil {
		t.Fatal(err)
	}
	if v := heavy.variance; !math.IsInf(v, 1) {
		t.Errorf("variance %v of service times without one", v)
	}
}

func TestMG1PSBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		lambda float64
		d      dist.Dist
	}{
		"NaN": {math.NaN(), dist.Const(1)}, "negative": {-1, dist.Const(1)}, "nothing": {1, dist.Const(0)}, "Inf": {math.Inf(1), dist.Const(1)},
	} {
		if _, err := NewMG1PS(c.lambda, c.d); !errors.Is(err, ErrInput) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := NewMG1PS(2, dist.Const(1)); !errors.Is(err, ErrUnstable) {
		t.Errorf("overload: error %v", err)
	}
	q, _ := NewMG1PS(0, dist.Const(1))
	near(t, "alone", q.Response().Mean(), 1, 1e-12)
	if _, err := q.ResponseToExactly(math.NaN()); !errors.Is(err, ErrInput) {
		t.Errorf("NaN: error %v", err)
	}
}
