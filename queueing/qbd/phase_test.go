package qbd_test

import (
	"errors"
	"math"
	"math/cmplx"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/qbd"
)

// Erlang's law: moments, the Poisson sum and its density, far out too.
func TestErlang(t *testing.T) {
	for _, k := range []int{1, 2, 7, 32} {
		p, err := qbd.Erlang(3, k)
		if err != nil {
			t.Fatal(err)
		}
		rate, f := float64(k)/3, float64(k)
		near(t, "mean", p.Mean(), 3, 1e-14)
		near(t, "SCV", p.SCV(), 1/f, 1e-12)
		near(t, "fourth moment", p.Moment(4), f*(f+1)*(f+2)*(f+3)/math.Pow(rate, 4), 1e-13)
		for _, at := range []float64{1e-3, .5, 3, 20, 200} {
			if rate*at > 700 {
				continue
			}
			stays, ended, term := 0.0, 0.0, math.Exp(-rate*at)
			var density float64
			for j := range 4000 {
				if j < k {
					stays += term
				} else {
					ended += term
				}
				if j == k-1 {
					density = rate * term
				}
				term *= rate * at / float64(j+1)
			}
			near(t, "survival", p.Survival(at), stays, 1e-12)
			near(t, "CDF", p.CDF(at), ended, 1e-12)
			near(t, "density", p.Density(at), density, 1e-12)
		}
		s := complex(.3, 2)
		if got, want := p.LST(s), cmplx.Pow(complex(rate, 0)/(complex(rate, 0)+s), complex(f, 0)); cmplx.Abs(got-want) > 1e-13 {
			t.Errorf("LST of %d phases: got %v, want %v", k, got, want)
		}
		near(t, "quantile", p.CDF(p.Quantile(.9)), .9, 1e-12)
	}
}

// Rates nine orders apart, against the sum of exponentials.
func TestStiffHyperExponential(t *testing.T) {
	p, err := qbd.HyperExponential([]float64{9, 1, 0}, []float64{1e-6, 1e3, 5})
	if err != nil {
		t.Fatal(err)
	}
	if p.Phases() != 2 {
		t.Errorf("%d phases, want the one of weight 0 left out", p.Phases())
	}
	near(t, "mean", p.Mean(), .9e-6+100, 1e-14)
	near(t, "third moment", p.Moment(3), 6*(.9e-18+.1e9), 1e-14)
	for _, at := range []float64{1e-7, 1e-5, 1, 1e3, 1e4} {
		near(t, "survival", p.Survival(at), .9*math.Exp(-at*1e6)+.1*math.Exp(-at/1e3), 1e-13)
		near(t, "CDF", p.CDF(at), -.9*math.Expm1(-at*1e6)-.1*math.Expm1(-at/1e3), 1e-13)
	}
}

// Two phases that are come back to: the exponential of a two by two matrix by
// its eigenvalues, near and far.
func TestPhasesInACircle(t *testing.T) {
	const a, b, x = 3.0, 2.0, 1.5 // 0 to 1, back, and out of 1
	p, err := qbd.NewPH([]float64{1, 0}, mat.NewDense(2, 2, []float64{0, a, b, 0}), []float64{0, x})
	if err != nil {
		t.Fatal(err)
	}
	root := math.Sqrt((a+b+x)*(a+b+x)/4 - a*x)
	slow, fast := a*x/((a+b+x)/2+root), (a+b+x)/2+root
	near(t, "mean", p.Mean(), 1/a+(1+b/a)/x, 1e-14)
	for _, at := range []float64{.01, .5, 3, 15, 40, 200} {
		want := (fast*math.Exp(-slow*at) - slow*math.Exp(-fast*at)) / (fast - slow)
		near(t, "survival", p.Survival(at), want, 1e-12)
		near(t, "density", p.Density(at), slow*fast/(fast-slow)*(math.Exp(-slow*at)-math.Exp(-fast*at)), 1e-12)
	}
}

