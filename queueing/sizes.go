package queueing

import "math"

// SizeOrder is a discipline that knows how long each service takes.
type SizeOrder int

// The disciplines of [NewMG1BySize].
const (
	ShortestFirst          SizeOrder = iota // of those waiting, when a service ends
	ShortestFirstPreempt                    // a shorter request interrupts a longer one
	ShortestRemainingFirst                  // one shorter than what is left interrupts
)

// SizedService is a service time with a distribution, as those of a scenario.
type SizedService interface {
	Service
	Survival(x float64) float64
	Quantile(p float64) float64
}

// MG1BySize is M/G/1 where short requests go first.
type MG1BySize struct {
	mg1   MG1
	wait  float64
	order SizeOrder
	law   SizedService
}

// NewMG1BySize is M/G/1 with arrival rate lambda (1/s) and the given service
// time, served in the given order. With ρ(x) = λ·E[S; S ≤ x] and m(x) = E[S²; S ≤ x]
// a request that needs x stays in the mean
//
//	λ·E[S²]/2(1 − ρ(x))² + x                                shortest first
//	λ·m(x)/2(1 − ρ(x))² + x/(1 − ρ(x))                      the same, preemptive
//	λ(m(x) + x²P(S > x))/2(1 − ρ(x))² + ∫_0^x dt/(1 − ρ(t))   shortest remaining
//
// with (1 − ρ(x−))(1 − ρ(x)) for the square where many have the same size. The
// distributions are not known: they are nil.
//
//   - Domain: λ ≥ 0, E[S] > 0; ρ ≥ 1 gives an [UnstableError].
//   - Accuracy: 1e-6, and 1e-3 where sizes come in lumps.
//   - Source: [CoMM67] for shortest first, [ScMi66] for the remaining time.
func NewMG1BySize(lambda float64, service SizedService, order SizeOrder) (MG1BySize, error) {
	q, err := NewMG1(lambda, service)
	if err != nil {
		return MG1BySize{}, err
	}
	if order < ShortestFirst || order > ShortestRemainingFirst {
		w := want{station: "M/G/1 by size"}
		w.fail("order", float64(order), "one of the declared orders")
		return MG1BySize{}, w.err
	}
	s := MG1BySize{mg1: q, order: order, law: service}
	if lambda > 0 {
		s.integrate(func(p, x, stay float64) { s.wait += p * (stay - x) })
	}
	return s, nil
}

// integrate walks through the sizes on a grid in steps of half a
// thousandth and gives the probability of each step, the size in its middle and
// the mean stay of a request of that size.
func (q MG1BySize) integrate(visit func(p, x, stay float64)) {
	const step = 1.0005
	lambda, mean := q.mg1.lambda, q.mg1.service.Moment(1)
	end := q.law.Quantile(1-1e-14) * step
	lo, gLo := 0.0, 1.0
	var area, moment, rest float64 // with G = P(S > y): ∫G, ∫yG, ∫dt/(1 − ρ(t)) up to lo
	rho := 0.0
	for hi := math.Min(1e-5*mean, end); lo < end; hi = math.Min(hi*step, end) {
		gHi, width := q.law.Survival(hi), hi-lo
		areaHi := area + width*(gLo+gHi)/2
		momentHi := moment + width*(lo*gLo+hi*gHi)/2
		rhoHi := math.Min(lambda*math.Max(0, areaHi-hi*gHi), q.mg1.rho)
		x, before, after := (lo+hi)/2, 1-rho, 1-rhoHi
		restHi := rest + width*(1/before+1/after)/2
		below := math.Max(0, moment+momentHi-(lo*lo*gLo+hi*hi*gHi)/2) // m(x)
		var stay float64
		switch q.order {
		case ShortestFirst:
			stay = lambda*q.mg1.service.Moment(2)/(2*before*after) + x
		case ShortestFirstPreempt:
			slow := (1/before + 1/after) / 2
			if gLo-gHi > 0.05 { // a lump of one size, of which nobody interrupts another
				slow, below = 1/before, 2*momentHi-hi*hi*gHi
			}
			stay = lambda*below/(2*before*after) + x*slow
		case ShortestRemainingFirst:
			stay = lambda*(moment+momentHi)/(2*before*after) + (rest+restHi)/2
		}
		visit(math.Max(0, gLo-gHi), x, stay)
		lo, gLo, area, moment, rest, rho = hi, gHi, areaHi, momentHi, restHi, rhoHi
	}
}

// Figures implements [Station].
func (q MG1BySize) Figures() Figures {
	return classFigures(q.mg1.lambda, q.wait, q.mg1.service.Moment(1), 1, q.mg1.rho, 1-q.mg1.rho)
}

// Waiting is not known.
func (q MG1BySize) Waiting() Time { return nil }

// Response is not known.
func (q MG1BySize) Response() Time { return nil }
