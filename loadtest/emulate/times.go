package emulate

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/headroom/headroom/measure"
)

// times records a distribution of times in constant memory: mean and variance
// exactly ([Welf62]), quantiles within 0.1 % by an HDR histogram.
type times struct {
	n    int64
	mean float64                 // (s)
	m2   float64                 // sum of squared deviations (s²)
	max  float64                 // (s)
	hdr  *hdrhistogram.Histogram // nil until the first time comes: it is 0.2 MB
}

const (
	grain   = 1e-7                // what the histogram counts in (s)
	longest = int64(3600 / grain) // the longest time it tells from longer ones
)

func (t *times) record(x float64) {
	if t.hdr == nil {
		t.hdr = hdrhistogram.New(1, longest, 3)
	}
	t.n++
	d := x - t.mean
	t.mean += d / float64(t.n)
	t.m2 += d * (x - t.mean)
	t.max = max(t.max, x)
	// Cannot fail: the value is made to lie in the histogram's range.
	_ = t.hdr.RecordValue(min(longest, int64(math.Round(x/grain))))
}

// sum is the sum of all (s).
func (t *times) sum() float64 { return t.mean * float64(t.n) }

// quantile is the time that the share p of all is not above (s).
func (t *times) quantile(p float64) float64 {
	if t.n == 0 {
		return 0
	}
	return min(t.max, float64(t.hdr.ValueAtQuantile(100*p))*grain)
}

// beyond is how many times must lie beyond a quantile for it to be given: with
// fewer, the record says next to nothing about it.
const beyond = 5

// report says the distribution in the terms of a result, nil without a time
// recorded; the interval of its mean is that of an estimate of the mean.
func (t *times) report(mean measure.Estimate) *measure.Times {
	if t.n == 0 {
		return nil
	}
	at := func(p float64) measure.Estimate {
		if float64(t.n)*(1-p) < beyond {
			return measure.Estimate{}
		}
		return measure.Exactly(t.quantile(p))
	}
	r := &measure.Times{
		Mean: around(t.mean, mean),
		P50:  at(0.5), P90: at(0.9), P95: at(0.95), P99: at(0.99), P999: at(0.999),
		Max:       measure.Exactly(t.max),
		Histogram: t.points(),
	}
	if t.n > 1 {
		r.Stddev = measure.Exactly(math.Sqrt(t.m2 / float64(t.n-1)))
	}
	return r
}

// around gives a value the interval that an estimate has about its own.
func around(value float64, e measure.Estimate) measure.Estimate {
	if !e.Uncertain() {
		return measure.Exactly(value)
	}
	return measure.Between(value, max(0, value+e.Lo-e.Value), value+e.Hi-e.Value, e.Confidence)
}

// points is the distribution function where p steps evenly in logit, from
// 0.001 to 0.9999 or as far as the record reaches.
func (t *times) points() []measure.Point {
	const steps = 100
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	from := logit(0.001)
	to := logit(min(0.9999, max(0.5, 1-1/float64(t.n))))
	var points []measure.Point
	for i := range steps + 1 {
		p := 1 / (1 + math.Exp(-(from + (to-from)*float64(i)/steps)))
		le := t.quantile(p)
		if n := len(points); n > 0 && points[n-1].Le >= le {
			points[n-1].P = p // times that many share: the last p holds
			continue
		}
		points = append(points, measure.Point{Le: le, P: p})
	}
	return points
}
