package foreign

import (
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// hop is where a request goes next, and with which probability (1).
type hop struct {
	to visit
	p  float64
}

// leave is where requests of a class go from a node, by its routing strategy.
func (j *jsimReader) leave(v visit) []hop {
	if hops, ok := j.routing[v]; ok {
		return hops
	}
	hops := j.strategy(v)
	j.routing[v] = hops
	return hops
}

func (j *jsimReader) strategy(v visit) []hop {
	n := j.nodes[v.node]
	s := n.section("Router").parameter("RoutingStrategy").ofClass(v.class)
	where := "node " + n.name
	if s == nil {
		return j.evenly(v)
	}
	switch kind := lastPart(s.attr("classPath")); kind {
	case "RandomStrategy":
		return j.evenly(v)
	case "EmpiricalStrategy":
		return j.empirical(v, s)
	case "DisabledRoutingStrategy":
		j.fail(s.line, "%s: class %s comes here and its routing is disabled", where, shorten(v.class))
		return nil
	case "RoundRobinStrategy", "ShortestQueueLengthRoutingStrategy", "ShortestResponseTimeRoutingStrategy", "LeastUtilizationRoutingStrategy",
		"FastestServiceRoutingStrategy", "PowerOfKRoutingStrategy", "WeightedRoundRobinStrategy", "LoadDependentRoutingStrategy":
		effect := "requests go everywhere with equal probability; where the stations are equal, write one service with replicas and balancing"
		if len(n.links) > 1 {
			j.note(s.line, where, "routing by "+kind+" is not carried over", effect)
		}
		return j.evenly(v)
	default:
		j.fail(s.line, "%s: no routing is called %q", where, shorten(kind))
		return nil
	}
}

// evenly sends requests along every link; closed classes never go to a sink.
func (j *jsimReader) evenly(v visit) []hop {
	n := j.nodes[v.node]
	var to []string
	for _, l := range n.links {
		if c := j.classes[v.class]; j.nodes[l].kind != sink || c != nil && c.open {
			to = append(to, l)
		}
	}
	if len(to) == 0 {
		j.fail(n.line, "node %q: class %s comes here and there is no way on", shorten(n.name), shorten(v.class))
	}
	var out []hop
	for _, l := range to {
		out = append(out, hop{visit{l, v.class}, 1 / float64(len(to))})
	}
	return out
}

func (j *jsimReader) empirical(v visit, s *element) []hop {
	var out []hop
	sum := 0.0
	for _, e := range s.parameter("EmpiricalEntryArray").inner() {
		to := e.parameter("stationName").value()
		p, _ := j.number(e.line, "a probability from "+v.node, e.parameter("probability").value())
		if j.nodes[to] == nil {
			j.fail(e.line, "node %q sends requests to %q; there is no such node", shorten(v.node), shorten(to))
			continue
		}
		if p > 0 {
			out = append(out, hop{visit{to, v.class}, p})
			sum += p
		}
	}
	if sum == 0 {
		j.fail(s.line, "node %q: the probabilities of class %s are all 0", shorten(v.node), shorten(v.class))
		return nil
	}
	for i := range out {
		out[i].p /= sum
	}
	return out
}

// chain is a workload in the making: the classes that one kind of request has
// on its way.
type chain struct {
	class  *jsimClass
	home   visit // where a closed request is done and begins again
	users  int
	route  *scenarios.Route
	todo   []scenarios.OpID
	origin map[scenarios.OpID][]hop // where requests go after an operation
}

// endOfRoute stands for a request that is done.
const endOfRoute scenarios.OpID = -1

// workloadOf makes a workload of a class and of those it turns into.
func (j *jsimReader) workloadOf(c *jsimClass) {
	from := j.nodes[c.reference]
	if c.open && c.reference == "" || !c.open && c.users == 0 {
		return // only ever reached by a change of class
	}
	if from == nil || c.open != (from.kind == source) {
		j.fail(c.line, "class %s comes from %q, which is no station of the model that it could come from", shorten(c.name), shorten(c.reference))
		return
	}
	w := scenarios.Workload{Users: c.users}
	j.chain = &chain{class: c, users: c.users, route: &scenarios.Route{Next: map[scenarios.OpID][]scenarios.Share{}}}
	start := []hop{{visit{c.reference, c.name}, 1}}
	d, served := j.serviceOf(from, c.name)
	if !served {
		if !c.open {
			j.fail(c.line, "class %s is disabled at its reference station %q", shorten(c.name), shorten(c.reference))
		}
		return
	}
	switch {
	case c.open:
		w.Arrivals = j.arrivals(c, d)
		start = j.leave(visit{from.name, c.name})
	case from.delay && !j.selfLoop(from, c):
		w.Think = d
		from.thinks = true
		start = j.leave(visit{from.name, c.name})
		j.chain.home = visit{from.name, c.name}
	}
	j.follow(start)
	w.Route, w.Users = j.chain.route, j.chain.users
	if c.open {
		w.Users = 0
	}
	j.workload(c.name, w)
}

func (j *jsimReader) selfLoop(n *jsimNode, c *jsimClass) bool {
	for _, h := range j.leave(visit{n.name, c.name}) {
		if h.to.node == n.name {
			return true
		}
	}
	return false
}

func (j *jsimReader) arrivals(c *jsimClass, d dist.Dist) *scenarios.Arrivals {
	mean := d.Mean()
	if !(mean > 0) {
		j.fail(c.line, "class %s arrives with no time between", shorten(c.name))
		mean = 1
	}
	a := &scenarios.Arrivals{Rate: reciprocal(mean), Gap: d}
	switch {
	case d.Family() == dist.FamilyExponential:
		a.Kind = scenarios.Poisson
	case d.Variance() == 0:
		a.Kind = scenarios.Constant
	default:
		a.Kind = scenarios.Renewal
	}
	return a
}

// follow explores the route from its start.
func (j *jsimReader) follow(start []hop) {
	c := j.chain
	c.origin = map[scenarios.OpID][]hop{}
	c.route.Start = j.shares(start)
	if !c.class.open && c.home.node == "" {
		c.home = visit{c.class.reference, c.class.name} // from now on, coming here is the end
	}
	for len(c.todo) > 0 && len(j.mistakes) == 0 {
		op := c.todo[0]
		c.todo = c.todo[1:]
		c.route.Next[op] = j.shares(c.origin[op])
	}
	sum := 0.0
	for _, s := range c.route.Start {
		sum += s.P
	}
	if len(j.mistakes) == 0 && sum < 1-1e-9 {
		j.fail(c.class.line, "some requests of class %s are never served anywhere", shorten(c.class.name))
	}
}

// shares turns hops into shares of operations; what is missing to 1 ends.
func (j *jsimReader) shares(hops []hop) []scenarios.Share {
	var out []scenarios.Share
	for _, h := range hops {
		for _, s := range j.arrive(h.to, map[visit]bool{}) {
			out = addShare(out, s.Op, h.p*s.P)
		}
	}
	kept := out[:0]
	for _, s := range out {
		if s.Op != endOfRoute {
			kept = append(kept, s)
		}
	}
	return kept
}

func addShare(list []scenarios.Share, op scenarios.OpID, p float64) []scenarios.Share {
	for i := range list {
		if list[i].Op == op {
			list[i].P += p
			return list
		}
	}
	return append(list, scenarios.Share{Op: op, P: p})
}

// arrive is what a request meets at a node: an operation, the end, or what
// lies behind a node that passes it on.
func (j *jsimReader) arrive(v visit, on map[visit]bool) []scenarios.Share {
	n := j.nodes[v.node]
	if v == j.chain.home {
		return []scenarios.Share{{Op: endOfRoute, P: 1}}
	}
	if on[v] || len(j.mistakes) > 0 {
		if on[v] {
			j.fail(n.line, "class %s goes round through %q without being served", shorten(v.class), shorten(n.name))
		}
		return nil
	}
	j.meet(v)
	var hops []hop
	switch n.kind {
	case sink:
		return []scenarios.Share{{Op: endOfRoute, P: 1}}
	case station:
		return []scenarios.Share{{Op: j.stationOp(v, j.leaveLater), P: 1}}
	case fork:
		return []scenarios.Share{{Op: j.forkOp(v), P: 1}}
	case join, source:
		j.fail(n.line, "class %s comes to %q by a way that does not lead there", shorten(v.class), shorten(n.name))
		return nil
	case tunnel:
		hops = j.leave(v)
	case switcher:
		hops = j.switched(v)
	}
	on[v] = true
	var out []scenarios.Share
	for _, h := range hops {
		for _, s := range j.arrive(h.to, on) {
			out = addShare(out, s.Op, h.p*s.P)
		}
	}
	delete(on, v)
	return out
}

// meet takes note of a class that requests of this workload have on their way.
func (j *jsimReader) meet(v visit) {
	c, other := j.chain, j.classes[v.class]
	if other == nil || other == c.class || other.merged {
		return
	}
	if !other.open && !c.class.open && other.users > 0 {
		other.merged = true
		c.users += other.users
		j.note(other.line, "class "+other.name, "its requests and those of class "+c.class.name+" turn into each other", "they are one workload, "+c.class.name)
	}
}
