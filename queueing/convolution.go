package queueing

import "math"

// Convolution solves a closed network with any mixture of delays, single and
// multiple servers, speeds that depend on the number present, and open
// requests, by Buzen's normalising constants. With f_k(n) = Π D_k/α_k(j), j ≤ n,
// for the speed α_k(j) of a station,
//
//	G = f_1 ∗ f_2 ∗ …    X(N) = G(N−1)/G(N)    p_k(n | N) = f_k(n)·G_(−k)(N−n)/G(N)
//
// where G_(−k) leaves out station k. An arrival sees the network with one
// request less ([SeMi81]), so it finds n at station k with probability
// p_k(n | N−1).
//
// Multi-server mean value analysis in its textbook form gets p(0) by a
// difference that loses all digits near saturation; here, as f_k(n) is
// geometric once every server is busy, a convolution with it is a recursion
// of positive terms,
//
//	H(n) = r·H(n−1) + Σ_(j≤c) (f(j) − r·f(j−1))·G(n−j),  r = D/α(c)
//
// so no digits are lost, and it costs the number of servers per user, not
// the number of users.
//
//   - Assumes: product form.
//   - Domain: that of [ClosedNetwork], with at most 2e9 steps, for users times terms
//     of the series of all stations; no users give zeros.
//   - Accuracy: exact up to rounding, for any load.
//   - Source: [Buze73]; open requests [BrBA84].
//
// [Buze73]: https://doi.org/10.1145/362342.362345
// [SeMi81]: https://doi.org/10.1145/322248.322257
// [BrBA84]: https://doi.org/10.1016/0166-5316(84)90010-5
func Convolution(c ClosedNetwork) (ClosedResult, error) {
	if err := c.check(); err != nil {
		return ClosedResult{}, err
	}
	w := want{station: "closed network"}
	steps, cells := c.size()
	if w.bounded(steps, cells, "MVA takes more at single servers, and Schweitzer and Linearizer approximate"); w.err != nil {
		return ClosedResult{}, w.err
	}
	out := ClosedResult{Stations: make([]ClosedFigures, len(c.Stations))}
	if c.Users == 0 {
		return out, nil
	}
	delay := c.Think
	for _, s := range c.Stations {
		if s.isDelay() {
			delay += s.Demand
		}
	}
	factors := make([]factor, len(c.Stations))
	for k, s := range c.Stations {
		if !s.isDelay() {
			factors[k] = newFactor(s.one(), c.Users)
		}
	}
	without := make([][]xnum, len(factors))
	leaveOut(factors, c.Stations, 0, len(factors), delayConstants(delay, c.Users), without)
	all := delayConstants(delay, c.Users)
	if n := len(factors); n > 0 {
		all = factors[n-1].convolve(without[n-1])
	}
	out.Throughput = all[c.Users-1].over(all[c.Users])
	for k, s := range c.Stations {
		f := &out.Stations[k]
		f.Utilization = s.utilization(out.Throughput)
		if s.isDelay() {
			f.Residence, f.Present = s.Demand, out.Throughput*s.Demand
			out.Response += s.Demand
			continue
		}
		f.Seen = factors[k].marginal(without[k], c.Users-1)
		f.Marginal = factors[k].marginal(without[k], c.Users)
		for n, p := range f.Marginal {
			f.Present += float64(n) * p * s.copies()
			f.OpenPresent += p * s.openPresent(n) * s.copies()
		}
		f.Residence = f.Present / out.Throughput
		out.Response += f.Residence
	}
	return out, nil
}

// leaveOut finds, for each station in [lo, hi), the constants of the network
// without one copy of it, where g are those of the network without any of them.
// Halving the range costs a convolution for each station and level, instead of
// one for each pair of stations.
func leaveOut(factors []factor, stations []ClosedStation, lo, hi int, g []xnum, without [][]xnum) {
	switch hi - lo {
	case 0:
		return
	case 1:
		for range int(stations[lo].copies()) - 1 {
			g = factors[lo].convolve(g)
		}
		without[lo] = g
		return
	}
	mid := (lo + hi) / 2
	join := func(g []xnum, from, to int) []xnum {
		for k := from; k < to; k++ {
			for range int(stations[k].copies()) {
				g = factors[k].convolve(g)
			}
		}
		return g
	}
	leaveOut(factors, stations, lo, mid, join(g, mid, hi), without)
	leaveOut(factors, stations, mid, hi, join(g, lo, mid), without)
}

// delayConstants are the normalising constants Zⁿ/n! of a delay alone.
func delayConstants(z float64, n int) []xnum {
	g := make([]xnum, n+1)
	g[0] = xOf(1)
	for i := 1; i <= n; i++ {
		g[i] = g[i-1].times(z / float64(i))
	}
	return g
}

// factor is f of one station: f[n] for n up to where the speed settles, and
// the ratio r of neighbours beyond.
type factor struct {
	f     []xnum
	ratio float64
	terms []xnum // f(j) − r·f(j−1), where all of them are positive; nil otherwise
	long  []xnum // f out to the population, where they are not
}

