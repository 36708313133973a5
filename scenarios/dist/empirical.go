package dist

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"sort"
)

// empirical takes the values seen, each with its weight: a distribution
// function with steps, drawn from as it stands (no smoothing).
type empirical struct {
	values  []float64 // rising
	weights []float64 // sum to 1
	upTo    []float64
	table   alias
}

// EmpiricalOf takes each of the values (s or 1), 0 or more, with its weight;
// nil weights are equal ones. Weights are normalised to sum to 1.
func EmpiricalOf(values, weights []float64) Dist {
	if weights == nil {
		weights = make([]float64, len(values))
		for i := range weights {
			weights[i] = 1
		}
	}
	ws := normalised(weights, len(values))
	args := make([]arg, len(values))
	for i, v := range values {
		args[i] = arg{value: v, weight: ws[i]}
	}
	return mustBuild(form{family: FamilyEmpirical, args: args})
}

func empiricalSignatures() []signature {
	return []signature{
		{usage: "empirical(1ms, 2ms, 5ms)", values: true},
		{usage: "empirical(20%: 1ms, 80%: 5ms)", values: true},
		{usage: "empirical(file.csv)", values: true},
	}
}

func buildEmpirical(fm form) (law, *fault) {
	list := fm.values
	if fm.file == "" {
		var bad *fault
		if list, bad = listed(fm.args); bad != nil {
			return nil, bad
		}
	}
	if !slices.ContainsFunc(list, func(v weighted) bool { return v.value > 0 }) {
		return nil, faultf(-1, "", "every value of empirical is 0")
	}
	return newEmpirical(list), nil
}

// listed reads values from arguments, all with weights or none.
func listed(args []arg) ([]weighted, *fault) {
	if len(args) == 0 {
		return nil, faultf(-1, "write "+usageList(empiricalSignatures(), Seconds), "empirical needs values")
	}
	list := make([]weighted, len(args))
	weights := make([]float64, len(args))
	for i, a := range args {
		if (a.weight > 0) != (args[0].weight > 0) {
			return nil, faultf(i, "give every value a weight, or none", "some values have a weight and some have none")
		}
		if !(a.value >= 0) || math.IsInf(a.value, 1) {
			return nil, faultf(i, "want 0 or more", "value is %v", a.value)
		}
		list[i], weights[i] = weighted{a.value, a.weight}, a.weight
		if a.weight == 0 {
			list[i].weight = 1
		}
	}
	if args[0].weight > 0 {
		return list, sumsToOne(weights)
	}
	return list, nil
}

func newEmpirical(list []weighted) *empirical {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b weighted) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	e := &empirical{}
	for _, v := range list {
		if n := len(e.values); n > 0 && e.values[n-1] == v.value {
			e.weights[n-1] += v.weight
			continue
		}
		e.values, e.weights = append(e.values, v.value), append(e.weights, v.weight)
	}
	e.weights = normalised(e.weights, len(e.weights))
	e.upTo = cumulative(e.weights)
	e.table = newAlias(e.weights)
	return e
}

// args writes the values out as arguments.
func (e *empirical) args() []arg {
	out := make([]arg, len(e.values))
	for i := range out {
		out[i] = arg{value: e.values[i], weight: e.weights[i]}
	}
	return out
}

func (e *empirical) equal(o *empirical) bool {
	return slices.Equal(e.values, o.values) && slices.Equal(e.weights, o.weights)
}

func (e *empirical) moment(k int) float64 {
	total := 0.0
	for i, w := range e.weights {
		total += w * math.Pow(e.values[i], float64(k))
	}
	return total
}

func (e *empirical) variance() float64 {
	mean, total := e.moment(1), 0.0
	for i, w := range e.weights {
		total += w * (e.values[i] - mean) * (e.values[i] - mean)
	}
	return total
}

func (e *empirical) cdf(x float64) float64 {
	n := sort.Search(len(e.values), func(i int) bool { return e.values[i] > x })
	if n == 0 {
		return 0
	}
	return e.upTo[n-1]
}

func (e *empirical) survival(x float64) float64 { return 1 - e.cdf(x) }

func (e *empirical) quantile(p float64) float64 {
	n := sort.Search(len(e.upTo), func(i int) bool { return e.upTo[i] >= p })
	return e.values[min(n, len(e.values)-1)]
}

func (e *empirical) bounds() (least, most float64) { return e.values[0], e.values[len(e.values)-1] }

func (e *empirical) lst(s complex128) complex128 {
	var total complex128
	for i, w := range e.weights {
		total += complex(w, 0) * cmplx.Exp(-s*complex(e.values[i], 0))
	}
	return total
}

func (e *empirical) sample(r *rand.Rand) float64 { return e.values[e.table.draw(r.Float64())] }
