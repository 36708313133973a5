// Package trend tells a drift from noise: whether a series of figures goes up
// or down in the long run, by how much, and how likely a series without trend
// would look like it.
//
// It works on plain numbers and knows no engine.
package trend

import (
	"math"
	"slices"
)

// Trend is what [Of] finds in a series.
type Trend struct {
	N      int     // values it is of
	Median float64 // of the values, in their own unit
	Slope  float64 // from one value to the next, in that unit
	Lo, Hi float64 // ends of the 95 % interval of the slope, in that unit
	S      float64 // Mann and Kendall's statistic: pairs that go up, less those that go down (1)
	Z      float64 // S in standard deviations, with continuity correction (1)
	P      float64 // probability of an S as large either way in a series without trend (1)
	// Correction is by what the variance of S was multiplied because neighbours
	// are alike (1).
	Correction float64
}

// fewest is how many values a trend can be told of.
const fewest = 8

// student is the 97.5 % point of the normal distribution.
const student = 1.959963984540054

// Of looks for a trend in the values of evenly spaced instants; NaN where there
// is none at one. False where there are fewer than 8.
//
//   - Test: that of Mann and Kendall ([Kend75]), with the variance of
//     S for ties and, as neighbours in a series of a system under load are alike,
//     corrected for the autocorrelation of the ranks as in [HaRa98], with lags whose correlation differs from 0 at the 5 % level.
//     The correction never makes the variance smaller.
//   - Slope: the median of those of all pairs ([Sen68]), its interval from the
//     ranks that S may have.
func Of(values []float64) (Trend, bool) {
	var x, at []float64
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			x, at = append(x, v), append(at, float64(i))
		}
	}
	n := len(x)
	if n < fewest {
		return Trend{}, false
	}
	t := Trend{N: n, Median: quantile(slices.Sorted(slices.Values(x)), 0.5)}
	slopes := make([]float64, 0, n*(n-1)/2)
	for i := range x {
		for j := i + 1; j < n; j++ {
			t.S += sign(x[j] - x[i])
			slopes = append(slopes, (x[j]-x[i])/(at[j]-at[i]))
		}
	}
	slices.Sort(slopes)
	t.Slope = quantile(slopes, 0.5)
	t.Correction = correction(x, at, t.Slope)
	sd := math.Sqrt(variance(x) * t.Correction)
	if sd == 0 { // all values are the same
		t.P, t.Lo, t.Hi = 1, t.Slope, t.Slope
		return t, true
	}
	if t.S != 0 {
		t.Z = (t.S - sign(t.S)) / sd
	}
	t.P = math.Erfc(math.Abs(t.Z) / math.Sqrt2)
	m := float64(len(slopes))
	t.Lo = slopes[min(max(int(math.Floor((m-student*sd)/2)), 0), len(slopes)-1)]
	t.Hi = slopes[min(max(int(math.Ceil((m+student*sd)/2)), 0), len(slopes)-1)]
	return t, true
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// quantile is the median, or any other, of sorted values: halfway between the
// two in the middle.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	j := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[j]-sorted[i])
}

// variance is that of S in a series of independent values, some of them equal.
func variance(x []float64) float64 {
	n := float64(len(x))
	v := n * (n - 1) * (2*n + 5)
	sorted := slices.Sorted(slices.Values(x))
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		t := float64(j - i)
		v -= t * (t - 1) * (2*t + 5)
		i = j
	}
	return v / 18
}

// correction is n/n* of Hamed and Rao: by how much the variance of S grows
// because of the autocorrelation of the ranks of the values without their trend.
func correction(x, at []float64, slope float64) float64 {
	n := len(x)
	rest := make([]float64, n)
	for i := range x {
		rest[i] = x[i] - slope*at[i]
	}
	r := ranks(rest)
	mean := float64(n+1) / 2
	square := 0.0
	for _, v := range r {
		square += (v - mean) * (v - mean)
	}
	if square == 0 {
		return 1
	}
	m := float64(n)
	sum := 0.0
	for lag := 1; lag < n-2; lag++ {
		c := 0.0
		for i := range n - lag {
			c += (r[i] - mean) * (r[i+lag] - mean)
		}
		rho := c / square
		if math.Abs(rho) <= student/math.Sqrt(m) {
			continue
		}
		k := m - float64(lag)
		sum += k * (k - 1) * (k - 2) * rho
	}
	return math.Max(1, 1+2/(m*(m-1)*(m-2))*sum)
}

// ranks are those of the values, from 1; equal ones share theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(sign(x[a] - x[b])) })
	out := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}

// Blocks are the means of so many values in a row each, at most count of them:
// what is left of noise and of the likeness of neighbours in them is less. NaN
// among the values counts for nothing.
func Blocks(values []float64, count int) []float64 {
	each := max(1, (len(values)+count-1)/count)
	var out []float64
	for i := 0; i+each <= len(values); i += each {
		sum, n := 0.0, 0.0
		for _, v := range values[i : i+each] {
			if !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		out = append(out, sum/n) // NaN where there is none
	}
	return out
}
