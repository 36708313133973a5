package queueing

import "math"

// GIM1 is the GI/M/1 station: independent gaps between arrivals, exponential
// service, one server in order of arrival.
type GIM1 struct{ lambda, service, rest float64 } // rest is 1 − σ

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
//   - Accuracy: exact up to that of the root (see gim1Root) and of A*.
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
	return GIM1{lambda, service, gim1Root(gap, service)}, nil
}

// gim1Root is the root δ = 1 − σ above 0 of
//
//	δ = 1 − A*(δ/S)
//
// Near saturation it is small, and the right side nothing but rounding. There
// m_1·s − m_2·s²/2 ≤ 1 − A*(s) ≤ m_1·s − m_2·s²/2 + m_3·s³/6, with m_k the
// moments of the gap, encloses it: with η = 1/ρ − 1, a = m_2/2S² and b = m_3/6S³,
//
//		η = a·δ  at the least,  η = a·δ − b·δ²  at the most
//
//	  - Accuracy: 1e-13 + 1e-16/(η·δ) for what the transform does not tell, but
//	    never beyond the enclosure, whose width is δ·b/a; 1e-9 where that is narrow.
func gim1Root(gap Service, service float64) float64 {
	eta := gap.Moment(1)/service - 1
	a := gap.Moment(2) / service / service / 2
	b := gap.Moment(3) / service / service / service / 6
	least, most := eta/a, 1.0
	if d := a*a - 4*b*eta; d > 0 {
		most = math.Min(1, 2*eta/(a+math.Sqrt(d)))
	}
	if !(least > 0) || math.IsInf(least, 1) { // no moments that are numbers
		least = 1e-12
	}
	least = math.Min(least, most)
	if most-least <= 1e-5*most {
		return most // off by about the square of that
	}
	f := func(d float64) float64 { return d - 1 + real(gap.LST(complex(d/service, 0))) }
	low, high := f(least), f(most)
	switch {
	case low >= 0:
		return least
	case high <= 0:
		return most
	}
	return illinois(f, least, most, low, high)
}

// Figures implements [Station].
func (q GIM1) Figures() Figures {
	wait := q.sigma() * q.service / q.rest
	rho := q.lambda * q.service
	return Figures{
		Throughput:  q.lambda,
		Utilization: rho,
		Present:     q.lambda*wait + rho,
		InLine:      q.lambda * wait,
		PWait:       q.sigma(),
		PIdle:       1 - rho,
		Waiting:     wait,
		Response:    wait + q.service,
	}
}

func (q GIM1) sigma() float64 { return 1 - q.rest }

func (q GIM1) drain() float64 { return q.rest / q.service }

// Waiting is 0 with probability 1 − σ and exponential otherwise.
func (q GIM1) Waiting() Time { return newExpMix(q.rest, expTerm{q.sigma(), q.drain()}) }

// Response is exponential.
func (q GIM1) Response() Time { return newExpMix(0, expTerm{1, math.Max(q.drain(), 0)}) }
