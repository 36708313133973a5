package traces

import (
	"math"
	"slices"
)

// stat is what is kept of any number of times: their moments (Welford's
// recurrence [Welf62]) and how many there are in each of a fixed number of bins.
type stat struct {
	n        int
	mean     float64 // (s)
	m2       float64 // sum of squared deviations (s²)
	min, max float64 // (s)
	bins     []uint32
}

// Bins divide each doubling of a time into so many, from 1 ns to 2⁴⁷ ns, 39 hours.
const (
	binsPer  = 16
	binCount = 47*binsPer + 1 // the first has what is below 1 ns
)

func (s *stat) add(x float64) {
	if s.n == 0 || x < s.min {
		s.min = x
	}
	s.max = max(s.max, x)
	s.n++
	d := x - s.mean
	s.mean += d / float64(s.n)
	s.m2 += d * (x - s.mean)
	if s.bins == nil {
		s.bins = make([]uint32, binCount)
	}
	s.bins[binOf(x)]++
}

func binOf(x float64) int {
	if !(x > 1e-9) {
		return 0
	}
	return min(1+int(math.Log2(x*1e9)*binsPer), binCount-1)
}

// upper is the upper end of bin i (s).
func upper(i int) float64 { return math.Exp2(float64(i)/binsPer) * 1e-9 }

// merge adds what another has seen.
func (s *stat) merge(o *stat) {
	if o.n == 0 {
		return
	}
	if s.n == 0 {
		*s = *o
		s.bins = slices.Clone(o.bins)
		return
	}
	n := float64(s.n + o.n)
	d := o.mean - s.mean
	s.m2 += o.m2 + d*d*float64(s.n)*float64(o.n)/n
	s.mean += d * float64(o.n) / n
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	s.n += o.n
	for i, c := range o.bins {
		s.bins[i] += c
	}
}

// variance is that of the sample (s²).
func (s *stat) variance() float64 {
	if s.n < 2 {
		return 0
	}
	return s.m2 / float64(s.n-1)
}

// scv is the squared coefficient of variation (1).
func (s *stat) scv() float64 {
	if !(s.mean > 0) {
		return 0
	}
	return s.variance() / (s.mean * s.mean)
}

// half is half the width of the 95 % interval of the mean, by the central limit
// theorem (s).
func (s *stat) half() float64 {
	if s.n < 2 {
		return math.Inf(1)
	}
	return 1.96 * math.Sqrt(s.variance()/float64(s.n))
}
