package queueing

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// palmSeries is Palm's function
//
//	A(x, z) = Σ_(k≥0) z^k / ((x + 1)·…·(x + k)) = x·e^z·z^(−x)·γ(x, z)
//
// with the incomplete gamma function γ, for 0 ≤ z ≤ x, where it takes about
// 9·√x terms. All of them are positive.
//
//   - Source: [MaZe07]; the series [DLMF].
func palmSeries(x, z float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-17*sum; k++ {
		term *= z / (x + k)
		sum += term
	}
	return sum
}

// palmTail is the distribution of what is left to wait in a line that requests
// leave at rate θ each while it drains at rate κ:
//
//	P(T > t) = weight·γ(x, y·e^(−θt))/γ(x, y)·e^(−more·t),  x = κ/θ, y = λ/θ
//
// With more = 0 that is the wait of a request with unlimited patience, and with
// more = θ of any request, whose own patience ends it too.
type palmTail struct {
	weight      float64 // probability to wait at all
	theta, x, y float64
	more        float64 // (1/s)

	mean, variance float64
	lst            func(complex128) complex128
}

func (d palmTail) Mean() float64     { return d.mean }
func (d palmTail) Variance() float64 { return d.variance }

func (d palmTail) Survival(t float64) float64 {
	switch {
	case t < 0:
		return 1
	case d.weight == 0 || t > math.MaxFloat64:
		return 0
	}
	return math.Min(1, d.weight*math.Exp(-d.more*t+d.logRatio(d.theta*t)))
}

// logRatio is log γ(x, y·e^(−τ)) − log γ(x, y). Below y = x it is a quotient of
// series. Above it both are near the whole Γ(x) at first, so that the
// regularised functions serve, until y·e^(−τ) too falls below x.
func (d palmTail) logRatio(tau float64) float64 {
	z := d.y * math.Exp(-tau)
	if d.y <= d.x {
		return -d.x*tau - d.y*math.Expm1(-tau) + math.Log(palmSeries(d.x, z)/palmSeries(d.x, d.y))
	}
	whole := math.Log(mathext.GammaIncReg(d.x, d.y))
	if z > d.x {
		return math.Log(mathext.GammaIncReg(d.x, z)) - whole
	}
	if z == 0 {
		return math.Inf(-1)
	}
	gamma, _ := math.Lgamma(d.x + 1)
	return d.x*math.Log(z) - z - gamma + math.Log(palmSeries(d.x, z)) - whole
}

func (d palmTail) CDF(t float64) float64 {
	if t < 0 {
		return 0
	}
	return 1 - d.Survival(t)
}

func (d palmTail) Quantile(p float64) float64 {
	if t, done := quantileEdge(p); done {
		return t
	}
	if p <= 1-d.weight {
		return 0
	}
	return quantileSearch(d, p, math.Max(d.mean, 1e-300))
}

func (d palmTail) LST(s complex128) complex128 { return d.lst(s) }
