package ctmc

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// SlowError says that an iteration did not settle.
type SlowError struct {
	Sweeps   int
	Residual float64 // ‖πQ‖₁ over the rate of all moves (1)
}

// Error implements error.
func (e *SlowError) Error() string {
	return fmt.Sprintf("queueing: %s: after %d sweeps the flows in and out of states still differ by %.3g; number the states so that moves are short", name, e.Sweeps, e.Residual)
}

// sweep is Gauss–Seidel on π_j·exit_j = Σ_i π_i·rate_ij, up and down the states
// in turn, with a correction by groups after every second time.
//
//   - Source: [Stew94]; with groups [KoMS84].
func (c *Chain) sweep() ([]float64, error) {
	const most = 20_000
	in := c.reversed()
	p := make([]float64, c.States())
	for i := range p {
		if c.exit[i] == 0 {
			return nil, &domain.InputError{Station: name, Parameter: fmt.Sprintf("exit rate of state %d", i), Value: 0, Want: "a chain in which every state reaches every other"}
		}
		p[i] = 1 / float64(len(p))
	}
	update := func(j int) {
		sum := 0.0
		for m := in.first[j]; m < in.first[j+1]; m++ {
			sum += p[in.to[m]] * in.rate[m]
		}
		p[j] = sum / c.exit[j]
	}
	residual := math.Inf(1)
	for s := 1; s <= most; s++ {
		for j := range p {
			update(j)
		}
		for j := len(p) - 1; j >= 0; j-- {
			update(j)
		}
		normalise(p)
		if s%10 == 0 {
			if residual = c.imbalance(in, p); residual <= 1e-14 {
				return p, nil
			}
		}
		if s%2 == 0 {
			c.regroup(p)
		}
	}
	return nil, &SlowError{Sweeps: most, Residual: residual}
}

// imbalance is ‖πQ‖₁ over the rate of all moves.
func (c *Chain) imbalance(in *Chain, p []float64) float64 {
	off, all := 0.0, 0.0
	for j, x := range p {
		sum := 0.0
		for m := in.first[j]; m < in.first[j+1]; m++ {
			sum += p[in.to[m]] * in.rate[m]
		}
		off += math.Abs(sum - x*c.exit[j])
		all += x * c.exit[j]
	}
	return off / all
}

// reversed lists the moves by where they lead.
func (c *Chain) reversed() *Chain {
	n := c.States()
	r := &Chain{first: make([]int, n+1), to: make([]int, len(c.to)), rate: make([]float64, len(c.to))}
	for _, j := range c.to {
		r.first[j+1]++
	}
	for j := range n {
		r.first[j+1] += r.first[j]
	}
	at := append([]int(nil), r.first...)
	for i := range n {
		for m := c.first[i]; m < c.first[i+1]; m++ {
			j := c.to[m]
			r.to[at[j]], r.rate[at[j]] = i, c.rate[m]
			at[j]++
		}
	}
	return r
}
