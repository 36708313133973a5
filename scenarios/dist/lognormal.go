package dist

import (
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
)

// lognormal is the law of exp(μ + σ·Z) for a standard normal Z:
//
//	E[Xᵏ] = exp(k·μ + k²·σ²/2)    c² = exp(σ²) − 1
type lognormal struct{ mu, sigma float64 }

// LognormalOf has the given mean (s or 1), above 0, and coefficient of
// variation cv (1), 1e-4 to 1e3.
func LognormalOf(mean, cv float64) Dist {
	return mustBuild(form{family: FamilyLognormal, args: []arg{{name: "mean", value: mean}, {name: "cv", kind: number, value: cv}}})
}

func lognormalSignatures() []signature {
	return []signature{{
		usage:  "lognormal(mean=9ms, cv=1.8)",
		params: []param{{"mean", amount}, {"cv", number}},
		build: func(v []float64) (law, *fault) {
			s2 := math.Log1p(v[1] * v[1])
			return lognormal{math.Log(v[0]) - s2/2, math.Sqrt(s2)},
				first(positive(0, "mean", v[0]), within(1, "cv", v[1], leastCV, mostCV))
		},
	}, {
		usage:     "lognormal(p50=0.3ms, p99=2ms)",
		quantiles: 2,
		fit: func(q []fixed) (law, *fault) {
			mu, sigma := line(q, mathext.NormalQuantile)
			return lognormal{mu, sigma}, first(within(-1, "sigma", sigma, leastSigma, mostSigma), meanInRange(mu+sigma*sigma/2))
		},
	}, {
		usage:  "lognormal(mu=-5, sigma=0.8)",
		params: []param{{"mu", logAmount}, {"sigma", number}},
		build: func(v []float64) (law, *fault) {
			return lognormal{v[0], v[1]},
				first(within(1, "sigma", v[1], leastSigma, mostSigma), meanInRange(v[0]+v[1]*v[1]/2))
		},
	}}
}

// meanInRange refuses a mean, given by its logarithm, that the language could
// not have been given directly.
func meanInRange(logMean float64) *fault {
	if logMean > math.Log(mostAmount) || logMean < math.Log(leastAmount) {
		return faultf(-1, "want 1e-15 to 1e+12", "the mean would be %.3g", math.Exp(logMean))
	}
	return nil
}

func (l lognormal) moment(k int) float64 {
	n := float64(k)
	return math.Exp(n*l.mu + n*n*l.sigma*l.sigma/2)
}

func (l lognormal) variance() float64 {
	m := l.moment(1)
	return m * m * math.Expm1(l.sigma*l.sigma)
}

func (l lognormal) cdf(x float64) float64 {
	return math.Erfc(-(math.Log(x)-l.mu)/(l.sigma*math.Sqrt2)) / 2
}

func (l lognormal) survival(x float64) float64 {
	return math.Erfc((math.Log(x)-l.mu)/(l.sigma*math.Sqrt2)) / 2
}

func (l lognormal) quantile(p float64) float64 {
	return math.Exp(l.mu + l.sigma*mathext.NormalQuantile(p))
}

func (l lognormal) bounds() (least, most float64) { return 0, math.Inf(1) }
func (l lognormal) sample(r *rand.Rand) float64   { return math.Exp(l.mu + l.sigma*r.NormFloat64()) }

// lst integrates along a bent contour in the plane of y = ln x; see contour.
// |exp(−y²/2σ²)| grows by exp(θ²/2σ²) off the real axis, so the bend stays
// below 2.4·σ, where that is 18 and costs one digit.
func (l lognormal) lst(s complex128) complex128 {
	const reach = 7.6 // standard deviations; beyond them lie 3e-14
	c := newContour(s, 2.4*l.sigma)
	h := min(0.15*l.sigma, 0.2)
	from := l.mu - reach*l.sigma
	to := min(l.mu+reach*l.sigma, c.end)
	var sum complex128
	c.start(from, h)
	for y := from; y <= to; y += h {
		z, turn, slope := c.next()
		a := (y - l.mu) / l.sigma
		b := turn / l.sigma
		// −(y − i·θ − μ)²/2σ² − s·x
		sum += expi((b*b-a*a)/2-real(z), a*b-imag(z)) * complex(1, -slope)
	}
	return sum * complex(h/(l.sigma*math.Sqrt(2*math.Pi)), 0)
}

// contour is the path x(y) = exp(y − i·θ(y)) that transforms are integrated
// along, in steps of y = ln|x|:
//
//	θ(y) = θmax·q/(1 + q),  q = |s|·exp(y),  θmax = min(arg s, limit)
//
// Where x is small it runs along the real axis; where |s·x| passes 1 it turns
// towards the ray on which s·x is real, so that exp(−s·x) dies out in place of
// oscillating. By Cauchy's theorem the integral is the same. The integrand is
// analytic in a strip about the path, so the trapezoidal rule converges
// geometrically [TrWe14].
type contour struct {
	modulus, angle, limit float64
	end                   float64 // y beyond which |exp(−s·x)| < 1e-14
	q, step               float64
}

func newContour(s complex128, limit float64) contour {
	c := contour{modulus: cmplx.Abs(s), angle: cmplx.Phase(s)}
	c.limit = min(c.angle, limit)
	// At large q the damping is q·cos(arg s − θmax).
	c.end = math.Log(34 / max(1e-3, math.Cos(c.angle-c.limit)) / c.modulus)
	return c
}

// start sets out from y in steps of h.
func (c *contour) start(y, h float64) {
	c.step = math.Exp(h)
	c.q = c.modulus * math.Exp(y)
}

// next returns s·x, the turn θ and its slope dθ/dy at the present point, and
// moves on.
func (c *contour) next() (z complex128, turn, slope float64) {
	q := c.q
	w := 1 / (1 + q)
	turn = c.limit * q * w
	slope = turn * w
	sin, cos := math.Sincos(c.angle - turn)
	c.q *= c.step
	return complex(q*cos, q*sin), turn, slope
}
