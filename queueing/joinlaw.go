package queueing

import (
	"math"
	"slices"
)

// newJoin is the time until need of several branches, started at once and
// independent of each other, have ended. With F_b the distribution function of
// branch b, that of the join is the probability that need or more of the F_b
// have come true; for all it is their product.
func newJoin(g *lattice, branches []law, need int) law {
	if len(branches) == 1 {
		return branches[0]
	}
	need = max(1, min(need, len(branches)))
	curves := make([]*curve, len(branches))
	shifts := make([]float64, len(branches))
	for i, b := range branches {
		curves[i] = newCurve(g, b)
		shifts[i] = b.facts().shift
	}
	done := make([]float64, len(curves))
	cdf := func(t float64) float64 {
		for i, c := range curves {
			done[i] = 1 - c.survival(t)
		}
		return atLeast(done, need)
	}
	shift := nthSmallest(shifts, need)
	jumps, heights := joinJumps(curves, shift, cdf)
	left := 1.0
	weights, parts := []float64{}, []law{}
	for i, t := range jumps {
		weights = append(weights, heights[i])
		parts = append(parts, newConstantLaw(t))
		left -= heights[i]
	}
	if left < 1e-9 {
		return newMix(weights, parts)
	}
	lo, hi := joinRange(curves, shift)
	smooth := tabulate(lo, hi, shift, func(t float64) float64 {
		f := cdf(t)
		for i, at := range jumps {
			if at <= t {
				f -= heights[i]
			}
		}
		return f / left
	})
	return newMix(append(weights, left), append(parts, smooth))
}

// joinJumps are the times after the shift at which the distribution function of
// a join jumps, because that of a branch does, and by how much.
func joinJumps(curves []*curve, shift float64, cdf func(float64) float64) (at, height []float64) {
	for _, c := range curves {
		t := c.is.shift
		if c.is.atom == 0 || t <= shift || slices.Contains(at, t) {
			continue
		}
		if h := cdf(t*(1+1e-11)) - cdf(t*(1-1e-9)); h > 1e-9 {
			at, height = append(at, t), append(height, h)
		}
	}
	return at, height
}

// joinRange is the span of lattice times over which a join of the curves moves.
func joinRange(curves []*curve, shift float64) (lo, hi int) {
	lo, hi = latticeMost, latticeLeast
	for _, c := range curves {
		lo = min(lo, indexOf(c.quantile(1e-3)-shift))
		hi = max(hi, indexOf(c.quantile(1-1e-5)-shift)+3)
		if c.quantile(1e-3) <= shift { // it may be over at the start, so begin well below its size
			lo = min(lo, indexOf(c.is.mean-c.is.shift)-4*latticePerDecade)
		}
	}
	return max(lo-latticePerDecade/2, latticeLeast), min(hi, latticeMost)
}

// tabulate makes a table of a distribution function between lattice times lo
// and hi above the shift, cut to where it moves, with its moments.
func tabulate(lo, hi int, shift float64, cdf func(t float64) float64) law {
	is := facts{shift: shift, atom: math.Max(0, cdf(shift))}
	if is.atom > 1-1e-12 {
		return newConstantLaw(shift)
	}
	f := make([]float64, 0, hi-lo+1)
	first := lo
	previous := is.atom
	for i := lo; i <= hi; i++ {
		v := math.Max(previous, math.Min(1, cdf(shift+timeAt(i))))
		if v < 1e-12 && len(f) == 0 {
			first = i + 1
			continue
		}
		f = append(f, v)
		if previous = v; v >= 1-1e-9 {
			break
		}
	}
	is.mean, is.variance, is.third = tableMoments(first, f)
	is.mean += shift
	return newTableLaw(is, first, f)
}

// tableMoments integrates the survival over log t, in which it is smooth at both
// ends, so that the trapezoidal rule is accurate.
func tableMoments(first int, f []float64) (mean, variance, third float64) {
	if len(f) == 0 {
		return 0, 0, 0
	}
	// below the first point the survival is what it is there
	t0, s0 := timeAt(first), 1-f[0]
	mean, second, raw := s0*t0, s0*t0*t0, s0*t0*t0*t0
	for j := range f {
		t, s := timeAt(first+j), 1-f[j]
		w := latticeStep * s * t
		if j == 0 {
			w /= 2
		}
		mean += w
		second += 2 * w * t
		raw += 3 * w * t * t
	}
	is := facts{mean: mean, variance: math.Max(0, second-mean*mean)}
	return is.mean, is.variance, is.central(raw)
}

// atLeast is the probability that need or more of independent events happen.
func atLeast(p []float64, need int) float64 {
	if need == len(p) {
		all := 1.0
		for _, x := range p {
			all *= x
		}
		return all
	}
	n := make([]float64, len(p)+1) // n[j]: exactly j of those looked at
	n[0] = 1
	for i, x := range p {
		for j := i + 1; j > 0; j-- {
			n[j] = n[j]*(1-x) + n[j-1]*x
		}
		n[0] *= 1 - x
	}
	sum := 0.0
	for _, x := range n[need:] {
		sum += x
	}
	return sum
}

// nthSmallest is the n-th smallest of some numbers, from 1.
func nthSmallest(v []float64, n int) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[n-1]
}
