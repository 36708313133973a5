package dist

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
)

// constant is always the same value.
type constant float64

// Const is always v (s or 1); v is finite and not negative.
func Const(v float64) Dist { return mustBuild(constForm(v, Seconds)) }

func constSignatures() []signature {
	return []signature{{
		usage:      "const(3ms)",
		params:     []param{{"value", amount}},
		positional: true,
		build: func(v []float64) (law, *fault) {
			if !(v[0] >= 0) || math.IsInf(v[0], 1) {
				return nil, faultf(0, "want 0 or more", "constant is %v", v[0])
			}
			return constant(v[0]), nil
		},
	}}
}

func (c constant) moment(k int) float64        { return math.Pow(float64(c), float64(k)) }
func (c constant) variance() float64           { return 0 }
func (c constant) quantile(float64) float64    { return float64(c) }
func (c constant) bounds() (_, _ float64)      { return float64(c), float64(c) }
func (c constant) sample(*rand.Rand) float64   { return float64(c) }
func (c constant) lst(s complex128) complex128 { return cmplx.Exp(-s * complex(float64(c), 0)) }
func (c constant) survival(x float64) float64  { return 1 - c.cdf(x) }

func (c constant) cdf(x float64) float64 {
	if x >= float64(c) {
		return 1
	}
	return 0
}
