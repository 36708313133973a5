package dist

import (
	"math"
	"math/rand/v2"
)

// hyperExp is a mixture of exponentials: with probability weights[i] an
// exponential of mean means[i].
type hyperExp struct{ weights, means, upTo []float64 }

// HyperExponential mixes exponentials of the given means (s or 1), above 0,
// with the given weights; weights are normalised to sum to 1.
func HyperExponential(weights, means []float64) Dist {
	args := make([]arg, len(means))
	for i, w := range normalised(weights, len(means)) {
		args[i] = arg{weight: w, value: means[i]}
	}
	return mustBuild(form{family: FamilyHyperExp, args: args})
}

func hyperExpSignatures() []signature {
	return []signature{{
		usage:  "hyperexp(mean=9ms, cv=2)",
		params: []param{{"mean", amount}, {"cv", number}},
		build: func(v []float64) (law, *fault) {
			if bad := first(positive(0, "mean", v[0]), within(1, "cv", v[1], 1, mostCV)); bad != nil {
				if bad.param == 1 && v[1] < 1 {
					bad.hint += "; below 1 gamma, erlang and lognormal serve"
				}
				return nil, bad
			}
			return balanced(v[0], v[1]), nil
		},
	}, {
		usage: "hyperexp(30%: 2ms, 70%: 12ms)",
		parts: true,
	}}
}

// balanced is the hyperexponential of two phases with balanced means,
// p₁·m₁ = p₂·m₂, which a mean and a cv determine [Whit82]:
//
//	p₁ = (1 + √((c² − 1)/(c² + 1)))/2    m_i = m/(2·p_i)
func balanced(mean, cv float64) hyperExp {
	c2 := cv * cv
	root := math.Sqrt((c2 - 1) / (c2 + 1))
	p1 := (1 + root) / 2
	p2 := 1 / ((c2 + 1) * (1 + root)) // (1 − root)/2 without cancellation
	return newHyperExp([]float64{p1, p2}, []float64{mean / (2 * p1), mean / (2 * p2)})
}

func buildHyperExp(args []arg) (law, *fault) {
	weights := make([]float64, len(args))
	means := make([]float64, len(args))
	for i, a := range args {
		weights[i], means[i] = a.weight, a.value
		if a.name != "" || a.weight == 0 {
			return nil, faultf(i, "write hyperexp(30%: 2ms, 70%: 12ms)", "a phase without a weight")
		}
		if bad := positive(i, "mean", a.value); bad != nil {
			return nil, bad
		}
	}
	if bad := sumsToOne(weights); bad != nil {
		return nil, bad
	}
	return newHyperExp(normalised(weights, len(weights)), means), nil
}

func newHyperExp(weights, means []float64) hyperExp {
	return hyperExp{weights, means, cumulative(weights)}
}

func (h hyperExp) sum(f func(mean float64) float64) float64 {
	total := 0.0
	for i, w := range h.weights {
		total += w * f(h.means[i])
	}
	return total
}

func (h hyperExp) moment(k int) float64 {
	return h.sum(func(m float64) float64 { return exponential(m).moment(k) })
}

// variance is E[Var] + Var[mean] over the phases.
func (h hyperExp) variance() float64 {
	mean := h.moment(1)
	return h.sum(func(m float64) float64 { return m*m + (m-mean)*(m-mean) })
}

func (h hyperExp) cdf(x float64) float64 {
	return h.sum(func(m float64) float64 { return exponential(m).cdf(x) })
}

func (h hyperExp) survival(x float64) float64 {
	return h.sum(func(m float64) float64 { return exponential(m).survival(x) })
}

func (h hyperExp) quantile(p float64) float64 {
	lo, hi := math.Inf(1), 0.0
	for _, m := range h.means {
		q := exponential(m).quantile(p)
		lo, hi = min(lo, q), max(hi, q)
	}
	return invert(h, p, lo, hi)
}

func (h hyperExp) bounds() (least, most float64) { return 0, math.Inf(1) }

func (h hyperExp) lst(s complex128) complex128 {
	var total complex128
	for i, w := range h.weights {
		total += complex(w, 0) / (1 + s*complex(h.means[i], 0))
	}
	return total
}

func (h hyperExp) sample(r *rand.Rand) float64 {
	return h.means[pick(h.upTo, r.Float64())] * r.ExpFloat64()
}
