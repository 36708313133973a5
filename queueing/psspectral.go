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

// newSpectralLaw is the law of it.
func newSpectralLaw(ch psChain, demand float64) law {
	t := &spectral{chain: ch, demand: demand}
	var scratch []float64
	mean, variance, third := ch.spectralMoments(demand, &scratch)
	t.is = facts{mean: mean, variance: variance, exact: t}
	t.is.third = t.is.central(third)
	return &leaf{memo{is: t.is}, func(s, out *block) { t.known().fill(s, out) }}
}

// spectralMoments are mean, variance and third moment about 0 of the response to
// an exponential demand of the given mean. With v, S and w as in
// [psChain.exponential],
//
//	E[T^k] = k!·vᵀ·S^(−k−1)·v
//
// Freed of the square roots, S is the generator A of the chain that is killed at
// the rates κ·r, so that A·1 = κ·r. Hence S⁻¹·v is √w, and one tridiagonal system
// for h = A⁻¹·1, the mean response by what is found, gives three moments,
//
//	E[T] = Σ w    E[T²] = 2·Σ w·h    E[T³] = 6·Σ w·h²
//
// It is solved by adding up the rates that are left, so that nothing is
// subtracted. What is in scratch is of no matter; it is made longer where it has
// to be.
//
//   - Accuracy: near rounding, but for the states left out (1e-8 of the variance
//     of M/M/1, where it is known).
//   - Source: the moments of a phase-type law [Neut81]; elimination [GrTH85].
func (ch psChain) spectralMoments(demand float64, scratch *[]float64) (mean, variance, third float64) {
	n := len(ch.seen)
	if len(*scratch) < 3*n {
		*scratch = make([]float64, 3*n)
	}
	buffer := *scratch
	part, more, weight := buffer[:n], buffer[n:2*n], buffer[2*n:3*n]
	kappa, each, rate := 1/demand, 1/float64(ch.c), 1/ch.tau
	leak, carried, left := 0.0, 0.0, 0.0 // of the states below, per rate into them
	for i, p := range ch.seen {
		stretch, r := 1.0, 1.0
		if i >= ch.c {
			stretch = float64(i+1) * each
			r = 1 / stretch
		}
		leave := float64(i) * r * rate
		birth := 0.0
		if i+1 < n && p > 0 {
			birth = ch.seen[i+1] / p * float64(i+1) * r * rate
		}
		leak = kappa*r + leave*left
		carried = 1 + leave*carried
		all := 1 / (birth + leak)
		left = leak * all
		carried *= all
		part[i], more[i], weight[i] = carried, birth*all, p*stretch*demand
	}
	h, one, two, three := 0.0, 0.0, 0.0, 0.0
	for i := n - 1; i >= 0; i-- {
		h = part[i] + more[i]*h
		w := weight[i]
		one += w
		two += w * h
		three += w * h * h
	}
	mean = ch.slowdown * demand
	// the part of the states left out is made up for as in the mixture
	by := mean / one
	return mean, math.Max(0, 2*two*by*by-mean*mean), 6 * three * by * by * by
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
