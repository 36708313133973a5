package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// MMPP2 is a stream of Poisson arrivals whose rate changes between two phases
// at random.
type MMPP2 struct {
	Rates  [2]float64 // of arrivals in each phase (1/s)
	Switch [2]float64 // out of each phase into the other (1/s)
}

// Blocks are the rates of moves without an arrival and with one, as
// [Level.Local] and [Level.Up] want them.
func (m MMPP2) Blocks() (without, with *mat.Dense) {
	return mat.NewDense(2, 2, []float64{0, m.Switch[0], m.Switch[1], 0}),
		mat.NewDense(2, 2, []float64{m.Rates[0], 0, 0, m.Rates[1]})
}

// Rate is the mean rate of arrivals (1/s).
func (m MMPP2) Rate() float64 {
	return (m.Rates[0]*m.Switch[1] + m.Rates[1]*m.Switch[0]) / (m.Switch[0] + m.Switch[1])
}

// SCV is the squared coefficient of variation of the gaps between arrivals (1).
//
//		c² = 1 + 2·s₁s₂(λ₁ − λ₂)² / ((s₁ + s₂)²·(λ₁λ₂ + λ₁s₂ + λ₂s₁))
//
//	  - Source: [FiMe93].
func (m MMPP2) SCV() float64 {
	s := m.Switch[0] + m.Switch[1]
	return 1 + m.swing()/(m.Rates[0]*m.Rates[1]+m.Rate()*s)
}

// Dispersion is the variance of the arrivals of a long time over their mean (1).
//
//		I = 1 + 2·s₁s₂(λ₁ − λ₂)² / ((s₁ + s₂)²·(λ₁s₂ + λ₂s₁))
//
//	  - Source: [FiMe93].
func (m MMPP2) Dispersion() float64 {
	return 1 + m.swing()/(m.Rate()*(m.Switch[0]+m.Switch[1]))
}

// swing is 2·s₁s₂(λ₁ − λ₂)²/(s₁ + s₂)² (1/s²).
func (m MMPP2) swing() float64 {
	s := m.Switch[0] + m.Switch[1]
	d := m.Rates[0] - m.Rates[1]
	return 2 * m.Switch[0] / s * m.Switch[1] / s * d * d
}

// Bursty is the stream of two phases, of which the busy one comes first and lasts
// a given share of the time (1), with a mean rate (1/s), a coefficient of
// variation cv of its gaps (1) and a dispersion over long times (1). For a share
// p the rates are λ(1 + a(1 − p)) and λ(1 − ap), where
//
//		(1+h)·p(1−p)·a² − (1−2p)·a − 1 = 0    h = 2(I − c²)/((I − 1)(c² − 1))
//
//	  - Domain: rate > 0, 1 < cv² ≤ dispersion, 0 < share < 1. With cv² =
//	    dispersion the gaps are independent and the second phase is silent.
//	  - Source: [MMPP2.SCV] and [MMPP2.Dispersion] solved for the parameters.
func Bursty(rate, cv, dispersion, share float64) (MMPP2, error) {
	const name = "bursty arrivals"
	scv := cv * cv
	err := domain.First(
		domain.Positive(name, "rate", rate),
		domain.Positive(name, "coefficient of variation", cv),
		domain.Positive(name, "dispersion", dispersion))
	switch {
	case err != nil:
	case !(cv > 1):
		err = &domain.InputError{Station: name, Parameter: "coefficient of variation", Value: cv, Want: "more than 1"}
	case !(dispersion >= scv):
		err = &domain.InputError{Station: name, Parameter: "dispersion", Value: dispersion, Want: "at least the square of the coefficient of variation"}
	case !(share > 0 && share < 1):
		err = &domain.InputError{Station: name, Parameter: "share of the busy phase", Value: share, Want: "a share above 0 and below 1"}
	}
	if err != nil {
		return MMPP2{}, err
	}
	h := 2 * (dispersion - scv) / (dispersion - 1) / (scv - 1)
	b, q := 1-2*share, share*(1-share)
	a := (b + math.Sqrt(b*b+4*(1+h)*q)) / (2 * (1 + h) * q)
	total := 2 * q * rate * a * a / (dispersion - 1) // s₁ + s₂
	m := MMPP2{
		Rates:  [2]float64{rate * (1 + a*(1-share)), rate * math.Max(0, 1-a*share)},
		Switch: [2]float64{(1 - share) * total, share * total},
	}
	if !(total > 0) || math.IsInf(m.Rates[0]+total, 0) {
		return MMPP2{}, &domain.InputError{Station: name, Parameter: "dispersion", Value: dispersion, Want: "numbers nearer to each other"}
	}
	return m, nil
}
