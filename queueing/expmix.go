package queueing

import "math"

// expTerm is one exponential of a mixture.
type expTerm struct{ weight, rate float64 }

// expMix is 0 with probability atom and otherwise one of several exponential
// times. It is what the waiting of M/M/c and the response of processor sharing
// are made of.
type expMix struct {
	atom  float64
	terms []expTerm
}

func newExpMix(atom float64, terms ...expTerm) expMix { return expMix{atom, terms} }

func (m expMix) Mean() float64 {
	sum := 0.0
	for _, t := range m.terms {
		sum += t.weight / t.rate
	}
	return sum
}

func (m expMix) Variance() float64 {
	square := 0.0
	for _, t := range m.terms {
		square += 2 * t.weight / (t.rate * t.rate)
	}
	mean := m.Mean()
	return square - mean*mean
}

func (m expMix) Survival(t float64) float64 {
	if t < 0 {
		return 1
	}
	sum := 0.0
	for _, e := range m.terms {
		sum += e.weight * math.Exp(-e.rate*t)
	}
	return sum
}

func (m expMix) CDF(t float64) float64 {
	if t < 0 {
		return 0
	}
	sum := m.atom
	for _, e := range m.terms {
		sum -= e.weight * math.Expm1(-e.rate*t)
	}
	return math.Min(1, sum)
}

func (m expMix) density(t float64) float64 {
	sum := 0.0
	for _, e := range m.terms {
		sum += e.weight * e.rate * math.Exp(-e.rate*t)
	}
	return sum
}

func (m expMix) Quantile(p float64) float64 {
	if p <= m.atom {
		return 0
	}
	if len(m.terms) == 1 && p < 1 {
		return math.Log(m.terms[0].weight/(1-p)) / m.terms[0].rate
	}
	return quantileNewton(m, p)
}

func (m expMix) LST(s complex128) complex128 {
	x, y := real(s), imag(s)
	re, im := m.atom, 0.0
	for _, e := range m.terms {
		d := x + e.rate
		f := e.weight * e.rate / (d*d + y*y)
		re += f * d
		im -= f * y
	}
	return complex(re, im)
}
