package queueing

import (
	"math"
	"slices"
)

const (
	blockingStates = 300_000
	blockingSweeps = 100_000
)

// blockingState is how many requests are at each station, and from which
// stations others wait to get in, in the order in which they were blocked.
type blockingState struct {
	present []int
	waiting [][]int
}

// blockedAt is how many servers of station k are blocked.
func (s *blockingState) blockedAt(k int) int {
	count := 0
	for _, line := range s.waiting {
		for _, from := range line {
			if from == k {
				count++
			}
		}
	}
	return count
}

func (s *blockingState) clone() *blockingState {
	out := &blockingState{present: slices.Clone(s.present), waiting: make([][]int, len(s.waiting))}
	for k, line := range s.waiting {
		out.waiting[k] = slices.Clone(line)
	}
	return out
}

// blockingChain is the Markov chain of a [BlockingNetwork].
type blockingChain struct {
	n     *BlockingNetwork
	index map[string]int
	keys  []string
	moves [][]float64 // by state: rate of requests leaving each station (1/s)
	edges []flowEdge
	out   []float64 // rate of leaving each state (1/s)
}

func newBlockingChain(n *BlockingNetwork) *blockingChain {
	return &blockingChain{n: n, index: map[string]int{}}
}

// encode writes a state as a string: the numbers, then each line.
func (c *blockingChain) encode(s *blockingState) string {
	b := make([]byte, 0, 2*len(s.present)+8)
	for _, n := range s.present {
		b = append(b, byte(n))
	}
	for _, line := range s.waiting {
		for _, from := range line {
			b = append(b, byte(from))
		}
		b = append(b, 255)
	}
	return string(b)
}

func (c *blockingChain) decode(key string) *blockingState {
	n := len(c.n.Stations)
	s := &blockingState{present: make([]int, n), waiting: make([][]int, n)}
	for k := range n {
		s.present[k] = int(key[k])
	}
	k := 0
	for i := n; i < len(key); i++ {
		if key[i] == 255 {
			k++
			continue
		}
		s.waiting[k] = append(s.waiting[k], int(key[i]))
	}
	return s
}

// serving is how many servers of station k serve.
func (c *blockingChain) serving(s *blockingState, k int) int {
	return min(c.n.Stations[k].Servers, s.present[k]) - s.blockedAt(k)
}

// visit is the index of a state, new ones are noted down.
func (c *blockingChain) visit(s *blockingState) int {
	key := c.encode(s)
	i, ok := c.index[key]
	if !ok {
		i = len(c.keys)
		c.index[key] = i
		c.keys = append(c.keys, key)
	}
	return i
}

// explore lists all states and the rates between them.
func (c *blockingChain) explore() error {
	stations := len(c.n.Stations)
	first := &blockingState{present: make([]int, stations), waiting: make([][]int, stations)}
	left := c.n.Users
	for k := range first.present {
		first.present[k] = min(left, c.n.room(k))
		left -= first.present[k]
	}
	c.visit(first)
	w := want{station: blockingName}
	stuck := func() error {
		w.fail("room", float64(c.n.room(0)), "enough of it that stations cannot wait for each other in a circle for ever")
		return w.err
	}
	for i := 0; i < len(c.keys); i++ {
		if len(c.keys) > blockingStates {
			w.fail("states", float64(len(c.keys)), "fewer than 300000 states: less room or fewer users")
			return w.err
		}
		s := c.decode(c.keys[i])
		if c.locked(s) {
			return stuck()
		}
		c.out = append(c.out, 0)
		c.moves = append(c.moves, make([]float64, stations))
		for k := range stations {
			c.arrive(i, s, k)
			c.serve(i, s, k)
		}
		if c.out[i] == 0 && !slices.ContainsFunc(c.moves[i], func(x float64) bool { return x > 0 }) {
			return stuck()
		}
	}
	return nil
}

