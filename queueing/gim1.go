package queueing

import "math"

// GIM1 is the GI/M/1 station: independent gaps between arrivals, exponential
// service, one server in order of arrival.
type GIM1 struct{ lambda, service, sigma float64 }

// NewGIM1 is GI/M/1 with the given gap between arrivals and mean service time
// service (s). An arrival finds n present with probability (1 − σ)·σⁿ, where σ
// is the root below 1 of
//
//	σ = A*((1 − σ)/S)
//
// with A* the transform of the gap; so W = σ·S/(1 − σ), and the response time
// is exponential with mean S/(1 − σ).
//
//   - Domain: E[gap] > 0, S > 0; S ≥ E[gap] gives an [UnstableError].
//   - Accuracy: exact up to that of the root (1e-14) and of A*.
//   - Source: [Klei75].
func NewGIM1(gap Service, service float64) (GIM1, error) {
	w := want{station: "GI/M/1"}
	w.positive("gap between arrivals", gap.Moment(1))
	w.positive("service time", service)
	lambda := 1 / gap.Moment(1)
	w.stable(lambda*service, 1)
	if w.err != nil {
		return GIM1{}, w.err
	}
	sigma := gim1Root(service, func(s float64) float64 { return real(gap.LST(complex(s, 0))) })
	return GIM1{lambda, service, sigma}, nil
}

// gim1Root solves σ = A*((1 − σ)/S) below 1. The right side is convex and
// rises to 1 at σ = 1, so that iteration from 0 climbs to the lower root; it is
// sped up by bracketing.
func gim1Root(service float64, lst func(float64) float64) float64 {
	f := func(x float64) float64 { return x - lst((1-x)/service) }
	lo, hi := 0.0, 1-1e-12
	if f(hi) <= 0 {
		return hi
	}
	return illinois(f, lo, hi, f(lo), f(hi))
}

// Figures implements [Station].
func (q GIM1) Figures() Figures {
	wait := q.sigma * q.service / (1 - q.sigma)
	rho := q.lambda * q.service
	return Figures{
		Throughput:  q.lambda,
		Utilization: rho,
		Present:     q.lambda*wait + rho,
		InLine:      q.lambda * wait,
		PWait:       q.sigma,
		PIdle:       1 - rho,
		Waiting:     wait,
		Response:    wait + q.service,
	}
}

func (q GIM1) drain() float64 { return (1 - q.sigma) / q.service }

// Waiting is 0 with probability 1 − σ and exponential otherwise.
func (q GIM1) Waiting() Time { return newExpMix(1-q.sigma, expTerm{q.sigma, q.drain()}) }

// Response is exponential.
func (q GIM1) Response() Time { return newExpMix(0, expTerm{1, math.Max(q.drain(), 0)}) }
