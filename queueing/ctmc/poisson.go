package ctmc

import "math"

// Poisson weighs the numbers that a Poisson variate of the given mean (1) takes:
// weights[k] is P(N = first + k), and at most eps (1) of the probability lies
// outside. The weights are scaled to add up to one; outside is a bound of what
// was left out.
//
//	w_(k+1) = w_k·mean/(k+1), from the mode outwards, where w = 1
//
// Beyond each end the terms fall faster than a geometric sequence, which bounds
// what they add.
//
//   - Domain: 0 ≤ mean ≤ 1e12; 0 < eps < 1. Beyond, there are no weights, and
//     all of the probability lies outside.
//   - Source: the recursion from the mode as [FoGl88], with the bounds above
//     instead of theirs.
func Poisson(mean, eps float64) (first int, weights []float64, outside float64) {
	if !(mean >= 0 && mean <= 1e12 && eps > 0 && eps < 1) {
		return 0, nil, 1
	}
	if mean == 0 {
		return 0, []float64{1}, 0
	}
	mode := math.Floor(mean)
	left, below := tail(eps/2, func(k float64) float64 { return (mode - k) / mean })
	right, above := tail(eps/2, func(k float64) float64 { return mean / (mode + k + 1) })
	weights = make([]float64, 0, len(left)+1+len(right))
	for i := len(left) - 1; i >= 0; i-- {
		weights = append(weights, left[i])
	}
	weights = append(weights, 1)
	weights = append(weights, right...)
	total := 0.0
	for _, w := range weights {
		total += w
	}
	for i := range weights {
		weights[i] /= total
	}
	return int(mode) - len(left), weights, (below + above) / total
}

// tail lists the weights on one side of the mode, nearest first, relative to
// that of the mode. ratio(k) is the quotient of the weights k + 1 and k steps
// away; it is at most 1 and falls with k. The list ends where all further
// weights together are below eps of those listed; rest bounds them.
func tail(eps float64, ratio func(k float64) float64) (weights []float64, rest float64) {
	w, sum := 1.0, 1.0
	for k := 0.0; ; k++ {
		r := ratio(k)
		if r <= 0 {
			return weights, 0
		}
		if r < 1 {
			if rest = w * r / (1 - r); rest <= eps*sum {
				return weights, rest
			}
		}
		w *= r
		sum += w
		weights = append(weights, w)
	}
}
