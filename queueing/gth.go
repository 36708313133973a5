package queueing

import "fmt"

// jump is one transition of a Markov chain in continuous time.
type jump struct {
	from, to int
	rate     float64 // (1/s)
}

// maxChainWork bounds the multiplications of one elimination, which then takes
// a second or two, and maxChainCells the memory that it holds.
const (
	maxChainWork  = 2e9
	maxChainCells = 2e7
)

// chain is a Markov chain with n states whose jumps reach at most below states
// down and above states up: what is left of a model with levels when its states
// are numbered level by level.
type chain struct {
	n, below, above int
	rows            []float64 // rates, row by row, from the column row − below to row + above
}

// chainSize is the reach of a list of jumps, and false where the elimination
// would take too long or too much memory.
func chainSize(n int, jumps []jump) (below, above int, fits bool) {
	for _, j := range jumps {
		below = max(below, j.from-j.to)
		above = max(above, j.to-j.from)
	}
	width := float64(below + above + 1)
	return below, above, float64(n)*width <= maxChainCells && float64(n)*float64(below)*float64(above) <= maxChainWork
}

// stationary is the stationary distribution of a chain with n states, of which
// each must reach state 0. Jumps from a state to itself are ignored.
//
// States are eliminated from the last to the first, each by giving its jumps to
// those that it is reached from, and then the probabilities are built up again:
//
//		s_k = Σ_(j<k) q_kj    q_ij += q_ik·q_kj / s_k    π_k = Σ_(i<k) π_i·q_ik / s_k
//
//	  - Accuracy: it subtracts nothing and so loses no digits, however unlike the
//	    rates are.
//	  - Source: [GrTH85].
//
// [GrTH85]: https://doi.org/10.1287/opre.33.5.1107
func stationary(n int, jumps []jump) ([]float64, error) {
	below, above, fits := chainSize(n, jumps)
	if !fits {
		return nil, fmt.Errorf("queueing: a chain with %d states that jumps reach over %d and %d of is too large to solve", n, below, above)
	}
	c := chain{n: n, below: below, above: above, rows: make([]float64, n*(below+above+1))}
	for _, j := range jumps {
		if j.from != j.to {
			c.rows[c.at(j.from, j.to)] += j.rate
		}
	}
	return c.solve(), nil
}

// at is where the rate from i to j lies.
func (c *chain) at(i, j int) int { return i*(c.below+c.above+1) + c.below + j - i }

func (c *chain) solve() []float64 {
	for k := c.n - 1; k > 0; k-- {
		first := max(0, k-c.below)
		down := c.rows[c.at(k, first):c.at(k, k)]
		sum := 0.0
		for _, q := range down {
			sum += q
		}
		for i := max(0, k-c.above); i < k; i++ {
			p := c.rows[c.at(i, k)]
			if p == 0 {
				continue
			}
			p /= sum
			c.rows[c.at(i, k)] = p
			from := max(first, i-c.below)
			row := c.rows[c.at(i, from):c.at(i, k)]
			for j, q := range down[from-first:] {
				row[j] += p * q
			}
		}
	}
	return c.build()
}

// build finds the probabilities from what the elimination has left, scaling
// them down as they grow.
func (c *chain) build() []float64 {
	pi := make([]float64, c.n)
	pi[0] = 1
	for k := 1; k < c.n; k++ {
		for i := max(0, k-c.above); i < k; i++ {
			pi[k] += pi[i] * c.rows[c.at(i, k)]
		}
		if pi[k] > 1e200 {
			for i := range k + 1 {
				pi[i] *= 1e-200
			}
		}
	}
	return normalise(pi)
}
