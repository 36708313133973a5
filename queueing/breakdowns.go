package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// MM1Breakdowns is the M/M/1 station whose server breaks down and is repaired,
// busy or idle. A request in service waits for the repair and goes on where it
// was.
type MM1Breakdowns struct {
	lambda, mu   float64 // (1/s)
	fail, repair float64 // (1/s)
	poles        breakdownPoles
}

// breakdownPoles are the rates of the two exponentials of a response time (1/s).
// They enclose the rate of repairs η, and how far they are from it and from
// η + ξ follows without differences from
//
//	(faster − η)·(η − slower) = ξ·(η + λ)    (faster − η − ξ)·(η + ξ − slower) = μ·ξ
type breakdownPoles struct {
	slower, faster float64
	below, above   float64 // η − slower, faster − η
	short, over    float64 // η + ξ − slower, faster − η − ξ
}

func polesOf(lambda, mu, fail, repair float64) breakdownPoles {
	lead, product := mu+fail-lambda-repair, fail*(repair+lambda)
	root := math.Sqrt(lead*lead + 4*product)
	var p breakdownPoles
	if lead >= 0 {
		p.above = 0.5 * (lead + root)
		p.below = product / p.above
	} else {
		p.below = 0.5 * (root - lead)
		p.above = product / p.below
	}
	p.faster = repair + p.above
	p.slower = (mu*repair - lambda*(repair+fail)) / p.faster
	p.short = fail + p.below
	p.over = mu * fail / p.short
	return p
}

// apart is faster − slower.
func (p breakdownPoles) apart() float64 { return p.below + p.above }

// NewMM1Breakdowns has arrival rate lambda (1/s), mean service time service (s),
// and a server that works for an exponential time of mean up (s) and is then
// repaired for one of mean down (s), whether there is work or not. With
// ξ = 1/up, η = 1/down and μ = 1/S the response time has the transform
//
//	T*(s) = (A·μ − λ)·(s + η + ξ) / (s² + (μ + η + ξ − λ)·s + μη − λ(η + ξ)),  A = η/(η + ξ)
//
// and its two poles enclose η + ξ, so that it is a mixture of two exponentials
// with positive weights. It follows from the balance of the chain (number
// present, up or down) and the law that the number present is what arrives
// during a response.
//
//   - Domain: λ ≥ 0; S, up and down from 1e-60 to 1e60; λ·S ≥ A gives an [UnstableError].
//   - Accuracy: exact up to rounding.
//   - Source: [WhCh58]; the law for distributions [KeSe88].
//
// [KeSe88]: https://doi.org/10.1016/0167-6377(88)90035-1
func NewMM1Breakdowns(lambda, service, up, down float64) (MM1Breakdowns, error) {
	if err := checkBreakdowns(lambda, service, up, down); err != nil {
		return MM1Breakdowns{}, err
	}
	q := MM1Breakdowns{lambda: lambda, mu: 1 / service, fail: 1 / up, repair: 1 / down}
	q.poles = polesOf(lambda, q.mu, q.fail, q.repair)
	return q, nil
}

// Availability is the share of the time in which the server works (1).
func (q MM1Breakdowns) Availability() float64 { return q.repair / (q.repair + q.fail) }

// free is the probability that the server is up and has nothing to do.
func (q MM1Breakdowns) free() float64 { return q.Availability() - q.lambda/q.mu }

// Figures implements [Station]. Utilization is the share of the time in which
// the server works on a request, PWait the probability that an arrival is not
// served at once, and InLine leaves out the one whose service has begun.
func (q MM1Breakdowns) Figures() Figures {
	wait, response := q.Waiting().Mean(), q.response().Mean()
	return Figures{
		Throughput:  q.lambda,
		Utilization: q.lambda / q.mu,
		Present:     q.lambda * response,
		InLine:      q.lambda * wait,
		PWait:       1 - q.free(),
		PIdle:       q.free(),
		Waiting:     wait,
		Response:    response,
	}
}

func (q MM1Breakdowns) response() expMix {
	p := q.poles
	c := q.mu * q.free() / p.apart()
	return newExpMix(0,
		expTerm{c * p.short / p.slower, p.slower},
		expTerm{c * p.over / p.faster, p.faster})
}

// Response is a mixture of two exponentials.
func (q MM1Breakdowns) Response() Time { return q.response() }

// Waiting is the time until the service begins: what is left of the response
// transform when that of a service with its interruptions,
// μ(s + η)/((s + μ + ξ)(s + η) − ξη), is divided out. All weights are positive.
func (q MM1Breakdowns) Waiting() Time {
	p := q.poles
	c := q.free() * q.lambda / p.apart()
	return newExpMix(q.free(),
		expTerm{c * p.short / p.below * p.short / p.slower, p.slower},
		expTerm{c * p.over / p.above * p.over / p.faster, p.faster},
		expTerm{q.free() * q.fail / (q.repair + q.lambda), q.repair})
}

func checkBreakdowns(lambda, service, up, down float64) error {
	w := want{station: "M/M/1 with breakdowns"}
	w.notNegative("arrival rate", lambda)
	w.scaled("service time", service)
	w.scaled("time up", up)
	w.scaled("time down", down)
	w.stable(lambda*service, up/(up+down))
	return w.err
}

// NewMM1BusyBreakdowns is the M/M/1 station whose server breaks down only while
// it serves. A request then holds the server for its service and the repairs in
// between, a mixture of two exponentials, and the station is [MG1] with that;
// its Utilization counts the repairs.
//
//   - Domain: λ ≥ 0; S, up and down from 1e-60 to 1e60; λ·S·(1 + down/up) ≥ 1 gives an
//     [UnstableError].
//   - Accuracy: as [NewMG1].
//   - Source: [Gave62].
func NewMM1BusyBreakdowns(lambda, service, up, down float64) (MG1, error) {
	if err := checkBreakdowns(lambda, service, up, down); err != nil {
		return MG1{}, err
	}
	mu := 1 / service
	p := polesOf(0, mu, 1/up, 1/down) // a service is a response of its own with nothing ahead
	c := mu / p.apart()
	return NewMG1(lambda, dist.HyperExponential(
		[]float64{c * p.below / p.slower, c * p.above / p.faster},
		[]float64{1 / p.slower, 1 / p.faster}))
}
