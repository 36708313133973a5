package qbd

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/internal/quantile"
)

// Stages is a time that is over after a random number of stages, each
// exponential and of one and the same rate: 0 of them with some probability. It
// is immutable.
//
// The numbers settle to a geometric law far out, and are listed up to there.
type Stages struct {
	rate  float64   // of the stages (1/s)
	past  []float64 // probability that n stages were enough (1)
	stays []float64 // that they were not
	ends  []float64 // that it is over with stage n + 1
	fall  float64   // ends over stays from the last of the list on
}

// seen is the least probability to end (1) in so many steps that their trend can
// be told from rounding.
const seen = 1e-11

// gather lists the stages until they settle; step is called for n = 0, 1, … and
// returns the probabilities that n stages are not enough and that the next one
// is the last. Nothing settles in the first least of them, nor before the slowest
// of the phases had a chance to be seen among the steps of the fastest.
func gather(name string, zero, rate float64, least, most int, step func(n int) (stays, ends float64)) (*Stages, error) {
	s := &Stages{rate: rate}
	for n := 0; n < most; n++ {
		stays, ends := step(n)
		s.past = append(s.past, zero)
		s.stays = append(s.stays, stays)
		s.ends = append(s.ends, ends)
		zero += ends
		s.fall = 1
		if stays > 0 {
			s.fall = math.Min(1, ends/stays)
		}
		if stays <= 1e-30*s.stays[0] {
			return s, nil
		}
		if n < least {
			continue
		}
		if s.fall*float64(most) < seen {
			break
		}
		if s.fall*float64(n) > seen && s.steady(n/2, n) && s.steady(n*3/4, n) {
			return s, nil
		}
	}
	return nil, &domain.InputError{Station: name, Parameter: "rate of the fastest phase", Value: rate, Want: "rates nearer to each other, or fewer phases: this time takes too many steps"}
}

func (s *Stages) steady(k, n int) bool {
	a, b := s.ends[k]/s.stays[k], s.ends[n]/s.stays[n]
	return math.Abs(a-b) <= 2e-14*b
}

// after is what is known after n stages.
func (s *Stages) after(n int) (past, stays, ends float64) {
	last := len(s.stays) - 1
	if n <= last {
		return s.past[n], s.stays[n], s.ends[n]
	}
	k := float64(n-last) * math.Log1p(-s.fall)
	return s.past[last] - s.stays[last]*math.Expm1(k), s.stays[last] * math.Exp(k), s.ends[last] * math.Exp(k)
}

// at is the distribution function, the survival and the density (1/s) at t (s):
// means over the Poisson number of stages that t has room for. Weights are
// listed from the likeliest number outwards until they underflow, so that the
// farthest tails keep their digits; only positive numbers are added.
func (s *Stages) at(t float64) (cdf, survival, density float64) {
	mean := s.rate * t
	switch {
	case math.IsNaN(t):
		return t, t, t
	case t < 0:
		return 0, 1, 0
	case mean > 1e8:
		// the list is long over: the time falls off exponentially
		last := len(s.stays) - 1
		far := 0.0
		if s.fall < 1 {
			far = math.Exp(math.Log(s.stays[last]) - float64(last)*math.Log1p(-s.fall) - mean*s.fall)
		}
		return 1 - far, far, s.rate * s.fall * far
	}
	mode := int(mean)
	total := 0.0
	add := func(n int, w float64) {
		p, q, e := s.after(n)
		total += w
		cdf += w * p
		survival += w * q
		density += w * e
	}
	for n, w := mode, 1.0; w > 1e-300; n++ {
		add(n, w)
		w *= mean / float64(n+1)
	}
	for n, w := mode, 1.0; n > 0; n-- {
		if w *= float64(n) / mean; w < 1e-300 {
			break
		}
		add(n-1, w)
	}
	return math.Min(1, cdf/total), math.Min(1, survival/total), s.rate * density / total
}

// CDF is the probability (1) that the time is t (s) at most.
func (s *Stages) CDF(t float64) float64 { p, _, _ := s.at(t); return p }

// Survival is the probability (1) that the time is longer than t (s).
func (s *Stages) Survival(t float64) float64 { _, q, _ := s.at(t); return q }

// Density is the density of the time at t (1/s), apart from what is at 0.
func (s *Stages) Density(t float64) float64 { _, _, d := s.at(t); return d }

// Quantile is the smallest t (s) with CDF(t) ≥ q; 0 for q ≤ 0, +Inf for q ≥ 1
// and NaN for what is not a number.
func (s *Stages) Quantile(q float64) float64 {
	if q <= s.past[0] && q < 1 {
		return 0
	}
	return quantile.Newton(s.CDF, s.Survival, s.Density, s.Mean(), q)
}

// Mean is the mean time (s): one stage for each number that is not enough.
func (s *Stages) Mean() float64 {
	last := len(s.stays) - 1
	return (sum(s.stays[:last]) + s.stays[last]/s.fall) / s.rate
}

// Variance is the variance of the time (s²).
func (s *Stages) Variance() float64 {
	last := len(s.stays) - 1
	half := 0.0 // of E[T²]·rate² = 2·Σ (n + 1)·stays_n
	for n, q := range s.stays[:last] {
		half += float64(n+1) * q
	}
	half += s.stays[last] * (float64(last) + 1/s.fall) / s.fall
	m := s.Mean()
	return 2*half/s.rate/s.rate - m*m
}

// LST is the transform E[exp(−s·T)] (1) for Re s ≥ 0.
func (s *Stages) LST(u complex128) complex128 {
	z := complex(s.rate, 0) / (complex(s.rate, 0) + u)
	last := len(s.stays) - 1
	// from the far end inwards
	out := complex(s.ends[last], 0) / (1 - complex(1-s.fall, 0)*z)
	for n := last - 1; n >= 0; n-- {
		out = complex(s.ends[n], 0) + z*out
	}
	return complex(s.past[0], 0) + z*out
}
