package foreign

import (
	"cmp"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// maxForked bounds the steps made of fork-joins: what lies between a fork and
// its join is unfolded into a tree.
const maxForked = 10_000

// forkOp is the operation of a class at a fork: all that lies between it and
// its join, in parallel. It belongs to a service that does nothing itself.
func (j *jsimReader) forkOp(v visit) scenarios.OpID {
	if op, ok := j.ops[v]; ok {
		j.leaveLater(op, j.after[v])
		return op
	}
	n := j.nodes[v.node]
	steps, at := j.forked(v, map[visit]bool{})
	if n.service < 0 {
		n.service = j.service(n.name)
	}
	op := j.operation(n.service, v.class, steps...)
	j.ops[v] = op
	var on []hop
	if at != "" {
		on = j.leave(visit{at, v.class})
	}
	j.after[v] = on
	j.leaveLater(op, on)
	return op
}

// forked is the parallel step of a fork, and the join where it ends.
func (j *jsimReader) forked(v visit, on map[visit]bool) ([]scenarios.Step, string) {
	n := j.nodes[v.node]
	sec := n.section("Fork")
	copies := 1
	if p := sec.parameter("jobsPerLink"); p != nil {
		copies, _ = j.whole(p.line, "jobsPerLink of "+n.name, p.value(), 1)
	}
	if p := sec.parameter("block"); p != nil && p.value() != "" && p.value() != "-1" {
		j.note(p.line, "node "+n.name, "a bound on the number between fork and join is not carried over", "there is none")
	}
	if p := sec.parameter("isSimplifiedFork"); p != nil && p.value() == "false" {
		j.note(p.line, "node "+n.name, "a fork with a strategy of its own is not carried over", "every link gets the same")
	}
	var branches [][]scenarios.Step
	at := ""
	for _, l := range n.links {
		steps, end := j.between(visit{l, v.class}, on)
		at = j.sameJoin(n, at, end)
		for range min(copies, maxForked) {
			if j.steps += 1 + len(steps); j.steps > maxForked {
				j.fail(n.line, "node %q: more than %d steps between forks and joins", shorten(n.name), maxForked)
				return nil, at
			}
			branches = append(branches, steps)
		}
	}
	if len(branches) == 0 {
		j.fail(n.line, "node %q: a fork without links", shorten(n.name))
		return nil, at
	}
	return []scenarios.Step{scenarios.Parallel{Branches: branches, Need: j.needed(at, v.class, len(branches))}}, at
}

// sameJoin insists that all branches end at one join.
func (j *jsimReader) sameJoin(n *jsimNode, a, b string) string {
	if a != "" && b != "" && a != b {
		j.fail(n.line, "node %q: its branches end at %q and at %q; a scenario needs one join", shorten(n.name), shorten(a), shorten(b))
	}
	return cmp.Or(a, b)
}

// needed is how many branches a join waits for.
func (j *jsimReader) needed(at, class string, branches int) int {
	if at == "" {
		return branches
	}
	s := j.nodes[at].section("Join").parameter("JoinStrategy").ofClass(class)
	if s == nil {
		return branches
	}
	switch kind := lastPart(s.attr("classPath")); kind {
	case "NormalJoin", "PartialJoin":
	default:
		j.note(s.line, "node "+at, "a join by "+shorten(kind)+" is not carried over", "it waits for all")
		return branches
	}
	p := s.parameter("numRequired")
	if p == nil || p.value() == "-1" {
		return branches
	}
	k, _ := j.whole(p.line, "numRequired of "+at, p.value(), 1)
	return min(k, branches)
}

// between is what lies between a link of a fork and the join.
func (j *jsimReader) between(v visit, on map[visit]bool) ([]scenarios.Step, string) {
	n := j.nodes[v.node]
	if j.steps++; j.steps > maxForked || on[v] || len(j.mistakes) > 0 {
		if len(j.mistakes) == 0 {
			j.fail(n.line, "node %q: requests go round between a fork and its join, or have more than %d ways", shorten(n.name), maxForked)
		}
		return nil, ""
	}
	on[v] = true
	defer delete(on, v)
	switch n.kind {
	case join:
		return nil, n.name
	case station:
		var way []hop
		op := j.stationOp(v, func(_ scenarios.OpID, hops []hop) { way = hops })
		rest, at := j.ways(n, way, on)
		return append([]scenarios.Step{scenarios.Call{Op: op}}, rest...), at
	case tunnel:
		return j.ways(n, j.leave(v), on)
	case fork:
		steps, inner := j.forked(v, on)
		if inner == "" {
			return nil, ""
		}
		rest, at := j.ways(n, j.leave(visit{inner, v.class}), on)
		return append(steps, rest...), at
	}
	j.fail(n.line, "node %q: between a fork and its join there are stations, routers and forks only", shorten(n.name))
	return nil, ""
}

// ways is the choice between the ways on.
func (j *jsimReader) ways(n *jsimNode, hops []hop, on map[visit]bool) ([]scenarios.Step, string) {
	if len(hops) == 1 {
		return j.between(hops[0].to, on)
	}
	var c scenarios.Choose
	at := ""
	for _, h := range hops {
		steps, end := j.between(h.to, on)
		at = j.sameJoin(n, at, end)
		c.Branches = append(c.Branches, scenarios.Branch{P: h.p, Steps: steps})
	}
	return []scenarios.Step{c}, at
}

// sorted is the nodes in the order of the file.
func (j *jsimReader) sorted() []*jsimNode {
	var out []*jsimNode
	for _, n := range j.nodes {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *jsimNode) int { return cmp.Or(a.line-b.line, cmp.Compare(a.name, b.name)) })
	return out
}
