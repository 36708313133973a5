package queueing

import (
	"math"
	"math/cmplx"
)

// ForkJoin is a station of n single servers in order of arrival, to each of
// which every arrival sends a part of itself; it is done when all parts are.
// All servers have the same exponential service.
type ForkJoin struct {
	lambda, mean float64
	n            int
}

// maxBranches bounds the sums over branches.
const maxBranches = 10_000_000

// NewForkJoin prepares the figures of a fork with Poisson arrivals at rate
// lambda (1/s) and n branches with mean service time (s).
//
//   - Domain: lambda ≥ 0, mean > 0, 1 ≤ n ≤ 10⁷; a branch that cannot bear the
//     load gives an [UnstableError].
func NewForkJoin(lambda, mean float64, n int) (ForkJoin, error) {
	w := want{station: "fork-join"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", mean)
	if n < 1 || n > maxBranches {
		w.fail("branches", float64(n), "1 to 10 million branches")
	}
	w.stable(lambda*mean, 1)
	return ForkJoin{lambda, mean, n}, w.err
}

// harmonic is 1 + 1/2 + … + 1/n.
func harmonic(n int) float64 {
	sum := 0.0
	for i := n; i > 0; i-- {
		sum += 1 / float64(i)
	}
	return sum
}

// Two is the mean response time (s) of two branches,
//
//	T_2 = (12 − ρ)/8 · S/(1 − ρ)
//
// whatever n is.
//
//   - Accuracy: exact up to rounding.
//   - Source: [FlHa84], the mean as [NeTa88] gives it.
//
// [FlHa84]: https://doi.org/10.1137/0144074
// [NeTa88]: https://doi.org/10.1109/12.2213
func (q ForkJoin) Two() float64 {
	rho := q.lambda * q.mean
	return (12 - rho) / 8 * q.mean / (1 - rho)
}

// NelsonTantawi is the mean response time (s) of n branches,
//
//		T_n = (H_n/H_2 + 4ρ/11·(1 − H_n/H_2))·T_2    T_1 = S/(1 − ρ)
//
//	  - Accuracy: exact for one and two branches; below the simulated values by up to 3 % with 4 to 16 branches at loads of 50 and 80 %. It
//	    was fitted up to 32 branches.
//	  - Source: [NeTa88].
//
// [NeTa88]: https://doi.org/10.1109/12.2213
func (q ForkJoin) NelsonTantawi() float64 {
	rho := q.lambda * q.mean
	if q.n == 1 {
		return q.mean / (1 - rho)
	}
	h := harmonic(q.n) / 1.5
	return (h + 4*rho/11*(1-h)) * q.Two()
}

// VarkiMerchantChen is the mean response time (s) of n branches as the middle
// of an optimistic and a pessimistic bound,
//
//		T_n = S·(H_n + ρ/(2(1 − ρ))·Σ_i (1/(i − ρ) + (1 − 2ρ)/(i·(i − ρ))))
//
//	  - Accuracy: exact for one branch; below the exact value of two branches by 1.5 %
//	    at a load of 50 % and by 7 % at 90 %, below simulated values by 8 % with
//	    eight branches at 80 %. [ForkJoin.NelsonTantawi] is nearer.
//	  - Source: E. Varki, A. Merchant and H. Chen, as [Thom14] quotes them.
//
// [Thom14]: https://doi.org/10.1145/2628913
func (q ForkJoin) VarkiMerchantChen() float64 {
	rho := q.lambda * q.mean
	sum := 0.0
	for k := q.n; k > 0; k-- {
		i := float64(k)
		sum += 1/(i-rho) + (1-2*rho)/(i*(i-rho))
	}
	return q.mean * (harmonic(q.n) + rho/(2*(1-rho))*sum)
}

// Bounds encloses the mean response time (s). Above, it is that of branches that
// do not share their arrivals; below, that of arrivals at constant gaps, with
// which the branches are independent:
//
//		H_n·S/(1 − σ) ≤ T_n ≤ H_n·S/(1 − ρ)    σ = exp(−(1 − σ)/ρ)
//
//	  - Accuracy: both are proven bounds, each with the least or the most that
//	    sharing arrivals can do.
//	  - Source: [BaMS89]; D/M/1 as in [GrHa98].
//
// [BaMS89]: https://doi.org/10.2307/1427640
func (q ForkJoin) Bounds() (least, most float64) {
	h := harmonic(q.n) * q.mean
	rho := q.lambda * q.mean
	most = h / (1 - rho)
	if rho == 0 {
		return h, most
	}
	rest := gim1Root(constantGap(1/q.lambda), q.mean)
	return math.Min(h/rest, most), most
}

// constantGap is the time between arrivals that come evenly (s).
type constantGap float64

// Moment is E[Xᵏ].
func (g constantGap) Moment(k int) float64 { return math.Pow(float64(g), float64(k)) }

// LST is the transform.
func (g constantGap) LST(s complex128) complex128 { return cmplx.Exp(-s * complex(float64(g), 0)) }
