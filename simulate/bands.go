package simulate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/measure"
)

// Band is what the same series looks like over independent replications, point
// by point. Values are in the unit of the series and NaN where no replication,
// or for an interval too few of them, has one. Every point's interval holds
// with 95 % by itself; all points of a series together hold less often.
type Band struct {
	N                          []int // replications that have a value
	Mean, MeanLo, MeanHi       measure.Values
	Median, MedianLo, MedianHi measure.Values
}

// Bands puts the series of independent replications together: the mean of every
// point with Student's interval, corrected for skew as those of all figures
// are, and the median with the interval between two order statistics, which
// supposes nothing of the distribution ([Cono99]) and needs six values or more.
// Series may be of unequal length, and have NaN where there is nothing.
func Bands(series []measure.Values) (Band, error) {
	if len(series) < 2 {
		return Band{}, fmt.Errorf("simulate: a band of %d series; want at least 2", len(series))
	}
	n := 0
	for _, s := range series {
		n = max(n, len(s))
	}
	var b Band
	for i := range n {
		var at []float64
		for j, s := range series {
			if i >= len(s) || math.IsNaN(s[i]) {
				continue
			}
			if math.IsInf(s[i], 0) {
				return Band{}, fmt.Errorf("simulate: point %d of series %d is %v; want finite values, or NaN for none", i, j, s[i])
			}
			at = append(at, s[i])
		}
		b.point(at)
	}
	return b, nil
}

// point adds the values of one point.
func (b *Band) point(at []float64) {
	r := make(ratio, len(at))
	for i, x := range at {
		r[i] = pair{x, 1}
	}
	mean, off := r.estimate()
	slices.Sort(at)
	median := medianOf(at)
	b.N = append(b.N, len(at))
	b.Mean = append(b.Mean, mean)
	b.MeanLo, b.MeanHi = append(b.MeanLo, mean-off.below), append(b.MeanHi, mean+off.above)
	b.Median = append(b.Median, median.Value)
	lo, hi := math.NaN(), math.NaN()
	if median.Uncertain() {
		lo, hi = median.Lo, median.Hi
	}
	b.MedianLo, b.MedianHi = append(b.MedianLo, lo), append(b.MedianHi, hi)
}

// medianOf is the median of sorted values with its interval, from the k-th
// least to the k-th greatest: k is the most for which fewer than k of n fall
// below the true median with 2.5 % at most, by the binomial distribution
// ([Cono99]). Without an interval below six values, which show too little, and
// NaN without values.
func medianOf(sorted []float64) measure.Estimate {
	n := len(sorted)
	if n == 0 {
		return measure.Exactly(math.NaN())
	}
	value := (sorted[(n-1)/2] + sorted[n/2]) / 2
	if math.IsInf(sorted[n/2], 1) {
		value = math.Inf(1) // also where the lower of two is finite
	}
	k := 0
	for d := (distuv.Binomial{N: float64(n), P: 0.5}); d.CDF(float64(k)) <= (1-confidence)/2; {
		k++
	}
	if k == 0 {
		return measure.Exactly(value)
	}
	return measure.Between(value, sorted[k-1], sorted[n-k], confidence)
}
