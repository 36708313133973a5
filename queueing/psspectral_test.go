package queueing

import "testing"

// The variance of the response of M/M/1 under processor sharing is known:
// S²·(2 + ρ)/((1 − ρ)²·(2 − ρ)) [CoMT70].
func TestSpectralVariance(t *testing.T) {
	const mean = 0.3
	for _, rho := range []float64{.1, .5, .8, .95, .99} {
		l := newSpectralLaw(newPSChain(1, mean, mmcSeen(1, rho, rho)), mean)
		want := mean * mean * (2 + rho) / ((1 - rho) * (1 - rho) * (2 - rho))
		near(t, "mean", l.facts().mean, mean/(1-rho), 1e-8)
		near(t, "variance", l.facts().variance, want, 1e-8)
	}
}

// The moments agree with those of the mixture that has the percentiles, as far
// as that has them, also of a demand that is not that of the others.
func TestSpectralMoments(t *testing.T) {
	for _, c := range []int{2, 8} {
		for _, demand := range []float64{.3, 1, 5} {
			a := 0.5 * float64(c)
			ch := newPSChain(c, 1, mmcSeen(c, a, ErlangC(c, a)))
			l, m := newSpectralLaw(ch, demand).facts(), newTimeLaw(ch.exponential(demand), 0).facts()
			near(t, "mean", l.mean, m.mean, 1e-12)
			near(t, "variance", l.variance, m.variance, 1e-8)
			near(t, "third moment", l.third, m.third, 1e-7)
		}
	}
}
