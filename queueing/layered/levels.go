package layered

import "math"

// chain is a station on its own: a Markov chain over (number present, stage).
// Present are those who wait or are served before their reply; the stage says
// what the servers do besides, such as the second phases that are running.
type chain struct {
	stages int
	root   int // a stage that comes back with no one present
	// rates from each stage to each with a given number present: of staying
	// with it (changes of stage), and of one fewer present.
	local, down func(present int) [][]float64
	up          func(present int) float64 // arrivals (1/s), which keep the stage
	most        int
}

// solve gives the probabilities of each number present and stage. It eliminates
// the levels from the highest down: with U_n = L_n + R_n·D_(n+1) the rates
// inside level n once the levels above are gone,
//
//	π_(n+1) = π_n·R_n    R_n = λ_n·(−U_(n+1))⁻¹
//
// which only adds and divides positive numbers if the elimination inside a
// level does so too ([GrTH85]); here the blocks are small and pivots positive.
func (c chain) solve() [][]float64 {
	k := c.stages
	r := make([][][]float64, c.most+1) // R_n, from level n to n+1
	inner := c.generator(c.most, 0)
	for n := c.most; n > 0; n-- {
		// R_(n−1) = λ_(n−1)·(−inner)⁻¹, with inner including the diagonal.
		r[n-1] = invert(inner, c.up(n-1))
		down := c.down(n)
		inner = c.generator(n-1, c.up(n-1))
		for i := range k {
			for j := range k {
				for l := range k {
					inner[i][j] += r[n-1][i][l] * down[l][j]
				}
			}
		}
	}
	pi := make([][]float64, c.most+1)
	pi[0] = stationary(inner, c.root)
	total := 0.0
	for n := 0; n <= c.most; n++ {
		if n > 0 {
			pi[n] = make([]float64, k)
			for i := range k {
				for j := range k {
					pi[n][j] += pi[n-1][i] * r[n-1][i][j]
				}
			}
		}
		for _, p := range pi[n] {
			total += p
		}
		if total > 1e200 {
			scale(pi[:n+1], 1e-200)
			total *= 1e-200
		}
	}
	scale(pi, 1/total)
	return pi
}

func scale(m [][]float64, f float64) {
	for _, row := range m {
		for j := range row {
			row[j] *= f
		}
	}
}

// generator is the local part of a level, its diagonal included.
func (c chain) generator(n int, up float64) [][]float64 {
	g := square(c.stages)
	local := c.local(n)
	var down [][]float64
	if n > 0 {
		down = c.down(n)
	}
	for i := range g {
		out := up
		for j := range g {
			if i != j {
				g[i][j] = local[i][j]
				out += local[i][j]
			}
			if down != nil {
				out += down[i][j]
			}
		}
		g[i][i] = -out
	}
	return g
}

// invert gives f·(−a)⁻¹ for an a of negative diagonal, positive elsewhere, by
// Gauss–Jordan elimination, for which an M-matrix needs no pivoting ([BePl79]).
// A stage that nothing leaves has probability 0 and stays out.
func invert(a [][]float64, f float64) [][]float64 {
	k := len(a)
	m, inv := square(k), square(k)
	for i := range a {
		for j := range a {
			m[i][j] = -a[i][j]
		}
		inv[i][i] = f
	}
	for p := range k {
		d := m[p][p]
		if !(d > 0) {
			d = math.SmallestNonzeroFloat64 / 1e-300
			m[p][p] = d
		}
		for j := range k {
			m[p][j] /= d
			inv[p][j] /= d
		}
		for i := range k {
			if i == p || m[i][p] == 0 {
				continue
			}
			x := m[i][p]
			for j := range k {
				m[i][j] -= x * m[p][j]
				inv[i][j] -= x * inv[p][j]
			}
		}
	}
	return inv
}

// stationary solves π·a = 0 for the generator of one level, by state reduction
// ([GrTH85]) down to a root that is not transient; a state that nothing leads to
// has probability 0.
func stationary(a [][]float64, root int) []float64 {
	k := len(a)
	m := square(k)
	at := func(i int) int { // the root is exchanged with the first
		switch i {
		case 0:
			return root
		case root:
			return 0
		}
		return i
	}
	for i := range a {
		for j := range a {
			m[i][j] = a[at(i)][at(j)]
		}
	}
	out := make([]float64, k)
	for n := k - 1; n > 0; n-- {
		for j := range n {
			out[n] += m[n][j]
		}
		if out[n] == 0 {
			continue
		}
		for i := range n {
			for j := range n {
				m[i][j] += m[i][n] / out[n] * m[n][j]
			}
		}
	}
	pi := make([]float64, k)
	pi[0] = 1
	for n := 1; n < k; n++ {
		if out[n] == 0 {
			continue
		}
		for i := range n {
			pi[n] += pi[i] * m[i][n] / out[n]
		}
	}
	pi[0], pi[root] = pi[root], pi[0]
	return pi
}

func square(k int) [][]float64 {
	all := make([]float64, k*k)
	out := make([][]float64, k)
	for i := range out {
		out[i] = all[i*k : (i+1)*k]
	}
	return out
}
