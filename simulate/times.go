package simulate

import (
	"math"

	"github.com/headroom/headroom/measure"
)

const (
	// beyond is how many times must lie beyond a quantile for it to be given.
	beyond = 5
	// points is how many points of a distribution function are given.
	points = 120
)

// mean is the mean time, by replication.
func (s sample) mean() ratio {
	r := make(ratio, len(s))
	for i, h := range s {
		r[i] = pair{h.total(), float64(h.n)}
	}
	return r
}

// n is the number of times in all replications.
func (s sample) n() int64 {
	n := int64(0)
	for _, h := range s {
		n += h.n
	}
	return n
}

// stddev is the standard deviation of the times: that of the pooled variance
// about the pooled mean, with its interval by the delta method.
func (s sample) stddev(mean float64) measure.Estimate {
	r := make(ratio, len(s))
	for i, h := range s {
		if d := h.mean() - mean; h.n > 0 {
			r[i] = pair{h.scatter() + float64(h.n)*d*d, float64(h.n)}
		}
	}
	variance, off := r.estimate()
	sd := math.Sqrt(variance)
	if sd == 0 {
		return figure(0, 0, 0, 0, 0)
	}
	return figure(sd, sd-off.below/(2*sd), sd+off.above/(2*sd), 0, math.Inf(1))
}

// times describes the distribution, or is nil where there is none.
func (s sample) times() *measure.Times {
	p := s.pooled()
	if p.n == 0 {
		return nil
	}
	mean := s.mean()
	value, _ := mean.estimate()
	t := &measure.Times{
		Mean:   mean.figure(0, math.Inf(1)),
		Stddev: s.stddev(value),
		Max:    figure(p.most, math.NaN(), 0, 0, math.Inf(1)),
	}
	shares := []float64{0.5, 0.9, 0.95, 0.99, 0.999}
	for i, e := range s.quantiles(p, shares) {
		if p.n*(1-shares[i]) >= beyond {
			*[]*measure.Estimate{&t.P50, &t.P90, &t.P95, &t.P99, &t.P999}[i] = e
		}
	}
	t.Histogram = s.points(p)
	return t
}

// points are points of the distribution function, at times of equal ratio from
// the 0.1th percentile to the 99.99th, and at 0 where it begins there.
func (s sample) points(p *pool) []measure.Point {
	xs := grid(p)
	out := make([]measure.Point, 0, len(xs))
	for i, r := range s.atMost(xs) {
		e := r.figure(0, 1)
		pt := measure.Point{Le: xs[i], P: e.Value}
		if e.Uncertain() {
			pt.Lo, pt.Hi = e.Lo, e.Hi
		}
		out = append(out, pt)
	}
	return out
}

// grid is the times at which the distribution function is given: edges of
// buckets, where it is known without interpolation.
func grid(p *pool) []float64 {
	var xs []float64
	if p.zeros > 0 {
		xs = append(xs, 0)
	}
	if p.zeros == p.n {
		return xs
	}
	lo := max(p.quantile(max(0.001, (p.zeros+0.5)/p.n)), tiny)
	hi := max(p.quantile(0.9999), lo)
	step := math.Log(hi/lo) / (points - 1)
	for i := range points {
		x := edge(bucketOf(lo*math.Exp(float64(i)*step)) + 1)
		if len(xs) == 0 || x > xs[len(xs)-1] {
			xs = append(xs, x)
		}
	}
	return xs
}
