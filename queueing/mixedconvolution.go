package queueing

// MixedConvolution solves a network of several classes, closed and open, with
// any mixture of delays, single and multiple servers and speeds that depend on
// the number present, by normalising constants. As power series in z_1 … z_R,
// one variable for each closed class, the constants G(n) are the product of
// those of the stations,
//
//	F_k = Σ_m (Σ_r D_k(r)·z_r)^m / Π_(j≤m) α_k(j)    X_r = G(N − e_r)/G(N)
//	Q_k(r) = D_k(r)·H_k(N − e_r)/G(N),  H_k = F_k'·Π_(j≠k) F_j
//
// where α_k(j) is the speed that open requests leave ([BrBA84]). A polynomial
// of degree c in Σ D·z is multiplied in by Horner's rule, which costs c sums
// for each class and population, and a series that is geometric from c on is
// such a polynomial over 1 − (Σ D·z)/α(c). The sum stays one of positive terms
// where the speed never falls, and elsewhere the polynomial is as long as there
// are users, so no digits are lost; numbers of any range (xnum) keep it from
// overflow. Mean value analysis of multi-server stations, which finds p(0) as
// a difference, has neither property.
//
//   - Assumes: product form.
//   - Domain: that of [MixedNetwork], with at most 8388608 populations n ≤ N.
//   - Accuracy: exact up to rounding, for any load.
//   - Source: [Buze73], several classes [ReKo75]; open classes [BrBA84].
//
// [Buze73]: https://doi.org/10.1145/362342.362345
// [ReKo75]: https://doi.org/10.1147/rd.193.0283
// [BrBA84]: https://doi.org/10.1016/0166-5316(84)90010-5
func MixedConvolution(m MixedNetwork) (MixedResult, error) {
	if err := m.check(); err != nil {
		return MixedResult{}, err
	}
	w := want{}
	m.productForm(&w)
	closed, users := m.closedClasses()
	p := newPopulations(&w, users)
	w.station = "closed classes"
	steps, cells := m.size(p)
	w.bounded(steps, cells, "Linearizer approximates larger ones")
	if w.err != nil {
		return MixedResult{}, w.err
	}
	c := convolution{m: m, closed: closed, p: p, loads: m.loads(), out: m.newResult()}
	c.solve()
	m.finish(&c.out)
	return c.out, nil
}

// convolution is the state of [MixedConvolution].
type convolution struct {
	m      MixedNetwork
	closed []int // classes
	p      *populations
	loads  []float64 // open, of each station
	out    MixedResult

	demands [][]float64 // of each station, by closed class
	all     []xnum      // G of the whole network
	several []int       // stations that are not single servers
	series  []series    // of those
}

func (c *convolution) solve() {
	g := make([]xnum, c.p.size)
	g[0] = xOf(1)
	c.delays(g)
	c.demands = matrix(len(c.m.Stations), len(c.closed))
	for k, s := range c.m.Stations {
		for i, j := range c.closed {
			c.demands[k][i] = c.m.Classes[j].Demands[k]
		}
		switch {
		case s.isDelay():
		case s.single():
			c.p.geometric(g, c.demands[k], 1/(1-c.loads[k]))
		default:
			c.several = append(c.several, k)
			c.series = append(c.series, newSeries(s.shared(c.loads[k]), c.p.total()))
		}
	}
	c.all = append([]xnum(nil), g...)
	for i, k := range c.several {
		c.all = c.join(c.all, i, k)
	}
	for i, j := range c.closed {
		c.out.Throughput[j] = c.all[c.p.size-1-c.p.stride[i]].over(c.all[c.p.size-1])
	}
	for k, s := range c.m.Stations {
		if s.single() {
			c.singleServer(k)
		}
		if s.isDelay() {
			for j, cl := range c.m.Classes {
				if cl.Users > 0 || cl.Rate > 0 {
					c.out.Residence[j][k] = cl.Demands[k]
				}
			}
		}
	}
	c.leaveOut(0, len(c.several), g)
}

