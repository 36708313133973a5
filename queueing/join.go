package queueing

import (
	"math"
	"slices"
)

// Join is the time until a number of branches, started at once, have ended:
// an order statistic of their times taken as independent.
type Join struct {
	need     int
	branches []Time

	mean, second float64
}

// NewJoin prepares the time until need of the branches have ended. With F_b the
// distribution function of branch b,
//
//		P(T ≤ t) = P(need or more of independent events with probabilities F_b(t))
//
//	  - Assumes: independent branches, as under deterministic arrivals to separate
//	    stations or where nobody waits. Branches that get their parts from common
//	    random arrivals are associated: then the mean for all of them is an upper
//	    bound, and for the first of them a lower one.
//	  - Domain: 1 ≤ need ≤ number of branches, all of them with a finite mean.
//	  - Accuracy: mean 1e-6 relative where the distributions of the branches are
//	    smooth, 1e-2 where they jump.
//	  - Source: association [BaMS89]; quadrature [DaRa84].
//
// [BaMS89]: https://doi.org/10.2307/1427640
func NewJoin(need int, branches ...Time) (Join, error) {
	w := want{station: "join"}
	if need < 1 || need > len(branches) {
		w.fail("branches needed", float64(need), "1 to the number of branches")
	}
	for _, b := range branches {
		if b == nil {
			w.fail("time of a branch", math.NaN(), "one that is known")
			continue
		}
		w.notNegative("mean of a branch", b.Mean())
	}
	j := Join{need: need, branches: slices.Clone(branches)}
	if w.err == nil {
		j.integrate()
	}
	return j, w.err
}

// Mean is that of the join (s).
func (j Join) Mean() float64 { return j.mean }

// Variance is that of the join (s²).
func (j Join) Variance() float64 { return math.Max(0, j.second-j.mean*j.mean) }

// CDF is the probability that the join takes t seconds at most.
func (j Join) CDF(t float64) float64 {
	p := make([]float64, len(j.branches))
	for i, b := range j.branches {
		p[i] = b.CDF(t)
	}
	return atLeast(p, j.need)
}

// Survival is the probability that the join takes longer than t seconds: that
// more branches are late than may be.
func (j Join) Survival(t float64) float64 {
	p := make([]float64, len(j.branches))
	for i, b := range j.branches {
		p[i] = b.Survival(t)
	}
	return atLeast(p, len(p)-j.need+1)
}

// Quantile is the smallest t (s) with CDF(t) ≥ p; 0 for p ≤ 0 and +Inf for p ≥ 1.
func (j Join) Quantile(p float64) float64 {
	if t, done := quantileEdge(p); done {
		return t
	}
	lo, hi := 0.0, math.Max(j.mean, math.SmallestNonzeroFloat64)
	for j.Survival(hi) > 1-p {
		lo, hi = hi, 2*hi
	}
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi || hi-lo <= 1e-13*hi {
			break
		}
		if j.Survival(mid) > 1-p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// joinSteps is the number of points per e-fold of time of the quadrature.
const joinSteps = 40

// integrate finds the moments by the trapezoidal rule over log t, in which the
// survival times t dies out smoothly at both ends.
func (j *Join) integrate() {
	scale := 0.0
	for _, b := range j.branches {
		scale = math.Max(scale, b.Mean())
	}
	if scale == 0 {
		return
	}
	for i := -25 * joinSteps; i < 60*joinSteps; i++ {
		t := scale * math.Exp(float64(i)/joinSteps)
		s := j.Survival(t)
		if i > 0 && s*t*t < 1e-16*scale*scale {
			break
		}
		j.mean += s * t / joinSteps
		j.second += 2 * s * t * t / joinSteps
	}
}
