package dist

import (
	"math/cmplx"
	"math/rand/v2"
)

// uniform is the uniform law on [least, most].
type uniform struct{ least, most float64 }

// UniformOf is uniform between two values (s or 1), 0 ≤ least < most.
func UniformOf(least, most float64) Dist {
	return mustBuild(form{family: FamilyUniform, args: []arg{{value: least}, {value: most}}})
}

func uniformSignatures() []signature {
	return []signature{{
		usage:      "uniform(1ms, 3ms)",
		params:     []param{{"min", amount}, {"max", amount}},
		positional: true,
		build: func(v []float64) (law, *fault) {
			if !(v[0] >= 0) {
				return nil, faultf(0, "want 0 or more", "min is %v", v[0])
			}
			if !(v[1] > v[0]) {
				return nil, faultf(1, "write the smaller first", "max %v is not above min %v", v[1], v[0])
			}
			return uniform{v[0], v[1]}, positive(1, "max", v[1])
		},
	}}
}

// moment sums aⁱ·bʲ, i + j = k, over k + 1, which is (bᵏ⁺¹ − aᵏ⁺¹)/((k+1)(b − a))
// without the cancellation.
func (u uniform) moment(k int) float64 {
	a, b := u.least, u.most
	switch k {
	case 1:
		return (a + b) / 2
	case 2:
		return (a*a + a*b + b*b) / 3
	default:
		return (a + b) * (a*a + b*b) / 4
	}
}

func (u uniform) variance() float64             { return (u.most - u.least) * (u.most - u.least) / 12 }
func (u uniform) bounds() (least, most float64) { return u.least, u.most }
func (u uniform) quantile(p float64) float64    { return u.least + p*(u.most-u.least) }
func (u uniform) cdf(x float64) float64         { return clamp01((x - u.least) / (u.most - u.least)) }

func (u uniform) survival(x float64) float64 { return clamp01((u.most - x) / (u.most - u.least)) }

func (u uniform) sample(r *rand.Rand) float64 {
	return u.least + r.Float64()*(u.most-u.least)
}

func (u uniform) lst(s complex128) complex128 {
	return cmplx.Exp(-s*complex(u.least, 0)) * expm1Ratio(s*complex(u.most-u.least, 0))
}

func clamp01(x float64) float64 { return max(0, min(1, x)) }
