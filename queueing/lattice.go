package queueing

import "math"

// The response of a request is put together from the transforms of the stations
// it passes. All of them are needed at the same points s, so these are fixed
// once for the whole model: the nodes z_k/t_i of an inversion at the times
// t_i = 10^(i/latticePerDecade) seconds. What a law is worth at the nodes of one
// time is a block; blocks are computed when asked for and kept.
const (
	latticePerDecade = 12
	latticeOrder     = 10 // of the inversion: six digits
	latticeNodes     = 2*latticeOrder + 1
	latticeStep      = math.Ln10 / latticePerDecade // of log t
	latticeLeast     = -12 * latticePerDecade       // 1 ps
	latticeMost      = 12 * latticePerDecade        // 30 000 years

	// phases is into how many steps one of the lattice is divided where a law is
	// so narrow that it would fall between its times.
	phases = 4
)

// block holds a transform at the nodes of one time.
type block [latticeNodes]complex128

// lattice is the shared set of points, and what is cached about it. Lattices of
// the phases 1, 2, … have their times between those of phase 0.
type lattice struct {
	phase  int
	finer  [phases]*lattice // of phase 0: all of them, made when asked for
	z      block            // nodes for t = 1 s
	weight block            // w_k/z_k: P(T > t) = Σ Re(weight·(1 − f))
	lo, hi int              // times within [t_lo, t_hi] are asked for
	nodes  []*block
	filon  *filonTable // made when first asked for
	arena  []block
}

// newLattice covers times between least and most (s).
func newLattice(least, most float64) *lattice {
	g := &lattice{lo: indexOf(least), hi: indexOf(most)}
	g.lo, g.hi = max(g.lo, latticeLeast), min(g.hi, latticeMost)
	g.hi = max(g.hi, g.lo)
	v := newInversion(latticeOrder)
	for k := range g.z {
		g.z[k] = v.nodes[k]
		g.weight[k] = complex(v.weights[k], 0) / v.nodes[k]
	}
	g.nodes = make([]*block, g.hi-g.lo+1)
	g.finer[0] = g
	return g
}

// shifted is the lattice of phase p, whose times come p/phases of a step later.
func (g *lattice) shifted(p int) *lattice {
	if g.finer[p] == nil {
		g.finer[p] = &lattice{phase: p, z: g.z, weight: g.weight, lo: g.lo, hi: g.hi, nodes: make([]*block, g.hi-g.lo+1)}
	}
	return g.finer[p]
}

// time is that of index i (s).
func (g *lattice) time(i int) float64 {
	return math.Exp((float64(i) + float64(g.phase)/phases) * latticeStep)
}

// indexOf is the index of the time nearest below t (s).
func indexOf(t float64) int {
	switch {
	case !(t > 0):
		return latticeLeast
	case math.IsInf(t, 1):
		return latticeMost
	}
	return int(math.Floor(math.Log(t) / latticeStep))
}

// timeAt is t_i of phase 0 (s).
func timeAt(i int) float64 { return math.Exp(float64(i) * latticeStep) }

// new is an empty block from the arena.
func (g *lattice) new() *block {
	if len(g.arena) == 0 {
		g.arena = make([]block, 64)
	}
	b := &g.arena[0]
	g.arena = g.arena[1:]
	return b
}

// at are the points s of one time.
func (g *lattice) at(i int) *block {
	b := g.nodes[i-g.lo]
	if b == nil {
		b = g.new()
		t := g.time(i)
		for k, z := range g.z {
			b[k] = complex(real(z)/t, imag(z)/t)
		}
		g.nodes[i-g.lo] = b
	}
	return b
}

// survival is P(T > t_i) for the law above its shift.
func (g *lattice) survival(l law, i int) float64 {
	f := l.block(g, i)
	sum := 0.0
	for k, w := range g.weight {
		sum += real(w)*(1-real(f[k])) + imag(w)*imag(f[k])
	}
	return math.Max(0, math.Min(1-l.facts().atom, sum))
}
