package simulate

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

func (c *compiler) workload(w *scenarios.Workload) {
	where := "workloads." + w.Name
	out := workload{name: w.Name, open: w.Open(), users: w.Users, think: w.Think, entry: nobody, slack: -1, rank: c.ranks[w.Priority]}
	if out.open {
		out.kind, out.rate, out.gap = w.Arrivals.Kind, w.Arrivals.Rate, w.Arrivals.Gap
		out.process = w.Arrivals
		if out.kind == scenarios.Renewal {
			out.rate = 1 / out.gap.Mean()
		}
		if !(out.rate > 0) || math.IsInf(out.rate, 1) {
			c.fail("%s: %v requests a second", where, out.rate)
		}
	} else {
		c.passes(w.Think, where+".think")
		if w.Users < 1 {
			c.fail("%s: %d users and no arrivals, so nothing would happen", where, w.Users)
		}
	}
	switch {
	case w.Route != nil:
		out.start = c.ways(w.Route.Start, true, where+".route")
		out.hops = make([][]way, len(c.model.Operations))
		for op, next := range w.Route.Next {
			if c.known(op, where+".route") {
				out.hops[op] = c.ways(next, false, where+".route")
			}
		}
	case len(w.Mix) > 0:
		out.start = c.ways(w.Mix, true, where)
	case len(w.Steps) > 0:
		c.slack = -1
		out.entry = c.sequence(w.Steps, false)
		out.slack = c.slack
	default:
		c.fail("%s: does nothing", where)
	}
	c.workloads = append(c.workloads, out)
}

// ways turns shares into ways; whole says that they sum to 1.
func (c *compiler) ways(shares []scenarios.Share, whole bool, where string) []way {
	var out []way
	sum := 0.0
	for _, s := range shares {
		c.known(s.Op, where)
		sum += c.probability(s.P, where)
		out = append(out, way{upTo: sum, target: int32(s.Op)})
	}
	if sum > 1+1e-9 || whole && (sum < 1-1e-9 || len(out) == 0) {
		c.fail("%s: probabilities sum to %v", where, sum)
	}
	return out
}
