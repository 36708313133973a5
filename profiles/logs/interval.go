package logs

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// blocks is the number of stretches of time that intervals are made of. What
// depends on each other within a stretch does no harm; the stretches are taken
// to be independent.
const blocks = 20

// studentT is the quantile 0.975 of Student's t with blocks − 1 degrees of
// freedom.
const studentT = 2.093

// jackknife is an estimate with its interval of 95 % from what it would be
// without each of the blocks in turn ([Mill74]), on the scale of logarithms for
// figures that are positive and skewed.
func jackknife(value float64, without []float64, logs bool) measure.Estimate {
	scale, back := func(x float64) float64 { return x }, func(x float64) float64 { return x }
	if logs {
		scale, back = math.Log, math.Exp
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return measure.Estimate{}
	}
	if logs && !(value > 0) {
		return measure.Exactly(value)
	}
	mean, n := 0.0, float64(len(without))
	for _, x := range without {
		if math.IsNaN(x) || logs && !(x > 0) {
			return measure.Exactly(value)
		}
		mean += scale(x) / n
	}
	sum := 0.0
	for _, x := range without {
		d := scale(x) - mean
		sum += d * d
	}
	half := studentT * math.Sqrt(sum*(n-1)/n)
	return measure.Between(value, back(scale(value)-half), back(scale(value)+half), 0.95)
}

// sums are those of a number and of its square.
type sums struct{ n, x, xx float64 }

func (s *sums) add(x float64) {
	s.n++
	s.x += x
	s.xx += x * x
}

func (s sums) less(t sums) sums { return sums{s.n - t.n, s.x - t.x, s.xx - t.xx} }

func (s sums) plus(t sums) sums { return sums{s.n + t.n, s.x + t.x, s.xx + t.xx} }

func (s sums) mean() float64 { return s.x / s.n }

// variance is that of the sample.
func (s sums) variance() float64 {
	if s.n < 2 {
		return math.NaN()
	}
	return math.Max(s.xx-s.x*s.x/s.n, 0) / (s.n - 1)
}

func (s sums) dispersion() float64 { return s.variance() / s.mean() }

func (s sums) scv() float64 { return s.variance() / (s.mean() * s.mean()) }

// overBlocks is a figure of the sums of all blocks, with its interval.
func overBlocks(parts []sums, figure func(sums) float64, logs bool) measure.Estimate {
	var all sums
	for _, p := range parts {
		all = all.plus(p)
	}
	without := make([]float64, len(parts))
	for i, p := range parts {
		without[i] = figure(all.less(p))
	}
	return jackknife(figure(all), without, logs)
}