func (c *blockingChain) edge(from int, to *blockingState, rate float64) {
	if j := c.visit(to); j != from {
		c.edges = append(c.edges, flowEdge{to: j, from: from, weight: rate})
		c.out[from] += rate
	}
}

// arrive lets requests come to station k from outside.
func (c *blockingChain) arrive(i int, s *blockingState, k int) {
	if c.n.Arrivals == 0 || c.n.Start[k] == 0 || s.present[k] >= c.n.room(k) {
		return
	}
	next := s.clone()
	next.present[k]++
	c.edge(i, next, c.n.Arrivals*c.n.Start[k])
}

// serve lets requests at station k end their service.
func (c *blockingChain) serve(i int, s *blockingState, k int) {
	busy := c.serving(s, k)
	if busy == 0 {
		return
	}
	rate := float64(busy) / c.n.Stations[k].Service
	leave := 1.0
	for j, p := range c.n.Routes[k] {
		if p == 0 {
			continue
		}
		leave -= p
		next := s.clone()
		switch {
		case j == k: // it goes to the end of its own line
			c.moves[i][k] += rate * p
			continue
		case s.present[j] < c.n.room(j):
			next.present[j]++
			next.present[k]--
			c.moves[i][k] += rate * p
			c.release(i, next, k, rate*p)
		case c.n.Rule == RepeatService:
			continue
		default:
			next.waiting[j] = append(next.waiting[j], k)
		}
		c.edge(i, next, rate*p)
	}
	if c.n.Users == 0 && leave > 1e-12 {
		next := s.clone()
		next.present[k]--
		c.moves[i][k] += rate * leave
		c.release(i, next, k, rate*leave)
		c.edge(i, next, rate*leave)
	}
}

// release lets in the first that waits for the place that came free at k, which
// frees one where it comes from.
func (c *blockingChain) release(i int, s *blockingState, k int, rate float64) {
	for len(s.waiting[k]) > 0 && s.present[k] < c.n.room(k) {
		from := s.waiting[k][0]
		s.waiting[k] = s.waiting[k][1:]
		s.present[k]++
		s.present[from]--
		c.moves[i][from] += rate
		k = from
	}
}

// locked reports whether stations wait for each other for ever: none of them
// serves, and all that they hold waits for others of them.
func (c *blockingChain) locked(s *blockingState) bool {
	stuck := make([]bool, len(s.present))
	any := false
	for k := range stuck {
		stuck[k] = s.present[k] > 0 && c.serving(s, k) == 0
		any = any || stuck[k]
	}
	for changed := any; changed; {
		changed = false
		for j, line := range s.waiting {
			for _, from := range line {
				if stuck[from] && !stuck[j] {
					stuck[from], changed = false, true
				}
			}
		}
	}
	return slices.Contains(stuck, true)
}

// steady solves the balance of every state.
func (c *blockingChain) steady() ([]float64, error) {
	flow := newSparseFlow(len(c.keys), c.edges)
	p := make([]float64, len(c.keys))
	for i := range p {
		p[i] = 1 / float64(len(p))
	}
	for k := range blockingSweeps {
		change := flow.balance(p, c.out, k%2 == 1)
		total := 0.0
		for _, x := range p {
			total += x
		}
		for i := range p {
			p[i] /= total
		}
		if change < 1e-13*total {
			return p, nil
		}
	}
	w := want{station: blockingName}
	w.fail("states", float64(len(p)), "a chain that converges")
	return nil, w.err
}

// balance makes each state balance once and says how much that changed.
func (s sparseFlow) balance(p, out []float64, down bool) float64 {
	change := 0.0
	for n := range p {
		i := n
		if down {
			i = len(p) - 1 - n
		}
		if out[i] == 0 {
			continue // the only state there is
		}
		sum := 0.0
		for e := s.first[i]; e < s.first[i+1]; e++ {
			sum += s.weight[e] * p[s.from[e]]
		}
		sum /= out[i]
		change += math.Abs(sum - p[i])
		p[i] = sum
	}
	return change
}
