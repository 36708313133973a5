package qbd_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/qbd"
)

// gaps finds the moments of the gaps from the matrices, and the dispersion as
// the variance of a gap and all its covariances over the squared mean.
func gaps(t *testing.T, m qbd.MMPP2) (mean, scv, dispersion float64) {
	t.Helper()
	d0, d1 := m.Blocks()
	for i := range 2 {
		d0.Set(i, i, -m.Rates[i]-m.Switch[i])
	}
	d0.Scale(-1, d0)
	var inv, step mat.Dense
	if err := inv.Inverse(d0); err != nil {
		t.Fatal(err)
	}
	step.Mul(&inv, d1)
	w := step.At(1, 0) / (step.At(0, 1) + step.At(1, 0)) // phase after an arrival
	phase := mat.NewDense(1, 2, []float64{w, 1 - w})
	one := mat.NewDense(2, 1, []float64{1, 1})
	apply := func(ms ...mat.Matrix) float64 {
		x := mat.DenseCopyOf(phase)
		for _, a := range ms {
			var y mat.Dense
			y.Mul(x, a)
			x = &y
		}
		return x.At(0, 0)
	}
	mean = apply(&inv, one)
	variance := 2*apply(&inv, &inv, one) - mean*mean
	chain, all := []mat.Matrix{&inv, &step}, variance
	for range 4000 {
		all += 2 * (apply(append(chain[:len(chain):len(chain)], &inv, one)...) - mean*mean)
		next := new(mat.Dense)
		next.Mul(chain[1], &step)
		chain = []mat.Matrix{&inv, next}
	}
	return mean, variance / mean / mean, all / mean / mean
}

func TestBursty(t *testing.T) {
	for _, c := range []struct{ rate, cv, dispersion, share float64 }{{3, 1.5, 10, .5}, {.2, 2, 40, .1}, {100, 3, 9.5, .3}, {1, 2, 4, .6}} {
		m, err := qbd.Bursty(c.rate, c.cv, c.dispersion, c.share)
		if err != nil {
			t.Fatal(err)
		}
		mean, scv, dispersion := gaps(t, m)
		near(t, "rate", 1/mean, c.rate, 1e-10)
		near(t, "SCV", scv, c.cv*c.cv, 1e-9)
		near(t, "dispersion", dispersion, c.dispersion, 1e-8)
		near(t, "Rate", m.Rate(), c.rate, 1e-12)
		near(t, "SCV()", m.SCV(), c.cv*c.cv, 1e-12)
		near(t, "Dispersion()", m.Dispersion(), c.dispersion, 1e-12)
	}
}

func TestBadBursty(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][4]float64{{0, 2, 9, .5}, {nan, 2, 9, .5}, {1, 1, 9, .5}, {1, nan, 9, .5}, {1, 2, 3, .5}, {1, 2, inf, .5}, {1, 2, 9, 0}, {1, 2, 9, 1}, {1, 2, 9, nan}, {1, 1e200, 1e300, .5}} {
		if m, err := qbd.Bursty(c[0], c[1], c[2], c[3]); !errors.Is(err, domain.ErrInput) {
			t.Errorf("%v: got %v, error %v; want bad input", c, m, err)
		}
	}
}
