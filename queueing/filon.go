package queueing

import (
	"math"
	"math/cmplx"
)

// Some times are known by their distribution function and not by a formula for
// their transform: a lognormal latency, the join of parallel branches. With F
// known at the lattice times and cubic in log t between them, the transform
//
//	f(s) = s·∫ e^(−st)·F(t) dt = Σ_j F(t_j)·V_k(j − i)  at s = z_k/t_i
//	V_k(d) = ∫ z_k·e^(v − z_k·e^v)·L(v/h − d) dv
//
// is a sum whose weights depend on j − i alone, as the lattice is even in log t;
// L is the cardinal function of four-point Lagrange interpolation. This is
// Filon's idea, product integration, in the logarithm of time: however fast
// e^(−st) turns, only F is interpolated, so that the sum is the exact transform
// of a function close to F ([DaRa84]).
type filonTable struct {
	v    []block // V(d), d = filonLeast … filonMost
	tail []block // Σ V(d') over d' ≥ d
	m    [2]float64
}

const (
	filonLeast = -27 // e^v = 6e-3: what is earlier counts by its moments
	filonMost  = 9   // e^v = 5.6: what is later has e^(−43) left
)

// newFilonTable integrates by Gauss–Legendre quadrature, with more points in the
// late cells, in which the kernel turns faster. phase is the part of a step by
// which the times asked for are later than those of the table.
func newFilonTable(z *block, phase float64) *filonTable {
	n := filonMost - filonLeast + 1
	t := &filonTable{v: make([]block, n), tail: make([]block, n+1)}
	var kernel block
	for cell := filonLeast - 2; cell <= filonMost+1; cell++ {
		points, weights := gaussLegendre(cell > -8)
		for q, x := range points {
			v := (float64(cell) + x - phase) * latticeStep
			filonKernel(&kernel, z, math.Exp(v), weights[q]*latticeStep)
			for offset, c := range lagrange(x) {
				d := cell - 1 + offset
				if d < filonLeast || d > filonMost {
					continue
				}
				row := &t.v[d-filonLeast]
				for k := range row {
					row[k] += complex(c*real(kernel[k]), c*imag(kernel[k]))
				}
			}
		}
	}
	for d := n - 1; d >= 0; d-- {
		t.tail[d] = t.tail[d+1]
		for k := range t.tail[d] {
			t.tail[d][k] += t.v[d][k]
		}
	}
	points, weights := gaussLegendre(true)
	for p := range t.m { // ∫ L(x)·e^((p+1)·h·x) dx
		for cell := -2; cell < 2; cell++ {
			for q, x := range points {
				c := lagrange(x)
				if at := -cell + 1; at >= 0 && at < 4 {
					t.m[p] += weights[q] * c[at] * math.Exp(float64(p+1)*latticeStep*(float64(cell)+x))
				}
			}
		}
	}
	return t
}

// filonKernel is weight·z·e^v·e^(−z·e^v) for all nodes z_k = a + iπk, which is a
// geometric series in k.
func filonKernel(out, z *block, ev, weight float64) {
	a := real(z[0])
	sin, cos := math.Sincos(math.Pi * ev)
	turn, at := complex(cos, -sin), complex(weight*ev*math.Exp(-a*ev), 0)
	for k := range out {
		out[k] = z[k] * at
		at *= turn
	}
}

// lagrange are the four cardinal functions that are not 0 in a cell, at x in
// [0, 1] of it: those of the points −1, 0, 1 and 2.
func lagrange(x float64) [4]float64 {
	a, b, c := x+1, x-1, x-2
	return [4]float64{-x * b * c / 6, a * b * c / 2, -a * x * c / 2, a * x * b / 6}
}

// gaussLegendre are the points and weights of Gauss–Legendre quadrature on
// [0, 1]: eight of them for a fine one, three otherwise ([AbSt64], table 25.4).
func gaussLegendre(fine bool) (points, weights []float64) {
	x := []float64{-0.7745966692414834, 0, 0.7745966692414834}
	w := []float64{5.0 / 9, 8.0 / 9, 5.0 / 9}
	if fine {
		x = []float64{
			-0.9602898564975363, -0.7966664774136267, -0.5255324099163290, -0.1834346424956498,
			0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363,
		}
		w = []float64{
			0.1012285362903763, 0.2223810344533745, 0.3137066458778873, 0.3626837833783620,
			0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763,
		}
	}
	for i := range x {
		x[i], w[i] = (1+x[i])/2, w[i]/2
	}
	return x, w
}

// tableLaw is a law known by its distribution function above the shift, at the
// lattice times first, first + 1, …: 0 before and 1 beyond.
type tableLaw struct {
	memo
	first int
	f     []float64
	area  []float64 // Σ F·t·h·m over earlier times: the two moments by which
	mass  []float64 // Σ F·t²·h·m those count that are far below the time asked for
}

func newTableLaw(is facts, first int, f []float64) *tableLaw {
	return &tableLaw{memo: memo{is: is}, first: first, f: f}
}

func (l *tableLaw) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if !empty {
		return b
	}
	if g.filon == nil {
		g.filon = newFilonTable(&g.z, float64(g.phase)/phases)
	}
	last := l.first + len(l.f) - 1
	if last < i+filonLeast { // all of it is early: its moments say everything
		m := l.is.mean - l.is.shift
		for k, s := range g.at(i) {
			// the transform of a time that is short against 1/|s|
			b[k] = cmplx.Exp(-s*complex(m, 0) + s*s*complex(l.is.variance/2, 0))
		}
		return b
	}
	l.early(g, i, b)
	from := max(l.first, i+filonLeast)
	for j := from; j <= min(last, i+filonMost); j++ {
		f := l.f[j-l.first]
		v := &g.filon.v[j-i-filonLeast]
		for k := range b {
			b[k] += complex(f*real(v[k]), f*imag(v[k]))
		}
	}
	if d := last + 1 - i; d <= filonMost {
		tail := &g.filon.tail[max(d, filonLeast)-filonLeast]
		for k := range b {
			b[k] += tail[k]
		}
	}
	return b
}

// early adds what the times below the table contribute: there e^(−st) is
// nearly 1 − st.
func (l *tableLaw) early(g *lattice, i int, b *block) {
	n := i + filonLeast - l.first // so many are too early
	if n <= 0 {
		return
	}
	if l.area == nil {
		l.area, l.mass = make([]float64, len(l.f)+1), make([]float64, len(l.f)+1)
		for j, f := range l.f {
			t := timeAt(l.first + j)
			l.area[j+1] = l.area[j] + f*t*latticeStep*g.filon.m[0]
			l.mass[j+1] = l.mass[j] + f*t*t*latticeStep*g.filon.m[1]
		}
	}
	n = min(n, len(l.f))
	for k, s := range g.at(i) {
		b[k] += s*complex(l.area[n], 0) - s*s*complex(l.mass[n], 0)
	}
}
