package ctmc

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// maxDirect bounds the work of elimination, in multiplications; beyond it the
// chain is solved by iteration.
const maxDirect = 2e9

// Stationary is the probability (1) of each state in the long run. It
// eliminates one state after the other without a subtraction, within the band
// that the moves span; so chains whose moves lead to near numbers are solved
// quickly. Where the band is too wide for that it sweeps over the states until
// flows balance, and settles the flows between groups of neighbouring states
// meanwhile: number the states so that neighbours are soon reached from each
// other and groups far apart are not.
//
//   - Domain: every state is reached from every other; what is left out but
//     returns to state 0 gets probability 0.
//   - Accuracy: by elimination, relative 1e-13 or so for each state, however
//     small; by sweeps, flows balance to 1e-14 of all flow, else a [SlowError].
//   - Source: elimination [GrTH85]; its accuracy [OCin93];
//     sweeps with groups [KoMS84].
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
	normalise(p)
	for _, x := range p {
		if math.IsNaN(x) {
			return nil, &domain.InputError{Station: name, Parameter: "probability of a state", Value: x, Want: "rates nearer to each other"}
		}
	}
	return p, nil
}

func scale(p []float64, by float64) {
	for i := range p {
		p[i] *= by
	}
}

func normalise(p []float64) {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	for i := range p {
		p[i] /= sum
	}
}
