package resilience

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/internal/quantile"
)

// Lasting is a time (s) whose distribution is known.
type Lasting interface {
	CDF(t float64) float64
	Survival(t float64) float64
	Quantile(p float64) float64
}

// Hedged is the time until the first of two answers, where a second request goes
// to another replica when the first has not answered after a delay:
//
//		P(T > t) = P(A > t)·P(A > t − delay)
//
//	  - Domain: independent answers; the load of the second requests is not part of
//	    it (Extra says how many there are).
//	  - Accuracy: exact.
//	  - Source: the idea is that of [DeBa13].
type Hedged struct {
	one   Lasting
	delay float64
}

// NewHedged hedges one answer's time after a delay (s).
func NewHedged(answer Lasting, delay float64) (Hedged, error) {
	return Hedged{answer, delay}, domain.NotNegative("hedged call", "delay", delay)
}

// Extra is how many second requests there are for a first one (1).
func (h Hedged) Extra() float64 { return h.one.Survival(h.delay) }

// Survival is the probability that there is no answer after t (s).
func (h Hedged) Survival(t float64) float64 {
	if t < h.delay {
		return h.one.Survival(t)
	}
	return h.one.Survival(t) * h.one.Survival(t-h.delay)
}

// CDF is the probability that there is an answer by t (s).
func (h Hedged) CDF(t float64) float64 {
	if t < h.delay {
		return h.one.CDF(t)
	}
	a, b := h.one.CDF(t), h.one.CDF(t-h.delay)
	return a + b - a*b
}

// Quantile is the time (s) by which a share p of all are answered.
func (h Hedged) Quantile(p float64) float64 {
	if t, ok := quantile.Edge(p); ok {
		return t
	}
	return quantile.Search(h.CDF, h.Survival, h.one.Quantile(p), p)
}

// AllOf is the time (s) by which all of n independent times have passed with
// probability p: the quantile of a fan-out.
func AllOf(one Lasting, n int, p float64) (float64, error) {
	if err := domain.Count("fan-out", "branches", n, 1, mostItems); err != nil {
		return math.NaN(), err
	}
	if t, ok := quantile.Edge(p); ok {
		return t, nil
	}
	late := -math.Expm1(math.Log(p) / float64(n)) // 1 − p^(1/n), its digits kept
	return quantile.Search(one.CDF, one.Survival, one.Quantile(1-late), 1-late), nil
}
