package queueing

import (
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// histogramPoints is how many points of a distribution function are given.
const histogramPoints = 64

// exactly is a figure without an interval, or none if it is not finite.
func exactly(v float64) measure.Estimate {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return measure.Estimate{}
	}
	return measure.Exactly(v)
}

// times describes a law. Its mean and deviation are those of its composition,
// the rest is read off its curve.
func (b *builder) times(l law) *measure.Times {
	if known, ok := b.described[l]; ok {
		t := *known
		t.Histogram = slices.Clone(known.Histogram)
		return &t
	}
	is := l.facts()
	t := &measure.Times{Mean: exactly(is.mean), Stddev: exactly(math.Sqrt(math.Max(0, is.variance)))}
	if math.IsInf(is.mean, 1) || math.IsNaN(is.mean) {
		return nil // nothing is left to say of a time that is infinite on average
	}
	newCurve(b.g, l).describe(t, b.x.only == nil)
	b.described[l] = t
	return t
}

// wants reports whether the times of a subject are.
func (x *solver) wants(name string) bool { return x.only == nil || slices.Contains(x.only, name) }

// partTimes describes the law of an operation or a service: all of it, or mean
// and deviation where the result is to be brief.
func (b *builder) partTimes(l law) *measure.Times {
	if !b.x.brief || b.x.only != nil {
		return b.times(l)
	}
	is := l.facts()
	return b.brief.times(moment{is.mean, is.variance})
}

// describe fills in quantiles and, where asked to, points.
func (c *curve) describe(t *measure.Times, points bool) {
	for p, e := range map[float64]*measure.Estimate{0.5: &t.P50, 0.9: &t.P90, 0.95: &t.P95, 0.99: &t.P99, 0.999: &t.P999} {
		*e = exactly(c.quantile(p))
	}
	if !points {
		return
	}
	least := math.Max(0.001, c.is.atom+1e-6)
	if least >= 0.9999 {
		t.Histogram = []measure.Point{{Le: c.is.shift, P: 1}}
		return
	}
	lo, hi := c.quantile(least), c.quantile(0.9999)
	if c.is.atom > 0.001 {
		t.Histogram = append(t.Histogram, measure.Point{Le: c.is.shift, P: c.is.atom})
		lo = math.Max(lo, c.is.shift+1e-3*(hi-c.is.shift))
	}
	if !(lo > 0) || !(hi > lo) || math.IsInf(hi, 1) {
		if c.constant() {
			t.Histogram = []measure.Point{{Le: c.always(), P: 1}}
		}
		return
	}
	step := math.Log(hi/lo) / (histogramPoints - 1)
	last := c.is.atom
	for i := range histogramPoints {
		le := lo * math.Exp(float64(i)*step)
		last = math.Max(last, 1-c.survival(le))
		t.Histogram = append(t.Histogram, measure.Point{Le: le, P: last})
	}
}

// curveOf is the curve of a time whose survival is a formula, but one so long
// that it is better read off a line.
func curveOf(t Time) *curve {
	c := &curve{is: facts{mean: t.Mean(), variance: t.Variance()}, step: latticeStep / 2}
	if c.constant() || c.narrow() {
		return c
	}
	start := 2 * indexOf(c.is.mean)
	at := func(i int) float64 { return t.Survival(math.Exp(float64(i) * c.step)) }
	var up, down []float64
	for i := start; i < start+2*curveSpan; i++ {
		s := at(i)
		up = append(up, probit(s))
		if s < curveTail {
			break
		}
	}
	for i := start - 1; i > start-2*curveSpan; i-- {
		s := at(i)
		down = append(down, probit(s))
		if s > 1-curveHead {
			break
		}
	}
	for i := len(down) - 1; i >= 0; i-- {
		c.y = append(c.y, down[i])
	}
	c.y = append(c.y, up...)
	c.first = float64(start-len(down)) * c.step
	c.slope = slopes(c.y)
	return c
}
