package queueing

import (
	"math"
	"math/cmplx"
)

// busyPeriod is the time from an arrival at an idle M/G/1 station to the next
// instant at which it is idle.
type busyPeriod struct {
	lambda  float64
	service Service
}

// NewBusyPeriod is the busy period B of M/G/1 with arrival rate lambda (1/s) and
// the given service time:
//
//		B*(s) = S*(s + λ − λ·B*(s))    E[B] = E[S]/(1 − ρ)    E[B²] = E[S²]/(1 − ρ)³
//
//	  - Domain: λ ≥ 0, E[S] > 0; ρ = λ·E[S] ≥ 1 gives an [UnstableError].
//	  - Accuracy: moments exact; the transform to rounding, the distribution by
//	    inversion, see [Survival].
//	  - Source: [Taka62]; the iteration [AbWh92].
func NewBusyPeriod(lambda float64, service Service) (Time, error) {
	w := want{station: "M/G/1 busy period"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service.Moment(1))
	w.stable(lambda*service.Moment(1), 1)
	if w.err != nil {
		return nil, w.err
	}
	return busyPeriod{lambda, service}.time(), nil
}

func (b busyPeriod) time() Time {
	m := b.moments()
	return transformed{mean: m[1], variance: m[2] - m[1]*m[1], lst: b.lst, euler: fineInversion()}
}

// moments are E[B^k] for k up to 3.
func (b busyPeriod) moments() [4]float64 {
	m1, m2, m3 := b.service.Moment(1), b.service.Moment(2), b.service.Moment(3)
	idle := 1 - b.lambda*m1
	third := m3 / math.Pow(idle, 4)
	if b.lambda > 0 {
		third += 3 * b.lambda * m2 * m2 / math.Pow(idle, 5)
	}
	return [4]float64{1, m1 / idle, m2 / (idle * idle * idle), third}
}

// lst solves the equation for the transform by iteration, which contracts, sped
// up by Aitken's extrapolation as long as that stays within the unit circle.
func (b busyPeriod) lst(s complex128) complex128 {
	if b.lambda == 0 {
		return b.service.LST(s)
	}
	rate := complex(b.lambda, 0)
	next := func(x complex128) complex128 { return b.service.LST(s + rate*(1-x)) }
	x := complex128(0)
	for range 1000 {
		y := next(x)
		z := next(y)
		if cmplx.Abs(z-y) <= 1e-15 {
			return z
		}
		leap := x - (y-x)*(y-x)/(z-2*y+x)
		if cmplx.Abs(leap) < 1 { // false for NaN too
			x = leap
		} else {
			x = z
		}
	}
	return x
}
