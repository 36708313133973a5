package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// MG1PS is the M/G/1 station under processor sharing: each of n requests is served
// at a rate of 1/n, whatever its service time and those of the others.
type MG1PS struct {
	lambda, rho float64
	service     dist.Dist
	variance    float64 // of the response (s²)
}

// NewMG1PS has arrival rate lambda (1/s) and the given service time. The number
// present and the mean response time are those of M/M/1; the variance is not. Given
// x seconds of service, with W the wait of the same station in order of arrival,
//
//	E[T(x)] = x/(1 − ρ)    Var T(x) = 2/(1 − ρ)²·∫_0^x (x − t)·P(W > t) dt
//
// of which the second is found as the inverse of the transform (1 − W*(s))/s³.
// Over all service times, Var T = Var(S)/(1 − ρ)² + ∫ (Var T(x))'·P(S > x) dx.
//
//   - Domain: λ ≥ 0, E[S] from 1e-60 to 1e60; λ·E[S] ≥ 1 gives an [UnstableError].
//   - Accuracy: means exact; variances to 1e-6, +Inf where E[S²] is.
//   - Source: [Kell79] for the mean; [Yash87] for the variance.
//
// [Yash87]: https://doi.org/10.1007/BF01182931
func NewMG1PS(lambda float64, service dist.Dist) (MG1PS, error) {
	w := want{station: "M/G/1 under processor sharing"}
	w.notNegative("arrival rate", lambda)
	w.scaled("mean service time", service.Mean())
	w.stable(lambda*service.Mean(), 1)
	if w.err != nil {
		return MG1PS{}, w.err
	}
	q := MG1PS{lambda: lambda, rho: lambda * service.Mean(), service: service}
	q.variance = q.overall()
	return q, nil
}

// Figures implements [Station]. PWait is the probability that an arrival finds
// the server busy, though it is served at once.
func (q MG1PS) Figures() Figures {
	response := q.service.Mean() / (1 - q.rho)
	return Figures{
		Throughput: q.lambda, Utilization: q.rho, Present: q.lambda * response,
		PWait: q.rho, PIdle: 1 - q.rho, Response: response,
	}
}

// Waiting is none.
func (q MG1PS) Waiting() Time { return newExpMix(1) }

// Response has the mean and variance of a visit; the rest of the distribution is
// fitted to them.
//
//   - Accuracy: mean and variance as [NewMG1PS] says; for exponential service, whose
//     distribution [PS] knows, p95 and p99 are within 10 %, p90 within 15 % and the
//     median within 20 % up to a load of 0.95.
func (q MG1PS) Response() Time {
	mean := q.service.Mean() / (1 - q.rho)
	return fit(mean, q.variance/(mean*mean))
}

// ResponseToExactly is the response time of a request that brings exactly x
// seconds of service: mean and variance, and the probability (1 − ρ)·e^(−λx) of
// meeting no one; the rest of the distribution is fitted to them.
//
//   - Source: [Yash87].
//
// [Yash87]: https://doi.org/10.1007/BF01182931
func (q MG1PS) ResponseToExactly(x float64) (Time, error) {
	w := want{station: "M/G/1 under processor sharing"}
	w.scaled("service time", x)
	if w.err != nil {
		return nil, w.err
	}
	mean := q.rho / (1 - q.rho) * x // beyond x
	if mean <= 1e-12*x {
		return shifted{x, newExpMix(1)}, nil
	}
	none := (1 - q.rho) * math.Exp(-q.lambda*x)
	second := q.given(3, x) + mean*mean
	m := mean / (1 - none)
	return shifted{x, delayed{1 - none, fit(m, math.Max(0, second/(1-none)/(m*m)-1))}}, nil
}

// given is Var T(x) with order 3, and its derivative by x with order 2 (s², s).
func (q MG1PS) given(order int, x float64) float64 {
	mg := MG1{lambda: q.lambda, rho: q.rho, service: q.service}
	v := fineInversion().at(x, func(s complex128) complex128 {
		power := s
		for range order - 1 {
			power *= s
		}
		return (1 - mg.waitLST(s)) / power
	})
	return math.Max(0, 2*v/((1-q.rho)*(1-q.rho)))
}

// overall is the variance of the response time over all service times (s²). The
// integral goes over cells that begin small and grow, with edges where a
// constant or uniform law has them.
func (q MG1PS) overall() float64 {
	left := 1 - q.rho
	sum := q.service.Variance() / (left * left)
	if q.lambda == 0 || math.IsInf(sum, 1) {
		return sum
	}
	points, weights := gaussLegendre(true)
	width := q.service.Mean() / 4
	total := 0.0
	for low := 0.0; low < 1e9*q.service.Mean(); low += width {
		if low >= 4*q.service.Mean() {
			width = low / 2
		}
		cell := 0.0
		for i, p := range points {
			x := low + p*width
			if tail := q.service.Survival(x); tail > 0 {
				cell += weights[i] * width * tail * q.given(2, x)
			}
		}
		total += cell
		if cell <= 1e-12*total {
			break
		}
	}
	return sum + total
}
