package queueing

import "math"

// MMc is the M/M/c station: Poisson arrivals, exponential service, c servers,
// one line in order of arrival, unlimited room.
type MMc struct {
	c       int
	lambda  float64 // arrival rate (1/s)
	service float64 // mean service time (s)
	pWait   float64 // Erlang C
	drain   float64 // c/S − λ: rate at which a waiting time ends (1/s)
}

// NewMMc is M/M/c with arrival rate lambda (1/s), mean service time service
// (s) and c servers.
//
//		W = C·S / (c − a)    Lq = λ·W    L = Lq + a    a = λ·S, C = ErlangC(c, a)
//
//	  - Domain: λ ≥ 0, S > 0, c ≥ 1; a ≥ c gives an [UnstableError].
//	  - Accuracy: exact up to rounding.
//	  - Source: [Erla17], [Kend53], [GrHa98].
func NewMMc(lambda, service float64, c int) (MMc, error) {
	w := want{station: "M/M/c"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.count("servers", c, 1)
	w.stable(lambda*service, float64(c))
	if w.err != nil {
		return MMc{}, w.err
	}
	return newMMc(lambda, service, c), nil
}

// newMMc skips the checks; the caller has made them.
func newMMc(lambda, service float64, c int) MMc {
	return MMc{
		c: c, lambda: lambda, service: service,
		pWait: ErlangC(c, lambda*service),
		drain: (float64(c) - lambda*service) / service,
	}
}

// Figures implements [Station].
func (q MMc) Figures() Figures {
	a := q.lambda * q.service
	w := q.pWait / q.drain
	return Figures{
		Throughput:  q.lambda,
		Utilization: a / float64(q.c),
		Present:     q.lambda*w + a,
		InLine:      q.lambda * w,
		PWait:       q.pWait,
		PIdle:       1 - q.pWait, // arrivals see time averages, and wait when no server is idle
		Waiting:     w,
		Response:    w + q.service,
	}
}

// Waiting is 0 with probability 1 − C and exponential with rate c/S − λ
// otherwise ([GrHa98]).
func (q MMc) Waiting() Time { return newExpMix(1-q.pWait, expTerm{q.pWait, q.drain}) }

// Response is the sum of waiting and service.
func (q MMc) Response() Time {
	return mmcResponse{mu: 1 / q.service, pWait: q.pWait, drain: q.drain, apart: q.apart()}
}

// apart is drain − μ = ((c − 1) − a)/S, taken so that it keeps its digits when
// the two rates nearly meet.
func (q MMc) apart() float64 {
	return (float64(q.c-1) - q.lambda*q.service) / q.service
}

// mmcResponse is the response time of M/M/c in order of arrival. With
// θ = c·μ − λ and δ = θ − μ,
//
//	P(T > t) = e^(−μt) + C·μ·(e^(−μt) − e^(−θt))/δ
//
// ([GrHa98]). As δ goes to
// 0 the quotient goes to t·e^(−μt), which the exponential difference below
// reaches without loss of digits.
type mmcResponse struct{ mu, pWait, drain, apart float64 }

func (r mmcResponse) Mean() float64 { return 1/r.mu + r.pWait/r.drain }

func (r mmcResponse) Variance() float64 {
	return 1/(r.mu*r.mu) + r.pWait*(2-r.pWait)/(r.drain*r.drain)
}

// late is (e^(−μt) − e^(−θt))/δ, which is positive. The larger of the two
// exponentials is taken out, so that nothing overflows.
func (r mmcResponse) late(t float64) float64 {
	slower := math.Min(r.mu, r.drain)
	x := math.Abs(r.apart) * t
	if x == 0 {
		return t * math.Exp(-slower*t)
	}
	return t * math.Exp(-slower*t) * (-math.Expm1(-x) / x)
}

func (r mmcResponse) Survival(t float64) float64 {
	if t <= 0 {
		return 1
	}
	return math.Exp(-r.mu*t) + r.pWait*r.mu*r.late(t)
}

func (r mmcResponse) CDF(t float64) float64 {
	if t <= 0 {
		return 0
	}
	return math.Max(0, -math.Expm1(-r.mu*t)-r.pWait*r.mu*r.late(t))
}

func (r mmcResponse) density(t float64) float64 {
	return (1-r.pWait)*r.mu*math.Exp(-r.mu*t) + r.pWait*r.mu*r.drain*r.late(t)
}

func (r mmcResponse) Quantile(p float64) float64 { return quantileNewton(r, p) }

func (r mmcResponse) LST(s complex128) complex128 {
	mu, th := complex(r.mu, 0), complex(r.drain, 0)
	return mu / (s + mu) * (complex(1-r.pWait, 0) + complex(r.pWait, 0)*th/(s+th))
}
