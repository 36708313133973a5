package queueing

import "math"

// PowerOfChoices is one of very many single servers in order of arrival, where
// each arrival looks at some of them, picked at random, and joins the one with
// the fewest requests.
type PowerOfChoices struct {
	lambda, service float64
	choices         int
	rho             float64
}

// NewPowerOfChoices has arrival rate lambda (1/s) to each server on average, mean
// service time service (s), and choices servers d that an arrival looks at. In
// the limit of many servers the share of them with i requests or more is
//
//	s_i = ρ^((dⁱ − 1)/(d − 1))    ρ = λ·S
//
// an arrival finds i or more with probability s_i^d, and the mean response time is
// S·Σ_(i≥1) ρ^((dⁱ − d)/(d − 1)). With d = 1 it is M/M/1.
//
//   - Domain: λ ≥ 0, S from 1e-60 to 1e60, d ≥ 1; ρ ≥ 1 gives an [UnstableError].
//   - Accuracy: exact in the limit; with n servers times are longer by a share
//     that falls as 1/n ([Gast17]): at n = 100 and d = 2 by 0.2 % for ρ = 0.5,
//     1.2 % for ρ = 0.9 and 10 % for ρ = 0.99.
//   - Source: [VvDK96], [Mitz01].
//
// [Mitz01]: https://doi.org/10.1109/71.963420
func NewPowerOfChoices(lambda, service float64, choices int) (PowerOfChoices, error) {
	w := want{station: "servers chosen among few"}
	w.notNegative("arrival rate", lambda)
	w.scaled("service time", service)
	w.count("choices", choices, 1)
	w.stable(lambda*service, 1)
	if w.err != nil {
		return PowerOfChoices{}, w.err
	}
	return PowerOfChoices{lambda, service, choices, lambda * service}, nil
}

// Tail is s_i, the share of servers with i requests or more (1).
func (q PowerOfChoices) Tail(i int) float64 {
	if i <= 0 {
		return 1
	}
	return math.Pow(q.rho, q.exponent(i))
}

// exponent is (dⁱ − 1)/(d − 1).
func (q PowerOfChoices) exponent(i int) float64 {
	if q.choices == 1 {
		return float64(i)
	}
	d := float64(q.choices)
	return (math.Pow(d, float64(i)) - 1) / (d - 1)
}

// found is the probability that an arrival finds i or more, s_i^d = s_(i+1)/ρ.
func (q PowerOfChoices) found(i int) float64 {
	return math.Pow(q.rho, float64(q.choices)*q.exponent(i))
}

// line is the distribution of the number that an arrival finds, for d ≥ 2: the
// exponents at least double, so that some sixty terms are all there is.
func (q PowerOfChoices) line() []float64 {
	var seen []float64
	for i, here := 0, 1.0; here > 0; i++ {
		next := q.found(i + 1)
		seen = append(seen, here-next)
		here = next
	}
	return seen
}

// Figures implements [Station]: those of one server. PWait is the probability
// that every server an arrival looks at is busy.
func (q PowerOfChoices) Figures() Figures {
	busy := 1 / (1 - q.rho) // the mean response time, in services
	if q.choices > 1 {
		busy = 0
		for i, term := 0, 1.0; term > 0; i++ {
			busy += term
			term = q.found(i + 1)
		}
	}
	wait := 0.0
	if q.rho > 0 {
		wait = (busy - 1) * q.service
	}
	return Figures{
		Throughput:  q.lambda,
		Utilization: q.rho,
		Present:     q.rho * busy,
		InLine:      q.lambda * wait,
		PWait:       q.found(1),
		PIdle:       1 - q.rho,
		Waiting:     wait,
		Response:    q.service * busy,
	}
}

// Waiting is the waiting time: a service for each request that is found.
func (q PowerOfChoices) Waiting() Time {
	if q.choices == 1 {
		return newMMc(q.lambda, q.service, 1).Waiting()
	}
	seen := q.line()
	return erlangMix{atom: seen[0], weights: seen[1:], rate: 1 / q.service}
}

// Response is the response time: one service more than are found.
func (q PowerOfChoices) Response() Time {
	if q.choices == 1 {
		return newMMc(q.lambda, q.service, 1).Response()
	}
	return erlangMix{weights: q.line(), rate: 1 / q.service}
}
