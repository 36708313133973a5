package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// whole is the response time of an operation as its caller sees it, the network
// included.
func (b *builder) whole(op scenarios.OpID, viewer int) law {
	l := b.operation(op, viewer, 0)
	if b.latency == nil {
		return l
	}
	return newSum(b.latency, l, b.latency)
}

// tried is the time until a good answer of a call that is tried again, where
// one answer that is waited for has a law.
func (b *builder) tried(t *tries, one law) law {
	s := b.x.successOf(t.op)
	good := one
	if t.o.Hedge != nil {
		good = b.hedge(good, t.o.Hedge)
	}
	if t.o.Timeout > 0 {
		good = b.cut(good, t.o.Timeout)
	}
	again := t.again(s)
	if t.most() == 1 || again == 0 {
		return good
	}
	var failed []law
	var shares []float64
	if t.late > 0 {
		failed, shares = append(failed, newConstantLaw(t.o.Timeout)), append(shares, s*t.late)
	}
	if s < 1 {
		way := newConstantLaw(0)
		failed, shares = append(failed, law(way)), append(shares, 1-s)
		if b.latency != nil {
			failed[len(failed)-1] = newSum(b.latency, b.latency)
		}
	}
	total := 0.0
	for _, p := range shares {
		total += p
	}
	for i := range shares {
		shares[i] /= total
	}
	lost := newMix(shares, failed)
	var weights []float64
	var parts []law
	before := []law{}
	weight := 1.0
	for k := 0; k < t.most() && weight > 1e-9; k++ {
		weights = append(weights, weight)
		parts = append(parts, newSum(append(append([]law{}, before...), good)...))
		before = append(before, lost)
		if w := b.backoff(t, k+1); w != nil {
			before = append(before, w)
		}
		weight *= again
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		weights[i] /= sum
	}
	return newMix(weights, parts)
}

// backoff is the wait after so many failures; nil takes no time. Where a jitter
// is drawn on top of a wait that varies, a gamma law of their moments stands in.
func (b *builder) backoff(t *tries, failures int) law {
	m := t.backoffMoment(failures)
	if m.mean == 0 {
		return nil
	}
	r := t.o.Retry
	if r.Jitter == scenarios.NoJitter {
		return newDistLaw(r.Backoff.Scaled(m.mean / r.Backoff.Mean()))
	}
	if r.Backoff.Variance() == 0 {
		half := math.Sqrt(3 * m.variance)
		return newDistLaw(dist.UniformOf(math.Max(0, m.mean-half), m.mean+half))
	}
	return newTimeLaw(fit(m.mean, m.variance/(m.mean*m.mean)), 0)
}

// cut is a time given that it is at most as long as said.
func (b *builder) cut(l law, most float64) law {
	is := l.facts()
	c := newCurve(b.g, l)
	in := 1 - c.survival(most)
	if in > 1-1e-12 {
		return l
	}
	if in < 1e-9 || most <= is.shift*(1+1e-12) {
		return newConstantLaw(math.Min(most, is.mean))
	}
	lo, _ := joinRange([]*curve{c}, is.shift)
	return tabulate(lo, indexOf(most-is.shift)+1, is.shift, func(t float64) float64 {
		if t >= most {
			return 1
		}
		return (1 - c.survival(t)) / in
	})
}

// hedge is the time until the first of two answers, the second asked for when
// the first has not come after a while. More copies than two are taken as two.
func (b *builder) hedge(l law, h *scenarios.Hedge) law {
	is := l.facts()
	c := newCurve(b.g, l)
	lo, hi := joinRange([]*curve{c}, is.shift)
	hi = max(hi, indexOf(h.After+c.quantile(0.999)-is.shift)+1)
	return tabulate(lo, min(hi, latticeMost), is.shift, func(t float64) float64 {
		s := c.survival(t)
		for k := 1; k < h.Copies; k++ {
			if since := t - float64(k)*h.After; since >= 0 {
				s *= c.survival(since)
			}
		}
		return 1 - s
	})
}

// cutMoment are the moments of a time given that it is at most as long as said,
// fitted to its moments; hedgedMoment those of the first of several answers.
func cutMoment(m moment, most float64) moment {
	f, ok := fitOf(m)
	if !ok {
		return moment{math.Min(m.mean, most), 0}
	}
	in := f.CDF(most)
	if in < 1e-9 {
		return moment{math.Min(m.mean, most), 0}
	}
	return survivalMoments(most, func(t float64) float64 { return math.Max(0, 1-f.CDF(t)/in) })
}

func hedgedMoment(m moment, h *scenarios.Hedge) moment {
	f, ok := fitOf(m)
	if !ok {
		return m
	}
	return survivalMoments(m.mean+8*math.Sqrt(m.variance), func(t float64) float64 {
		s := 1 - f.CDF(t)
		for k := 1; k < h.Copies; k++ {
			if since := t - float64(k)*h.After; since >= 0 {
				s *= 1 - f.CDF(since)
			}
		}
		return s
	})
}

// fitOf is a distribution of a mean and variance, where it has any.
func fitOf(m moment) (fitted, bool) {
	if !(m.mean > 0) || math.IsInf(m.mean, 1) || math.IsInf(m.variance, 1) {
		return fitted{}, false
	}
	return fit(m.mean, math.Max(0, m.variance)/(m.mean*m.mean)), true
}

// survivalMoments integrates a survival function from 0 to most: E[T] = ∫S and
// E[T²] = 2∫tS, by Simpson's rule.
func survivalMoments(most float64, survival func(float64) float64) moment {
	const n = 200
	h := most / n
	mean, second := 0.0, 0.0
	for i := 0; i <= n; i++ {
		w := 2.0
		switch {
		case i == 0 || i == n:
			w = 1
		case i%2 == 1:
			w = 4
		}
		t := float64(i) * h
		s := survival(t)
		mean += w * s
		second += 2 * w * t * s
	}
	mean, second = mean*h/3, second*h/3
	return moment{mean, math.Max(0, second-mean*mean)}
}

// successOf is the probability that an operation that is asked for ends well.
func (x *solver) successOf(op scenarios.OpID) float64 {
	if x.success == nil {
		return 1
	}
	return x.success[op]
}