func TestFitMoments(t *testing.T) {
	for _, scv := range []float64{.001, .02, .3, .5, .77, 1, 1.1, 4, 400} {
		p, err := qbd.FitTwo(.02, scv)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean", p.Mean(), .02, 1e-12)
		near(t, "SCV", p.SCV(), scv, 1e-10)
	}
	// moments of a mean x, and with probability q a mean y after it
	for _, c := range [][3]float64{{1, .6, .8}, {.6, 1, .8}, {1e-3, 8, .1}, {2, 2, 1}, {5, .5, 0}, {.1, 30, .01}, {3, 3, .4}} {
		x, y, q := c[0], c[1], c[2]
		m := [3]float64{x + q*y, 2 * (x*x + q*y*(x+y)), 6 * (x*x*x + q*y*(x*x+x*y+y*y))}
		p, err := qbd.FitThree(m[0], m[1], m[2])
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		for k, want := range m {
			near(t, "moment", p.Moment(k+1), want, 1e-11)
		}
	}
}

func TestBadPhases(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	two := func(v float64) *mat.Dense { return mat.NewDense(2, 2, []float64{0, v, 0, 0}) }
	for what, f := range map[string]func() (*qbd.PH, error){
		"empty":         func() (*qbd.PH, error) { return qbd.NewPH(nil, two(1), nil) },
		"no rates":      func() (*qbd.PH, error) { return qbd.NewPH([]float64{1, 0}, nil, []float64{1, 1}) },
		"size":          func() (*qbd.PH, error) { return qbd.NewPH([]float64{1}, two(1), []float64{1}) },
		"exits":         func() (*qbd.PH, error) { return qbd.NewPH([]float64{1, 0}, two(1), []float64{1}) },
		"sum":           func() (*qbd.PH, error) { return qbd.NewPH([]float64{.5, .4}, two(1), []float64{1, 1}) },
		"negative":      func() (*qbd.PH, error) { return qbd.NewPH([]float64{1, 0}, two(-1), []float64{1, 1}) },
		"NaN":           func() (*qbd.PH, error) { return qbd.NewPH([]float64{1, 0}, two(nan), []float64{1, 1}) },
		"no end":        func() (*qbd.PH, error) { return qbd.NewPH([]float64{1, 0}, two(1), []float64{1, 0}) },
		"infinite exit": func() (*qbd.PH, error) { return qbd.NewPH([]float64{1, 0}, two(1), []float64{1, inf}) },
		"huge":          func() (*qbd.PH, error) { return qbd.Exponential(1e300) },
		"mean":          func() (*qbd.PH, error) { return qbd.Erlang(0, 2) },
		"phases":        func() (*qbd.PH, error) { return qbd.Erlang(1, 0) },
		"many phases":   func() (*qbd.PH, error) { return qbd.Erlang(1, 1e9) },
		"rate":          func() (*qbd.PH, error) { return qbd.Coxian([]float64{1, 0}, []float64{1}) },
		"go on":         func() (*qbd.PH, error) { return qbd.Coxian([]float64{1, 1}, []float64{1.5}) },
		"weights":       func() (*qbd.PH, error) { return qbd.HyperExponential([]float64{0, 0}, []float64{1, 2}) },
		"weight":        func() (*qbd.PH, error) { return qbd.HyperExponential([]float64{1}, []float64{1, 2}) },
		"SCV":           func() (*qbd.PH, error) { return qbd.FitTwo(1, 1e-9) },
		"SCV NaN":       func() (*qbd.PH, error) { return qbd.FitTwo(1, nan) },
		"SCV 0.4":       func() (*qbd.PH, error) { return qbd.FitThree(1, 1.4, 3) },
		"third low":     func() (*qbd.PH, error) { return qbd.FitThree(1, 5, 37) },
	} {
		if p, err := f(); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%s: got %v, error %v; want bad input", what, p, err)
		}
	}
	p, _ := qbd.Exponential(1)
	if !math.IsNaN(p.CDF(nan)) || p.CDF(-1) != 0 || p.Survival(inf) != 0 || p.CDF(1e300) != 1 || !math.IsNaN(p.Moment(-1)) {
		t.Error("edges of the exponential law are wrong")
	}
}
