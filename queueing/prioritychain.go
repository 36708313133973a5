package queueing

import (
	"math"

	"github.com/headroom/headroom/queueing/ctmc"
)

// chainHeaviest is the largest load of a server, chainServers the largest number
// of servers and chainStates that of states that NewMMcPriorityRates takes.
const (
	chainHeaviest = 0.8
	chainServers  = 8
	chainStates   = 100_000
)

// NewMMcPriorityRates is M/M/c with two classes of arrival rates lambda (1/s)
// and mean service times service (s), of which the first is served first but
// interrupts no service. It is solved as a Markov chain, cut off where the lines
// are so long that it is as good as never. The distributions are nil.
//
//   - Domain: λ > 0, S > 0, 1 ≤ c ≤ 8; λ_1·S_1 + λ_2·S_2 ≥ c gives an
//     [UnstableError], above 0.8·c an [InputError].
//   - Accuracy: 1e-5.
//   - Source: [Cobh54] for the discipline; [KoMS84] for the solution.
func NewMMcPriorityRates(lambda, service [2]float64, c int) (ByClass, error) {
	w := want{station: "M/M/c with two classes"}
	load := 0.0
	for k := range lambda {
		w.positive("arrival rate", lambda[k])
		w.positive("service time", service[k])
		load += lambda[k] * service[k]
	}
	w.count("servers", c, 1)
	w.stable(load, float64(c))
	if w.err == nil && c > chainServers {
		w.fail("servers", float64(c), "at most 8")
	}
	if w.err == nil && load > chainHeaviest*float64(c) {
		w.fail("load of a server", load/float64(c), "at most 0.8")
	}
	if w.err != nil {
		return nil, w.err
	}
	for q := newTwoClass(lambda, service, c); q.states() <= chainStates; {
		p, err := q.solve()
		if err != nil {
			break
		}
		cut, fits := q.cut(p), true
		for k := range cut {
			if cut[k] > 2e-7 {
				q.most[k], fits = 2*q.most[k], false
			}
		}
		if fits {
			return q.views(p), nil
		}
	}
	w.fail("ratio of service times", service[0]/service[1], "a ratio nearer to 1")
	return nil, w.err
}

// twoClass numbers the states of the chain: first those with i and j of the
// classes in service and nobody in line for i + j < c, then those with i and
// c − i in service and lines of a ≤ most[0] and b ≤ most[1].
type twoClass struct {
	lambda, mu [2]float64
	c          int
	most       [2]int
}

func newTwoClass(lambda, service [2]float64, c int) twoClass {
	n := float64(c)
	rho := (lambda[0]*service[0] + lambda[1]*service[1]) / n
	first := math.Min(rho, lambda[0]*math.Max(service[0], service[1])/n)
	long := func(r float64) int { return int(math.Ceil(-18/math.Log(r))) + 12 }
	return twoClass{lambda, [2]float64{1 / service[0], 1 / service[1]}, c, [2]int{long(first), long(rho)}}
}

func (q twoClass) free(i, j int) int { return i*q.c + j }

func (q twoClass) full(i, a, b int) int {
	return q.c*q.c + (b*(q.most[0]+1)+a)*(q.c+1) + i
}

func (q twoClass) states() int { return q.full(q.c, q.most[0], q.most[1]) + 1 }

// at is the state with i and j in service and lines a and b.
func (q twoClass) at(i, j, a, b int) int {
	if i+j < q.c {
		return q.free(i, j)
	}
	return q.full(i, a, b)
}

// state undoes at.
func (q twoClass) state(n int) (i, j, a, b int) {
	if n < q.c*q.c {
		return n / q.c, n % q.c, 0, 0
	}
	n -= q.c * q.c
	i, n = n%(q.c+1), n/(q.c+1)
	return i, q.c - i, n % (q.most[0] + 1), n / (q.most[0] + 1)
}

// solve is the probability of every state by its number.
func (q twoClass) solve() ([]float64, error) {
	c, err := q.chain()
	if err != nil {
		return nil, err
	}
	return c.Stationary()
}

func (q twoClass) chain() (*ctmc.Chain, error) {
	return ctmc.New(q.states(), func(n int, add func(int, float64)) {
		i, j, a, b := q.state(n)
		switch {
		case i+j < q.c:
			add(q.at(i+1, j, 0, 0), q.lambda[0])
			add(q.at(i, j+1, 0, 0), q.lambda[1])
		case i+j > q.c || n < q.c*q.c: // a number without a state
			add(0, 1)
			return
		default:
			if a < q.most[0] {
				add(q.at(i, j, a+1, b), q.lambda[0])
			}
			if b < q.most[1] {
				add(q.at(i, j, a, b+1), q.lambda[1])
			}
		}
		if i > 0 {
			add(q.next(i-1, j, a, b), float64(i)*q.mu[0])
		}
		if j > 0 {
			add(q.next(i, j-1, a, b), float64(j)*q.mu[1])
		}
	})
}

// next is the state after a server has fallen idle and taken the next in line.
func (q twoClass) next(i, j, a, b int) int {
	switch {
	case a > 0:
		return q.at(i+1, j, a-1, b)
	case b > 0:
		return q.at(i, j+1, a, b-1)
	}
	return q.at(i, j, 0, 0)
}

// cut is the probability of each line to be as long as the chain lets it be.
func (q twoClass) cut(p []float64) (at [2]float64) {
	for n, x := range p {
		_, _, a, b := q.state(n)
		if a == q.most[0] {
			at[0] += x
		}
		if b == q.most[1] {
			at[1] += x
		}
	}
	return at
}

func (q twoClass) views(p []float64) ByClass {
	var line [2]float64
	busy := 0.0
	for n, x := range p {
		i, j, a, b := q.state(n)
		line[0] += x * float64(a)
		line[1] += x * float64(b)
		if i+j == q.c {
			busy += x
		}
	}
	out := make(ByClass, 2)
	for k := range out {
		out[k] = seenBy{figures: classFigures(q.lambda[k], line[k]/q.lambda[k], 1/q.mu[k], q.c, busy, 1-busy)}
	}
	return out
}
