package ctmc

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

const name = "Markov chain"

// maxStates bounds the memory of a chain.
const maxStates = 20_000_000

// Chain is a finite Markov chain in continuous time, by the rates (1/s) of its
// moves. It is immutable.
type Chain struct {
	first []int     // first[i] … first[i+1]−1 are the moves out of state i
	to    []int     // where a move leads
	rate  []float64 // how often it is made (1/s)
	exit  []float64 // rate of all moves out of a state (1/s)
}

// New is the chain over states 0 … states−1 whose moves are listed by moves: it
// calls add for each move out of a state with its rate (1/s). Moves of rate 0
// and moves to the same state are left out; several moves to one state add up.
//
//   - Domain: states ≥ 1; rates from 0 to 1e60.
func New(states int, moves func(from int, add func(to int, rate float64))) (*Chain, error) {
	if err := domain.Count(name, "number of states", states, 1, maxStates); err != nil {
		return nil, err
	}
	c := &Chain{first: make([]int, 1, states+1), exit: make([]float64, states)}
	var err error
	for i := range states {
		moves(i, func(to int, rate float64) {
			if bad := checkMove(to, states, rate); bad != nil {
				err = domain.First(err, bad)
				return
			}
			c.add(i, to, rate)
		})
		if err != nil {
			return nil, err
		}
		c.first = append(c.first, len(c.to))
	}
	return c, nil
}

func checkMove(to, states int, rate float64) error {
	return domain.First(
		domain.Count(name, "state", to, 0, states-1),
		domain.Bounded(name, "rate", rate))
}

func (c *Chain) add(from, to int, rate float64) {
	if rate == 0 || from == to {
		return
	}
	c.to = append(c.to, to)
	c.rate = append(c.rate, rate)
	c.exit[from] += rate
}

// Explore is the chain over all states that can be reached from start, at most
// limit of them. moves calls add for each move out of a state with its rate
// (1/s). The states come in the order in which they were found, start first.
//
//   - Domain: 1 ≤ limit; rates from 0 to 1e60. More than limit states give an
//     input error.
func Explore[S comparable](start S, limit int, moves func(from S, add func(to S, rate float64))) (*Chain, []S, error) {
	if err := domain.Count(name, "limit of states", limit, 1, maxStates); err != nil {
		return nil, nil, err
	}
	c := &Chain{first: []int{0}}
	states, index := []S{start}, map[S]int{start: 0}
	var err error
	for i := 0; i < len(states); i++ {
		c.exit = append(c.exit, 0)
		moves(states[i], func(to S, rate float64) {
			bad := domain.Bounded(name, "rate", rate)
			j, known := index[to]
			if !known && bad == nil && rate > 0 {
				j = len(states)
				bad = domain.Count(name, fmt.Sprintf("number of states reached from %v", start), j+1, 1, limit)
				states = append(states, to)
				index[to] = j
			}
			if bad != nil {
				err = domain.First(err, bad)
				return
			}
			c.add(i, j, rate)
		})
		if err != nil {
			return nil, nil, err
		}
		c.first = append(c.first, len(c.to))
	}
	return c, states, nil
}

// BirthDeath is the chain over 0 … most that goes up from n at rate birth(n)
// (1/s) for n < most, and down at rate death(n) (1/s) for n > 0.
func BirthDeath(most int, birth, death func(n int) float64) (*Chain, error) {
	return New(most+1, func(n int, add func(int, float64)) {
		if n < most {
			add(n+1, birth(n))
		}
		if n > 0 {
			add(n-1, death(n))
		}
	})
}

// States is the number of states.
func (c *Chain) States() int { return len(c.exit) }

// Exit is the rate (1/s) at which a state is left.
func (c *Chain) Exit(state int) float64 { return c.exit[state] }

// Mean is Σ p_i·value(i) over the states.
func Mean(p []float64, value func(state int) float64) float64 {
	sum := 0.0
	for i, w := range p {
		if w != 0 {
			sum += w * value(i)
		}
	}
	return sum
}

// fastest is the largest rate at which a state is left (1/s).
func (c *Chain) fastest() float64 {
	q := 0.0
	for _, e := range c.exit {
		q = math.Max(q, e)
	}
	return q
}
