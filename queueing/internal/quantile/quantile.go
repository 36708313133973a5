// Package quantile turns distribution functions round: from a probability to
// the time (s) below which the distribution has it.
//
// It searches and knows no distribution: [Newton] where there is a density,
// [Search] where there is none.
package quantile

import "math"

// Newton finds the quantile of a time with a density (1/s) by Newton's method,
// kept inside a bracket and falling back to bisection when a step leaves it (as
// rtsafe in [PTVF07]). Below the median it solves CDF = p, above it
// log Survival = log(1 − p), so that both tails keep their digits. near is a
// guess (s), such as the mean.
func Newton(cdf, survival, density func(t float64) float64, near, p float64) float64 {
	if t, done := Edge(p); done {
		return t
	}
	lower := p < 0.5
	target := math.Log1p(-p)
	f := func(t float64) (value, slope float64) {
		if lower {
			return cdf(t) - p, density(t)
		}
		s := survival(t)
		return target - math.Log(s), density(t) / s
	}
	lo, hi := 0.0, math.Max(near, math.SmallestNonzeroFloat64)
	for v, _ := f(hi); v < 0; v, _ = f(hi) {
		lo, hi = hi, 2*hi
		if math.IsInf(hi, 1) {
			return hi
		}
	}
	t := 0.5 * (lo + hi)
	for range 200 {
		v, slope := f(t)
		if v < 0 {
			lo = t
		} else {
			hi = t
		}
		next := t - v/slope
		if !(next > lo && next < hi) {
			next = 0.5 * (lo + hi)
		}
		if math.Abs(next-t) <= 1e-16*t || next == t {
			return next
		}
		t = next
	}
	return t
}

// Edge answers for the p that need no search: 0 for p ≤ 0, +Inf for p ≥ 1 and
// NaN for what is not a number.
func Edge(p float64) (float64, bool) {
	switch {
	case math.IsNaN(p):
		return p, true
	case p <= 0:
		return 0, true
	case p >= 1:
		return math.Inf(1), true
	}
	return 0, false
}

// Search finds the quantile of a time that has no density at hand: it brackets
// by doubling and then narrows the bracket in the logarithms of time and
// survival, along which the tails of queues are nearly straight, by regula
// falsi with the Illinois correction ([DoJa71]). near is a guess above 0 (s).
func Search(cdf, survival func(t float64) float64, near, p float64) float64 {
	if t, done := Edge(p); done {
		return t
	}
	if cdf(0) >= p {
		return 0
	}
	target := math.Log1p(-p)
	f := func(t float64) float64 {
		if p < 0.5 {
			return math.Log(math.Max(cdf(t), 1e-300) / p)
		}
		return target - math.Log(math.Max(survival(t), 1e-300))
	}
	lo, hi := near, near
	fl := f(lo)
	fh := fl
	for fl > 0 && lo > near*1e-15 {
		hi, fh = lo, fl
		lo /= 2
		fl = f(lo)
	}
	for fh < 0 && hi < near*1e15 {
		lo, fl = hi, fh
		hi *= 2
		fh = f(hi)
	}
	return Illinois(f, lo, hi, fl, fh)
}

// Illinois narrows a bracket with f(lo) ≤ 0 ≤ f(hi) to a root.
func Illinois(f func(float64) float64, lo, hi, fl, fh float64) float64 {
	side := 0
	for range 200 {
		if hi-lo <= 1e-13*(math.Abs(lo)+math.Abs(hi)) || fl == fh {
			break
		}
		t := (lo*fh - hi*fl) / (fh - fl)
		if !(t > lo && t < hi) {
			t = 0.5 * (lo + hi)
		}
		ft := f(t)
		switch {
		case ft == 0:
			return t
		case ft < 0:
			lo, fl = t, ft
			if side == -1 {
				fh /= 2
			}
			side = -1
		default:
			hi, fh = t, ft
			if side == 1 {
				fl /= 2
			}
			side = 1
		}
	}
	return 0.5 * (lo + hi)
}
