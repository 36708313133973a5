package dist

import (
	"math"
	"math/rand/v2"
)

// mixture draws from one of several distributions, chosen by weight.
type mixture struct {
	weights, upTo []float64
	parts         []Dist
}

// MixtureOf draws from one of the parts, chosen with the given weights; weights
// are normalised to sum to 1.
func MixtureOf(weights []float64, parts []Dist) Dist {
	args := make([]arg, len(parts))
	for i, w := range normalised(weights, len(parts)) {
		p := parts[i]
		if p.law == nil {
			p = Const(0)
		}
		args[i] = arg{kind: part, weight: w, part: &p}
	}
	unit := Seconds
	if len(parts) > 0 {
		unit = parts[0].form.unit
	}
	return mustBuild(form{family: FamilyMixture, unit: unit, args: args})
}

func mixtureSignatures() []signature {
	return []signature{{usage: "mixture(90%: exp(1ms), 10%: exp(50ms))", parts: true}}
}

func buildMixture(args []arg) (law, *fault) {
	if len(args) == 0 {
		return nil, faultf(-1, "write "+usageList(mixtureSignatures(), Seconds), "mixture needs parts")
	}
	m := mixture{}
	for _, a := range args {
		m.weights = append(m.weights, a.weight)
		m.parts = append(m.parts, *a.part)
	}
	if bad := sumsToOne(m.weights); bad != nil {
		return nil, bad
	}
	m.weights = normalised(m.weights, len(m.weights))
	m.upTo = cumulative(m.weights)
	return m, nil
}

func (m mixture) sum(f func(Dist) float64) float64 {
	total := 0.0
	for i, w := range m.weights {
		total += w * f(m.parts[i])
	}
	return total
}

func (m mixture) moment(k int) float64 { return m.sum(func(d Dist) float64 { return d.Moment(k) }) }

// variance is E[Var] + Var[mean] over the parts.
func (m mixture) variance() float64 {
	mean := m.moment(1)
	return m.sum(func(d Dist) float64 { return d.Variance() + (d.Mean()-mean)*(d.Mean()-mean) })
}

func (m mixture) cdf(x float64) float64 { return m.sum(func(d Dist) float64 { return d.CDF(x) }) }

func (m mixture) survival(x float64) float64 {
	return m.sum(func(d Dist) float64 { return d.Survival(x) })
}

// quantile lies between the least and the largest of the parts'.
func (m mixture) quantile(p float64) float64 {
	lo, hi := math.Inf(1), 0.0
	for _, d := range m.parts {
		q := d.Quantile(p)
		lo, hi = min(lo, q), max(hi, q)
	}
	// The parts' own quantiles carry rounding; leave room for it.
	return invert(m, p, lo*(1-1e-12), hi*(1+1e-12))
}

func (m mixture) bounds() (least, most float64) {
	least = math.Inf(1)
	for _, d := range m.parts {
		least, most = min(least, d.Min()), max(most, d.Max())
	}
	return least, most
}

func (m mixture) lst(s complex128) complex128 {
	var total complex128
	for i, w := range m.weights {
		total += complex(w, 0) * m.parts[i].LST(s)
	}
	return total
}

func (m mixture) sample(r *rand.Rand) float64 {
	return m.parts[pick(m.upTo, r.Float64())].Sample(r)
}
