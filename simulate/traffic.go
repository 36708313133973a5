package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// traffic is what a request of each workload asks of the cores of each service
// on average, all that it causes included, worked out from the means of the
// steps and exact where those are. Batches of a topic are taken to be full, as
// they are when the system is near its limit.
type traffic struct {
	demand [][]float64 // by workload and service: core time of a request (s)
	peak   [][]float64 // the same, at the replica that gets most, as if it were each
}

// A node of the traffic equations is an operation that was called, or one that
// a topic feeds: those repeat per message. Fed operations follow the called.
type node struct {
	service int
	demand  float64
	topic   int // that feeds it, or -1
	next    map[int]float64
}

// newTraffic solves the traffic equations of every workload.
func newTraffic(p *program) traffic {
	nodes := p.nodes()
	t := traffic{}
	for i := range p.model.Workloads {
		w := &p.model.Workloads[i]
		visits := solveTraffic(nodes, p.entries(w, nodes), w.Route)
		demand, peak := p.demands(nodes, visits)
		t.demand = append(t.demand, demand)
		t.peak = append(t.peak, peak)
	}
	return t
}

// nodes works out what every operation does on average.
func (p *program) nodes() []node {
	ops := len(p.model.Operations)
	nodes := make([]node, 0, ops+len(p.topics))
	for i := range p.model.Operations {
		nodes = append(nodes, p.node(i, -1, 1))
	}
	for i, t := range p.topics {
		nodes = append(nodes, p.node(int(t.consumer), i, float64(t.batch)))
	}
	return nodes
}

func (p *program) node(op, topic int, messages float64) node {
	n := node{service: int(p.operations[op].service), topic: topic, next: map[int]float64{}}
	p.expect(p.model.Operations[op].Steps, &n, 1, messages)
	return n
}

// expect adds up what steps run so many times on average do, and returns how
// often what comes after them is run.
func (p *program) expect(steps []scenarios.Step, n *node, times, messages float64) float64 {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			n.demand += times * s.Demand.Mean()
		case scenarios.Call:
			n.next[int(s.Op)] += times * p.askedFor(s.Options)
			times = p.goesOn(times)
		case scenarios.FanOut:
			n.next[int(s.Op)] += times * p.askedFor(s.Options) * float64(p.model.FanOutWidth(s))
			times = p.goesOn(times)
		case scenarios.Fail:
			times *= 1 - s.P
		case scenarios.Publish:
			c := &p.channels[s.Topic]
			for t := int(c.first); t < int(c.first+c.groups); t++ {
				n.next[len(p.operations)+t] += times / float64(p.topics[t].batch)
			}
		case scenarios.Parallel:
			on := times
			for _, b := range s.Branches { // those left behind run on
				on = min(on, p.expect(b, n, times, messages))
			}
			times = on
		case scenarios.Choose:
			on := 0.0
			for _, b := range s.Branches {
				on += p.expect(b.Steps, n, times*b.P, messages)
			}
			times = on
		case scenarios.Cache:
			hit := s.Hit
			if s.Store != nil {
				hit = p.hits[s.Path()]
			}
			times = p.expect(s.Then, n, times*hit, messages) + p.expect(s.Else, n, times*(1-hit), messages)
		case scenarios.Lock:
			times = p.expect(s.Steps, n, times, messages)
		case scenarios.Repeat:
			rounds := messages
			if !s.PerMessage {
				rounds = meanRounded(s.Count)
			}
			if body := p.rounds(s, times, rounds); p.expect(s.Steps, n, body, messages) < body {
				times = 0
			}
		}
	}
	return times
}

// meanRounded is E[round(X)] = Σ P(X ≥ k − ½) over k ≥ 1, as long as the terms
// matter; far out rounding makes no difference to a mean.
func meanRounded(d dist.Dist) float64 {
	const far = 10_000
	switch {
	case d.Variance() == 0:
		return math.Round(d.Mean())
	case d.Quantile(0.999) > far:
		return d.Mean()
	}
	sum := 0.0
	for k := 1; ; k++ {
		tail := d.Survival(float64(k) - 0.5)
		sum += tail
		if tail < 1e-12 || k > 10*far {
			return sum
		}
	}
}

// entries is how often a request of w begins at each node by itself.
func (p *program) entries(w *scenarios.Workload, nodes []node) []float64 {
	out := make([]float64, len(nodes))
	start := w.Mix
	if w.Route != nil {
		start = w.Route.Start
	}
	for _, s := range start {
		out[s.Op] += s.P
	}
	session := node{next: map[int]float64{}}
	p.expect(w.Steps, &session, 1, 1)
	for i, x := range session.next {
		out[i] += x
	}
	return out
}

