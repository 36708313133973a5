package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// A plan is what can be read off a model once and for all: how often each
// operation asks for what.
type plan struct {
	m       *scenarios.Model
	ops     []opPlan
	demands [][]dist.Dist // of each service, those that occur in its CPU steps
	latency facts
	net     dist.Dist
	remote  bool // whether the network takes time
	cyclic  bool // whether some operation asks, in the end, for itself
	order   []scenarios.OpID
	// order has the operations called before those that call them, but for the
	// calls that close a circle.

	feeds     [][]int       // by service: topics whose messages it works on
	callers   [][]int       // by service: services that call it, in order
	visited   *visiting     // see visits
	revisited []visitCounts // by operation; see revisits
	workloads []visitCounts // by workload; see visitsOf
	walks     []*walk       // by workload; see walkOf
	loops     []bool        // by operation; see circles
	inner     []bool        // by operation; see isInner
	place     []int         // by operation; see circles
}

// Viewers are the kinds of request that see a station differently: those that
// come from outside whatever is there; batches of a topic on its consumer, of
// which only so many can be there; what these call; and those of each closed
// workload. A model with neither has the first alone.
const (
	viewOpen = iota
	viewBatch
	viewCalls
	viewClosed // of the first closed workload
)

// opPlan is what one run of an operation asks for.
type opPlan struct {
	service scenarios.ServiceID
	uses    []use  // of the demands of its service
	calls   []flow // of operations
	pubs    []flow // of topics
	path    pathKind
}

// pathKind says what is on the way of an operation, all it calls included.
type pathKind struct{ parallel, perMessage bool }

// use is how often a demand occurs in one run, and how often for each message
// of a batch besides.
type use struct {
	demand        int
	fixed, perMsg float64
}

// flow is how often an operation or topic is asked for in one run, and how
// often for each message of a batch besides.
type flow struct {
	to            int
	fixed, perMsg float64
}

// called is the number of times in a run that is not about a batch.
func (f flow) called() float64 { return f.fixed + f.perMsg }

// newPlan counts with every call succeeding; count does it again where some
// are turned away.
func newPlan(m *scenarios.Model) *plan {
	p := &plan{m: m, ops: make([]opPlan, len(m.Operations)), demands: make([][]dist.Dist, len(m.Services)), net: m.Network.Latency}
	p.remote = !p.net.IsZero()
	p.latency = facts{mean: p.net.Mean(), variance: p.net.Variance()}
	p.count(nil, nil, nil)
	p.sort()
	p.feeds = make([][]int, len(m.Services))
	for t, topic := range m.Topics {
		id := p.ops[topic.Consumer].service
		p.feeds[id] = append(p.feeds[id], t)
	}
	p.callers = make([][]int, len(m.Services))
	for id := range m.Services {
		for _, op := range m.Services[id].Operations {
			for _, f := range p.ops[op].calls {
				to := p.ops[f.to].service
				if n := len(p.callers[to]); n == 0 || p.callers[to][n-1] != id {
					p.callers[to] = append(p.callers[to], id)
				}
			}
		}
	}
	p.walks = make([]*walk, len(m.Workloads))
	return p
}

// count fills in what the operations ask for, where success[o] is the
// probability that a call of operation o is answered well, and admitted[o] that
// it is let in at all (nil: 1).
func (p *plan) count(success, admitted []float64, tries []*tries) {
	for i := range p.ops {
		op := &p.m.Operations[i]
		c := counter{p: p, service: op.Service, success: success, tries: tries}
		weight := 1.0
		if admitted != nil {
			weight = admitted[i]
		}
		c.steps(op.Steps, weight, false)
		p.ops[i] = opPlan{service: op.Service, uses: c.uses, calls: c.calls, pubs: c.pubs, path: c.path}
	}
}

// recount is the plan where some calls are turned away: see count.
func (p *plan) recount(success, admitted []float64, tries []*tries) *plan {
	out := *p
	out.ops = make([]opPlan, len(p.ops))
	out.count(success, admitted, tries)
	return &out
}

// counter adds up what a list of steps asks for.
type counter struct {
	p       *plan
	service scenarios.ServiceID
	success []float64
	tries   []*tries // nil: every call is made once
	uses    []use
	calls   []flow
	pubs    []flow
	path    pathKind
	seen    func(s scenarios.Call, w float64) // told of the calls, and how often they are made; may be nil
}

