package pprof

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/measure"
)

// confidence is that of every interval.
const confidence = 0.95

// poisson bounds the mean of which a number of events was seen, by the exact
// interval for a Poisson mean of Garwood: half the α/2 quantile of chi-squared
// with 2n degrees of freedom, and half the 1 − α/2 quantile with 2n + 2
// [Garw36]. Samples taken every so much processor time are at most as scattered
// as that, since their total hardly is: the interval covers at least as often
// as it says.
func poisson(n float64) (lo, hi float64) {
	const tail = (1 - confidence) / 2
	if n > 0 {
		lo = distuv.ChiSquared{K: 2 * n}.Quantile(tail) / 2
	}
	return lo, distuv.ChiSquared{K: 2*n + 2}.Quantile(1-tail) / 2
}

// binomial bounds the share of which k of n events were seen, by the exact
// interval of Clopper and Pearson [ClPe34], for shares of a total that is
// known from elsewhere.
func binomial(k, n float64) (lo, hi float64) {
	const tail = (1 - confidence) / 2
	if k > 0 {
		lo = distuv.Beta{Alpha: k, Beta: n - k + 1}.Quantile(tail)
	}
	hi = 1
	if k < n {
		hi = distuv.Beta{Alpha: k + 1, Beta: n - k}.Quantile(1 - tail)
	}
	return lo, hi
}

// student is the half width of the interval for a mean of n values with that
// standard deviation (Student's t).
func student(deviation float64, n int) float64 {
	t := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile((1 + confidence) / 2)
	return t * deviation / math.Sqrt(float64(n))
}

// between is the interval that several captures give for their mean, not known
// of fewer than two.
func between(values []float64) measure.Estimate {
	if len(values) < 2 {
		return measure.Estimate{}
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	half := student(deviation, len(values))
	return measure.Between(mean, mean-half, mean+half, confidence)
}

// hull is a figure with the wider of the intervals that are known of it.
func hull(v float64, of ...measure.Estimate) measure.Estimate {
	out := measure.Exactly(v)
	for _, e := range of {
		if e.Uncertain() {
			out = measure.Between(v, max(0, min(out.Lo, e.Lo)), max(out.Hi, e.Hi), confidence)
		}
	}
	return out
}
