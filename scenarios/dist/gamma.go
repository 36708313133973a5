package dist

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
)

// gammaLaw is the gamma law by shape k and scale θ:
//
//	E[X] = k·θ    Var X = k·θ²    E[exp(−sX)] = (1 + s·θ)^−k
type gammaLaw struct{ shape, scale float64 }

// GammaOf has the given mean (s or 1), above 0, and coefficient of variation
// cv (1) from 1e-4 to 1e3: its shape is 1/cv².
func GammaOf(mean, cv float64) Dist {
	return mustBuild(form{family: FamilyGamma, args: []arg{{name: "mean", value: mean}, {name: "cv", kind: number, value: cv}}})
}

func gammaSignatures() []signature {
	return []signature{{
		usage:  "gamma(mean=9ms, cv=1.5)",
		params: []param{{"mean", amount}, {"cv", number}},
		build: func(v []float64) (law, *fault) {
			k := 1 / (v[1] * v[1])
			return gammaLaw{k, v[0] / k}, first(positive(0, "mean", v[0]), within(1, "cv", v[1], leastCV, mostCV))
		},
	}, {
		usage:  "gamma(shape=2, scale=4ms)",
		params: []param{{"shape", number}, {"scale", amount}},
		build: func(v []float64) (law, *fault) {
			return gammaLaw{v[0], v[1]}, first(within(0, "shape", v[0], 1e-6, 1e8), positive(1, "scale", v[1]))
		},
	}}
}

func (g gammaLaw) moment(k int) float64 {
	m := g.shape * g.scale
	for i := 1; i < k; i++ {
		m *= (g.shape + float64(i)) * g.scale
	}
	return m
}

func (g gammaLaw) variance() float64             { return g.shape * g.scale * g.scale }
func (g gammaLaw) bounds() (least, most float64) { return 0, math.Inf(1) }

func (g gammaLaw) cdf(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return mathext.GammaIncReg(g.shape, x/g.scale)
}

func (g gammaLaw) survival(x float64) float64 {
	if x <= 0 {
		return 1
	}
	return mathext.GammaIncRegComp(g.shape, x/g.scale)
}

func (g gammaLaw) quantile(p float64) float64 {
	return invert(g, p, 0, math.MaxFloat64)
}

func (g gammaLaw) lst(s complex128) complex128 {
	return cmplx.Exp(complex(-g.shape, 0) * log1p(s*complex(g.scale, 0)))
}

func (g gammaLaw) sample(r *rand.Rand) float64 { return g.scale * standardGamma(r, g.shape) }

// standardGamma draws a gamma variate of scale 1 by the rejection method of
// Marsaglia and Tsang [MaTs00], with their power of a uniform for shapes below 1.
func standardGamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		// In logarithms: U^(1/shape) alone would underflow for small shapes.
		g := standardGamma(r, shape+1)
		return math.Exp(math.Log(g) - r.ExpFloat64()/shape)
	}
	d := shape - 1.0/3
	c := 1 / (3 * math.Sqrt(d))
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		u := 1 - r.Float64() // in (0, 1]
		if u < 1-0.0331*x*x*x*x || math.Log(u) < 0.5*x*x+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

// erlangLaw is a gamma law with a whole shape: the sum of k exponential stages.
type erlangLaw struct {
	gammaLaw
	k int
}

const mostStages = 10000

// ErlangOf has the given mean (s or 1), above 0, over k equal exponential
// stages, 1 to 10000; its squared coefficient of variation is 1/k.
func ErlangOf(mean float64, k int) Dist {
	return mustBuild(form{family: FamilyErlang, args: []arg{{value: mean}, {kind: number, value: float64(k)}}})
}

func erlangSignatures() []signature {
	return []signature{{
		usage:      "erlang(9ms, 3)",
		params:     []param{{"mean", amount}, {"k", number}},
		positional: true,
		build: func(v []float64) (law, *fault) {
			if v[1] != math.Trunc(v[1]) {
				return nil, faultf(1, "want a whole number of stages; gamma(mean=, cv=) takes any cv", "k is %v", v[1])
			}
			return newErlang(v[0], v[1])
		},
	}, {
		usage:  "erlang(mean=9ms, cv=0.5)",
		params: []param{{"mean", amount}, {"cv", number}},
		build: func(v []float64) (law, *fault) {
			if bad := within(1, "cv", v[1], 1/math.Sqrt(mostStages), 1); bad != nil {
				bad.hint += "; above 1 gamma, lognormal and hyperexp serve"
				return nil, bad
			}
			k := math.Round(1 / (v[1] * v[1]))
			if near := 1 / math.Sqrt(k); math.Abs(near-v[1]) > 0.01*v[1] {
				return nil, faultf(1, fmt.Sprintf("the nearest is %.4g, with k=%v; gamma(mean=, cv=) takes any", near, k),
					"no Erlang distribution has cv %v: it is 1/√k for a whole number k", v[1])
			}
			return newErlang(v[0], k)
		},
	}}
}

func newErlang(mean, k float64) (law, *fault) {
	if bad := first(positive(0, "mean", mean), within(1, "k", k, 1, mostStages)); bad != nil {
		return nil, bad
	}
	return erlangLaw{gammaLaw{k, mean / k}, int(k)}, nil
}

func (e erlangLaw) quantile(p float64) float64 { return invert(e, p, 0, math.MaxFloat64) }

func (e erlangLaw) sample(r *rand.Rand) float64 {
	if e.k > 5 { // where rejection becomes cheaper than a sum
		return e.gammaLaw.sample(r)
	}
	sum := 0.0
	for range e.k {
		sum += r.ExpFloat64()
	}
	return sum * e.scale
}
