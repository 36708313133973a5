package foreign

import (
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// lqn writes a layered queueing network: a service is a task on a processor of
// its own, an operation an entry, a closed workload a reference task.
func (x *exporter) lqn() *element {
	root := tag("lqn-model", "name", x.m.Name)
	root.with(tag("solver-params", "comment", "", "conv_val", "1e-06", "it_limit", 100, "underrelax_coeff", 0.9, "print_int", 0))
	if !x.m.Network.Latency.IsZero() {
		x.lost("network", "its latency is not carried over", "calls take no time of their own")
	}
	rates := x.entryRates()
	for i := range x.m.Services {
		root.with(x.lqnService(&x.m.Services[i], rates))
	}
	for i := range x.m.Workloads {
		w := &x.m.Workloads[i]
		if w.Open() && w.Arrivals.Kind != scenarios.Poisson {
			x.lost("workloads."+w.Name, "arrivals that are not Poisson are not carried over", "Poisson ones of the same rate")
		}
		if op, ok := direct(w); ok && rates[op] == w.Arrivals.Rate {
			continue // arrivals at the entry itself
		}
		root.with(x.lqnWorkload(w))
	}
	x.lqnTopics()
	return root
}

// direct is the one operation that an open workload asks for.
func direct(w *scenarios.Workload) (scenarios.OpID, bool) {
	if w.Open() && len(w.Mix) == 1 {
		return w.Mix[0].Op, true
	}
	return 0, false
}

// entryRates are the open arrivals that entries get themselves: those of the
// first workload that asks for just this operation.
func (x *exporter) entryRates() map[scenarios.OpID]float64 {
	out := map[scenarios.OpID]float64{}
	for i := range x.m.Workloads {
		w := &x.m.Workloads[i]
		if op, ok := direct(w); ok && out[op] == 0 {
			out[op] = w.Arrivals.Rate
		}
	}
	return out
}

func (x *exporter) lqnTopics() {
	for _, t := range x.m.Topics {
		if t.Batch > 1 {
			x.lost("topics."+t.Name, "batches are not carried over", "messages are worked on one by one")
		}
		if t.Partitions != manyPartitions {
			x.lost("topics."+t.Name, "partitions are not carried over", "messages wait in one line")
		}
	}
}

// lqnService is a service as a processor with one task.
func (x *exporter) lqnService(s *scenarios.Service, rates map[scenarios.OpID]float64) *element {
	if s.Replicas > 1 && (s.Balancing != scenarios.Shared || s.Threads > 0) {
		x.lost(where(s), "replicas with lines of their own are not carried over", "they share all cores and threads")
	}
	if s.Backlog != scenarios.Unlimited {
		x.lost(where(s), "a bound on those who wait for a thread is not carried over", "any number may wait")
	}
	discipline := "ps"
	if s.Discipline == scenarios.FIFO {
		discipline = "fcfs"
	}
	p := tag("processor", "name", s.Name, "scheduling", discipline)
	if discipline == "ps" {
		p.attrs = append(p.attrs, tag("", "quantum", 0).attrs...)
	}
	p.attrs = append(p.attrs, tag("", "multiplicity", s.Cores*s.Replicas).attrs...)
	t := tag("task", "name", s.Name, "scheduling", "inf")
	if s.Threads > 0 {
		t = tag("task", "name", s.Name, "scheduling", "fcfs", "multiplicity", s.Threads*s.Replicas)
	}
	g := &graphWriter{x: x, at: where(s)}
	for _, id := range s.Operations {
		op := &x.m.Operations[id]
		e := tag("entry", "name", op.Name)
		if r := rates[id]; r > 0 {
			e.attrs = append(e.attrs, tag("", "open-arrival-rate", r).attrs...)
		}
		t.with(g.entry(e, op.Name, op.Steps, true))
	}
	return p.with(t.with(g.element()...))
}

// lqnWorkload is a workload as a reference task, or as a task that requests
// arrive at, on a processor without end.
func (x *exporter) lqnWorkload(w *scenarios.Workload) *element {
	p := tag("processor", "name", w.Name, "scheduling", "inf")
	t := tag("task", "name", w.Name, "scheduling", "inf")
	g := &graphWriter{x: x, at: "workloads." + w.Name, endless: true}
	e := tag("entry", "name", w.Name+".request")
	if w.Open() {
		e.attrs = append(e.attrs, tag("", "open-arrival-rate", w.Arrivals.Rate).attrs...)
	} else {
		t = tag("task", "name", w.Name, "scheduling", "ref", "multiplicity", w.Users, "think-time", w.Think.Mean())
		if w.Think.Family() != dist.FamilyExponential && !w.Think.IsZero() {
			x.lost(g.at, "times to think that are not exponential are carried over by their mean", "")
		}
	}
	t.with(g.entry(e, "request", x.session(w), w.Open()))
	return p.with(t.with(g.element()...))
}

// session is what a request of a workload does, as steps.
func (x *exporter) session(w *scenarios.Workload) []scenarios.Step {
	switch {
	case w.Route != nil:
		return x.routeSteps(w)
	case len(w.Mix) == 1:
		return []scenarios.Step{scenarios.Call{Op: w.Mix[0].Op}}
	case len(w.Mix) > 1:
		var c scenarios.Choose
		for _, s := range w.Mix {
			c.Branches = append(c.Branches, scenarios.Branch{P: s.P, Steps: []scenarios.Step{scenarios.Call{Op: s.Op}}})
		}
		return []scenarios.Step{c}
	}
	return w.Steps
}

// routeSteps asks each operation of a route as often as the route does in the
// mean; the order is lost.
func (x *exporter) routeSteps(w *scenarios.Workload) []scenarios.Step {
	ops := routeOps(w.Route)
	visits, ok := routeVisits(w.Route, ops)
	if !ok {
		x.fail(0, "workloads.%s: its route never ends", w.Name)
		return nil
	}
	if len(ops) > 1 {
		x.lost("workloads."+w.Name, "the order of a route is not carried over", "each operation is asked for as often as before")
	}
	var out []scenarios.Step
	for i, op := range ops {
		if v := visits[i]; v > 0 {
			out = append(out, times(v, scenarios.Call{Op: op})...)
		}
	}
	return out
}
