package queueing

import "fmt"

// congestion is a second state of a system with retries that holds itself up:
// every attempt times out and is tried again, which is more than a service can
// do.
type congestion struct {
	service int
	load    float64 // on it then (1)
}

// congested looks for the state in which no attempt of a call with a timeout is
// answered in time. It is one where the attempts then ask a service that they
// come to for more than it can do; a service that turns requests away has no
// such state.
func (x *solver) congested() (congestion, bool) {
	worst := congestion{service: -1}
	if len(x.tries) == 0 {
		return worst, false
	}
	y := x.well.newSolver()
	copy(y.requests, x.requests)
	copy(y.batch, x.batch)
	late := false
	for i := range y.tries {
		if t := y.tries[i]; t.o.Timeout > 0 {
			t.late = 1
			late = true
		}
	}
	if !late {
		return worst, false
	}
	for id := range y.m.Services {
		if y.turnsAway(id) {
			return worst, false
		}
	}
	y.bringRates()
	y.passOn()
	y.bringRates()
	for id := range y.stations {
		if load, cores, over := y.stations[id].overload(); over && load/cores > worst.load && y.awaited(id) {
			worst = congestion{id, load / cores}
		}
	}
	return worst, worst.service >= 0
}

// awaited reports whether a service is on the way of a call with a timeout.
func (x *solver) awaited(id int) bool {
	for _, t := range x.tries {
		if t.o.Timeout > 0 && x.comesTo(int(t.op), id, map[int]bool{}) {
			return true
		}
	}
	return false
}

func (x *solver) comesTo(op, id int, seen map[int]bool) bool {
	if seen[op] {
		return false
	}
	seen[op] = true
	if int(x.p.ops[op].service) == id {
		return true
	}
	for _, f := range x.p.ops[op].calls {
		if x.comesTo(f.to, id, seen) {
			return true
		}
	}
	return false
}

// tryCaveats are those about calls that are tried again.
func (x *solver) tryCaveats(add func(what, where, effect string)) {
	if len(x.tries) == 0 {
		return
	}
	if c, some := x.congested(); some && !x.overloaded() {
		name := x.m.Services[c.service].Name
		add("metastable: there is a second state, in which every attempt times out and is tried again", "services."+name,
			fmt.Sprintf("the figures are those of the good state; a spike can tip the system into the other, where %s is offered %.3g times what it can do, and it comes back by itself only below about %.2g of this load", name, c.load, 1/c.load))
	}
	x.breakerCaveats(add)
	for _, t := range x.tries {
		if t.late > 0.001 {
			add(fmt.Sprintf("%.2g %% of the attempts of %s time out; they are taken as independent of each other", 100*t.late, x.m.Operations[t.op].Name), "services."+x.m.Services[x.p.ops[t.op].service].Name,
				"retries come in bursts, when the callee is slow: more attempts fail than is said, and percentiles are somewhat too low")
			return
		}
	}
}
