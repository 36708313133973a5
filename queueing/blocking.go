package queueing

import "math"

// BlockingRule says what becomes of a request that has been served and finds
// the next station full.
type BlockingRule int

const (
	// BlockAfterService makes it stay and hold its server until there is room;
	// those that wait for the same station enter in the order they were blocked.
	BlockAfterService BlockingRule = iota
	// RepeatService makes its server serve it again, and then draw where it goes
	// again.
	RepeatService
)

// BlockingStation is a station with exponential service in order of arrival and
// room for a number of requests.
type BlockingStation struct {
	Servers int
	Service float64 // mean (s)
	Room    int     // for requests waiting, in service and blocked; 0 is unlimited, in a closed network only
}

// BlockingNetwork is a network of stations with limited room: a closed one of
// Users requests, or an open one with Poisson arrivals, which are lost where
// they find the first station full.
type BlockingNetwork struct {
	Stations []BlockingStation
	Rule     BlockingRule

	// Routes[i][j] is the probability of going from station i to station j (1);
	// what is left of 1 leaves an open network.
	Routes [][]float64

	Users    int       // of a closed network; it starts with all of them at the first stations
	Arrivals float64   // at an open one (1/s)
	Start    []float64 // probability that an arrival goes to each station first (1)
}

// BlockingResult is the steady state of a [BlockingNetwork].
type BlockingResult struct {
	Throughput float64 // requests through an open network (1/s); 0 for a closed one
	PLoss      float64 // probability that an arrival is lost (1)
	Present    float64 // mean number in the network (1)
	Response   float64 // mean time in an open network of those that enter (s)
	States     int     // of the Markov chain
	Stations   []BlockingFigures
}

// BlockingFigures are those of one station.
type BlockingFigures struct {
	Throughput  float64 // requests that leave it (1/s)
	Utilization float64 // share of the servers that serve, for the first time or again; blocked ones left out (1)
	Blocked     float64 // share of the servers that are blocked (1)
	Present     float64 // mean number there, blocked ones included (1)
	Response    float64 // mean time of one visit (s)
	PFull       float64 // probability of there being no room (1)
}

// SolveBlocking solves a network with limited room by its Markov chain: all
// states that can be reached are listed, and the balance of each is solved by
// Gauss–Seidel sweeps.
//
//   - Domain: at most 300 000 states, with a station unlimited only in a closed
//     network; a network that can lock up for ever, because stations wait for
//     each other in a circle, gives an [InputError].
//   - Accuracy: 1e-9 relative.
//   - Source: what blocks when [Perr94]; Gauss–Seidel as in [PTVF07].
func SolveBlocking(n BlockingNetwork) (BlockingResult, error) {
	if err := n.check(); err != nil {
		return BlockingResult{}, err
	}
	c := newBlockingChain(&n)
	if err := c.explore(); err != nil {
		return BlockingResult{}, err
	}
	p, err := c.steady()
	if err != nil {
		return BlockingResult{}, err
	}
	return c.figures(p), nil
}

const blockingName = "network with limited room"

func (n *BlockingNetwork) check() error {
	w := want{station: blockingName}
	w.notNegative("arrival rate", n.Arrivals)
	if n.Users < 0 || n.Users > 250 {
		w.fail("users", float64(n.Users), "0 to 250 users")
	}
	if (n.Users > 0) == (n.Arrivals > 0) {
		w.fail("arrival rate", n.Arrivals, "either users or arrivals")
	}
	if n.Rule != BlockAfterService && n.Rule != RepeatService {
		w.fail("rule", float64(n.Rule), "one of the rules for blocking")
	}
	if len(n.Stations) == 0 || len(n.Stations) > 50 || len(n.Routes) != len(n.Stations) {
		w.fail("rows of routes", float64(len(n.Routes)), "one for each of 1 to 50 stations")
		return w.err
	}
	room := 0
	for k, s := range n.Stations {
		w.count("servers", s.Servers, 1)
		w.positive("service time", s.Service)
		if s.Room < 0 || s.Room > 250 || (s.Room == 0 && n.Users == 0) {
			w.fail("room", float64(s.Room), "1 to 250 requests (0, for unlimited, in a closed network only)")
		}
		w.probabilities("routes", n.Routes[k], len(n.Stations), n.Users > 0)
		room += n.room(k)
	}
	if n.Arrivals > 0 {
		w.probabilities("start", n.Start, len(n.Stations), true)
	}
	if room < n.Users {
		w.fail("users", float64(n.Users), "no more than there is room for")
	}
	return w.err
}

// probabilities wants n of them that sum to 1, or at most to 1.
func (w *want) probabilities(name string, p []float64, n int, all bool) {
	if len(p) != n {
		w.fail("number of "+name, float64(len(p)), "one a station")
	}
	sum := 0.0
	for _, x := range p {
		w.probability(name, x)
		sum += x
	}
	if sum > 1+1e-9 || (all && sum < 1-1e-9) {
		w.fail("sum of "+name, sum, "1 (at most 1 where requests may leave)")
	}
}

// room is how many requests station k can hold.
func (n *BlockingNetwork) room(k int) int {
	if r := n.Stations[k].Room; r > 0 {
		return r
	}
	return n.Users
}

// figures are the means over the steady state p.
func (c *blockingChain) figures(p []float64) BlockingResult {
	n := c.n
	out := BlockingResult{States: len(p), Stations: make([]BlockingFigures, len(n.Stations))}
	entered := 0.0
	for i, key := range c.keys {
		s := c.decode(key)
		for k, st := range n.Stations {
			f := &out.Stations[k]
			f.Present += p[i] * float64(s.present[k])
			f.Utilization += p[i] * float64(c.serving(s, k)) / float64(st.Servers)
			f.Blocked += p[i] * float64(s.blockedAt(k)) / float64(st.Servers)
			if s.present[k] >= n.room(k) {
				f.PFull += p[i]
			} else if n.Arrivals > 0 {
				entered += p[i] * n.Start[k]
			}
		}
	}
	for i, rate := range c.moves {
		for k, x := range rate {
			out.Stations[k].Throughput += p[i] * x
		}
	}
	for k := range out.Stations {
		f := &out.Stations[k]
		out.Present += f.Present
		if f.Throughput > 0 {
			f.Response = f.Present / f.Throughput
		}
	}
	if n.Arrivals > 0 {
		out.Throughput = n.Arrivals * entered
		out.PLoss = math.Max(0, 1-entered)
		out.Response = out.Present / out.Throughput
	}
	return out
}