// steps counts the steps with the given weight and returns the probability that
// all of them end well.
func (c *counter) steps(steps []scenarios.Step, weight float64, perMsg bool) float64 {
	well := 1.0
	for _, s := range steps {
		w := weight * well
		switch s := s.(type) {
		case scenarios.CPU:
			c.uses = addUse(c.uses, c.p.demand(c.service, s.Demand), w, perMsg)
		case scenarios.Call:
			if c.seen != nil {
				c.seen(s, w)
			}
			calls, ends := c.call(s)
			c.calls = addFlow(c.calls, int(s.Op), w*calls, perMsg)
			well *= ends
		case scenarios.Fail:
			well *= 1 - s.P
		case scenarios.Publish:
			c.pubs = addFlow(c.pubs, int(s.Topic), w, perMsg)
		case scenarios.Parallel:
			c.path.parallel = c.path.parallel || len(s.Branches) > 1
			ends := make([]float64, len(s.Branches))
			for i, b := range s.Branches {
				ends[i] = c.steps(b, w, perMsg)
			}
			well *= atLeast(ends, max(1, min(s.Need, len(ends))))
		case scenarios.Choose:
			sum := 0.0
			for _, b := range s.Branches {
				sum += b.P * c.steps(b.Steps, w*b.P, perMsg)
			}
			well *= sum
		case scenarios.Cache:
			well *= s.Hit*c.steps(s.Then, w*s.Hit, perMsg) + (1-s.Hit)*c.steps(s.Else, w*(1-s.Hit), perMsg)
		case scenarios.Repeat:
			well *= c.repeat(s, w, perMsg)
		}
	}
	return well
}

// call is how often a call asks the callee, and the probability that it ends well.
func (c *counter) call(s scenarios.Call) (calls, well float64) {
	success := 1.0
	if c.success != nil {
		success = c.success[s.Op]
	}
	if t := triesAt(c.tries, s); t != nil {
		return t.calls(success), t.well(success)
	}
	return 1, success
}

// repeat counts the rounds of a loop. Where a round may fail, those after it are
// not run, on average over the mean number of rounds.
func (c *counter) repeat(s scenarios.Repeat, w float64, perMsg bool) float64 {
	if s.PerMessage {
		c.path.perMessage = true
		return c.steps(s.Steps, w, true)
	}
	rounds, _, _ := newCountOf(s.Count).moments()
	begun, well := rounds, 1.0
	if c.success != nil { // a first count, for the probability that a round ends well
		probe := counter{p: c.p, service: c.service, success: c.success, tries: c.tries}
		begun, well = loop(rounds, probe.steps(s.Steps, 1, perMsg))
	}
	c.steps(s.Steps, w*begun, perMsg)
	return well
}

// loop is how many rounds of a loop are begun, and the probability that all end
// well, where one does with the given probability.
func loop(rounds, once float64) (begun, well float64) {
	if once >= 1 {
		return rounds, 1
	}
	well = math.Pow(once, rounds)
	return (1 - well) / (1 - once), well
}

// demand is the index of a demand among those of its service.
func (p *plan) demand(s scenarios.ServiceID, d dist.Dist) int {
	for i, known := range p.demands[s] {
		if sameDemand(known, d) {
			return i
		}
	}
	p.demands[s] = append(p.demands[s], d)
	return len(p.demands[s]) - 1
}

// sameDemand reports whether two demands are one; how they are written matters
// only where that takes no time to see.
func sameDemand(a, b dist.Dist) bool {
	if a.Family() != b.Family() || a.Mean() != b.Mean() {
		return false
	}
	return a.Family() == dist.FamilyExponential || a.Equal(b)
}

func addUse(list []use, demand int, w float64, perMsg bool) []use {
	at := -1
	for i := range list {
		if list[i].demand == demand {
			at = i
		}
	}
	if at < 0 {
		list = append(list, use{demand: demand})
		at = len(list) - 1
	}
	if perMsg {
		list[at].perMsg += w
	} else {
		list[at].fixed += w
	}
	return list
}

func addFlow(list []flow, to int, w float64, perMsg bool) []flow {
	at := -1
	for i := range list {
		if list[i].to == to {
			at = i
		}
	}
	if at < 0 {
		list = append(list, flow{to: to})
		at = len(list) - 1
	}
	if perMsg {
		list[at].perMsg += w
	} else {
		list[at].fixed += w
	}
	return list
}

// sort puts callees before callers and notes what lies on the paths.
func (p *plan) sort() {
	state := make([]uint8, len(p.ops)) // 1 on the way, 2 done
	var visit func(i int)
	visit = func(i int) {
		state[i] = 1
		op := &p.ops[i]
		for _, f := range op.calls {
			switch state[f.to] {
			case 0:
				visit(f.to)
			case 1:
				p.cyclic = true
			}
			op.path.parallel = op.path.parallel || p.ops[f.to].path.parallel
		}
		state[i] = 2
		p.order = append(p.order, scenarios.OpID(i))
	}
	for i := range p.ops {
		if state[i] == 0 {
			visit(i)
		}
	}
}

// circles are, by operation, whether a circle of calls is on its way, and where
// it stands in the order of calls.
func (p *plan) circles() (loops []bool, place []int) {
	if p.loops != nil {
		return p.loops, p.place
	}
	p.loops, p.place = make([]bool, len(p.ops)), make([]int, len(p.ops))
	for i, op := range p.order {
		p.place[op] = i
	}
	for moved := p.cyclic; moved; {
		moved = false
		for _, op := range p.order {
			for _, f := range p.ops[op].calls {
				if !p.loops[op] && (p.loops[f.to] || p.place[f.to] >= p.place[op]) {
					p.loops[op], moved = true, true
				}
			}
		}
	}
	return p.loops, p.place
}
