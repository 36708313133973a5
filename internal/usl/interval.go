package usl

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how many sets of measurements an interval is made of.
const resamples = 200

// Intervals are where the numbers of a fit lie with 95 % confidence: their lower
// and upper ends, in the units of the [USL]. The peak is that of [USL.Peak]; an
// end is +Inf where the law may as well have none.
type Intervals struct {
	Contention, Coherency, Rate [2]float64 // α (1), β (1), γ (1/s)
	Peak, PeakThroughput        [2]float64 // (1), (1/s)
}

// Intervals finds them by the parametric bootstrap: the measurements are drawn
// again and again from the fitted curve with normal errors of the size of the
// residual, fitted each time, and the middle 95 % of what comes out is taken
// ([EfTi93]). Bounds at 0 need no care of their own then. False where
// there are no more measurements than numbers fitted, or they lie on the curve
// exactly, so that the size of the errors is not known.
func (f Fit) Intervals(n []float64, r *rand.Rand) (Intervals, bool) {
	if !(f.Residual > 0) {
		return Intervals{}, false
	}
	var a, b, g, at, peak []float64
	x := make([]float64, len(n))
	for range resamples {
		for i := range n {
			x[i] = f.Throughput(n[i]) + f.Residual*r.NormFloat64()
		}
		if check(n, x) != nil {
			continue // an error larger than the throughput
		}
		again, err := fitted(n, x)
		if err != nil {
			continue
		}
		nn, xx := again.Peak()
		a, b, g = append(a, again.Contention), append(b, again.Coherency), append(g, again.Rate)
		at, peak = append(at, nn), append(peak, xx)
	}
	if len(a) < resamples/2 {
		return Intervals{}, false
	}
	return Intervals{middle(a), middle(b), middle(g), middle(at), middle(peak)}, true
}

// middle is where the middle 95 % of the values lie.
func middle(v []float64) [2]float64 {
	slices.Sort(v)
	cut := int(math.Floor(0.025 * float64(len(v))))
	return [2]float64{v[cut], v[len(v)-1-cut]}
}
