package queueing

import (
	"fmt"
	"slices"

	"github.com/headroom/headroom/queueing/ctmc"
)

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
//   - Accuracy: that of elimination by [ctmc.Chain.Stationary], which loses no
//     digits, however unlike the rates are.
//   - Source: [GrTH85].
//
// [GrTH85]: https://doi.org/10.1287/opre.33.5.1107
func stationary(n int, jumps []jump) ([]float64, error) {
	below, above, fits := chainSize(n, jumps)
	if !fits {
		return nil, fmt.Errorf("queueing: a chain with %d states that jumps reach over %d and %d of is too large to solve", n, below, above)
	}
	from := make([]int, n+1) // where the jumps out of a state begin, in order
	for _, j := range jumps {
		from[j.from+1]++
	}
	for i := range n {
		from[i+1] += from[i]
	}
	order, next := make([]jump, len(jumps)), slices.Clone(from)
	for _, j := range jumps {
		order[next[j.from]] = j
		next[j.from]++
	}
	c, err := ctmc.New(n, func(i int, add func(int, float64)) {
		for _, j := range order[from[i]:from[i+1]] {
			add(j.to, j.rate)
		}
	})
	if err != nil {
		return nil, err
	}
	return c.Stationary()
}
