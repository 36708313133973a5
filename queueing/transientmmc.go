package queueing

import (
	"math"

	"github.com/headroom/headroom/queueing/ctmc"
)

// TransientMMc is the M/M/c station on its way through time: Poisson arrivals
// at a rate that may change from one stretch of time to the next, exponential
// service, c servers, and room for most requests, which is taken so large that
// it does not matter.
type TransientMMc struct {
	service float64
	c, most int
	p       []float64 // of the number present
	bound   float64
	lambda  float64 // of the chain at hand
	chain   *ctmc.Chain
}

// transientAccuracy is what uniformization may leave out in one stretch (1).
const transientAccuracy = 1e-13

// NewTransientMMc is an M/M/c station that is empty at time 0, with mean service
// time service (s), c servers, and at most most requests present.
//
//   - Domain: S > 0, c ≥ 1, most ≥ c.
//   - Accuracy: that of [ctmc.Chain.Transient] but for the bound on the number
//     present, whose probability [TransientMMc.Edge] tells.
//   - Source: uniformization [Jens53] of the birth and death process.
func NewTransientMMc(service float64, c, most int) (*TransientMMc, error) {
	w := want{station: "transient M/M/c"}
	w.positive("service time", service)
	w.count("servers", c, 1)
	w.count("most present", most, c)
	if w.err != nil {
		return nil, w.err
	}
	q := &TransientMMc{service: service, c: c, most: most, p: make([]float64, most+1)}
	q.p[0] = 1
	return q, nil
}

// Pass lets t seconds pass in which requests arrive at rate lambda (1/s).
func (q *TransientMMc) Pass(lambda, t float64) error {
	w := want{station: "transient M/M/c"}
	w.notNegative("arrival rate", lambda)
	w.notNegative("time", t)
	if w.err != nil {
		return w.err
	}
	if q.chain == nil || lambda != q.lambda {
		chain, err := ctmc.BirthDeath(q.most,
			func(int) float64 { return lambda },
			func(n int) float64 { return float64(min(n, q.c)) / q.service })
		if err != nil {
			return err
		}
		q.chain, q.lambda = chain, lambda
	}
	p, bound, err := q.chain.Transient(q.p, t, transientAccuracy)
	if err != nil {
		return err
	}
	q.p = p
	q.bound += bound
	return nil
}

// Present is the mean number present now (1).
func (q *TransientMMc) Present() float64 {
	return ctmc.Mean(q.p, func(n int) float64 { return float64(n) })
}

// Busy is the mean number of busy servers now (1).
func (q *TransientMMc) Busy() float64 {
	return ctmc.Mean(q.p, func(n int) float64 { return float64(min(n, q.c)) })
}

// P is the probability that n are present now.
func (q *TransientMMc) P(n int) float64 {
	if n < 0 || n > q.most {
		return 0
	}
	return q.p[n]
}

// Edge is the probability that as many are present as are let in: what is
// beyond that is not seen.
func (q *TransientMMc) Edge() float64 { return q.p[q.most] }

// MM1Relaxation is the time (s) in which the distance of M/M/1 from its steady
// state falls by a factor e in the end:
//
//		1/(√μ − √λ)²
//
//	  - Domain: 0 ≤ λ, S > 0, λ·S < 1.
//	  - Source: [AbWh87].
func MM1Relaxation(lambda, service float64) (float64, error) {
	w := want{station: "M/M/1"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.stable(lambda*service, 1)
	if w.err != nil {
		return 0, w.err
	}
	gap := math.Sqrt(1/service) - math.Sqrt(lambda)
	return 1 / (gap * gap), nil
}
