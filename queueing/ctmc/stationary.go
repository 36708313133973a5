package ctmc

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// maxDirect bounds the work of elimination, in multiplications; beyond it the
// chain is solved by iteration.
const maxDirect = 2e9

// SlowError says that an iteration did not settle.
type SlowError struct {
	Sweeps   int
	Residual float64 // ‖πQ‖₁ over the rate of all moves (1)
}

// Error implements error.
func (e *SlowError) Error() string {
	return fmt.Sprintf("queueing: %s: after %d sweeps the flows in and out of states still differ by %.3g; number the states so that moves are short", name, e.Sweeps, e.Residual)
}

// Stationary is the probability (1) of each state in the long run. It
// eliminates one state after the other without a subtraction, within the band
// that the moves span; so chains whose moves lead to near numbers are solved
// quickly. Where the band is too wide for that it sweeps over the states until
// flows balance.
//
//   - Domain: every state is reached from every other; what is left out but
//     returns to state 0 gets probability 0.
//   - Accuracy: by elimination, relative 1e-13 or so for each state, however
//     small; by sweeps, flows balance to 1e-14 of all flow, else a [SlowError].
//   - Source: elimination [GrTH85]; its accuracy [OCin93].
func (c *Chain) Stationary() ([]float64, error) {
	lower, upper := c.band()
	if float64(c.States())*float64(lower+1)*float64(upper+1) <= maxDirect {
		return c.eliminate(lower, upper)
	}
	return c.sweep()
}

// band is how far moves lead down and up.
func (c *Chain) band() (lower, upper int) {
	for i := range c.exit {
		for _, to := range c.to[c.first[i]:c.first[i+1]] {
			lower, upper = max(lower, i-to), max(upper, to-i)
		}
	}
	return lower, upper
}

// eliminate censors the chain on the states below the last, until one is left,
// and then puts them back.
func (c *Chain) eliminate(lower, upper int) ([]float64, error) {
	n, width := c.States(), lower+upper+1
	a := make([]float64, n*width) // a[i·width + j − i + lower] is the rate from i to j
	for i := range n {
		for m := c.first[i]; m < c.first[i+1]; m++ {
			a[i*width+c.to[m]-i+lower] += c.rate[m]
		}
	}
	for k := n - 1; k > 0; k-- {
		from := max(0, k-lower)
		last := a[k*width+from-k+lower : k*width+lower] // rates from k to states from … k−1
		down := 0.0
		for _, r := range last {
			down += r
		}
		if down == 0 {
			return nil, &domain.InputError{Station: name, Parameter: fmt.Sprintf("rate from state %d to those before it", k), Value: 0, Want: "a chain in which every state reaches every other"}
		}
		for i := max(0, k-upper); i < k; i++ {
			into := &a[i*width+k-i+lower]
			if *into == 0 {
				continue
			}
			*into /= down
			row := a[i*width+from-i+lower:]
			for j, r := range last {
				row[j] += *into * r
			}
		}
	}
	p := make([]float64, n)
	p[0] = 1
	for k := 1; k < n; k++ {
		for i := max(0, k-upper); i < k; i++ {
			p[k] += p[i] * a[i*width+k-i+lower]
		}
		if p[k] > 1e200 {
			scale(p[:k+1], 1e-200)
		}
	}
	return normalise(p), nil
}

func scale(p []float64, by float64) {
	for i := range p {
		p[i] *= by
	}
}

func normalise(p []float64) []float64 {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// sweep is Gauss–Seidel on π_j·exit_j = Σ_i π_i·rate_ij, up and down the states
// in turn.
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
