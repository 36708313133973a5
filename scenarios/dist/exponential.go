package dist

import (
	"math"
	"math/rand/v2"
)

// exponential is the exponential law by its mean:
//
//	P(X > x) = exp(−x/m)    E[exp(−sX)] = 1/(1 + s·m)
type exponential float64

// Exponential has the given mean (s or 1), above 0.
func Exponential(mean float64) Dist {
	return mustBuild(form{family: FamilyExponential, args: []arg{{value: mean}}})
}

func exponentialSignatures() []signature {
	return []signature{{
		usage:      "exp(3ms)",
		params:     []param{{"mean", amount}},
		positional: true,
		build:      func(v []float64) (law, *fault) { return exponential(v[0]), positive(0, "mean", v[0]) },
	}, {
		usage:     "exp(p99=20ms)",
		quantiles: 1,
		fit: func(q []fixed) (law, *fault) {
			m := -q[0].x / math.Log1p(-q[0].p)
			return exponential(m), positive(0, "mean", m)
		},
	}}
}

func (e exponential) moment(k int) float64 {
	m := float64(e)
	return [...]float64{1, m, 2 * m * m, 6 * m * m * m}[k]
}

func (e exponential) variance() float64             { return float64(e) * float64(e) }
func (e exponential) cdf(x float64) float64         { return -math.Expm1(-x / float64(e)) }
func (e exponential) survival(x float64) float64    { return math.Exp(-x / float64(e)) }
func (e exponential) quantile(p float64) float64    { return -float64(e) * math.Log1p(-p) }
func (e exponential) bounds() (least, most float64) { return 0, math.Inf(1) }
func (e exponential) lst(s complex128) complex128   { return 1 / (1 + s*complex(float64(e), 0)) }
func (e exponential) sample(r *rand.Rand) float64   { return float64(e) * r.ExpFloat64() }
