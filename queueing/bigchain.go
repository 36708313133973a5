package queueing

import "math"

// bigChain is a finite Markov chain in continuous time: rates into each state and
// out of it (1/s).
type bigChain struct {
	in  [][]bigFlow
	out []float64
}

type bigFlow struct {
	from int
	rate float64
}

func newBigChain(states int) *bigChain {
	return &bigChain{make([][]bigFlow, states), make([]float64, states)}
}

// add is a transition; one of rate 0 is none.
func (c *bigChain) add(from, to int, rate float64) {
	if rate == 0 || from == to {
		return
	}
	c.in[to] = append(c.in[to], bigFlow{from, rate})
	c.out[from] += rate
}

// steady is the distribution in the long run by Gauss–Seidel, sweeping up and
// down, until no probability moves by more than tol of it or by tol·1e-6. It is
// nil when that does not come to rest.
//
//   - Source: [Stew94].
func (c *bigChain) steady(tol float64) []float64 {
	const mostSweeps = 10_000
	p := make([]float64, len(c.in))
	for i := range p {
		if c.out[i] > 0 { // others are not states, only numbers
			p[i] = 1
		}
	}
	normalise(p)
	for sweep := range mostSweeps {
		moved := 0.0
		for k := range p {
			i := k
			if sweep%2 == 1 {
				i = len(p) - 1 - k
			}
			if c.out[i] == 0 {
				continue
			}
			sum := 0.0
			for _, f := range c.in[i] {
				sum += f.rate * p[f.from]
			}
			sum /= c.out[i]
			moved = math.Max(moved, math.Abs(sum-p[i])/(sum+1e-6))
			p[i] = sum
		}
		normalise(p)
		if moved < tol {
			return p
		}
	}
	return nil
}
