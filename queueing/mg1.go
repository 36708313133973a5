package queueing

// Service is what the stations for general service times need to know of one:
// its moments E[S^k], k = 1, 2, 3 (s^k, +Inf where there is none) and its
// Laplace–Stieltjes transform for Re s ≥ 0. The distributions of a scenario
// are services.
type Service interface {
	Moment(k int) float64
	LST(s complex128) complex128
}

// MG1 is the M/G/1 station in order of arrival.
type MG1 struct {
	lambda  float64
	service Service
	rho     float64
}

// NewMG1 is M/G/1 with arrival rate lambda (1/s) and the given service time:
//
//	W = λ·E[S²] / (2(1 − ρ))    E[W²] = 2·W² + λ·E[S³] / (3(1 − ρ))
//	W*(s) = (1 − ρ) / (1 − ρ·(1 − S*(s))/(s·E[S]))
//
// the formulas of Pollaczek and Khinchine.
//
//   - Domain: λ ≥ 0, E[S] > 0; ρ = λ·E[S] ≥ 1 gives an [UnstableError]. Without
//     a second (third) moment of S the mean (variance) is +Inf, and the
//     distributions are right all the same.
//   - Accuracy: means exact; distributions by inversion, see [Survival].
//   - Source: [Klei75].
func NewMG1(lambda float64, service Service) (MG1, error) {
	w := want{station: "M/G/1"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service.Moment(1))
	rho := lambda * service.Moment(1)
	w.stable(rho, 1)
	return MG1{lambda, service, rho}, w.err
}

// Figures implements [Station].
func (q MG1) Figures() Figures {
	wait := mg1Wait(q.lambda, q.service)
	return Figures{
		Throughput:  q.lambda,
		Utilization: q.rho,
		Present:     q.lambda*wait + q.rho,
		InLine:      q.lambda * wait,
		PWait:       q.rho,
		PIdle:       1 - q.rho,
		Waiting:     wait,
		Response:    wait + q.service.Moment(1),
	}
}

func mg1Wait(lambda float64, s Service) float64 {
	if lambda == 0 {
		return 0
	}
	return lambda * s.Moment(2) / (2 * (1 - lambda*s.Moment(1)))
}

func mg1WaitVariance(lambda float64, s Service) float64 {
	if lambda == 0 {
		return 0
	}
	w := mg1Wait(lambda, s)
	return w*w + lambda*s.Moment(3)/(3*(1-lambda*s.Moment(1)))
}

// Waiting is 0 with probability 1 − ρ; the rest by inversion.
func (q MG1) Waiting() Time {
	return transformed{
		mean: mg1Wait(q.lambda, q.service), variance: mg1WaitVariance(q.lambda, q.service),
		atom: 1 - q.rho, lst: q.waitLST, euler: fineInversion(),
	}
}

// Response is waiting plus service, by inversion.
func (q MG1) Response() Time {
	m := q.service.Moment(1)
	return transformed{
		mean:     mg1Wait(q.lambda, q.service) + m,
		variance: mg1WaitVariance(q.lambda, q.service) + q.service.Moment(2) - m*m,
		lst:      func(s complex128) complex128 { return q.waitLST(s) * q.service.LST(s) },
		euler:    fineInversion(),
	}
}

func (q MG1) waitLST(s complex128) complex128 {
	return pollaczek(q.rho, q.service.Moment(1), s, q.service.LST(s))
}

// pollaczek is the transform of the waiting time of M/G/1 at s, where the
// service time of the given mean has the transform value lst. It is the
// geometric sum of residual service times.
func pollaczek(rho, mean float64, s, lst complex128) complex128 {
	if s == 0 {
		return 1
	}
	residual := (1 - lst) / (s * complex(mean, 0))
	return complex(1-rho, 0) / (1 - complex(rho, 0)*residual)
}
