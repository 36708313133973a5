package queueing

import (
	"cmp"
	"math"
	"slices"
)

// tooManySpeeds is what a station says whose chain cannot be solved.
func (q *Heterogeneous) tooManySpeeds() error {
	return &InputError{
		Station: "M/M/c with unlike servers", Parameter: "number of different rates", Value: float64(len(q.speeds)),
		Want: "fewer servers or fewer different rates: the chain is too large to solve",
	}
}

// solveRandom sums the product form by the number of busy servers, with the
// elementary symmetric functions of the mean service times. Those of the others
// tell how often a given server is idle beside n busy ones.
func (q *Heterogeneous) solveRandom() error {
	c, _ := q.servers()
	if work := float64(c) * float64(c) * float64(len(q.speeds)); work > maxChainWork {
		return q.tooManySpeeds()
	}
	loads := make([]float64, 0, c)
	for _, s := range q.speeds {
		for range s.count {
			loads = append(loads, q.lambda/s.rate)
		}
	}
	e, scale := elementaryWeights(loads, c)
	below, busy := 0.0, 0.0
	for n := range c {
		below += e[n]
		busy += float64(n) * e[n]
	}
	first := 0
	for i, s := range q.speeds {
		others, otherScale := elementaryWeights(slices.Delete(slices.Clone(loads), first, first+1), c)
		relative := math.Exp(otherScale - scale)
		// one of the c − n idle servers is taken, each as likely as the others
		for n, p := range others {
			q.direct[i] += p * relative * float64(s.count) / float64(c-n)
		}
		first += s.count
	}
	q.settle(below, busy, e[c])
	return nil
}

// elementaryWeights are e_n(x)·(c − n)!/c!, n = 0 … len(x), for the elementary
// symmetric functions e_n, divided by exp(scale). The factorials go in with each
// x, and what grows is scaled down as it comes.
func elementaryWeights(x []float64, c int) (e []float64, scale float64) {
	e = make([]float64, len(x)+1)
	e[0] = 1
	for k, v := range x {
		most := 0.0
		for n := k + 1; n > 0; n-- {
			e[n] += e[n-1] * (v / float64(c-n+1))
			most = math.Max(most, e[n])
		}
		if most > 1e100 {
			for n := range k + 2 {
				e[n] /= most
			}
			scale += math.Log(most)
		}
	}
	return e, scale
}

// busyState is how many servers of each speed are busy.
type busyState struct {
	busy  []int
	total int
}

// solveFastest solves the chain of [busyState], on which an arrival always goes
// to the first speed that has an idle server. The line only adds time in the
// state that has none.
func (q *Heterogeneous) solveFastest() error {
	states := q.busyStates()
	if states == nil {
		return q.tooManySpeeds()
	}
	jumps := q.fastestJumps(states)
	if _, _, fits := chainSize(len(states), jumps); !fits {
		return q.tooManySpeeds()
	}
	pi, err := stationary(len(states), jumps)
	if err != nil {
		return err
	}
	below, busy := 0.0, 0.0
	last := len(states) - 1
	for k, s := range states[:last] {
		below += pi[k]
		busy += float64(s.total) * pi[k]
		q.direct[q.fastestIdle(s)] += pi[k]
	}
	q.settle(below, busy, pi[last])
	return nil
}

// busyStates are all of them in order of the number busy; nil if they are too many.
func (q *Heterogeneous) busyStates() []busyState {
	states := []busyState{{}}
	for _, s := range q.speeds {
		if float64(len(states))*float64(s.count+1) > 1e6 {
			return nil
		}
		next := make([]busyState, 0, len(states)*(s.count+1))
		for _, old := range states {
			for k := range s.count + 1 {
				next = append(next, busyState{append(slices.Clone(old.busy), k), old.total + k})
			}
		}
		states = next
	}
	slices.SortFunc(states, func(a, b busyState) int {
		return cmp.Or(cmp.Compare(a.total, b.total), slices.Compare(a.busy, b.busy))
	})
	return states
}

// fastestIdle is the first speed that has an idle server.
func (q *Heterogeneous) fastestIdle(s busyState) int {
	for i, k := range s.busy {
		if k < q.speeds[i].count {
			return i
		}
	}
	return -1
}

func (q *Heterogeneous) fastestJumps(states []busyState) []jump {
	key := func(busy []int) (k int) {
		for i, b := range busy {
			k = k*(q.speeds[i].count+1) + b
		}
		return k
	}
	number := make(map[int]int, len(states))
	for k, s := range states {
		number[key(s.busy)] = k
	}
	var jumps []jump
	for k, s := range states {
		if i := q.fastestIdle(s); i >= 0 {
			to := slices.Clone(s.busy)
			to[i]++
			jumps = append(jumps, jump{k, number[key(to)], q.lambda})
		}
		for i, b := range s.busy {
			if b > 0 {
				to := slices.Clone(s.busy)
				to[i]--
				jumps = append(jumps, jump{k, number[key(to)], float64(b) * q.speeds[i].rate})
			}
		}
	}
	return jumps
}
