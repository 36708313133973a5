package queueing

import "math"

// ForkJoinTwo is the mean response time (s) of a fork into two single servers in
// order of arrival with Poisson arrivals at rate lambda (1/s) and exponential
// service with means s1 and s2 (s), done when both parts are. Requests end in
// the order in which they came, so that as many are present as the longer line
// has parts, and
//
//	T = E[max(n_1, n_2)]/λ
//
// follows from the Markov chain of both numbers. Each of them on its own is
// geometric; the sweeps over the chain use that to get rid of what would
// converge slowly.
//
//   - Domain: lambda ≥ 0, means > 0 (s); equal ones are [ForkJoin.Two], different
//     ones need a chain of at most 60 000 states, enough for 91 % on both or
//     for more on one if the other has less: beyond that an [InputError]. An
//     overload gives an [UnstableError].
//   - Accuracy: 1e-7 relative, by comparison with equal branches.
//   - Source: the model [FlHa84]; Gauss–Seidel as in [PTVF07].
//
// [FlHa84]: https://doi.org/10.1137/0144074
func ForkJoinTwo(lambda, s1, s2 float64) (float64, error) {
	w := want{station: "fork-join of two branches"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", s1)
	w.positive("service time", s2)
	w.stable(lambda*math.Max(s1, s2), 1)
	if w.err != nil {
		return 0, w.err
	}
	if s1 == s2 {
		return ForkJoin{lambda, s1, 2}.Two(), nil
	}
	if lambda*math.Min(s1, s2) < 1e-9 { // hardly ever two at once in the faster branch
		return exponentialPair(lambda, s1, s2), nil
	}
	c := newForkChain(lambda*s1, lambda*s2)
	if c.rows*c.cols > forkStates {
		w.fail("utilization", lambda*math.Max(s1, s2), "loads of less than 0.91, or equal branches")
		return 0, w.err
	}
	most, err := c.solve()
	return most / lambda, err
}

// exponentialPair is the mean of the larger of two independent exponential
// times, those of two branches of which the faster never makes anyone wait.
func exponentialPair(lambda, s1, s2 float64) float64 {
	a, b := 1/s1-lambda, 1/s2-lambda
	return 1/a + 1/b - 1/(a+b)
}

const (
	forkStates = 60_000
	forkTail   = 1e-10 // probability beyond the states that are kept
	forkSweeps = 5000
)

// forkChain is the chain of the numbers in both branches, in units in which
// requests come at rate 1.
type forkChain struct {
	rows, cols int
	mu         [2]float64
	marginal   [2][]float64 // geometric, cut to the states that are kept
	p          []float64
}

func newForkChain(rho1, rho2 float64) *forkChain {
	c := &forkChain{mu: [2]float64{1 / rho1, 1 / rho2}}
	for k, rho := range []float64{rho1, rho2} {
		n := int(math.Min(forkStates, 6+math.Log(forkTail)/math.Log(rho)))
		c.marginal[k] = make([]float64, n)
		left := 1.0
		for i := range c.marginal[k] {
			c.marginal[k][i] = left * (1 - rho)
			left *= rho
		}
	}
	c.rows, c.cols = len(c.marginal[0]), len(c.marginal[1])
	return c
}

// solve is E[max(n_1, n_2)] in the steady state.
func (c *forkChain) solve() (float64, error) {
	c.p = make([]float64, c.rows*c.cols)
	for i, a := range c.marginal[0] {
		for j, b := range c.marginal[1] {
			c.p[i*c.cols+j] = a * b
		}
	}
	sums := make([]float64, c.cols)
	before, calm := 0.0, 0
	for range forkSweeps {
		c.sweep(false)
		c.sweep(true)
		c.scale(sums)
		now := c.longest()
		if math.Abs(now-before) > 1e-11*now {
			calm = 0
		} else if calm++; calm == 5 {
			return now, nil
		}
		before = now
	}
	w := want{station: "fork-join of two branches"}
	w.fail("utilization", 1/math.Min(c.mu[0], c.mu[1]), "a load at which the chain converges")
	return 0, w.err
}

// sweep makes each state balance once, upwards or downwards.
func (c *forkChain) sweep(down bool) {
	for n := range c.rows {
		i := n
		if down {
			i = c.rows - 1 - n
		}
		row := c.p[i*c.cols : (i+1)*c.cols]
		var below, above []float64
		out := 1.0
		if i > 0 {
			below = c.p[(i-1)*c.cols : i*c.cols]
			out += c.mu[0]
		}
		if i+1 < c.rows {
			above = c.p[(i+1)*c.cols : (i+2)*c.cols]
		}
		for m := range row {
			j := m
			if down {
				j = c.cols - 1 - m
			}
			in, rate := 0.0, out
			if j > 0 {
				rate += c.mu[1]
				if below != nil {
					in = below[j-1]
				}
			}
			if above != nil {
				in += c.mu[0] * above[j]
			}
			if j+1 < c.cols {
				in += c.mu[1] * row[j+1]
			}
			row[j] = in / rate
		}
	}
}

// scale gives each branch the distribution that it has on its own.
func (c *forkChain) scale(sums []float64) {
	clear(sums)
	for i, want := range c.marginal[0] {
		row := c.p[i*c.cols : (i+1)*c.cols]
		sum := 0.0
		for _, p := range row {
			sum += p
		}
		f := want / sum
		for j := range row {
			row[j] *= f
			sums[j] += row[j]
		}
	}
	for j, want := range c.marginal[1] {
		sums[j] = want / sums[j]
	}
	for i := range c.rows {
		row := c.p[i*c.cols : (i+1)*c.cols]
		for j := range row {
			row[j] *= sums[j]
		}
	}
}

// longest is the mean of the larger number.
func (c *forkChain) longest() float64 {
	sum := 0.0
	for i := range c.rows {
		for j, p := range c.p[i*c.cols : (i+1)*c.cols] {
			sum += p * float64(max(i, j))
		}
	}
	return sum
}