func newFactor(s ClosedStation, users int) factor {
	settled := min(s.settled(), users)
	out := factor{ratio: s.Demand / (s.full() - s.OpenLoad), f: make([]xnum, settled+1)}
	out.f[0] = xOf(1)
	slowing := false
	for n := 1; n <= settled; n++ {
		out.f[n] = out.f[n-1].times(s.Demand / s.left(n))
		slowing = slowing || s.speed(n) > s.full()
	}
	if slowing || settled < s.settled() {
		out.long = make([]xnum, users+1)
		copy(out.long, out.f)
		for n := settled + 1; n <= users; n++ {
			out.long[n] = out.long[n-1].times(out.ratio)
		}
		return out
	}
	out.terms = make([]xnum, 0, settled+1)
	out.terms = append(out.terms, out.f[0])
	for j := 1; j <= settled; j++ {
		share := 1 - s.left(j)/(s.full()-s.OpenLoad) // of f(j) that r·f(j−1) does not make up
		out.terms = append(out.terms, out.f[j].times(math.Max(0, share)))
	}
	return out
}

// left is the speed that n ≥ 1 closed requests get at a station that open ones
// share: F(n−1)/F(n) with
//
//	F(n) = Σ_m C(n+m, m)·a^m / Π_(i ≤ n+m) α(i)
func (s ClosedStation) left(n int) float64 {
	if s.OpenLoad == 0 {
		return s.speed(n)
	}
	if n > s.settled() {
		return s.full() - s.OpenLoad
	}
	// F(n)·Π_(i≤n) α(i): the common factor of F(n) and F(n−1) is taken out
	above, of := s.openSum(n, nil)
	below, by := s.openSum(n-1, nil)
	return math.Ldexp(below/above, by-of) * s.speed(n)
}

// openSum is Σ_m C(n+m, m)·a^m / Π_(n < i ≤ n+m) α(i), as a number and the power
// of 2 that it is to be multiplied by: with many closed requests it is beyond
// float64. With mean set, it also finds the mean of m under those weights.
func (s ClosedStation) openSum(n int, mean *float64) (sum float64, power int) {
	moment := 0.0
	for m, term := 0, 1.0; ; m++ {
		sum += term
		moment += float64(m) * term
		if n+m >= s.settled() && term*float64(m+1) < 1e-17*sum {
			break
		}
		term *= s.openStep(n, m)
		if term > largeTerm {
			term, sum, moment, power = math.Ldexp(term, -largePower), math.Ldexp(sum, -largePower), math.Ldexp(moment, -largePower), power+largePower
		}
	}
	if mean != nil {
		*mean = moment / sum
	}
	return sum, power
}

// openStep is the weight of m + 1 open requests over that of m, beside n closed
// ones.
func (s ClosedStation) openStep(n, m int) float64 {
	return float64(n+m+1) / float64(m+1) * s.OpenLoad / s.speed(n+m+1)
}

// Terms beyond largeTerm are made smaller by so many powers of 2, exactly.
const (
	largePower = 600
	largeTerm  = 0x1p600
)

// openPresent is the mean number of open requests at the station given n
// closed ones.
func (s ClosedStation) openPresent(n int) float64 {
	if s.OpenLoad == 0 {
		return 0
	}
	if n >= s.settled() { // negative binomial
		rho := s.OpenLoad / s.full()
		return float64(n+1) * rho / (1 - rho)
	}
	mean := 0.0
	s.openSum(n, &mean)
	return mean
}

// at is f(n).
func (f factor) at(n int) xnum {
	if n < len(f.f) {
		return f.f[n]
	}
	if f.long != nil {
		return f.long[n]
	}
	return xnum{}
}

// convolve is g ∗ f.
func (f factor) convolve(g []xnum) []xnum {
	if f.f == nil {
		return g // a delay, which is in g already
	}
	h := make([]xnum, len(g))
	for n := range h {
		if f.terms == nil {
			for j := 0; j <= n; j++ {
				h[n] = h[n].plus(f.at(j).by(g[n-j]))
			}
			continue
		}
		if n > 0 {
			h[n] = h[n-1].times(f.ratio)
		}
		for j := 0; j <= n && j < len(f.terms); j++ {
			h[n] = h[n].plus(f.terms[j].by(g[n-j]))
		}
	}
	return h
}

// marginal is the distribution of the number at the station with n users
// altogether, where others are the constants of the rest. The tail beyond
// 1e-14 is cut.
func (f factor) marginal(others []xnum, n int) []float64 {
	parts := make([]xnum, n+1)
	total := xnum{}
	at := xnum{}
	for j := range parts {
		switch {
		case j < len(f.f):
			at = f.f[j]
		default:
			at = at.times(f.ratio)
		}
		parts[j] = at.by(others[n-j])
		total = total.plus(parts[j])
	}
	p := make([]float64, n+1)
	last := 0
	for j := range p {
		p[j] = parts[j].over(total)
		if p[j] > 1e-14 {
			last = j
		}
	}
	return p[:last+1]
}
