package foreign

import "github.com/headroom/headroom/scenarios"

// leaveLater says where requests go after an operation of a route, and has it
// explored.
func (j *jsimReader) leaveLater(op scenarios.OpID, hops []hop) {
	c := j.chain
	if _, known := c.origin[op]; !known {
		c.origin[op] = hops
		c.todo = append(c.todo, op)
	}
}

// stationOp is the operation of a class at a station; then says what to do with
// the way on.
func (j *jsimReader) stationOp(v visit, then func(scenarios.OpID, []hop)) scenarios.OpID {
	n := j.nodes[v.node]
	op, ok := j.ops[v]
	if !ok {
		d, served := j.serviceOf(n, v.class)
		if !served {
			j.fail(n.line, "class %s comes to %q, which does not serve it", shorten(v.class), shorten(n.name))
		}
		if n.service < 0 {
			n.service = j.service(n.name)
			j.equip(n)
		}
		var step scenarios.Step = scenarios.CPU{Demand: d}
		if n.delay {
			step = scenarios.Wait{Time: d}
		}
		op = j.operation(n.service, v.class, step)
		j.ops[v] = op
		j.queueing(n, v.class)
	}
	then(op, j.leave(v))
	return op
}

// equip sets the servers, the discipline and the room of a station.
func (j *jsimReader) equip(n *jsimNode) {
	if n.delay {
		return
	}
	s := &j.m.Services[n.service]
	server := n.section("Server", "PSServer", "PreemptiveServer")
	for _, name := range []string{"maxJobs", "numberOfServers"} {
		if p := server.parameter(name); p != nil {
			s.Cores, _ = j.whole(p.line, "servers of "+n.name, p.value(), 1)
			break
		}
	}
	where := "node " + n.name
	switch lastPart(server.attr("className")) {
	case "Server":
		s.Discipline = scenarios.FIFO
	case "PreemptiveServer":
		s.Discipline = scenarios.FIFO
		j.note(server.line, where, "service that may be interrupted is not carried over", "requests are served in order of arrival")
	}
	if p := n.section("Queue").parameter("size"); p != nil && p.value() != "-1" {
		// the size counts those in service: all of them are in progress, the cores serve some
		s.Threads, _ = j.whole(p.line, "size of "+n.name, p.value(), 1)
		s.Backlog = 0
		if s.Threads < s.Cores {
			s.Cores = s.Threads
		}
	}
}

// queueing notes how a station treats one class, where that is more than the
// language says.
func (j *jsimReader) queueing(n *jsimNode, class string) {
	where, queue := "node "+n.name, n.section("Queue")
	s := j.m.Services[n.service]
	if drop := queue.parameter("dropStrategies").ofClass(class); drop != nil && s.Threads > 0 && drop.value() != "drop" {
		j.note(drop.line, where, "a full station that makes requests wait elsewhere ("+shorten(drop.value())+") is not carried over", "it turns them away")
	} else if c := j.classes[class]; s.Threads > 0 && c != nil && !c.open {
		j.note(n.line, where, "a request of a closed class that is turned away is lost there", "here its user thinks and asks again")
	}
	if put := queue.parameter("QueuePutStrategy").ofClass(class); put != nil && !n.delay {
		switch kind := lastPart(put.attr("classPath")); kind {
		case "TailStrategy":
		case "HeadStrategy", "RandStrategy":
			j.note(put.line, where, "its queue is not in order of arrival ("+kind+")", "it is here: means are the same, percentiles are not")
		default:
			j.note(put.line, where, "its queue is not in order of arrival ("+shorten(kind)+")", "it is here")
		}
	}
	if ps := n.section("PSServer").parameter("PSStrategy").ofClass(class); ps != nil && lastPart(ps.attr("classPath")) != "EPSStrategy" {
		j.note(ps.line, where, "sharing by weights ("+shorten(lastPart(ps.attr("classPath")))+") is not carried over", "all share alike")
	}
}

// switched is where requests go that change their class at a node.
func (j *jsimReader) switched(v visit) []hop {
	n := j.nodes[v.node]
	row := n.section("ClassSwitch").parameter("matrix").ofClass(v.class)
	if row == nil {
		return j.leave(v)
	}
	var out []hop
	sum := 0.0
	class := ""
	for _, k := range row.kids {
		if k.name == "refClass" {
			class = k.text
			continue
		}
		p, _ := j.number(k.line, "a probability at "+n.name, k.value())
		if p == 0 {
			continue
		}
		if j.classes[class] == nil {
			j.fail(k.line, "no class %q", shorten(class))
			return nil
		}
		sum += p
		for _, h := range j.leave(visit{v.node, class}) {
			out = append(out, hop{h.to, h.p * p})
		}
	}
	if sum == 0 {
		j.fail(row.line, "node %q: class %s turns into nothing", shorten(n.name), shorten(v.class))
	}
	for i := range out {
		out[i].p /= sum
	}
	return out
}

// finish looks for stations that nobody comes to.
func (j *jsimReader) finish() {
	for _, n := range j.sorted() {
		if n.kind == station && n.service < 0 && !n.thinks && len(j.mistakes) == 0 {
			j.note(n.line, "node "+n.name, "nobody comes here", "it is left out")
		}
	}
}
