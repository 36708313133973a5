package queueing

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// ErrInexact is what an [InexactError] is, for errors.Is.
var ErrInexact = errors.New("queueing: the solution would not be exact")

// InexactError says that an exact solution was asked for, and what stands in the
// way of it: what of the model the formulas are not known to be exact for.
type InexactError struct {
	Reasons []measure.Caveat
}

// Error implements error.
func (e *InexactError) Error() string {
	lines := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		lines[i] = r.Where + ": " + r.What
	}
	return fmt.Sprintf("%v: %s; solve it without asking for an exact solution, or simulate it", ErrInexact, strings.Join(lines, "; "))
}

// Unwrap makes it an [ErrInexact].
func (e *InexactError) Unwrap() error { return ErrInexact }

// inexact lists what stands in the way of exact means. What is left is a network
// in product form, or M/G/1 alone; throughputs, utilizations, numbers present
// and mean times of it are exact up to rounding.
//
//   - Source: product form [BCMP75].
func (x *solver) inexact() []measure.Caveat {
	var out []measure.Caveat
	add := func(where, what string) { out = append(out, measure.Caveat{Where: where, What: what}) }
	if x.unsettled > 0 {
		add("model", unsettledWhat)
	}
	for _, f := range x.left {
		add(f.Where, f.What+": not modelled")
	}
	for _, t := range x.tries {
		add(t.path, "attempts of a call are taken as independent of each other")
	}
	for w := range x.m.Workloads {
		x.inexactWorkload(w, func(what string) { add("workloads."+x.m.Workloads[w].Name, what) })
	}
	for id := range x.m.Services {
		if st := &x.stations[id]; st.mix.rate > 0 {
			x.inexactService(id, st, func(what string) { add("services."+st.service.Name, what) })
		}
	}
	for i := range x.p.ops {
		if x.p.ops[i].path.parallel && x.reachedOp(i) {
			add(x.m.Operations[i].Name, "parallel branches come to their services together")
		}
	}
	for t := range x.m.Topics {
		add("topics."+x.m.Topics[t].Name, "batches are taken to come and to call as a Poisson stream")
	}
	return out
}

func (x *solver) inexactWorkload(w int, add func(what string)) {
	wl := &x.m.Workloads[w]
	k := counter{p: x.p}
	if k.steps(wl.Steps, 1, false); k.path.parallel {
		add("parallel branches come to their services together")
	}
	switch {
	case wl.Open() && wl.Arrivals.Kind != scenarios.Poisson && !x.aloneAtOneServer(w):
		add("arrivals are not Poisson")
	case !wl.Open() && x.closed.known != nil && x.closed.known.exact:
	case !wl.Open() && !x.closed.exact:
		add("no exact solution of " + x.closed.why)
	case !wl.Open() && len(x.m.Workloads) > 1:
		add("open and closed workloads together")
	}
}

// aloneAtOneServer reports whether the arrivals of a workload make GI/M/1 of all
// that they come to.
func (x *solver) aloneAtOneServer(w int) bool {
	for id := range x.m.Services {
		s, st := &x.m.Services[id], &x.stations[id]
		if !x.visitsService(w, id) {
			continue
		}
		_, alone := x.onlySource(id)
		if !alone || !x.endsAt(id) || !st.mix.exponential || s.Cores > 1 || s.Replicas > 1 || s.Discipline != scenarios.FIFO {
			return false
		}
	}
	return true
}

// visitsService reports whether requests of a workload come to a service.
func (x *solver) visitsService(w, id int) bool {
	for _, op := range x.m.Services[id].Operations {
		if x.tr.workload[w][op] > 0 {
			return true
		}
	}
	return false
}

// endsAt reports whether those who come to a service come to no other.
func (x *solver) endsAt(id int) bool {
	for w := range x.m.Workloads {
		for other := range x.m.Services {
			if other != id && x.visitsService(w, id) && x.visitsService(w, other) {
				return false
			}
		}
	}
	return true
}

func (x *solver) inexactService(id int, st *station, add func(what string)) {
	s := st.service
	if s.Replicas > 1 {
		switch {
		case s.Balancing == scenarios.Random:
		case s.Balancing == scenarios.Hash && x.closed == nil:
		case s.Balancing == scenarios.Shared && s.Threads == s.Cores:
		default:
			add("replicas are not picked at random")
		}
	}
	if byRank(s) || s.Discipline == scenarios.LIFO || s.Failures != nil {
		add("an order of service, or replicas that fail, beyond product form")
	}
	_, once := x.onlySource(id)
	alone := once && x.endsAt(id) && x.closed == nil
	if s.Discipline == scenarios.FIFO && !st.mix.exponential && (!alone || capacity(s) > 1) {
		add("demands in order of arrival that are not exponential with one mean")
	}
	for i := range st.threads {
		t := &st.threads[i]
		if t.limits && (!t.pure || !st.mix.exponential || !alone) {
			if s.Threads == 0 {
				add("those that call it run out of threads")
			} else {
				add("threads run out, and are held by more than one exponential demand")
			}
			return
		}
	}
}

// exactTimes reports whether the response times of a workload are exact in
// distribution too: where a request is one CPU step at one station.
func (x *solver) exactTimes(w int) bool {
	wl := &x.m.Workloads[w]
	if !wl.Open() || len(wl.Mix) == 0 || x.p.cyclic {
		return false
	}
	for _, s := range wl.Mix {
		if x.mostCPU(x.m.Operations[s.Op].Steps) > 1 {
			return false
		}
	}
	for id := range x.m.Services {
		st := &x.stations[id]
		if !x.visitsService(w, id) {
			continue
		}
		if st.service.Discipline == scenarios.PS && !st.mix.exponential {
			return false
		}
		for i := range st.threads {
			if st.threads[i].limits {
				return false
			}
		}
	}
	return true
}

// mostCPU is how many CPU steps are on the way at most; 2 stands for more than
// can be told.
func (x *solver) mostCPU(steps []scenarios.Step) int {
	sum := 0
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			sum++
		case scenarios.Call:
			sum += x.mostCPU(x.m.Operations[s.Op].Steps)
		case scenarios.Choose:
			most := 0
			for _, b := range s.Branches {
				most = max(most, x.mostCPU(b.Steps))
			}
			sum += most
		case scenarios.Cache:
			sum += max(x.mostCPU(s.Then), x.mostCPU(s.Else))
		case scenarios.Repeat:
			sum += 2 * x.mostCPU(s.Steps)
		case scenarios.Parallel:
			return 2
		}
		if sum > 1 {
			return 2
		}
	}
	return sum
}

// exactOnly leaves nothing in a result that is not exact: the percentiles and
// deviations of times over several visits go, with a caveat that says so.
func (x *solver) exactOnly(r *measure.Result) {
	all := true
	for w := range x.m.Workloads {
		if !x.exactTimes(w) {
			all = false
			wl := r.Workloads[x.m.Workloads[w].Name]
			wl.Response = onlyMean(wl.Response)
		}
	}
	r.Caveats = nil
	if all {
		return
	}
	for _, op := range r.Operations {
		op.Response = onlyMean(op.Response)
	}
	for _, s := range r.Services {
		s.Response, s.WaitingTime, s.ServiceTime = onlyMean(s.Response), onlyMean(s.WaitingTime), onlyMean(s.ServiceTime)
	}
	r.Caveats = []measure.Caveat{{
		What:   "queueing: percentiles of several visits together are not exact",
		Effect: "left out, since only what is exact was asked for",
	}}
}

func onlyMean(t *measure.Times) *measure.Times {
	if t == nil {
		return nil
	}
	return &measure.Times{Mean: t.Mean}
}
