package queueing

import "math"

// chainHeaviest is the largest load of a server, and chainServers the largest
// number of servers, that NewMMcPriorityRates takes, for the size of its chain.
const (
	chainHeaviest = 0.8
	chainServers  = 8
)

// NewMMcPriorityRates is M/M/c with two classes of arrival rates lambda (1/s)
// and mean service times service (s), of which the first is served first but
// interrupts no service. It is solved as a Markov chain, cut off where the lines
// are so long that it is as good as never. The distributions are nil.
//
//   - Domain: λ > 0, S > 0, 1 ≤ c ≤ 8; λ_1·S_1 + λ_2·S_2 ≥ c gives an
//     [UnstableError], above 0.8·c an [InputError].
//   - Accuracy: 1e-5.
//   - Source: [Cobh54] for the discipline; [Stew94] for the solution.
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
	q := newTwoClass(lambda, service, c)
	p := q.chain().steady(1e-10)
	if p == nil || q.cut(p) > 1e-6 {
		w.fail("ratio of service times", service[0]/service[1], "a ratio nearer to 1")
		return nil, w.err
	}
	return q.views(p), nil
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
	return q.c*q.c + (i*(q.most[0]+1)+a)*(q.most[1]+1) + b
}

func (q twoClass) states() int { return q.full(q.c, q.most[0], q.most[1]) + 1 }

// at is the state with i and j in service and lines a and b.
func (q twoClass) at(i, j, a, b int) int {
	if i+j < q.c {
		return q.free(i, j)
	}
	return q.full(i, a, b)
}

// each visits the states.
func (q twoClass) each(visit func(i, j, a, b int)) {
	for i := range q.c {
		for j := range q.c - i {
			visit(i, j, 0, 0)
		}
	}
	for i := range q.c + 1 {
		for a := range q.most[0] + 1 {
			for b := range q.most[1] + 1 {
				visit(i, q.c-i, a, b)
			}
		}
	}
}

func (q twoClass) chain() *bigChain {
	m := newBigChain(q.states())
	q.each(func(i, j, a, b int) {
		from := q.at(i, j, a, b)
		if i+j < q.c {
			m.add(from, q.at(i+1, j, 0, 0), q.lambda[0])
			m.add(from, q.at(i, j+1, 0, 0), q.lambda[1])
		} else {
			if a < q.most[0] {
				m.add(from, q.at(i, j, a+1, b), q.lambda[0])
			}
			if b < q.most[1] {
				m.add(from, q.at(i, j, a, b+1), q.lambda[1])
			}
		}
		if i > 0 {
			m.add(from, q.next(i-1, j, a, b), float64(i)*q.mu[0])
		}
		if j > 0 {
			m.add(from, q.next(i, j-1, a, b), float64(j)*q.mu[1])
		}
	})
	return m
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

// cut is the probability that a line is as long as the chain lets it be.
func (q twoClass) cut(p []float64) (sum float64) {
	q.each(func(i, j, a, b int) {
		if a == q.most[0] || b == q.most[1] {
			sum += p[q.at(i, j, a, b)]
		}
	})
	return sum
}

func (q twoClass) views(p []float64) ByClass {
	var line [2]float64
	busy := 0.0
	q.each(func(i, j, a, b int) {
		x := p[q.at(i, j, a, b)]
		line[0] += x * float64(a)
		line[1] += x * float64(b)
		if i+j == q.c {
			busy += x
		}
	})
	out := make(ByClass, 2)
	for k := range out {
		out[k] = seenBy{figures: classFigures(q.lambda[k], line[k]/q.lambda[k], 1/q.mu[k], q.c, busy, 1-busy)}
	}
	return out
}
