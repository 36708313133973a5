package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// endlessHold is a time (s) that something is held only where waits for it within
// each other have no end.
const endlessHold = 1e12

// heldOnCores splits the time that something is held, which is elsewhere for the
// service that stands for it, into that on the cores of its owner and the rest,
// and returns how many of these cores there are. What others do there slows its
// holders down: as they see it, M/M/c of the others' load where each holder has a
// core, and what is left of the cores where there are more holders than these.
//
//   - Accuracy: for one core as the mixed network of product form has it.
//   - Source: [BCMP75]; the rest is our interpolation.
func (x *solver) heldOnCores(id int, g *group, lambda, held float64, threads int, d *threadDemand) int {
	p := x.held.partOf(id)
	if p == nil || p.kind != holding || lambda == 0 {
		return g.cores
	}
	core := int(x.held.cores[p.owner].service)
	st := &x.stations[core]
	var demand, time, rate float64
	for _, gate := range p.gates {
		for v := range x.viewers {
			if r := x.rates.calls[v][gate.op]; r > 0 {
				work, stay := x.onCores(gate.op, v, core)
				demand += r * work
				time += r * stay
				rate += r
			}
		}
	}
	if demand == 0 || x.down[core] {
		return g.cores
	}
	demand, time = demand/rate, time/rate
	cores := st.groups[0].cores
	own := lambda * demand
	if !p.hold.pool {
		own *= float64(cores) / float64(st.service.Cores*st.service.Replicas) // of a key all replicas have some
	}
	others := math.Max(0, math.Min(st.groups[0].load-own, 0.999*float64(cores)))
	slow := 1 + ErlangC(cores, others)/(float64(cores)-others)
	if threads > cores {
		full := float64(cores) / (float64(cores) - others)
		slow += (full - slow) * float64(threads-cores) / float64(threads)
	}
	d.cpu, d.elsewhere = demand*slow, math.Max(0, held-time)
	if d.elsewhere < 1e-9*held {
		d.elsewhere = 0
	}
	if d.cpuSCV = d.heldSCV; st.service.Discipline == scenarios.PS {
		d.cpuSCV = 1
	}
	return cores
}

// onCores is what an operation that stays in its service asks of its cores, and
// how long it is there (s).
func (x *solver) onCores(op scenarios.OpID, viewer, core int) (work, stay float64) {
	if int(x.p.ops[op].service) == core {
		return x.m.Operations[op].Steps[0].(scenarios.CPU).Demand.Mean(), x.response[viewer][op].mean
	}
	for _, f := range x.p.ops[op].calls {
		if x.p.isInner(scenarios.OpID(f.to)) {
			w, s := x.onCores(scenarios.OpID(f.to), viewer, core)
			work += f.called() * w
			stay += f.called() * s
		}
	}
	return work, stay
}
