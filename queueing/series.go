package queueing

import "math"

// series is F of one station as a power series in z = Σ_r D_r·z_r: a polynomial
// over 1 − ratio·z, or a polynomial alone, cut after the number of users, where
// ratio is 0.
type series struct {
	terms []xnum  // of the polynomial
	ratio float64 // of neighbours in F from some number on
	slope []xnum  // derivative of the polynomial
	open  []xnum  // f(n) times the mean number of open requests next to n closed ones
}

// newSeries finds the series of a station of several servers or of changing
// speed, for so many closed users.
func newSeries(s ClosedStation, users int) series {
	f := make([]xnum, users+1)
	f[0] = xOf(1)
	settled, rising := s.settled(), true
	for n := 1; n <= users; n++ {
		f[n] = f[n-1].times(1 / s.left(n))
		rising = rising && s.speed(n) <= s.full()
	}
	out := series{terms: f}
	if rising && settled < users {
		out.ratio = 1 / (s.full() - s.OpenLoad)
		out.terms = f[: settled+1 : settled+1]
		out.terms = append([]xnum(nil), out.terms...)
		for n := settled; n > 0; n-- {
			share := 1 - s.left(n)*out.ratio // of f(n) that ratio·f(n−1) does not make up
			out.terms[n] = f[n].times(math.Max(0, share))
		}
	}
	for n := 1; n < len(out.terms); n++ {
		out.slope = append(out.slope, out.terms[n].times(float64(n)))
	}
	if s.OpenLoad > 0 {
		out.open = make([]xnum, users+1)
		for n := range f {
			out.open[n] = f[n].times(s.openPresent(n))
		}
	}
	return out
}

// geometric multiplies g by 1/(1 − ratio·Σ_r d_r·z_r), in place: upwards, so
// that a sum takes in what its neighbours below have summed up.
func (p *populations) geometric(g []xnum, d []float64, ratio float64) {
	p.first()
	for at := range g {
		for r, n := range p.n {
			if n > 0 && d[r] > 0 {
				g[at] = g[at].plus(g[at-p.stride[r]].times(d[r] * ratio))
			}
		}
		p.next()
	}
}

// horner is g times the polynomial Σ_m terms[m]·(Σ_r d_r·z_r)^m.
func (p *populations) horner(g []xnum, d []float64, terms []xnum) []xnum {
	h := make([]xnum, len(g))
	for m := len(terms) - 1; m >= 0; m-- {
		p.last()
		for at := len(h) - 1; at >= 0; at-- { // downwards: neighbours below are still old
			sum := g[at].by(terms[m])
			for r, n := range p.n {
				if n > 0 && d[r] > 0 {
					sum = sum.plus(h[at-p.stride[r]].times(d[r]))
				}
			}
			h[at] = sum
			p.previous()
		}
	}
	return h
}
