package queueing

import "math"

// HalfinWhitt is the probability (1) that an arrival at M/M/c must wait, in the
// limit of a large load a where the number of servers is c = a + β·√a:
//
//	P(W > 0) = 1 / (1 + β·Φ(β)/φ(β))
//
// with the normal distribution Φ and density φ.
//
//   - Domain: any β; at β ≤ 0, where the limit has no steady state, it is 1.
//   - Accuracy: exact as a limit; for M/M/c it is off by about 3 % at a = 500
//     and less for more.
//   - Source: [HaWh81].
//
// [HaWh81]: https://doi.org/10.1287/opre.29.3.567
func HalfinWhitt(beta float64) float64 {
	if beta <= 0 {
		return 1
	}
	phi := math.Exp(-beta*beta/2) / math.Sqrt(2*math.Pi)
	return phi / (phi + beta*0.5*math.Erfc(-beta/math.Sqrt2))
}

// halfinWhittBeta is the β at which [HalfinWhitt] is p.
func halfinWhittBeta(p float64) float64 {
	f := func(beta float64) float64 { return math.Log(p / HalfinWhitt(beta)) }
	const most = 37 // where the probability is 1e-300
	return illinois(f, 0, most, f(0), f(most))
}

// Staffing sets the fewest servers that keep a wait probability beside the
// square-root rule for it, c = a + β·√a.
type Staffing struct {
	Servers int     // the fewest that keep it, exactly (1)
	PWait   float64 // probability to wait with them (1)

	Beta            float64 // β of the rule (1)
	SquareRoot      float64 // a + β·√a (servers)
	SquareRootPWait float64 // probability to wait with that many servers, rounded up (1)
}

// StaffForWait finds how many servers M/M/c needs so that no more than the
// share p of the arrivals waits, at the given offered load (erlangs), and how
// many the square-root rule of [HalfinWhitt] asks for.
//
//   - Domain: 0 < load < 5e7, 1e-290 < p < 1.
//   - Source: [Erla17]; [HaWh81].
func StaffForWait(load, p float64) (Staffing, error) {
	w := want{station: "M/M/c"}
	w.positive("offered load", load)
	w.sized(load)
	if !(p > 1e-290 && p < 1) {
		w.fail("share that waits", p, "a number above 1e-290 and below 1")
	}
	if w.err != nil {
		return Staffing{}, w.err
	}
	c, b := fewestServers(load, func(c int, b float64) bool { return erlangCFromB(c, load, b) <= p })
	beta := halfinWhittBeta(p)
	s := Staffing{Servers: c, PWait: erlangCFromB(c, load, b), Beta: beta, SquareRoot: load + beta*math.Sqrt(load)}
	s.SquareRootPWait = ErlangC(int(math.Ceil(s.SquareRoot)), load)
	return s, nil
}
