package queueing

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// orderable reports whether the order of service of a service is modelled, where
// it is neither that of arrival nor shared cores: open Poisson workloads alone,
// which nothing holds back but the cores of replicas picked at random.
func orderable(m *scenarios.Model, id scenarios.ServiceID) bool {
	s := &m.Services[id]
	if len(m.Topics) > 0 || s.Failures != nil || s.Replicas > 1 && s.Balancing != scenarios.Random {
		return false
	}
	for i := range m.Services {
		if m.Services[i].Threads > 0 {
			return false
		}
	}
	for i := range m.Workloads {
		if w := &m.Workloads[i]; !w.Open() || w.Arrivals.Kind != scenarios.Poisson && !inBursts(w) {
			return false
		}
	}
	switch s.Discipline {
	case scenarios.Priority, scenarios.PreemptivePriority, scenarios.LIFO:
		return s.Cores == 1
	}
	return false
}

// byRank reports whether a service serves the most urgent first.
func byRank(s *scenarios.Service) bool {
	return s.Discipline == scenarios.Priority || s.Discipline == scenarios.PreemptivePriority
}

// ranksOf are the priorities of the workloads of a model, the most urgent first,
// where a service serves by them; nil where that is all the same.
func ranksOf(m *scenarios.Model) []int {
	if !slices.ContainsFunc(m.Services, func(s scenarios.Service) bool { return byRank(&s) }) {
		return nil
	}
	var out []int
	for i := range m.Workloads {
		out = append(out, m.Workloads[i].Priority)
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) < 2 {
		return nil
	}
	return out
}

// rank gives the open workloads of each priority a view of their own.
func (x *solver) rank() {
	if x.viewers > viewClosed {
		return // closed workloads have theirs
	}
	ranks := ranksOf(x.m)
	x.viewers += len(ranks)
	for w := range x.m.Workloads {
		if k := slices.Index(ranks, x.m.Workloads[w].Priority); k >= 0 {
			x.view[w] = viewClosed + k
		}
	}
}

// lookOrdered fills in how requests see a replica of one core that serves by
// priority, or who came last, from how they would see one that serves in order of
// arrival: [NewMG1Priority], with what a class asks for as its service, and [NewLCFS].
func (x *solver) lookOrdered(st *station, g *group) {
	s := st.service
	if s.Discipline != scenarios.LIFO && !byRank(s) || g.load == 0 {
		return
	}
	classes := make([]ServiceClass, 0, x.viewers)
	for v := range x.viewers {
		if c := st.classOf(g, v); c.Lambda > 0 {
			classes = append(classes, c)
		}
	}
	if s.Discipline == scenarios.LIFO {
		all := mixedOf(classes)
		if q, err := NewLCFS(all.lambda, all, false); err == nil {
			for v := range g.views {
				g.views[v].line = lineOf(q.Waiting())
			}
		}
		return
	}
	by, err := NewMG1Priority(classes, s.Discipline == scenarios.PreemptivePriority)
	if err != nil {
		return
	}
	next := 0
	for v := range x.viewers {
		if st.classOf(g, v).Lambda == 0 {
			continue
		}
		wait := by[next].Waiting()
		g.views[v].line = lineOf(wait)
		g.views[v].pWait = 1 - wait.CDF(0)
		next++
	}
}

// classOf is what a viewer asks of a replica of a group.
func (st *station) classOf(g *group, viewer int) ServiceClass {
	var parts []ServiceClass
	for i, d := range st.demands {
		if rate := st.asked[viewer][i] * g.each; rate > 0 && !d.IsZero() {
			parts = append(parts, ServiceClass{Lambda: rate, Service: d})
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	all := mixedOf(parts)
	return ServiceClass{Lambda: all.lambda, Service: all}
}

// orderCaveats are those about the order of service.
func (x *solver) orderCaveats(id int, add func(what, where, effect string)) {
	s := &x.m.Services[id]
	if s.Discipline == scenarios.FIFO || s.Discipline == scenarios.PS {
		return
	}
	where := "services." + s.Name
	switch {
	case s.Discipline == scenarios.LIFO:
		add("last come, first served is taken from M/G/1", where, "exact for Poisson arrivals; requests that come back are taken to find independent lines")
	case byRank(s) && ranksOf(x.m) != nil:
		add("priorities are taken from M/G/1 with classes", where, "means of a priority exact for Poisson arrivals; what comes from other services is not quite that")
	}
}
