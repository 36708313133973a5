package simulate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/measure"
)

// confidence is that of every interval.
const confidence = 0.95

// readTogether is how many figures of a workload the length of a simulation
// hangs on, and are read together: its mean and its p99. Intervals are widened
// as Bonferroni asks for, so that both hold at once with the confidence given.
// Each alone then holds more often, which also makes up for what a length that
// is chosen after a look at the intervals costs ([LaKe82]).
const readTogether = 1

// ratio is a figure made of two sums: Σ num / Σ den over the replications, one
// pair each. A mean response time is such a figure (time by requests), as are
// throughput (requests by time) and the share that failed. With pairs (Yᵢ, Nᵢ)
// of R independent replications, r̂ = ΣYᵢ/ΣNᵢ is off by the mean of the residuals
// dᵢ = Yᵢ − r̂·Nᵢ, to first order (the ratio estimator by linearisation: [Coch77];
// [Igle75] for its use on simulations). It needs no equal lengths, and its bias is of order 1/ΣN.
type ratio []pair

type pair struct{ num, den float64 }

// bounds is how far the truth may lie below and above a figure.
type bounds struct{ below, above float64 }

func (b bounds) half() float64 { return (b.below + b.above) / 2 }

// student is the factor of a two-sided interval with so many degrees of freedom.
func student(freedom int) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: float64(freedom)}.Quantile(1 - (1-confidence)/2/readTogether)
}

// estimate returns the figure and how far off it may be: NaN without data, and
// for the latter with fewer than two replications.
func (r ratio) estimate() (value float64, off bounds) {
	var num, den float64
	for _, p := range r {
		num += p.num
		den += p.den
	}
	nan := math.NaN()
	if den == 0 {
		return nan, bounds{nan, nan}
	}
	value = num / den
	if len(r) < 2 {
		return value, bounds{nan, nan}
	}
	var square, cube float64
	for _, p := range r {
		d := p.num - value*p.den
		square += d * d
		cube += d * d * d
	}
	n := float64(len(r))
	sd := math.Sqrt(square / (n - 1))
	off = skewed(n, sd, cube/(n-1)/max(n-2, 1)*n)
	return value, bounds{off.below * n / den, off.above * n / den}
}

// skewed is how far the mean of n values may be off, with their standard
// deviation and third moment. Student's interval takes the values for normal;
// where a long tail pulls them to one side, the mean is too low whenever the
// tail was not seen, and so is the width. With a = m₃/(6·√n·s³) the interval
//
//	[−G(t)·s/√n, −G(−t)·s/√n]    G(x) = (∛(1 + 6a·(x − a)) − 1)/(2a)
//
// makes up for that ([Will05]; [TWLS11] use it on batch means).
func skewed(n, sd, third float64) bounds {
	t := student(int(n) - 1)
	if sd == 0 {
		return bounds{}
	}
	a := third / (6 * math.Sqrt(n) * sd * sd * sd)
	g := func(x float64) float64 {
		if math.Abs(a) < 1e-6 {
			return x
		}
		return (math.Cbrt(1+6*a*(x-a)) - 1) / (2 * a)
	}
	unit := sd / math.Sqrt(n)
	return bounds{below: g(t) * unit, above: -g(-t) * unit}
}

// figure is the estimate with its interval, which does not leave [least, most].
func (r ratio) figure(least, most float64) measure.Estimate {
	value, off := r.estimate()
	return figure(value, value-off.below, value+off.above, least, most)
}

// figure makes an estimate: absent when it is not a number, without an
// interval when its ends are not.
func figure(value, lo, hi, least, most float64) measure.Estimate {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return measure.Estimate{}
	}
	value = min(max(value, least), most)
	if math.IsNaN(lo+hi) || math.IsInf(lo+hi, 0) {
		return measure.Exactly(value)
	}
	return measure.Between(value, min(max(lo, least), value), max(min(hi, most), value), confidence)
}

// share is a figure that is a probability. Where nothing was seen of what may
// happen, the interval goes up to −ln(0.025)/n: with that probability, n
// trials would have shown none with 2.5 % ([HaLi83]).
func (r ratio) share() measure.Estimate {
	e := r.figure(0, 1)
	if e.Known() && e.Value == 0 && len(r) > 1 {
		trials := 0.0
		for _, p := range r {
			trials += p.den
		}
		e = measure.Between(0, 0, min(1, -math.Log((1-confidence)/2)/trials), confidence)
	}
	return e
}
