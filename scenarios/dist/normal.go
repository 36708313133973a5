package dist

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
)

// normal is the normal law conditioned to be positive. mean and sd are those
// before the condition; a = mean/sd, and whole = Φ(a) is the part kept.
type normal struct{ mean, sd, a, whole float64 }

// NormalOf is the normal distribution of the given mean and standard deviation
// (s or 1) conditioned to be positive. It panics when the condition moves the
// mean by more than 1 %, which is when stddev exceeds about 0.42·mean.
func NormalOf(mean, stddev float64) Dist {
	return mustBuild(form{family: FamilyNormal, args: []arg{{name: "mean", value: mean}, {name: "sd", value: stddev}}})
}

func normalSignatures() []signature {
	return []signature{{
		usage:  "normal(mean=9ms, cv=0.2)",
		params: []param{{"mean", amount}, {"cv", number}},
		build: func(v []float64) (law, *fault) {
			if bad := first(positive(0, "mean", v[0]), within(1, "cv", v[1], leastCV, mostCV)); bad != nil {
				return nil, bad
			}
			return newNormal(v[0], v[1]*v[0])
		},
	}, {
		usage:  "normal(mean=9ms, sd=2ms)",
		params: []param{{"mean", amount}, {"sd", amount}},
		build: func(v []float64) (law, *fault) {
			if bad := first(positive(0, "mean", v[0]), positive(1, "sd", v[1])); bad != nil {
				return nil, bad
			}
			if bad := within(1, "sd/mean", v[1]/v[0], leastCV, mostCV); bad != nil {
				return nil, bad
			}
			return newNormal(v[0], v[1])
		},
	}}
}

func newNormal(mean, sd float64) (law, *fault) {
	a := mean / sd
	n := normal{mean, sd, a, math.Erfc(-a/math.Sqrt2) / 2}
	if moved := n.moment(1)/mean - 1; moved > 0.01 {
		return nil, faultf(1, fmt.Sprintf("use gamma(mean=, cv=%.3g) or lognormal(mean=, cv=%.3g)", 1/a, 1/a),
			"a normal distribution with cv %.3g is so often negative that keeping the positive part moves its mean by %.2g %%", 1/a, 100*moved)
	}
	return n, nil
}

// hazard is φ(a)/Φ(a), the inverse Mills ratio of the cut.
func (n normal) hazard() float64 {
	return math.Exp(-n.a*n.a/2) / math.Sqrt(2*math.Pi) / n.whole
}

// moment follows the recursion of integration by parts (as in [JoKB94]),
//
//	E[X] = μ + σ·φ(a)/Φ(a)    E[Xᵏ] = μ·E[Xᵏ⁻¹] + (k−1)·σ²·E[Xᵏ⁻²], k ≥ 2
func (n normal) moment(k int) float64 {
	before, m := 1.0, n.mean+n.sd*n.hazard()
	for i := 2; i <= k; i++ {
		before, m = m, n.mean*m+float64(i-1)*n.sd*n.sd*before
	}
	return m
}

func (n normal) variance() float64 {
	h := n.hazard()
	return n.sd * n.sd * (1 - h*(h+n.a))
}

func (n normal) bounds() (least, most float64) { return 0, math.Inf(1) }

func (n normal) survival(x float64) float64 {
	return math.Erfc((x-n.mean)/(n.sd*math.Sqrt2)) / 2 / n.whole
}

func (n normal) cdf(x float64) float64 {
	if x < n.mean/2 {
		// The part from 0 to x: exact where it is small beside that below 0.
		return n.piece(x) / n.whole
	}
	return 1 - n.survival(x)
}

// piece is Φ((x − μ)/σ) − Φ(−a). Near 0, where the difference cancels, it is the
// density's integral by Simpson's rule over a fraction of σ.
func (n normal) piece(x float64) float64 {
	if w := x / n.sd; w < 1e-3 {
		phi := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
		return w / 6 * (phi(-n.a) + 4*phi(w/2-n.a) + phi(w-n.a))
	}
	return (math.Erfc((n.mean-x)/(n.sd*math.Sqrt2)) - math.Erfc(n.a/math.Sqrt2)) / 2
}

func (n normal) quantile(p float64) float64 {
	if p < 0.5 {
		return invert(n, p, 0, n.mean+n.sd)
	}
	return n.mean - n.sd*mathext.NormalQuantile((1-p)*n.whole)
}

func (n normal) sample(r *rand.Rand) float64 {
	for {
		if x := n.mean + n.sd*r.NormFloat64(); x > 0 {
			return x
		}
	}
}

// lst completes the square. With u = (s·σ − a)/√2 and the Faddeeva function w,
//
//	E[exp(−sX)] = exp(−a²/2)·w(i·u)/(2Φ(a))                    Re u ≥ 0
//	            = (exp(s²σ²/2 − s·μ) − exp(−a²/2)·w(−i·u)/2)/Φ(a)  otherwise
//
// as follows from exp(z²)·erfc(z) = w(i·z) ([DLMF 7.2.3]).
func (n normal) lst(s complex128) complex128 {
	t := s * complex(n.sd, 0)
	u := (t - complex(n.a, 0)) / math.Sqrt2
	cut := complex(math.Exp(-n.a*n.a/2)/2, 0)
	whole := complex(n.whole, 0)
	if real(u) >= 0 {
		return cut * faddeeva(complex(-imag(u), real(u))) / whole
	}
	square := cmplx.Exp(t*t/2 - s*complex(n.mean, 0))
	return (square - cut*faddeeva(complex(imag(u), -real(u)))) / whole
}