// solveTraffic solves V = e + PᵀV for the visits V to every node, by Gaussian
// elimination: I − Pᵀ is an M-matrix where the visits are finite, so that no
// pivoting is needed ([BePl79], chapter 6). Visits without end are +Inf. The
// hops of a route are taken by called nodes that the route itself asked for;
// as a request of a route is asked by nothing else, its nodes are told from
// those called by steps by a second row of nodes.
func solveTraffic(nodes []node, entries []float64, route *scenarios.Route) []float64 {
	n := len(nodes)
	hops := 0
	if route != nil {
		hops = n
	}
	size := n + hops
	a := make([][]float64, size) // I − Pᵀ, and the right side
	for i := range a {
		a[i] = make([]float64, size+1)
		a[i][i] = 1
	}
	for i, x := range entries {
		a[hops+i][size] = x
	}
	for i := range nodes {
		for j, x := range nodes[i].next {
			a[j][i] -= x
			if hops > 0 {
				a[j][hops+i] -= x
			}
		}
	}
	if route != nil {
		for from, next := range route.Next {
			for _, s := range next {
				a[hops+int(s.Op)][hops+int(from)] -= s.P
			}
		}
	}
	if !eliminate(a) {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = a[i][size]
		if hops > 0 {
			out[i] += a[hops+i][size]
		}
	}
	return out
}

// eliminate solves a system of equations in place, the answer in the last
// column; false where a pivot shows that visits have no end.
func eliminate(a [][]float64) bool {
	n := len(a)
	for i := range n {
		if !(a[i][i] > 1e-12) {
			return false
		}
		for j := range n {
			f := a[j][i] / a[i][i]
			if j == i || f == 0 {
				continue
			}
			for k := i; k <= n; k++ {
				a[j][k] -= f * a[i][k]
			}
		}
	}
	for i := range n {
		a[i][n] /= a[i][i]
	}
	return true
}

// demands turns visits into core time by service, and into that of the replica
// that gets most, times the number of replicas.
func (p *program) demands(nodes []node, visits []float64) (demand, peak []float64) {
	demand, peak = make([]float64, len(p.services)), make([]float64, len(p.services))
	for i := range p.services {
		s := &p.services[i]
		called := 0.0
		pinned := make(map[int]float64)
		for j := range nodes {
			switch {
			case visits == nil:
				called = math.Inf(1)
			case nodes[j].service != i || visits[j] == 0:
			case nodes[j].topic < 0:
				called += visits[j] * nodes[j].demand
			default:
				pinned[nodes[j].topic] += visits[j] * nodes[j].demand
			}
		}
		demand[i], peak[i] = p.perReplica(s, called, pinned)
	}
	return demand, peak
}

// perReplica sums the demand on a service, and finds the replica with most.
// Where balancing looks at how busy replicas are, the others make room for what
// topics bring to one.
func (p *program) perReplica(s *service, called float64, pinned map[int]float64) (sum, peak float64) {
	load := make([]float64, s.replicas)
	shares := s.shares()
	sum = called
	for r := range load {
		switch {
		case shares != nil:
			load[r] = called * shares[r] / s.speed(r)
		case !s.adapts():
			load[r] = called / float64(s.replicas) / s.speed(r)
		}
	}
	for t := range p.topics { // in order, so that sums are the same every time
		d := pinned[t]
		sum += d
		for q := range p.topics[t].partitions {
			load[q%s.replicas] += d * p.topics[t].shareOf(q) / s.speed(q%s.replicas)
		}
	}
	peak = sum * float64(s.replicas) / s.allSpeeds()
	for _, l := range load {
		peak = max(peak, l*float64(s.replicas))
	}
	return sum, peak / s.availability()
}

// adapts reports whether balancing looks at how busy replicas are.
func (s *service) adapts() bool {
	return s.policy == scenarios.LeastRequests || s.policy == scenarios.PowerOfTwo || s.policy == scenarios.Shared
}

// shares is the share of requests that each replica gets under hash balancing,
// or by the partitions it has; nil where all get as many.
func (s *service) shares() []float64 {
	out := make([]float64, s.replicas)
	switch {
	case s.shards != nil && s.shards.rebalance == 0:
		for p := range s.shards.of.N {
			out[p%s.replicas] += s.shards.of.Share(p)
		}
		return out
	case s.keys.N == 0:
		return nil
	}
	for k := range s.keys.N {
		out[k%s.replicas] += s.keys.Share(k)
	}
	return out
}
