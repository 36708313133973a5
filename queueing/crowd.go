package queueing

import (
	"math"
	"slices"
	"sort"
)

// crowd says what a request meets at a station where only the mean number of
// others is known. The number is taken to be distributed as in the
// machine-repair model of as many sources as there are other users,
//
//	p(n) ∝ y^n·(M)_n / Π_(i≤n) α(i)
//
// with y such that the mean is the given one: exact for one station and delays,
// and with the right limits everywhere, a line that is empty or has all users.
// Values are tabulated over the mean and interpolated.
//
//   - Accuracy: interpolation is good to 1e-4.
//   - Source: the machine-repair model, for instance in [BCMP75]; to choose a
//     shape by its mean is ours.
//
// [BCMP75]: https://doi.org/10.1145/321879.321887
type crowd struct {
	mean    []float64 // of others present (1), rising from 0 to the sources
	stretch []float64 // E((n+1)/α(n+1)): residence by demand, requests sharing the station (1)
	full    []float64 // probability that all servers are busy (1)
	slope   float64   // of stretch beyond the last mean
}

// maxCrowd is the most sources that a crowd is computed for. With more, the
// station is taken to go on as it does there.
const maxCrowd = 4000

// newCrowd tabulates a station at which sources others may be.
func newCrowd(s ClosedStation, sources int) *crowd {
	sources = min(max(sources, 0), maxCrowd)
	speed := make([]float64, sources+2) // that n find left
	for n := 1; n < len(speed); n++ {
		speed[n] = s.left(n)
	}
	busy := s.settled()
	c := &crowd{mean: []float64{0}, stretch: []float64{1 / speed[1]}, full: []float64{0}, slope: 1 / (s.full() - s.OpenLoad)}
	if sources == 0 {
		return c
	}
	all := float64(sources)
	logY := math.Log(speed[1] * 0.02 / all)
	for a := 0.02; a < all; a = math.Min(a*1.06, a+0.5*(all-a)) {
		if all-a < 0.01 {
			break
		}
		var f repairFigures
		logY, f = repairAtMean(speed, busy, a, logY)
		c.mean = append(c.mean, f.mean)
		c.stretch = append(c.stretch, f.stretch)
		c.full = append(c.full, f.full)
	}
	c.mean = append(c.mean, all)
	c.stretch = append(c.stretch, (all+1)/speed[sources+1])
	c.full = append(c.full, boolTo(sources >= busy))
	return c
}

// at is the stretch, and the probability that all servers are busy, where the
// mean number of others is given.
func (c *crowd) at(mean float64) (stretch, full float64) {
	last := len(c.mean) - 1
	if mean >= c.mean[last] {
		return c.stretch[last] + c.slope*(mean-c.mean[last]), c.full[last]
	}
	i := sort.SearchFloat64s(c.mean, mean)
	if i == 0 {
		return c.stretch[0], c.full[0]
	}
	w := (mean - c.mean[i-1]) / (c.mean[i] - c.mean[i-1])
	return c.stretch[i-1] + w*(c.stretch[i]-c.stretch[i-1]), c.full[i-1] + w*(c.full[i]-c.full[i-1])
}

// repairFigures are those of the machine-repair model at one y.
type repairFigures struct{ mean, variance, stretch, full float64 }

// repairAtMean finds the y for a mean, by Newton's method kept within brackets:
// the derivative of the mean by log y is the variance.
func repairAtMean(speed []float64, busy int, mean, logY float64) (float64, repairFigures) {
	lo, hi := math.Inf(-1), math.Inf(1)
	var f repairFigures
	for range 100 {
		f = repairAt(speed, busy, math.Exp(logY))
		off := mean - f.mean
		if math.Abs(off) <= 1e-9*mean {
			break
		}
		if off > 0 {
			lo = logY
		} else {
			hi = logY
		}
		step := math.Max(-2, math.Min(2, off/math.Max(f.variance, 1e-300)))
		if next := logY + step; next > lo && next < hi {
			logY = next
		} else {
			logY = (lo + hi) / 2
		}
	}
	return logY, f
}

// repairAt sums up the machine-repair model.
func repairAt(speed []float64, busy int, y float64) repairFigures {
	sources := len(speed) - 2
	var sum, first, second, stretch, full float64
	for n, p, ratio := 0, 1.0, 0.0; n <= sources; n++ {
		if n > 0 {
			ratio = y * float64(sources-n+1) / speed[n]
			p *= ratio
		}
		if p > 1e200 {
			p, sum, first, second, stretch, full = p*1e-200, sum*1e-200, first*1e-200, second*1e-200, stretch*1e-200, full*1e-200
		}
		v := float64(n)
		sum += p
		first += v * p
		second += v * v * p
		stretch += (v + 1) / speed[n+1] * p
		if n >= busy {
			full += p
			if p < 1e-18*sum && ratio < 1 {
				break
			}
		}
	}
	mean := first / sum
	return repairFigures{mean: mean, variance: second/sum - mean*mean, stretch: stretch / sum, full: full / sum}
}

// repairLaw is the distribution of the number at a station, up to the sources,
// that has the given mean.
func repairLaw(s ClosedStation, sources int, mean float64) []float64 {
	sources = min(sources, maxCrowd)
	mean = math.Min(mean, float64(sources)*(1-1e-9))
	speed := make([]float64, sources+2)
	for n := 1; n < len(speed); n++ {
		speed[n] = s.left(n)
	}
	if mean < 1e-12 {
		return []float64{1}
	}
	logY, _ := repairAtMean(speed, s.settled(), mean, math.Log(speed[1]*mean/float64(sources)))
	y := math.Exp(logY)
	p := birthDeath(sources, func(n int) float64 { return y * float64(sources-n+1) / speed[n] })
	return trim(p)
}

// crowds makes each table once.
type crowds struct {
	stations []ClosedStation
	sources  []int
	tables   []*crowd
}

func (c *crowds) of(s ClosedStation, sources int) *crowd {
	for i, t := range c.stations {
		if c.sources[i] == sources && t.Servers == s.Servers && t.OpenLoad == s.OpenLoad && slices.Equal(t.Rates, s.Rates) {
			return c.tables[i]
		}
	}
	c.stations, c.sources, c.tables = append(c.stations, s), append(c.sources, sources), append(c.tables, newCrowd(s, sources))
	return c.tables[len(c.tables)-1]
}
