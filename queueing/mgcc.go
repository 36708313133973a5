package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// MGcc is the M/G/c/c station of Erlang's loss formula: c servers and no line;
// an arrival that finds all of them busy is turned away.
type MGcc struct {
	c       int
	lambda  float64
	service dist.Dist
}

// NewMGcc is M/G/c/c with arrival rate lambda (1/s), the given service time (s)
// and c servers:
//
//	P(loss) = ErlangB(c, a)    L = a·(1 − P(loss))    a = λ·E[S]
//
// The number present depends on the service time through its mean only.
//
//   - Domain: λ ≥ 0, 0 < E[S] < ∞, c ≥ 1. Any load is stable.
//   - Accuracy: as [ErlangB].
//   - Source: [Erla17]; for any service time [Kell79].
func NewMGcc(lambda float64, service dist.Dist, c int) (MGcc, error) {
	w := want{station: "M/G/c/c"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service.Mean())
	w.count("servers", c, 1)
	w.notNegative("offered load", lambda*service.Mean())
	return MGcc{c, lambda, service}, w.err
}

// Present is the probability of n busy servers (1).
func (q MGcc) Present(n int) float64 {
	a := q.lambda * q.service.Mean()
	return birthDeathAround(q.c, func(n int) float64 { return a / float64(n) }).at(n)
}

// Figures implements [Station].
func (q MGcc) Figures() Figures {
	c, a := float64(q.c), q.lambda*q.service.Mean()
	ab := a * ErlangB(q.c-1, a)
	let := c / (c + ab) // 1 − B, without the difference
	return Figures{
		Throughput:  q.lambda * let,
		Utilization: a * let / c,
		Present:     a * let,
		PIdle:       let,
		PLoss:       ab / (c + ab),
		Response:    q.service.Mean(),
	}
}

// Waiting is none.
func (q MGcc) Waiting() Time { return newExpMix(1) }

// Response is one service time.
func (q MGcc) Response() Time { return q.service }

// MGInf is the M/G/∞ station, a pure delay with any service time.
type MGInf struct {
	lambda  float64
	service dist.Dist
}

// NewMGInf is M/G/∞ with arrival rate lambda (1/s) and the given service time
// (s). The number present has the Poisson distribution with mean λ·E[S].
//
//   - Domain: λ ≥ 0, 0 < E[S] < ∞; it is never unstable.
//   - Accuracy: exact up to rounding.
//   - Source: [Tijm03].
//
// [Tijm03]: https://doi.org/10.1002/047001363X
func NewMGInf(lambda float64, service dist.Dist) (MGInf, error) {
	w := want{station: "M/G/∞"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service.Mean())
	w.notNegative("offered load", lambda*service.Mean())
	return MGInf{lambda, service}, w.err
}

// Present is the probability of n present (1).
func (q MGInf) Present(n int) float64 {
	a := q.lambda * q.service.Mean()
	switch {
	case n < 0:
		return 0
	case n == 0:
		return math.Exp(-a)
	case a == 0:
		return 0
	}
	log, _ := math.Lgamma(float64(n) + 1)
	return math.Exp(float64(n)*math.Log(a) - a - log)
}

// Figures implements [Station].
func (q MGInf) Figures() Figures {
	return Figures{Throughput: q.lambda, Present: q.lambda * q.service.Mean(), PIdle: 1, Response: q.service.Mean()}
}

// Waiting is none.
func (q MGInf) Waiting() Time { return newExpMix(1) }

// Response is one service time.
func (q MGInf) Response() Time { return q.service }
