package queueing

import "math"

// LCFS is the M/G/1 station where the last to come is the first to be served.
type LCFS struct {
	mg1        MG1
	preemptive bool
}

// NewLCFS is M/G/1 with arrival rate lambda (1/s) and the given service time,
// last come, first served. Without preemption the mean wait is that of [NewMG1],
// with a longer tail:
//
//	W*(s) = 1 − ρ + λ(1 − B*(s))/(s + λ − λ·B*(s))    E[W²] = E[W²](FCFS)/(1 − ρ)
//
// where B is the busy period ([NewBusyPeriod]). With preemption, service being
// resumed later, the response time is a busy period, so that its mean E[S]/(1 − ρ)
// depends on the service time through its mean only; the wait is then all the
// time that a request is not in service.
//
//   - Domain: λ ≥ 0, E[S] > 0; ρ = λ·E[S] ≥ 1 gives an [UnstableError].
//   - Accuracy: means and variances exact; distributions by inversion, see [Survival].
//   - Source: [Taka62], [CoMM67].
func NewLCFS(lambda float64, service Service, preemptive bool) (LCFS, error) {
	q, err := NewMG1(lambda, service)
	if err != nil {
		return LCFS{}, err
	}
	return LCFS{q, preemptive}, nil
}

// Figures implements [Station].
func (q LCFS) Figures() Figures {
	if !q.preemptive {
		return q.mg1.Figures()
	}
	m := q.mg1.service.Moment(1)
	return classFigures(q.mg1.lambda, m*q.mg1.rho/(1-q.mg1.rho), m, 1, q.mg1.rho, 1-q.mg1.rho)
}

func (q LCFS) busy() busyPeriod { return busyPeriod{q.mg1.lambda, q.mg1.service} }

// Waiting is the time not in service.
func (q LCFS) Waiting() Time {
	if q.mg1.lambda == 0 {
		return newExpMix(1)
	}
	if q.preemptive {
		return q.pushedBack()
	}
	wait, busy := q.mg1.Figures().Waiting, q.busy()
	second := (mg1WaitVariance(q.mg1.lambda, q.mg1.service) + wait*wait) / (1 - q.mg1.rho)
	rate := complex(q.mg1.lambda, 0)
	return transformed{
		mean: wait, variance: second - wait*wait, atom: 1 - q.mg1.rho, euler: fineInversion(),
		lst: func(s complex128) complex128 {
			if s == 0 {
				return 1
			}
			begun := rate * (1 - busy.lst(s))
			return complex(1-q.mg1.rho, 0) + begun/(s+begun)
		},
	}
}

// pushedBack is the time that busy periods of later arrivals take from a
// request: those of λ·x arrivals for a service of x.
func (q LCFS) pushedBack() Time {
	busy, rate := q.busy(), q.mg1.lambda
	m, b := q.mg1.service.Moment(1), busy.moments()
	return transformed{
		mean:     rate * m * b[1],
		variance: rate*m*b[2] + rate*rate*b[1]*b[1]*varianceOf(q.mg1.service),
		atom:     real(q.mg1.service.LST(complex(rate, 0))),
		lst: func(s complex128) complex128 {
			return q.mg1.service.LST(complex(rate, 0) * (1 - busy.lst(s)))
		},
		euler: fineInversion(),
	}
}

// Response is the time of one visit.
func (q LCFS) Response() Time {
	if q.preemptive {
		return q.busy().time()
	}
	return afterWait(q.Waiting(), q.mg1.service)
}

// ResponseTo is the mean response time (s) of a request that needs x seconds of
// service: x/(1 − ρ) under preemption, and x more than the mean wait without.
// It is NaN for an x that is not a time.
func (q LCFS) ResponseTo(x float64) float64 {
	switch {
	case !(x >= 0):
		return math.NaN()
	case q.preemptive:
		return x / (1 - q.mg1.rho)
	}
	return q.Figures().Waiting + x
}
