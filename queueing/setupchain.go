package queueing

import "math"

// solve finds the mean numbers for more than one server. A state is (i servers
// on, j present), i ≤ min(j, c), numbered by j and then i; the levels above c
// are folded into level c by the ratio matrix.
func (q *Setup) solve() error {
	r := q.ratios()
	last := q.c * (q.c + 1) / 2 // the first state of level c
	pi, err := stationary(last+q.c+1, q.jumps(r))
	if err != nil {
		return err
	}
	all, beyond := geometricSums(pi[last:], r)
	total := 0.0
	count := func(i, j int, p float64) {
		total += p
		q.present += float64(j) * p
		q.on += float64(i) * p
		q.starting += float64(min(q.c, j)-i) * p
	}
	for j := range q.c {
		for i, p := range pi[j*(j+1)/2 : (j+1)*(j+2)/2] {
			count(i, j, p)
		}
	}
	for i, p := range all {
		count(i, q.c, p)
		q.present += beyond[i]
	}
	q.present /= total
	q.on /= total
	q.starting /= total
	return nil
}

// ratios is the ratio matrix R between levels from c on: with the rates λ up,
// jμ down and (c − j)α from j to j + 1 servers on, the entries of
// λ + R·A1 + R²·A2 = 0 are, from the diagonal outwards,
//
//	R_jj = 2λ/(D_j + √(D_j² − 4λjμ))    D_j = λ + jμ + (c − j)α
//	R_ij = (R_(i,j−1)·(c − j + 1)α + jμ·Σ_(i<k<j) R_ik·R_kj) / (D_j − jμ·(R_ii + R_jj))
func (q *Setup) ratios() [][]float64 {
	c := q.c
	r := make([][]float64, c+1)
	leave := make([]float64, c+1)
	for j := range r {
		r[j] = make([]float64, c+1)
		mu, start := float64(j)/q.service, float64(c-j)/q.setup
		leave[j] = q.lambda + mu + start
		// D² − 4λjμ as (λ − jμ)² and what set-ups add, so that nothing is lost when they are rare
		apart := q.lambda - mu
		root := math.Sqrt(apart*apart + start*(start+2*(q.lambda+mu)))
		r[j][j] = 2 * q.lambda / (leave[j] + root)
	}
	for j := 1; j <= c; j++ {
		mu := float64(j) / q.service
		for i := j - 1; i >= 0; i-- {
			sum := r[i][j-1] * float64(c-j+1) / q.setup
			for k := i + 1; k < j; k++ {
				sum += mu * r[i][k] * r[k][j]
			}
			r[i][j] = sum / (leave[j] - mu*(r[i][i]+r[j][j]))
		}
	}
	return r
}

// jumps are those of the levels 0 … c, where a trip above level c returns with
// k servers on at the rate R_ik·kμ.
func (q *Setup) jumps(r [][]float64) []jump {
	c := q.c
	at := func(i, j int) int { return j*(j+1)/2 + i }
	var jumps []jump
	for j := range c + 1 {
		for i := range j + 1 {
			if j < c {
				jumps = append(jumps, jump{at(i, j), at(i, j+1), q.lambda})
			}
			if i < j {
				jumps = append(jumps, jump{at(i, j), at(i+1, j), float64(j-i) / q.setup})
			}
			if i > 0 {
				jumps = append(jumps, jump{at(i, j), at(min(i, j-1), j-1), float64(i) / q.service})
			}
		}
	}
	for i := range c + 1 {
		for k := i + 1; k <= c; k++ {
			jumps = append(jumps, jump{at(i, c), at(k, c), r[i][k] * float64(k) / q.service})
		}
	}
	return jumps
}

// geometricSums are Σ_n π·Rⁿ and Σ_n n·π·Rⁿ for an upper triangular R.
func geometricSums(pi []float64, r [][]float64) (all, beyond []float64) {
	all, beyond = make([]float64, len(pi)), make([]float64, len(pi))
	for j := range pi {
		sum, up := pi[j], 0.0
		for i := range j {
			sum += all[i] * r[i][j]
			up += (all[i] + beyond[i]) * r[i][j]
		}
		all[j] = sum / (1 - r[j][j])
		beyond[j] = (up + all[j]*r[j][j]) / (1 - r[j][j])
	}
	return all, beyond
}
