package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// newDistLaw is the law of a distribution of the language: by its formula where
// that is cheap, by a table of its distribution function otherwise.
func newDistLaw(d dist.Dist) law {
	is := facts{mean: d.Mean(), variance: d.Variance()}
	is.third = is.central(d.Moment(3))
	switch d.Family() {
	case dist.FamilyConst:
		return newConstantLaw(d.Mean())
	case dist.FamilyExponential:
		return newTimeLaw(newExpMix(0, expTerm{1, 1 / is.mean}), 0)
	case dist.FamilyHyperExp:
		return newTimeLaw(expMixOf(d), 0)
	case dist.FamilyGamma, dist.FamilyErlang:
		return gammaLaw(is)
	case dist.FamilyUniform:
		is.shift = d.Min()
		width := d.Max() - is.shift
		return newLeaf(is, func(s complex128) complex128 {
			x := s * complex(width, 0)
			return (1 - expNeg(x, 1)) / x
		})
	case dist.FamilyMixture:
		return mixOf(d)
	case dist.FamilyEmpirical:
		if w, _ := d.Parts(); len(w) <= 24 {
			return mixOf(d)
		}
	}
	is.shift = d.Min()
	if rest := is.mean - is.shift; is.variance < 0.01*rest*rest {
		return gammaLaw(is) // so narrow that the shape is of no matter
	}
	lo := indexOf(d.Quantile(1e-7)-is.shift) - 1
	hi := indexOf(d.Quantile(1-1e-9)-is.shift) + 1
	lo = max(lo, hi-10*latticePerDecade)
	table := tabulate(lo, hi, is.shift, d.CDF)
	f := table.facts()
	f.mean, f.variance, f.third = is.mean, is.variance, is.third
	return table
}

// gammaLaw is the gamma law above its shift with the given mean and variance.
func gammaLaw(is facts) law {
	rest := is.mean - is.shift
	scale := is.variance / rest
	shape := rest / scale
	if k := math.Round(shape); math.Abs(k-shape) < 1e-9*shape && k <= 64 {
		return newLeaf(is, func(s complex128) complex128 { return cpow(1/(1+s*complex(scale, 0)), int(k)) })
	}
	return newLeaf(is, func(s complex128) complex128 {
		x := 1 + s*complex(scale, 0)
		r := math.Exp(-shape * 0.5 * math.Log(real(x)*real(x)+imag(x)*imag(x)))
		sin, cos := math.Sincos(-shape * math.Atan2(imag(x), real(x)))
		return complex(r*cos, r*sin)
	})
}

// expMixOf is a distribution made of exponentials as a mixture of them.
func expMixOf(d dist.Dist) expMix {
	weights, parts := d.Parts()
	m := expMix{}
	for i, p := range parts {
		m.terms = append(m.terms, expTerm{weights[i], 1 / p.Mean()})
	}
	return m
}

func mixOf(d dist.Dist) law {
	weights, parts := d.Parts()
	laws := make([]law, len(parts))
	for i, p := range parts {
		laws[i] = newDistLaw(p)
	}
	return newMix(weights, laws)
}

// newCountOf is the distribution of a count of the language, rounded to whole
// numbers as the language does.
func newCountOf(d dist.Dist) counts {
	const most = 4096
	atMost := func(n int) float64 { // rounded value ≤ n
		return d.CDF(math.Nextafter(float64(n)+0.5, 0))
	}
	first := max(0, int(math.Round(math.Min(d.Quantile(1e-10), maxServers))))
	if first > 0 {
		first--
	}
	var c counts
	before := 0.0
	if first > 0 {
		before = atMost(first - 1)
	}
	for n := first; n <= first+most; n++ {
		upTo := atMost(n)
		if upTo == 0 {
			c.first = n + 1
			continue
		}
		if len(c.p) == 0 {
			c.first = n
		}
		c.p = append(c.p, upTo-before)
		if before = upTo; upTo >= 1-1e-12 {
			break
		}
	}
	if len(c.p) == 0 {
		return counts{first, []float64{1}}
	}
	c.p[len(c.p)-1] += 1 - before // what is beyond the bound counts as the bound
	return c
}

// moments are the mean, variance and third central moment of the count.
func (c counts) moments() (mean, variance, third float64) {
	for i, p := range c.p {
		mean += p * float64(c.first+i)
	}
	for i, p := range c.p {
		d := float64(c.first+i) - mean
		variance += p * d * d
		third += p * d * d * d
	}
	return mean, variance, third
}
