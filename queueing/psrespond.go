package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// respond is the response time to a demand with the given distribution. For
// exponential demands and mixtures of them it is found by the spectrum of the
// chain; otherwise the response to each amount x of demand, of which mean,
// variance and the probability of no slowdown are known, is averaged over x.
// The mean is that of the demand times the slowdown, whatever the demand.
func (ch psChain) respond(d dist.Dist) law {
	if ch.slowdown-1 < 1e-12 {
		return newDistLaw(d)
	}
	switch d.Family() {
	case dist.FamilyConst:
		return ch.respondConstant(d.Mean())
	case dist.FamilyExponential:
		return newSpectralLaw(ch, d.Mean())
	case dist.FamilyHyperExp:
		weights, parts := d.Parts()
		var m expMix
		for i, p := range parts {
			for _, t := range ch.exponential(p.Mean()).terms {
				m.terms = append(m.terms, expTerm{weights[i] * t.weight, t.rate})
			}
		}
		return newTimeLaw(m, 0)
	case dist.FamilyMixture, dist.FamilyEmpirical:
		if weights, parts := d.Parts(); len(weights) <= 24 {
			laws := make([]law, len(parts))
			for i, p := range parts {
				laws[i] = ch.respond(p)
			}
			return newMix(weights, laws)
		}
	}
	return ch.respondTable(d)
}

func (ch psChain) respondConstant(x float64) law {
	if x == 0 {
		return newConstantLaw(0)
	}
	none, rest := ch.excess(x)
	excess := delayed{1 - none, rest}
	is := facts{mean: ch.slowdown * x, variance: excess.Variance(), shift: x, atom: none}
	is.third = 2 * is.variance * is.variance / math.Max(excess.Mean(), 1e-300)
	is.exact = shifted{x, excess}
	return newLeaf(is, excess.LST)
}

// respondMoments are the mean and variance of respond, without the rest. The
// amount of demand is taken as gamma distributed where the variance depends on
// more than its first two moments.
func (ch psChain) respondMoments(d dist.Dist) (mean, variance float64) {
	m, v := d.Mean(), d.Variance()
	if math.IsInf(v, 1) {
		return ch.slowdown * m, v
	}
	return ch.slowdown * m, ch.meanVariance(m, v) + ch.slowdown*ch.slowdown*v
}

// meanVariance is E[Var(T | X)] for a gamma distributed demand X.
func (ch psChain) meanVariance(m, v float64) float64 {
	if ch.spread == 0 || m == 0 {
		return 0
	}
	y := m / ch.relax
	scv := v / (m * m)
	if scv < 1e-9 {
		return ch.variance(m)
	}
	if y < 1e-3 {
		return ch.spread * (m*m + v)
	}
	// E[e^(−X/relax)] of the gamma distribution
	decay := math.Expm1(-math.Log1p(y*scv) / scv)
	return 2 * ch.spread * ch.relax * ch.relax * (y + decay)
}

// respondTable averages over the demand on the lattice: cell b of the demand
// lies about the lattice time t_b.
func (ch psChain) respondTable(d dist.Dist) law {
	least := d.Min()
	lo := indexOf(math.Max(d.Quantile(1e-6), 1e-4*d.Mean())) - 1
	hi := max(indexOf(d.Quantile(1-1e-8))+1, lo)
	hi = min(hi, lo+9*latticePerDecade)
	type cell struct {
		x, weight float64
		rest      fitted
	}
	half := math.Exp(latticeStep / 2)
	cells := make([]cell, 0, hi-lo+1)
	below, between := d.CDF(timeAt(lo)/half), 0.0
	for b := lo; b <= hi; b++ {
		upTo := d.CDF(timeAt(b) * half)
		x := math.Max(timeAt(b), least)
		none, rest := ch.excess(x)
		if w := upTo - below; w > 1e-10 {
			if rest.k > 24 { // rounder than the cells are wide
				rest = fit(rest.mean, 1.0/24)
			}
			cells = append(cells, cell{x, w * (1 - none), rest})
			between += w * ch.variance(x)
		}
		below = upTo
	}
	top := max(indexOf(d.Quantile(1-1e-8)*ch.slowdown*4), hi) + latticePerDecade
	law := tabulate(lo, top, 0, func(t float64) float64 {
		s := d.Survival(t)
		for _, c := range cells {
			if c.x >= t {
				break
			}
			s += c.weight * c.rest.Survival(t-c.x)
		}
		return 1 - s
	})
	f := law.facts()
	m, v := d.Mean(), d.Variance()
	f.mean = ch.slowdown * m
	f.variance = between + ch.slowdown*ch.slowdown*v
	return law
}
