package dist

import "math"

// tails is what a distribution function needs to be inverted.
type tails interface {
	cdf(x float64) float64
	survival(x float64) float64
}

// invert finds the least x in [lo, hi] with cdf(x) ≥ p, by halving the range
// of floating-point numbers themselves: their bit patterns are in the order of
// their values, so at most 63 steps lead to the last bit, whatever the scale
// and whether or not the distribution function has steps. The tail that is
// smaller decides, so nothing is lost to rounding at either end.
func invert(l tails, p, lo, hi float64) float64 {
	reached := func(x float64) bool { return l.cdf(x) >= p }
	if p > 0.5 {
		q := 1 - p
		reached = func(x float64) bool { return l.survival(x) <= q }
	}
	a, b := math.Float64bits(lo), math.Float64bits(hi)
	for a < b {
		mid := a + (b-a)/2
		if reached(math.Float64frombits(mid)) {
			b = mid
		} else {
			a = mid + 1
		}
	}
	return math.Float64frombits(a)
}
