package queueing

import (
	"math"
	"math/cmplx"
)

// expNeg is exp(−s·t).
func expNeg(s complex128, t float64) complex128 {
	if t == 0 {
		return 1
	}
	return cmplx.Exp(-s * complex(t, 0))
}

// fitted is a time with given mean and squared coefficient of variation (SCV):
// a mixture of the Erlang distributions of k−1 and k phases, with the same
// rate, when the SCV is at most 1, and of two exponentials with balanced means
// when it is larger.
//
//	SCV ≤ 1:  1/k ≤ SCV ≤ 1/(k−1)    p = (k·SCV − √(k(1+SCV) − k²·SCV)) / (1 + SCV)    rate = (k − p)/mean
//	SCV > 1:  p = ½(1 + √((SCV−1)/(SCV+1)))    rates 2p/mean, 2(1−p)/mean
//
// p is the share of the k−1 phases, and of the faster exponential.
//
//   - Domain: mean ≥ 0 (s), SCV ≥ 0; an SCV below 1/maxPhases is taken as that.
//   - Source: [Tijm03].
//
// [Tijm03]: https://doi.org/10.1002/047001363X
type fitted struct {
	mean, scv float64
	k         int // 0: two exponentials
	p         float64
	rate      float64 // of a phase, or of the faster exponential
	rate2     float64 // of the slower exponential
}

// maxPhases bounds the work of one transform: with 400 phases a time varies by
// 5 % of its mean.
const maxPhases = 400

func fit(mean, scv float64) fitted {
	f := fitted{mean: mean, scv: scv}
	if mean <= 0 {
		return fitted{}
	}
	if scv > 1 {
		f.p = 0.5 * (1 + math.Sqrt((scv-1)/(scv+1)))
		f.rate, f.rate2 = 2*f.p/mean, 2*(1-f.p)/mean
		if math.IsInf(scv, 1) || f.rate2 == 0 {
			f.p, f.rate, f.rate2 = 1, 2/mean, 2/mean
		}
		return f
	}
	scv = math.Max(scv, 1.0/maxPhases)
	k := math.Max(1, math.Ceil(1/scv-1e-12))
	f.k = int(k)
	f.p = (k*scv - math.Sqrt(math.Max(0, k*(1+scv)-k*k*scv))) / (1 + scv)
	f.p = math.Max(0, math.Min(1, f.p))
	if f.k == 1 {
		f.p = 0
	}
	f.rate = (k - f.p) / mean
	return f
}

func (f fitted) Mean() float64     { return f.mean }
func (f fitted) Variance() float64 { return f.scv * f.mean * f.mean }

func (f fitted) Survival(t float64) float64 {
	switch {
	case f.mean == 0 && t >= 0:
		return 0
	case t <= 0:
		return 1
	case f.k == 0:
		return f.p*math.Exp(-f.rate*t) + (1-f.p)*math.Exp(-f.rate2*t)
	}
	less, last := erlangTail(f.k, f.rate*t)
	return less + (1-f.p)*last
}

// erlangTail splits P(Erlang_k > t), with x = rate·t, in P(Erlang_(k−1) > t) and
// the last term x^(k−1)·e^(−x)/(k−1)!, which the k-th phase adds.
func erlangTail(k int, x float64) (less, last float64) {
	if x > 700 { // e^(−x) is gone, so the terms come through their logarithms
		logTerm := -x
		for i := range k {
			if i > 0 {
				logTerm += math.Log(x / float64(i))
			}
			if i < k-1 {
				less += math.Exp(logTerm)
			} else {
				last = math.Exp(logTerm)
			}
		}
		return less, last
	}
	term := math.Exp(-x)
	for i := 1; i < k; i++ {
		less += term
		term *= x / float64(i)
	}
	return less, term
}

func (f fitted) density(t float64) float64 {
	if f.k == 0 {
		return f.p*f.rate*math.Exp(-f.rate*t) + (1-f.p)*f.rate2*math.Exp(-f.rate2*t)
	}
	_, last := erlangTail(f.k, f.rate*t)
	d := (1 - f.p) * f.rate * last
	if f.p > 0 && f.k > 1 {
		_, last = erlangTail(f.k-1, f.rate*t)
		d += f.p * f.rate * last
	}
	return d
}

func (f fitted) CDF(t float64) float64 {
	if t <= 0 {
		return 0
	}
	return 1 - f.Survival(t)
}

func (f fitted) Quantile(p float64) float64 {
	if f.mean == 0 {
		t, _ := quantileEdge(math.Min(p, 0))
		return t
	}
	return quantileNewton(f, p)
}

func (f fitted) LST(s complex128) complex128 {
	switch {
	case f.mean == 0:
		return 1
	case f.k == 0:
		return complex(f.p*f.rate, 0)/(s+complex(f.rate, 0)) + complex((1-f.p)*f.rate2, 0)/(s+complex(f.rate2, 0))
	}
	phase := complex(f.rate, 0) / (s + complex(f.rate, 0))
	less := cpow(phase, f.k-1)
	return less * (complex(f.p, 0) + complex(1-f.p, 0)*phase)
}

// cpow is z^n by squaring.
func cpow(z complex128, n int) complex128 {
	out := complex128(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out *= z
		}
		z *= z
	}
	return out
}

// delayed is 0 with probability 1 − p and the time rest otherwise: the waiting
// time at a station, when rest is that of those who wait.
type delayed struct {
	p    float64
	rest Time
}

func (d delayed) Mean() float64 { return d.p * d.rest.Mean() }

func (d delayed) Variance() float64 {
	m := d.rest.Mean()
	return d.p*(d.rest.Variance()+m*m) - d.p*d.p*m*m
}

func (d delayed) Survival(t float64) float64 {
	if t < 0 {
		return 1
	}
	return d.p * d.rest.Survival(t)
}

func (d delayed) CDF(t float64) float64 {
	if t < 0 {
		return 0
	}
	return (1 - d.p) + d.p*d.rest.CDF(t)
}

func (d delayed) Quantile(q float64) float64 {
	if t, done := quantileEdge(q); done {
		return t
	}
	if q <= 1-d.p {
		return 0
	}
	return d.rest.Quantile(1 - (1-q)/d.p)
}

func (d delayed) LST(s complex128) complex128 {
	return complex(1-d.p, 0) + complex(d.p, 0)*d.rest.LST(s)
}

// simple is the same time as a mixture of exponentials where it is one.
func (d delayed) simple() Time {
	f, ok := d.rest.(fitted)
	if !ok || f.k > 1 || f.mean == 0 {
		return d
	}
	if f.k == 1 {
		return newExpMix(1-d.p, expTerm{d.p, f.rate})
	}
	return newExpMix(1-d.p, expTerm{d.p * f.p, f.rate}, expTerm{d.p * (1 - f.p), f.rate2})
}
