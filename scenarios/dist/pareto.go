package dist

import (
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
)

// pareto is the Pareto law of the first kind:
//
//	P(X > x) = (m/x)^α for x ≥ m
type pareto struct{ alpha, least float64 }

const mostAlpha = 1000

// ParetoOf has the tail exponent alpha (1), above 1 and at most 1000, and the
// least value (s or 1), above 0. Moments of order alpha and above are +Inf.
func ParetoOf(alpha, least float64) Dist {
	return mustBuild(form{family: FamilyPareto, args: []arg{{name: "alpha", kind: number, value: alpha}, {name: "min", value: least}}})
}

func paretoSignatures() []signature {
	return []signature{{
		usage:  "pareto(mean=9ms, alpha=2.5)",
		params: []param{{"mean", amount}, {"alpha", number}},
		build: func(v []float64) (law, *fault) {
			return pareto{v[1], v[0] * (v[1] - 1) / v[1]}, first(positive(0, "mean", v[0]), alphaInRange(1, v[1]))
		},
	}, {
		usage:  "pareto(alpha=2.5, min=3ms)",
		params: []param{{"alpha", number}, {"min", amount}},
		build: func(v []float64) (law, *fault) {
			return pareto{v[0], v[1]}, first(alphaInRange(0, v[0]), positive(1, "min", v[1]))
		},
	}, {
		usage:     "pareto(p50=3ms, p99=20ms)",
		quantiles: 2,
		fit: func(q []fixed) (law, *fault) {
			a, b := line(q, func(p float64) float64 { return -math.Log1p(-p) })
			return pareto{1 / b, math.Exp(a)}, alphaInRange(-1, 1/b)
		},
	}}
}

func alphaInRange(i int, alpha float64) *fault {
	if alpha > 0 && alpha <= 1.001 {
		return faultf(i, "a mean above all bounds loads a system above all bounds: want alpha above 1.001",
			"alpha is %.6g, which has no finite mean or nearly none", alpha)
	}
	return within(i, "alpha", alpha, 1.001, mostAlpha)
}

func (p pareto) moment(k int) float64 {
	n := float64(k)
	if p.alpha <= n {
		return math.Inf(1)
	}
	return p.alpha / (p.alpha - n) * math.Pow(p.least, n)
}

func (p pareto) variance() float64 {
	a := p.alpha
	if a <= 2 {
		return math.Inf(1)
	}
	return p.least * p.least * a / ((a - 1) * (a - 1) * (a - 2))
}

func (p pareto) bounds() (least, most float64) { return p.least, math.Inf(1) }

func (p pareto) cdf(x float64) float64 {
	if x <= p.least {
		return 0
	}
	return -math.Expm1(-p.alpha * math.Log(x/p.least))
}

func (p pareto) survival(x float64) float64 {
	if x <= p.least {
		return 1
	}
	return math.Pow(p.least/x, p.alpha)
}

func (p pareto) quantile(q float64) float64 { return p.least * math.Exp(-math.Log1p(-q)/p.alpha) }

func (p pareto) sample(r *rand.Rand) float64 {
	return p.least * math.Exp(r.ExpFloat64()/p.alpha)
}

// lst is α·E_{α+1}(s·m) with the generalized exponential integral
// E_p(z) = ∫ exp(−z·t)/tᵖ dt from 1 to ∞ ([DLMF] 8.19.2).
func (p pareto) lst(s complex128) complex128 {
	z := s * complex(p.least, 0)
	if cmplx.Abs(z) > 2 {
		return complex(p.alpha, 0) * expIntegralFar(p.alpha+1, z)
	}
	return complex(p.alpha, 0) * expIntegralNear(p.alpha+1, z)
}

// expIntegralFar evaluates E_p(z) for |z| > 2 by its continued fraction
// ([DLMF] 8.19.17, in its even form, as for whole p in [AbSt64] chapter 5),
//
//	E_p(z) = exp(−z)·1/(z + p − 1·p/(z + p + 2 − 2·(p+1)/(z + p + 4 − …)))
//
// summed forwards by Lentz's method.
func expIntegralFar(p float64, z complex128) complex128 {
	b := z + complex(p, 0)
	c := complex(1e300, 0)
	d := 1 / b
	h := d
	for i := 1.0; i < 500; i++ {
		a := complex(-i*(p-1+i), 0)
		b += 2
		d = 1 / (a*d + b)
		c = b + a/c
		step := c * d
		h *= step
		if cmplx.Abs(step-1) < 1e-15 {
			break
		}
	}
	return h * cmplx.Exp(-z)
}

// expIntegralNear evaluates E_p(z) for small |z| by its series ([DLMF] 8.19.10),
//
//	E_p(z) = Γ(1−p)·z^(p−1) − Σ (−z)ᵏ/(k!·(1−p+k)),
//
// in which the first term and the one of k = n = round(p−1) have poles at whole
// p that cancel. With ε = p − 1 − n and Γ(−n−ε) = −(−1)ⁿ·π/(sin πε·Γ(n+1+ε))
// the two are together, without a difference of large numbers,
//
//	−(−z)ⁿ/n!·(exp(L) − 1)/ε,  L = ε·ln z + ln(πε/sin πε) − ln Γ(n+1+ε) + ln Γ(n+1)
func expIntegralNear(p float64, z complex128) complex128 {
	n := math.Round(p - 1)
	eps := p - 1 - n
	var sum complex128
	term := complex128(1) // (−z)ᵏ/k!
	for k := 0.0; k <= n || cmplx.Abs(term) > 1e-18; k++ {
		if k == n {
			slope := cmplx.Log(z) + complex(poleSlope(n, eps), 0) // L/ε
			sum -= term * slope * expm1Ratio(complex(-eps, 0)*slope)
		} else {
			sum -= term / complex(k+1-p, 0)
		}
		if term *= -z / complex(k+1, 0); term == 0 {
			break
		}
	}
	return sum
}

// poleSlope is (ln(πε/sin πε) − ln Γ(n+1+ε) + ln Γ(n+1))/ε, for |ε| ≤ ½; at
// ε = 0 it is −ψ(n+1).
func poleSlope(n, eps float64) float64 {
	if math.Abs(eps) < 1e-3 {
		// The differences by their expansions, the second about the middle; what
		// is left out is below 1e-13. ψ″(x) = −2·ζ(3, x) ([DLMF] 5.15.1).
		mid := n + 1 + eps/2
		second := -2 * mathext.Zeta(3, mid)
		pe := math.Pi * eps
		return math.Pi*pe/6 + math.Pi*pe*pe*pe/180 - digamma(mid) - eps*eps/24*second
	}
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(n + 1 + eps)
	return (math.Log(math.Pi*eps/math.Sin(math.Pi*eps)) - b + a) / eps
}

// digamma is ψ(x) for x > 0: the recurrence ψ(x) = ψ(x+1) − 1/x up to 10, then
// the asymptotic series ([DLMF] 5.5.2 and 5.11.2), to 1e-15. That of gonum has
// ten digits.
func digamma(x float64) float64 {
	shift := 0.0
	for ; x < 10; x++ {
		shift -= 1 / x
	}
	r := 1 / (x * x)
	series := r * (1.0/12 - r*(1.0/120-r*(1.0/252-r*(1.0/240-r*(1.0/132-r*(691.0/32760-r/12))))))
	return shift + math.Log(x) - 1/(2*x) - series
}
