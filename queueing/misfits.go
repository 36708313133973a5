package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// misfitKind is what some method is not for.
type misfitKind uint8

const (
	noClosed misfitKind = iota
	someClosed
	someOpen
	severalClosed
	notPoisson
	parallelSteps
	throughTopics
	threadsRunOut
	turnedAway
	pickedReplicas
	inCircles
	generalInOrder
	infiniteVariance
	openAtServers
	tooManyStations
	tooManyPopulations
	tooManyThreads
)

// misfit is a feature of a model that not every method takes.
type misfit struct {
	kind misfitKind
	measure.Caveat
}

// What a flat network may have at most, so that it is solved in seconds.
const (
	mostFlatStations = 2000
	mostFlatWork     = 2e8 // populations times servers
	mostLayeredTasks = 16
	mostLayeredUsers = 1000
)

// misfits lists what of the model some method is not for.
func (f *flat) misfits() []misfit {
	var out []misfit
	add := func(kind misfitKind, where, format string, args ...any) {
		out = append(out, misfit{kind, measure.Caveat{Where: where, What: fmt.Sprintf(format, args...)}})
	}
	f.workloadMisfits(add)
	for i := range f.x.p.ops {
		if !f.comesToOp(i) {
			continue
		}
		if f.x.p.ops[i].path.parallel {
			add(parallelSteps, f.x.m.Operations[i].Name, "parallel branches")
		}
		if len(f.x.p.ops[i].pubs) > 0 {
			add(throughTopics, f.x.m.Operations[i].Name, "messages to a topic")
		}
	}
	if f.x.p.cyclic {
		add(inCircles, "model", "operations call each other in a circle")
	}
	for id := range f.x.m.Services {
		if f.comesTo(id) {
			f.serviceMisfits(id, add)
		}
	}
	f.sizeMisfits(add)
	return out
}

func (f *flat) workloadMisfits(add func(kind misfitKind, where, format string, args ...any)) {
	closed := 0
	for w := range f.x.m.Workloads {
		wl := &f.x.m.Workloads[w]
		where := "workloads." + wl.Name
		k := counter{p: f.x.p}
		if k.steps(wl.Steps, 1, false); k.path.parallel {
			add(parallelSteps, where, "parallel branches")
		}
		switch {
		case !wl.Open():
			add(someClosed, where, "a closed workload")
			if closed++; closed == 2 {
				add(severalClosed, where, "a second closed workload")
			}
		case wl.Arrivals.Kind != scenarios.Poisson:
			add(notPoisson, where, "arrivals are not Poisson")
			fallthrough
		default:
			add(someOpen, where, "an open workload")
		}
	}
	if closed == 0 {
		add(noClosed, "workloads", "none of them is closed")
	}
}

func (f *flat) serviceMisfits(id int, add func(kind misfitKind, where, format string, args ...any)) {
	s, st := &f.x.m.Services[id], &f.x.stations[id]
	where := "services." + s.Name
	switch {
	case !f.threadsMatter(id):
	case s.Backlog >= 0:
		add(turnedAway, where, "what finds no room is turned away")
	default:
		add(threadsRunOut, where, "threads can run out, and are held during calls or waits")
	}
	if s.Replicas > 1 {
		switch s.Balancing {
		case scenarios.Random, scenarios.Hash:
		case scenarios.Shared:
			if s.Threads != s.Cores || !f.leaf(id) {
				add(pickedReplicas, where, "replicas share a line of requests that do more than use a core")
			}
		default:
			add(pickedReplicas, where, "replicas are not picked at random")
		}
	}
	if f.inOrder(id) && st.mix.rate > 0 && !st.mix.exponential {
		add(generalInOrder, where, "demands in order of arrival that are not exponential with one mean")
		if math.IsInf(st.mix.second, 1) {
			add(infiniteVariance, where, "demands in order of arrival without a finite variance")
		}
	}
	open := 0.0
	for w := range f.x.m.Workloads {
		if f.x.m.Workloads[w].Open() {
			open += f.demand[w][id] * f.x.requests[w]
		}
	}
	if capacity(s) > 1 && open > 0 {
		add(openAtServers, where, "open requests at several cores")
	}
}

func (f *flat) sizeMisfits(add func(kind misfitKind, where, format string, args ...any)) {
	if f.tooMany {
		add(tooManyStations, "model", "more than %d replicas", mostFlatStations)
		return
	}
	users := 0
	for w := range f.x.m.Workloads {
		users += f.x.m.Workloads[w].Users
	}
	if len(f.of) > mostLayeredTasks || users > mostLayeredUsers {
		add(tooManyThreads, "model", "more than %d replicas or %d users, for layers", mostLayeredTasks, mostLayeredUsers)
	}
	if f.work() > mostFlatWork {
		add(tooManyPopulations, "workloads", "too many populations of closed workloads to go through")
	}
}

// comesTo reports whether any request asks a service for something.
func (f *flat) comesTo(id int) bool {
	for _, op := range f.x.m.Services[id].Operations {
		if f.comesToOp(int(op)) {
			return true
		}
	}
	return false
}

// comesToOp reports whether any request asks for an operation.
func (f *flat) comesToOp(op int) bool {
	for w := range f.x.m.Workloads {
		if f.x.tr.workload[w][op] > 0 {
			return true
		}
	}
	return false
}

// leaf reports whether all that requests do at a service is one CPU step.
func (f *flat) leaf(id int) bool {
	for _, op := range f.x.m.Services[id].Operations {
		steps := f.x.m.Operations[op].Steps
		if len(steps) > 1 {
			return false
		}
		for _, s := range steps {
			if _, cpu := s.(scenarios.CPU); !cpu {
				return false
			}
		}
	}
	return true
}

// inOrder reports whether a service works in order of arrival: by its
// discipline, or since it has no more threads than cores.
func (f *flat) inOrder(id int) bool {
	s := &f.x.m.Services[id]
	return s.Discipline == scenarios.FIFO || s.Threads == s.Cores && f.leaf(id)
}

// threadsMatter reports whether requests can wait for a thread where they would
// not wait for a core, or be turned away.
func (f *flat) threadsMatter(id int) bool {
	s := &f.x.m.Services[id]
	if s.Threads == 0 {
		return false
	}
	if s.Backlog < 0 && f.leaf(id) && f.inOrder(id) && s.Threads >= s.Cores {
		return false
	}
	most := 0.0 // requests there at once
	for w := range f.x.m.Workloads {
		if !f.x.visitsService(w, id) {
			continue
		}
		if f.x.m.Workloads[w].Open() {
			return true
		}
		most += float64(f.x.m.Workloads[w].Users)
	}
	return most > float64(s.Threads) || f.within(id)
}

// within reports whether requests at a service can ask the same service, or one
// that asks it, for something while they hold a thread of it.
func (f *flat) within(id int) bool {
	seen := make([]bool, len(f.x.p.ops))
	var reach func(op int) bool
	reach = func(op int) bool {
		for _, call := range f.x.p.ops[op].calls {
			if int(f.x.p.ops[call.to].service) == id {
				return true
			}
			if !seen[call.to] {
				seen[call.to] = true
				if reach(call.to) {
					return true
				}
			}
		}
		return false
	}
	for _, op := range f.x.m.Services[id].Operations {
		if reach(int(op)) {
			return true
		}
	}
	return false
}
