package ctmc

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// maxJumps bounds the work of [Chain.Transient].
const maxJumps = 1e8

// Transient is where the chain is t seconds after it was in state i with
// probability start[i]:
//
//	p(t) = Σ_k e^(−qt)·(qt)^k/k! · start·P^k    P = I + Q/q,  q the fastest exit rate
//
// It also returns a bound of the error, summed over the states: at most eps of
// the jumps is left out, and the rest is rounding. Only positive numbers are
// added. For several instants go from one to the next.
//
//   - Domain: start sums to 1; t ≥ 0 (s); 0 < eps < 1; q·t ≤ 1e8, for it takes
//     about q·t steps through all moves.
//   - Accuracy: the bound returned.
//   - Source: uniformization [Jens53], weights as [Poisson].
func (c *Chain) Transient(start []float64, t, eps float64) (p []float64, bound float64, err error) {
	q := c.fastest()
	jumps := q * t
	err = domain.First(
		c.checkLaw(start),
		domain.NotNegative(name, "time", t),
		domain.Positive(name, "error allowed", eps))
	if err == nil && eps >= 1 {
		err = &domain.InputError{Station: name, Parameter: "error allowed", Value: eps, Want: "a share below 1"}
	}
	if err == nil && !(jumps <= maxJumps) {
		err = &domain.InputError{Station: name, Parameter: "fastest rate times time", Value: jumps, Want: "at most 1e8, for each jump is followed"}
	}
	if err != nil {
		return nil, 0, err
	}
	p = make([]float64, len(start))
	if jumps == 0 {
		copy(p, start)
		return p, 0, nil
	}
	first, weights, outside := Poisson(jumps, eps)
	v := append([]float64(nil), start...)
	next := make([]float64, len(v))
	for k := range first + len(weights) {
		if k > 0 {
			c.jump(next, v, q)
			v, next = next, v
		}
		if k >= first {
			w := weights[k-first]
			for i, x := range v {
				p[i] += w * x
			}
		}
	}
	rounding := float64(first+len(weights)) * 4 * 0x1p-53
	return p, 2*outside + rounding, nil
}

// jump is next = v·P, where P = I + Q/q.
func (c *Chain) jump(next, v []float64, q float64) {
	for i, x := range v {
		next[i] = x * (q - c.exit[i]) / q
	}
	for i, x := range v {
		if x == 0 {
			continue
		}
		x /= q
		for m := c.first[i]; m < c.first[i+1]; m++ {
			next[c.to[m]] += x * c.rate[m]
		}
	}
}

func (c *Chain) checkLaw(p []float64) error {
	if err := domain.Count(name, "length of the start", len(p), c.States(), c.States()); err != nil {
		return err
	}
	sum := 0.0
	for _, x := range p {
		if err := domain.NotNegative(name, "probability", x); err != nil {
			return err
		}
		sum += x
	}
	if math.Abs(sum-1) > 1e-9 {
		return &domain.InputError{Station: name, Parameter: "sum of the start", Value: sum, Want: "1"}
	}
	return nil
}