// delays puts the constants Π_r Z_r^(n_r)/n_r! of all delays and think times
// into g.
func (c *convolution) delays(g []xnum) {
	think := make([]float64, len(c.closed))
	for i, j := range c.closed {
		think[i] = c.m.Classes[j].Think
		for k, s := range c.m.Stations {
			if s.isDelay() {
				think[i] += c.m.Classes[j].Demands[k]
			}
		}
	}
	c.p.first()
	for at := range g {
		for i, n := range c.p.n {
			if n > 0 {
				g[at] = g[at-c.p.stride[i]].times(think[i] / float64(n))
				break
			}
		}
		c.p.next()
	}
}

// join is g with the i-th station of several servers multiplied in.
func (c *convolution) join(g []xnum, i, k int) []xnum {
	s := &c.series[i]
	h := c.p.horner(g, c.demands[k], s.terms)
	if s.ratio > 0 {
		c.p.geometric(h, c.demands[k], s.ratio)
	}
	return h
}

// leaveOut finds, for each of the stations of several servers in [lo, hi), the
// constants of the network without it, where g are those without any of them.
func (c *convolution) leaveOut(lo, hi int, g []xnum) {
	switch hi - lo {
	case 0:
		return
	case 1:
		c.severalServers(lo, g)
		return
	}
	mid := (lo + hi) / 2
	left, right := g, g
	for i := mid; i < hi; i++ {
		left = c.join(left, i, c.several[i])
	}
	c.leaveOut(lo, mid, left)
	for i := lo; i < mid; i++ {
		right = c.join(right, i, c.several[i])
	}
	c.leaveOut(mid, hi, right)
}

// singleServer fills in the figures of a station with one server, whose
// F' = F²/(1 − ρ) makes H the whole with one more station like it.
func (c *convolution) singleServer(k int) {
	slow := 1 / (1 - c.loads[k])
	h := append([]xnum(nil), c.all...)
	c.p.geometric(h, c.demands[k], slow)
	present := c.closedFigures(k, h, slow)
	c.openFigures(k, c.loads[k]*slow*(1+present))
}

// severalServers fills in the figures of the i-th station of several servers,
// without which the network has the constants g. Where F = T/(1 − r·z),
//
//	F' = (T' + r·F)/(1 − r·z)
//
// so that H is as short a sum as the product itself.
func (c *convolution) severalServers(i int, g []xnum) {
	k, s := c.several[i], &c.series[i]
	h := c.p.horner(g, c.demands[k], s.slope)
	if s.ratio > 0 {
		for n := range h {
			h[n] = h[n].plus(c.all[n].times(s.ratio))
		}
		c.p.geometric(h, c.demands[k], s.ratio)
	}
	c.closedFigures(k, h, 1)
	if c.loads[k] > 0 {
		open := c.p.horner(g, c.demands[k], s.open)
		c.openFigures(k, open[c.p.size-1].over(c.all[c.p.size-1]))
	}
}

// closedFigures fills in the residence times of closed classes at a station
// from its H, and returns the number present.
func (c *convolution) closedFigures(k int, h []xnum, slow float64) float64 {
	present := 0.0
	last := c.p.size - 1
	for i, j := range c.closed {
		at := last - c.p.stride[i]
		c.out.Residence[j][k] = slow * c.demands[k][i] * h[at].over(c.all[at])
		present += c.out.Throughput[j] * c.out.Residence[j][k]
	}
	return present
}

// openFigures fills in the residence times of open classes at a station with so
// many of them on average: each class has its share of the load.
func (c *convolution) openFigures(k int, present float64) {
	for j, cl := range c.m.Classes {
		if cl.Rate > 0 && c.loads[k] > 0 {
			c.out.Residence[j][k] = cl.Demands[k] * present / c.loads[k]
		}
	}
}
