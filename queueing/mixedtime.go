package queueing

// mixedTime is one of several times, each with its probability.
type mixedTime struct {
	weights []float64 // (1), in all 1
	parts   []Time
}

// over averages a figure of the parts.
func (m mixedTime) over(figure func(Time) float64) float64 {
	sum := 0.0
	for i, part := range m.parts {
		sum += m.weights[i] * figure(part)
	}
	return sum
}

func (m mixedTime) Mean() float64 { return m.over(Time.Mean) }

func (m mixedTime) Variance() float64 {
	mean := m.Mean()
	return m.over(func(t Time) float64 {
		d := t.Mean() - mean
		return t.Variance() + d*d
	})
}

func (m mixedTime) CDF(t float64) float64 {
	return m.over(func(part Time) float64 { return part.CDF(t) })
}

func (m mixedTime) Survival(t float64) float64 {
	return m.over(func(part Time) float64 { return part.Survival(t) })
}

func (m mixedTime) Quantile(p float64) float64 { return quantileSearch(m, p, m.Mean()) }

func (m mixedTime) LST(s complex128) complex128 {
	sum := complex128(0)
	for i, part := range m.parts {
		sum += complex(m.weights[i], 0) * part.LST(s)
	}
	return sum
}
