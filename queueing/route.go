package queueing

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/scenarios"
)

// walk is a Markov chain over operations with what each visit takes.
type walk struct {
	ops   []int       // operations of the chain
	start []float64   // of each
	next  [][]float64 // from each to each; what is missing to 1 ends the walk
	rest  *mat.LU     // I − P; made when first asked for
}

// walkOf is the walk of a route.
func (x *solver) walkOf(w int) *walk {
	if x.p.walks[w] == nil {
		x.p.walks[w] = x.newWalk(w)
	}
	return x.p.walks[w]
}

// newWalk numbers the operations of a route.
func (x *solver) newWalk(w int) *walk {
	r := x.m.Workloads[w].Route
	number := make(map[int]int)
	out := &walk{}
	add := func(op int) int {
		if i, ok := number[op]; ok {
			return i
		}
		number[op] = len(out.ops)
		out.ops = append(out.ops, op)
		return number[op]
	}
	for _, s := range r.Start {
		add(int(s.Op))
	}
	for i := 0; i < len(out.ops); i++ {
		for _, s := range r.Next[scenarios.OpID(out.ops[i])] {
			add(int(s.Op))
		}
	}
	n := len(out.ops)
	out.start, out.next = make([]float64, n), matrix(n, n)
	for _, s := range r.Start {
		out.start[number[int(s.Op)]] += s.P
	}
	for i, op := range out.ops {
		for _, s := range r.Next[scenarios.OpID(op)] {
			out.next[i][number[int(s.Op)]] += s.P
		}
	}
	return out
}

// moments of the whole walk: with U the time from a visit to the end,
//
//	E[U] = E[T] + P·E[U]    E[U²] = E[T²] + 2·E[T]·P·E[U] + P·E[U²]
func (w *walk) moments(visit []moment) moment {
	n := len(w.ops)
	lu := w.factors()
	mean := make([]float64, n)
	for i, v := range visit {
		mean[i] = v.mean
	}
	var u mat.VecDense
	if lu.SolveVecTo(&u, false, mat.NewVecDense(n, mean)) != nil {
		return moment{math.Inf(1), math.Inf(1)}
	}
	second := make([]float64, n)
	for i, v := range visit {
		on := 0.0
		for j, p := range w.next[i] {
			on += p * u.AtVec(j)
		}
		second[i] = v.second() + 2*v.mean*on
	}
	var u2 mat.VecDense
	if lu.SolveVecTo(&u2, false, mat.NewVecDense(n, second)) != nil {
		return moment{math.Inf(1), math.Inf(1)}
	}
	var m, s float64
	for i, p := range w.start {
		m += p * u.AtVec(i)
		s += p * u2.AtVec(i)
	}
	return moment{m, math.Max(0, s-m*m)}
}

// factors are those of I − P.
func (w *walk) factors() *mat.LU {
	if w.rest == nil {
		n := len(w.ops)
		a := mat.NewDense(n, n, nil)
		for i, row := range w.next {
			for j, p := range row {
				a.Set(i, j, -p)
			}
			a.Set(i, i, 1+a.At(i, i))
		}
		w.rest = &mat.LU{}
		w.rest.Factorize(a)
	}
	return w.rest
}

func (x *solver) routeMoments(w int) moment {
	k := x.walkOf(w)
	visit := make([]moment, len(k.ops))
	for i, op := range k.ops {
		visit[i] = x.response[x.view[w]][op]
	}
	return k.moments(visit)
}

// routeLaw is the time of a walk: at every s the transform of the rest of the
// walk from each operation solves
//
//	u_i = f_i(s)·(end_i + Σ_j P_ij·u_j)
type routeLaw struct {
	memo
	*walk
	visits []law
}

func newRouteLaw(k *walk, visits []law) law {
	l := &routeLaw{walk: k, visits: visits}
	each := make([]moment, len(visits))
	for i, v := range visits {
		each[i] = moment{v.facts().mean, v.facts().variance}
	}
	m := k.moments(each)
	l.is.mean, l.is.variance = m.mean, m.variance
	l.is.third = 2 * m.variance * m.variance / math.Max(m.mean, 1e-300)
	return l
}

func (l *routeLaw) block(g *lattice, i int) *block {
	b, empty := l.slot(g, i)
	if !empty {
		return b
	}
	n := len(l.ops)
	f := make([]*block, n)
	for j, v := range l.visits {
		f[j] = v.block(g, i)
	}
	s := g.at(i)
	a := make([]complex128, n*(n+1))
	for k := range b {
		for r := range n {
			row := a[r*(n+1) : (r+1)*(n+1)]
			fr := f[r][k] * expNeg(s[k], l.visits[r].facts().shift)
			end := 1.0
			for c, p := range l.next[r] {
				row[c] = -fr * complex(p, 0)
				end -= p
			}
			row[r]++
			row[n] = fr * complex(math.Max(0, end), 0)
		}
		eliminate(a, n)
		for r, p := range l.start {
			b[k] += complex(p, 0) * a[r*(n+1)+n]
		}
	}
	return b
}

// eliminate solves n equations in place, the right side in the last column. The
// diagonal dominates, as |f(s)| < 1, so no pivots are looked for.
func eliminate(a []complex128, n int) {
	w := n + 1
	for c := range n {
		pivot := 1 / a[c*w+c]
		for j := c; j < w; j++ {
			a[c*w+j] *= pivot
		}
		for r := range n {
			factor := a[r*w+c]
			if r == c || factor == 0 {
				continue
			}
			for j := c; j < w; j++ {
				a[r*w+j] -= factor * a[c*w+j]
			}
		}
	}
}
