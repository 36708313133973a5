package queueing

import "math"

// spectral is the response time to an exponential demand under processor
// sharing: its moments are known at once, and its mixture is found when it is
// asked for, as the percentiles of a sum of many times never do.
type spectral struct {
	chain  psChain
	demand float64 // mean (s)
	is     facts
	mix    *expMix
}

// newSpectralLaw is the law of it. With v and S as in [psChain.exponential],
//
//	E[T^k] = k!·vᵀ·S^(−k−1)·v
//
// takes two tridiagonal systems for three moments.
//
//   - Accuracy: near rounding, but for the states left out (1e-8 of the variance
//     of M/M/1, where it is known).
//   - Source: the moments of a phase-type law [Neut81].
func newSpectralLaw(ch psChain, demand float64) law {
	t := &spectral{chain: ch, demand: demand}
	s := ch.symmetric(1/demand, 0)
	n := len(s.start)
	buffer := make([]float64, 2*n)
	one, two := buffer[:n], buffer[n:]
	s.solve(s.start, one)
	s.solve(one, two)
	mean := ch.slowdown * demand
	// the part of the states left out is made up for as in the mixture
	by := mean / dot(one, one)
	second, third := 2*dot(one, two)*by*by, 6*dot(two, two)*by*by*by
	t.is = facts{mean: mean, variance: math.Max(0, second-mean*mean), exact: t}
	t.is.third = t.is.central(third)
	return &leaf{memo{is: t.is}, func(s, out *block) { t.known().fill(s, out) }}
}

func (t *spectral) known() expMix {
	if t.mix == nil {
		m := t.chain.exponential(t.demand)
		t.mix = &m
	}
	return *t.mix
}

func (t *spectral) Mean() float64               { return t.is.mean }
func (t *spectral) Variance() float64           { return t.is.variance }
func (t *spectral) CDF(x float64) float64       { return t.known().CDF(x) }
func (t *spectral) Survival(x float64) float64  { return t.known().Survival(x) }
func (t *spectral) Quantile(p float64) float64  { return t.known().Quantile(p) }
func (t *spectral) LST(s complex128) complex128 { return t.known().LST(s) }
