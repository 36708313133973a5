package dist

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
)

// weibull is the law of λ·E^(1/k) for a standard exponential E:
//
//	P(X > x) = exp(−(x/λ)ᵏ)    E[Xⁿ] = λⁿ·Γ(1 + n/k)
type weibull struct{ shape, scale float64 }

const leastShape, mostShape = 0.1, 1000

// WeibullOf has the given shape (1), 0.1 to 1000, and scale (s or 1), above 0.
func WeibullOf(shape, scale float64) Dist {
	return mustBuild(form{family: FamilyWeibull, args: []arg{{name: "shape", kind: number, value: shape}, {name: "scale", value: scale}}})
}

func weibullSignatures() []signature {
	return []signature{{
		usage:  "weibull(mean=9ms, cv=1.5)",
		params: []param{{"mean", amount}, {"cv", number}},
		build: func(v []float64) (law, *fault) {
			bad := first(positive(0, "mean", v[0]), within(1, "cv", v[1], weibullCV(mostShape), weibullCV(leastShape)))
			if bad != nil {
				return nil, bad
			}
			k := weibullShape(v[1])
			return weibull{k, v[0] / math.Gamma(1+1/k)}, nil
		},
	}, {
		usage:  "weibull(shape=0.7, scale=8ms)",
		params: []param{{"shape", number}, {"scale", amount}},
		build: func(v []float64) (law, *fault) {
			return weibull{v[0], v[1]}, first(within(0, "shape", v[0], leastShape, mostShape), positive(1, "scale", v[1]))
		},
	}, {
		usage:     "weibull(p50=3ms, p99=20ms)",
		quantiles: 2,
		fit: func(q []fixed) (law, *fault) {
			a, b := line(q, func(p float64) float64 { return math.Log(-math.Log1p(-p)) })
			w := weibull{1 / b, math.Exp(a)}
			return w, first(within(-1, "shape", w.shape, leastShape, mostShape), meanInRange(math.Log(w.moment(1))))
		},
	}}
}

// weibullCV is the coefficient of variation for a shape; it falls as the shape
// rises.
func weibullCV(shape float64) float64 { return math.Sqrt(weibull{shape, 1}.scv()) }

// weibullShape inverts weibullCV by halving.
func weibullShape(cv float64) float64 {
	lo, hi := math.Log(leastShape), math.Log(mostShape)
	for range 80 {
		mid := (lo + hi) / 2
		if weibullCV(math.Exp(mid)) > cv {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp((lo + hi) / 2)
}

// scv is Γ(1 + 2/k)/Γ(1 + 1/k)² − 1.
func (w weibull) scv() float64 {
	one, _ := math.Lgamma(1 + 1/w.shape)
	two, _ := math.Lgamma(1 + 2/w.shape)
	return math.Expm1(two - 2*one)
}

func (w weibull) moment(k int) float64 {
	n := float64(k)
	return math.Pow(w.scale, n) * math.Gamma(1+n/w.shape)
}

func (w weibull) variance() float64 {
	m := w.moment(1)
	return m * m * w.scv()
}

func (w weibull) bounds() (least, most float64) { return 0, math.Inf(1) }
func (w weibull) cdf(x float64) float64         { return -math.Expm1(-math.Pow(x/w.scale, w.shape)) }
func (w weibull) survival(x float64) float64    { return math.Exp(-math.Pow(x/w.scale, w.shape)) }

func (w weibull) quantile(p float64) float64 {
	return w.scale * math.Pow(-math.Log1p(-p), 1/w.shape)
}

func (w weibull) sample(r *rand.Rand) float64 {
	return w.scale * math.Pow(r.ExpFloat64(), 1/w.shape)
}

// lst integrates along a bent contour (see contour). A law with a shape below
// 4 is wide in ln x and is integrated by its distribution function,
//
//	E[exp(−sX)] = ∫ s·x·exp(−s·x)·P(X ≤ x) d ln x,
//
// whose kernel is narrow; one above is narrow itself and is integrated by
// its density. The turn of x by θ turns (x/λ)ᵏ by k·θ, whose real part must stay
// positive with room to spare for the trapezoidal rule: k·θ stays below 0.8.
func (w weibull) lst(s complex128) complex128 {
	if far := cmplx.Abs(s) * w.moment(2) / w.moment(1); far < 1e-9 { // what follows is below far²
		return 1 - s*complex(w.moment(1), 0)
	}
	c := newContour(s, 0.8/w.shape)
	if w.shape < 4 {
		return w.byTail(c)
	}
	return w.byDensity(c)
}

func (w weibull) byTail(c contour) complex128 {
	const small = -31 // exp(small) is 3e-14
	h := 0.15 / max(1, w.shape)
	logScale, logS := math.Log(w.scale), math.Log(c.modulus)
	// Further left |s·x·P(X ≤ x)| is below small, P being about (x/λ)ᵏ or 1.
	from := max(small-logS, (small-logS+w.shape*logScale)/(1+w.shape))
	c.start(from, h)
	t, up := math.Exp(w.shape*(from-logScale)), math.Exp(w.shape*h) // |(x/λ)ᵏ| and its growth
	var sum complex128
	for y := from; y <= c.end; y += h {
		z, turn, slope := c.next()
		sin, cos := math.Sincos(w.shape * turn)
		f := 1 - expi(-t*cos, t*sin)
		sum += z * expi(-real(z), -imag(z)) * f * complex(1, -slope)
		t *= up
	}
	return sum * complex(h, 0)
}

func (w weibull) byDensity(c contour) complex128 {
	const small = -31
	logScale := math.Log(w.scale)
	last := logScale + math.Log(34/math.Cos(w.shape*c.limit))/w.shape
	to := min(c.end, last)
	// Steps in ln (x/λ)ᵏ: fine enough for the fastest oscillation there is.
	h := 2 * math.Pi / (42 + 1.2*c.modulus*math.Exp(to)/w.shape)
	from := logScale + small/w.shape
	c.start(from, h/w.shape)
	t, up := math.Exp(small), math.Exp(h)
	var sum complex128
	for y := from; y <= to; y += h / w.shape {
		z, turn, slope := c.next()
		sin, cos := math.Sincos(w.shape * turn)
		sum += complex(t, 0) * expi(-t*cos-real(z), t*sin-w.shape*turn-imag(z)) * complex(1, -slope)
		t *= up
	}
	return sum * complex(h, 0)
}
