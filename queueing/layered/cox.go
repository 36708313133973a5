package layered

import "math"

// cox is a time as a sequence of exponential stages, after each of which it may
// end.
type cox struct {
	rate []float64 // of each stage (1/s)
	on   []float64 // probability that another stage follows (1)
}

// maxStages bounds the stages of one time: an SCV below 1/maxStages is taken
// for that.
const maxStages = 8

// newCox has a given mean (s) and SCV (1): two stages of different rates for an
// SCV of ½ and above ([Mari79]), as many as needed of one rate below ([Tijm03]).
//
//	c² ≥ ½    μ₁ = 2/m, on = 1/(2c²), μ₂ = 1/(m·c²)
//	c² < ½    k−1 stages with p = (k·c² − √(k(1+c²) − k²c²))/(1+c²), else k; μ = (k−p)/m
func newCox(mean, scv float64) cox {
	mean = max(mean, shortest)
	if math.Abs(scv-1) < 1e-9 {
		return cox{[]float64{1 / mean}, []float64{0}}
	}
	if scv >= 0.5 {
		return cox{[]float64{2 / mean, 1 / (mean * scv)}, []float64{1 / (2 * scv), 0}}
	}
	scv = max(scv, 1.0/maxStages)
	k := math.Ceil(1/scv - 1e-9)
	p := (k*scv - math.Sqrt(max(0, k*(1+scv)-k*k*scv))) / (1 + scv)
	p = max(0, min(1, p))
	c := cox{make([]float64, int(k)), make([]float64, int(k))}
	for i := range c.rate {
		c.rate[i], c.on[i] = (k-p)/mean, 1
	}
	c.on[int(k)-1] = 0
	c.on[int(k)-2] = 1 - p
	return c
}
