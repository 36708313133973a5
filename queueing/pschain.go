package queueing

import "math"

// psChain is what a request meets at a station under processor sharing: how
// many others it finds, and how their number moves while it is there. With n
// others on c servers the request is served at rate r_n = min(1, c/(n+1)).
//
// The others come at a rate b_n and each leaves at rate r_n/τ. The chain is
// reversible, and b_n is the one for which the distribution seen by an arrival
// is kept along the request's service:
//
//	b_n = (π_(n+1)/π_n)·(n+1)·r_n/τ
//
// which gives b_n = λ for Poisson arrivals, and the idle sources for a finite
// number of them.
type psChain struct {
	c    int
	tau  float64   // mean demand of the others (s); with general demands, their mean residual demand
	seen []float64 // π_n: probability that an arrival finds n others

	slowdown float64 // E[1/r]: mean response time per second of demand (1)
	spread   float64 // Var[1/r] (1)
	relax    float64 // demand (s) over which 1/r forgets where it started
	free     float64 // probability that an arrival finds a server idle
	crowding float64 // rate (1/s) at which the last idle server is taken then
}

func newPSChain(c int, tau float64, seen []float64) psChain {
	ch := psChain{c: c, tau: tau, seen: seen}
	each := 1 / float64(c)
	below := min(c, len(seen))
	for _, p := range seen[:below] {
		ch.free += p
	}
	ch.slowdown = ch.free
	for n := below; n < len(seen); n++ {
		ch.slowdown += seen[n] * float64(n+1) * each
	}
	d := 1 - ch.slowdown
	ch.spread = ch.free * d * d
	for n := below; n < len(seen); n++ {
		d = float64(n+1)*each - ch.slowdown
		ch.spread += seen[n] * d * d
	}
	if c-1 < len(seen)-1 && ch.free > 0 {
		// the flow from c − 1 to c others, π·b, over the probability of being below
		ch.crowding = seen[c] * float64(c) / tau / ch.free
	}
	ch.relax = ch.correlation()
	return ch
}

// stretch is 1/r_n.
func (ch psChain) stretch(n int) float64 {
	if n < ch.c {
		return 1
	}
	return float64(n+1) / float64(ch.c)
}

// correlation is ∫ Cov(g_0, g_y) dy / Var(g) for g = 1/r along the demand y
// served, during which the chain crosses from n to n+1 at the stationary rate
// π_(n+1)·(n+1)/τ. For a birth–death chain the integral is the sum over the
// edges of the squared partial sums of π·(g − E g) over that rate.
func (ch psChain) correlation() float64 {
	if ch.spread <= 0 {
		return ch.tau
	}
	sum, partial := 0.0, 0.0
	each := 1 / float64(ch.c)
	for n := 0; n+1 < len(ch.seen); n++ {
		partial += ch.seen[n] * (max(1, float64(n+1)*each) - ch.slowdown)
		if edge := ch.seen[n+1] * float64(n+1); edge > 0 {
			sum += partial * partial / edge
		}
	}
	return math.Max(sum*ch.tau/ch.spread, 1e-9*ch.tau)
}

// variance is that of the response time to exactly x seconds of demand (s²),
//
//	2·Var(g)·(x/κ − (1 − e^(−κx))/κ²),  1/κ = relax
//
// For c = 1 the correlation of g is exponential and this is exact with
// exponential demands of the others; with general ones it is the formula of
// [Yash87] with the wait of M/G/1 in order of arrival taken as exponential.
//
// [Yash87]: https://doi.org/10.1007/BF01182931
func (ch psChain) variance(x float64) float64 {
	if ch.spread == 0 {
		return 0
	}
	y := x / ch.relax
	if y < 1e-4 {
		return ch.spread * x * x * (1 - y/3)
	}
	return 2 * ch.spread * ch.relax * ch.relax * (y + math.Expm1(-y))
}

// undisturbed is the probability that x seconds of demand are served without
// any slowdown: the request finds an idle server, and no arrival takes the last
// one. It is exact for c = 1, where it is (1 − ρ)·e^(−λx).
func (ch psChain) undisturbed(x float64) float64 {
	return ch.free * math.Exp(-ch.crowding*x)
}

// excess describes the time that the response to exactly x seconds of demand
// takes beyond x: none with probability none, and otherwise a time fitted to
// what mean and variance leave.
func (ch psChain) excess(x float64) (none float64, rest fitted) {
	mean := (ch.slowdown - 1) * x
	if mean <= 1e-12*x {
		return 1, fitted{}
	}
	none = ch.undisturbed(x)
	second := ch.variance(x) + mean*mean
	m := mean / (1 - none)
	return none, fit(m, math.Max(0, second/(1-none)/(m*m)-1))
}

// constant is the response time to exactly x seconds of demand.
func (ch psChain) constant(x float64) Time {
	none, rest := ch.excess(x)
	return shifted{x, delayed{1 - none, rest}}
}

// shifted is a time and a constant.
type shifted struct {
	by   float64
	rest Time
}

func (d shifted) Mean() float64               { return d.by + d.rest.Mean() }
func (d shifted) Variance() float64           { return d.rest.Variance() }
func (d shifted) CDF(t float64) float64       { return d.rest.CDF(t - d.by) }
func (d shifted) Survival(t float64) float64  { return d.rest.Survival(t - d.by) }
func (d shifted) LST(s complex128) complex128 { return expNeg(s, d.by) * d.rest.LST(s) }
func (d shifted) Quantile(p float64) float64 {
	if t, done := quantileEdge(p); done {
		return t
	}
	return d.by + d.rest.Quantile(p)
}
