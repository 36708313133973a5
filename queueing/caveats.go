package queueing

import (
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// noExactClosed ends the caveat of closed workloads solved by an approximation.
const noExactClosed = "no exact solution is attempted"

// caveats are the reservations about a settled solution. Approximations whose
// error does not show at the load of the model go without.
func (x *solver) caveats(bears bearing) []measure.Caveat {
	var out []measure.Caveat
	add := func(what, where, effect string) {
		out = append(out, measure.Caveat{What: "queueing: " + what, Where: where, Effect: effect})
	}
	for _, f := range x.left {
		add("not modelled: "+f.What, f.Where, f.Effect)
	}
	x.tryCaveats(add)
	x.overloadCaveats(bears, add)
	if x.unsettled > 0 {
		add(unsettledWhat, "", x.unsettledEffect())
	}
	for id := range x.m.Services {
		if !x.down[id] {
			x.serviceCaveats(id, add)
		}
	}
	if c := x.closed; c != nil && c.known != nil && !c.known.exact {
		add(c.why+": approximate mean value analysis (Linearizer)", x.closedNames(), offLinearizer)
	} else if c != nil && !c.ahead() {
		add(c.why+": "+noExactClosed, x.closedNames(), "throughput and response times by an arrival approximation (Bard, Schweitzer), within 3 % in half and 9 % in nine of ten small systems")
	}
	if c := x.closed; c != nil {
		add("the visits of one request of a closed workload are taken as independent", x.closedNames(), "means are not touched; percentiles may be off by some per cent")
	}
	x.topicCaveats(add)
	x.joinCaveats(add)
	return out
}

func (x *solver) closedNames() string {
	var names []string
	for _, w := range x.closed.workloads {
		names = append(names, "workloads."+x.m.Workloads[w].Name)
	}
	return strings.Join(names, ", ")
}

func (x *solver) overloadCaveats(bears bearing, add func(what, where, effect string)) {
	for id := range x.m.Services {
		if !x.down[id] {
			continue
		}
		load := x.loads(x.requests)[id]
		if name := x.m.Services[id].Name; name == bears.name || load < 1 {
			load = 1 / bears.factor
		}
		add(fmt.Sprintf("offered %.4g times what it can do", load), "services."+x.m.Services[id].Name,
			fmt.Sprintf("no steady state; it could bear %.4g of the present load, and the times of all that passes it are left out", 1/load))
	}
	for t := range x.m.Topics {
		topic := &x.m.Topics[t]
		id := x.p.ops[topic.Consumer].service
		if !x.late[t] || x.down[id] {
			continue
		}
		b := x.bulkOf(t)
		mean, _ := b.Time(b.Max)
		load := b.Lambda * mean / float64(b.Max)
		add(fmt.Sprintf("messages come %.4g times as fast as full batches are worked off", load), "topics."+topic.Name,
			fmt.Sprintf("the line grows without end; the topic could bear %.4g of the present load", 1/load))
	}
}

// felt is the utilization from which on an approximation is worth a word.
const felt = 0.3

func (x *solver) serviceCaveats(id int, add func(what, where, effect string)) {
	s, st := &x.m.Services[id], &x.stations[id]
	busy := st.load() / float64(s.Replicas*s.Cores)
	x.threadCaveats(id, add)
	x.repairCaveats(id, add)
	x.burstCaveats(id, add)
	x.sourceCaveats(id, add)
	if busy < felt {
		return
	}
	if s.Replicas > 1 && (s.Balancing == scenarios.LeastRequests || s.Balancing == scenarios.PowerOfTwo) {
		add("balancing by the number of requests is approximate", "services."+s.Name, "response times within about 8 % for exponential demands")
	}
	if scv := x.arrivalSCV(id, st); math.Abs(scv-1) > 0.05 || s.Balancing == scenarios.RoundRobin && s.Replicas > 1 {
		if _, alone := x.onlySource(id); !alone || !st.mix.exponential || s.Cores > 1 || s.Replicas > 1 || s.Discipline == scenarios.PS {
			add("arrivals are not Poisson; waiting is taken from two moments of their gaps", "services."+s.Name, "waits and percentiles within about 15 %")
		}
	}
	x.fifoCaveats(id, busy, add)
	x.orderCaveats(id, add)
}

// sourceCaveats are those about more batches at a replica than are looked at.
func (x *solver) sourceCaveats(id int, add func(what, where, effect string)) {
	for i := range x.stations[id].groups {
		if x.stations[id].groups[i].cut {
			add("more batches of partitions are at a replica at once than are looked at", "services."+x.m.Services[id].Name,
				"waits are too short, by any factor; simulate the model for them")
			return
		}
	}
}

// threadCaveats are those about a limit on threads that is felt.
func (x *solver) threadCaveats(id int, add func(what, where, effect string)) {
	st := &x.stations[id]
	for i := range st.threads {
		t := &st.threads[i]
		if !t.limits || t.pWait <= 1e-3 && t.loss <= 1e-6 {
			continue
		}
		where := "services." + x.m.Services[id].Name
		if st.service.Threads == 0 {
			add("those that call it run out of threads, and so only so many can come", where, "they are taken to come as from a finite source")
			return
		}
		if !t.pure {
			add("the limit on threads is taken as a flow-equivalent server", where,
				fmt.Sprintf("an arrival finds no thread free with probability %.2g; what calls take is assumed not to depend on how many are made; mean response times were within 3 %% in half and 12 %% in nine of ten small systems", t.pWait))
		}
		if t.cut {
			add(fmt.Sprintf("the line for a thread is taken to end after %d requests, and is longer", mostBacklog), where,
				"waits are too short, by any factor; simulate the model for them")
		}
		switch {
		case math.IsInf(t.scv, 1) || math.IsNaN(t.scv):
			add("times in a thread have no finite variance", where, "the wait for a thread is said as if they were exponential; its mean is infinite")
		case math.Abs(t.scv-1) < 0.2:
		case t.stretched:
			add("the line for a thread is taken from two moments of the time in one", where, "waits within about 10 %")
		default:
			add(fmt.Sprintf("the line for a thread and what it turns away are said as if times in a thread were exponential; their c² is %.2g", t.scv), where,
				"waits, percentiles and rejections may be off by some ten per cent")
		}
		if t.loss > 1e-3 && x.comesAgain(id) {
			add("requests that come more than once are taken to find independent states", where,
				"a call that follows another finds the room that this has left: fewer are rejected than said")
		}
		return
	}
}

// comesAgain reports whether one request of some workload asks a service for
// more than one thing, on average.
func (x *solver) comesAgain(id int) bool {
	for w := range x.m.Workloads {
		visits := 0.0
		for _, op := range x.m.Services[id].Operations {
			visits += x.tr.workload[w][op]
		}
		if visits > 1+1e-6 {
			return true
		}
	}
	return false
}

// fifoCaveats are those about stations in order of arrival with other than
// exponential demands.
func (x *solver) fifoCaveats(id int, busy float64, add func(what, where, effect string)) {
	s, st := &x.m.Services[id], &x.stations[id]
	if s.Discipline != scenarios.FIFO || st.mix.exponential || st.mix.rate == 0 {
		return
	}
	where := "services." + s.Name
	scv := st.mix.scv()
	if math.IsInf(st.mix.second, 1) {
		add("demands have no finite variance", where, "the mean wait is infinite and left out, with all times that contain it")
		return
	}
	if x.closed != nil {
		for v := viewClosed; v < x.viewers; v++ {
			if st.work(v) > 0 {
				add("a closed workload meets demands that are not exponential, in order of arrival", where, "not in product form: solved as if they were exponential")
				return
			}
		}
	}
	if capacity(s) > 1 && math.Abs(scv-1) > 0.2 {
		add("several cores with demands that are not exponential, in order of arrival (M/G/c)", where, "mean wait within about 3 %, its percentiles within about 10 %")
	}
	if x.fed != nil && math.Abs(x.fed[id]-1) > 0.05 {
		add("requests come back to line up again", where, "mean wait within about 5 %, percentiles beyond the 95th up to a quarter too high")
	}
	if busy > 0.5 && math.Abs(scv-1) > 0.5 {
		for _, op := range s.Operations {
			for _, f := range x.p.ops[op].calls {
				next := x.p.ops[f.to].service
				to := &x.m.Services[next]
				if to.Discipline == scenarios.FIFO && x.stations[next].load() > 0.5*float64(to.Replicas*to.Cores) {
					add("what it passes on is taken as Poisson", where, "waits at services."+to.Name+" may be some per cent off")
					return
				}
			}
		}
	}
}

// joinCaveats are those about parallel branches that meet in busy services: all
// of them come at the instants of one stream, so that their lines are long
// together.
func (x *solver) joinCaveats(add func(what, where, effect string)) {
	for i := range x.m.Operations {
		x.joinsIn(x.m.Operations[i].Steps, x.reachedOp(i), add)
	}
	for w := range x.m.Workloads {
		x.joinsIn(x.m.Workloads[w].Steps, true, add)
	}
}

func (x *solver) reachedOp(op int) bool {
	sum := x.fedRate(op)
	for v := range x.viewers {
		sum += x.rates.calls[v][op]
	}
	return sum > 0
}

func (x *solver) joinsIn(steps []scenarios.Step, reached bool, add func(what, where, effect string)) {
	if !reached {
		return
	}
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Parallel:
			busy := 0
			for _, b := range s.Branches {
				if x.busiest(b) > 0.6 {
					busy++
				}
				x.joinsIn(b, true, add)
			}
			if most := x.busiestOf(s.Branches); s.Need < len(s.Branches) && most > felt {
				add("branches left behind by a join run on, and meet what their request does next", string(s.At), "numbers present and waits are up to 10 % larger than said at this load, more at a higher one")
			}
			if busy > 1 {
				add("parallel branches are taken as independent", string(s.At), "they come to busy services together, so that the join takes some per cent less than said")
			}
		case scenarios.Choose:
			for _, b := range s.Branches {
				x.joinsIn(b.Steps, b.P > 0, add)
			}
		case scenarios.Cache:
			x.joinsIn(s.Then, s.Hit > 0, add)
			x.joinsIn(s.Else, s.Hit < 1, add)
		case scenarios.Repeat:
			x.joinsIn(s.Steps, true, add)
		}
	}
}

func (x *solver) busiestOf(branches [][]scenarios.Step) float64 {
	most := 0.0
	for _, b := range branches {
		most = math.Max(most, x.busiest(b))
	}
	return most
}

// busiest is the utilization of the busiest service that steps call themselves.
func (x *solver) busiest(steps []scenarios.Step) float64 {
	most := 0.0
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Call:
			id := x.p.ops[s.Op].service
			sv := &x.m.Services[id]
			// with many replicas the branches of one request rarely meet those of another
			if sv.Balancing == scenarios.Shared || sv.Replicas <= 4 {
				most = math.Max(most, x.stations[id].load()/float64(sv.Replicas*sv.Cores))
			}
		case scenarios.Repeat:
			most = math.Max(most, x.busiest(s.Steps))
		}
	}
	return most
}
