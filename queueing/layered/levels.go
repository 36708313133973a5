package layered

// chain is a station on its own: a Markov chain over (number present, stage).
// Present are those who wait or are served before their reply; the stage says
// what the servers do besides, such as the second phases that are running.
type chain struct {
	stages int
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
// which only adds and divides positive numbers.
func (c chain) solve() [][]float64 {
	k := c.stages
	r := make([][][]float64, c.most+1) // R_n, from level n to n+1
	inner := c.local(c.most)
	for n := c.most; n > 0; n-- {
		down := c.down(n)
		r[n-1] = sojourns(inner, down, c.up(n-1))
		inner = c.local(n - 1)
		for i := range k {
			for j := range k {
				for l := range k {
					inner[i][j] += r[n-1][i][l] * down[l][j]
				}
			}
		}
	}
	pi := make([][]float64, c.most+1)
	pi[0] = stationary(inner)
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

// sojourns gives f·(−U)⁻¹, f times the mean time in each stage of a level until
// one leaves it, from the rates within the level, whose diagonal does not
// matter, and those that leave it. It eliminates one stage after another and
// only adds, multiplies and divides positive numbers ([GrTH85]).
func sojourns(within, leaving [][]float64, f float64) [][]float64 {
	k := len(within)
	q, x := square(k), square(k)
	leave, d := make([]float64, k), make([]float64, k)
	for i := range k {
		copy(q[i], within[i])
		x[i][i] = f
		for _, rate := range leaving[i] {
			leave[i] += rate
		}
	}
	for p := range k {
		d[p] = leave[p]
		for j := p + 1; j < k; j++ {
			d[p] += q[p][j]
		}
		if d[p] == 0 { // a stage that is never there
			d[p] = 1
		}
		for i := p + 1; i < k; i++ {
			part := q[i][p] / d[p]
			leave[i] += part * leave[p]
			for j := range k {
				if j > p {
					q[i][j] += part * q[p][j]
				}
				x[i][j] += part * x[p][j]
			}
		}
	}
	for p := k - 1; p >= 0; p-- {
		for j := range k {
			for l := p + 1; l < k; l++ {
				x[p][j] += q[p][l] * x[l][j]
			}
			x[p][j] /= d[p]
		}
	}
	return x
}

// stationary solves π·a = 0 for the generator of one level, by state reduction
// ([GrTH85]) down to the first, which must not be transient; a state that leads
// nowhere has probability 0.
func stationary(a [][]float64) []float64 {
	k := len(a)
	m := square(k)
	for i := range a {
		copy(m[i], a[i])
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
