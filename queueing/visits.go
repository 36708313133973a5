package queueing

import (
	"slices"
	"sort"

	"github.com/headroom/headroom/scenarios"
)

// visitCount is how often a request comes to the cores of a service: mean and
// variance of a number, not of a time.
type visitCount struct {
	service int
	number  moment
}

// visitCounts are in the order of services; those never visited are absent.
type visitCounts []visitCount

// of is the count of one service.
func (v visitCounts) of(service int) moment {
	i := sort.Search(len(v), func(i int) bool { return v[i].service >= service })
	if i < len(v) && v[i].service == service {
		return v[i].number
	}
	return moment{}
}

// plus adds independent counts, where more makes room for so many.
func (v visitCounts) plus(w visitCounts, more func(n int) visitCounts) visitCounts {
	switch {
	case len(v) == 0:
		return w
	case len(w) == 0:
		return v
	}
	out := more(len(v) + len(w))
	for len(v) > 0 && len(w) > 0 {
		switch a, b := v[0], w[0]; {
		case a.service < b.service:
			out, v = append(out, a), v[1:]
		case a.service > b.service:
			out, w = append(out, b), w[1:]
		default:
			out, v, w = append(out, visitCount{a.service, a.number.plus(b.number)}), v[1:], w[1:]
		}
	}
	return append(append(out, v...), w...)
}

// each changes every count.
func (v visitCounts) each(f func(moment) moment) visitCounts {
	out := slices.Clone(v)
	for i := range out {
		out[i].number = f(out[i].number)
	}
	return out
}

// mixVisits are the counts where one of several is drawn by weight.
func mixVisits(weights []float64, parts []visitCounts) visitCounts {
	var services []int
	for i, p := range parts {
		if weights[i] > 0 {
			for _, c := range p {
				services = append(services, c.service)
			}
		}
	}
	slices.Sort(services)
	services = slices.Compact(services)
	out := make(visitCounts, len(services))
	for i, id := range services {
		var m mixMoment
		for k, p := range parts {
			m.add(weights[k], p.of(id))
		}
		out[i] = visitCount{id, m.moment()}
	}
	return out
}

// visitRounds bounds how often circles of calls are gone round for the counts.
const visitRounds = 200

// visiting counts the visits of operations.
type visiting struct {
	of    []visitCounts // by operation
	again []bool        // by service: whether its visits are counted; nil: all are
	spare visitCounts   // see more
}

// visits are the counts of one run of every operation.
func (p *plan) visits() []visitCounts { return p.visiting().of }

func (p *plan) visiting() *visiting {
	if p.visited == nil {
		p.visited = p.newVisiting(nil)
	}
	return p.visited
}

func (p *plan) newVisiting(again []bool) *visiting {
	v := &visiting{of: make([]visitCounts, len(p.ops)), again: again}
	rounds := 1
	if p.cyclic {
		rounds = visitRounds
	}
	for range rounds {
		moved := false
		for _, op := range p.order {
			now := v.in(int(p.ops[op].service), p.m.Operations[op].Steps)
			moved = moved || !slices.Equal(now, v.of[op])
			v.of[op] = now
		}
		if !moved {
			break
		}
	}
	return v
}

// more is room for so many counts, of memory that is taken many at a time.
func (v *visiting) more(n int) visitCounts {
	if len(v.spare) < n {
		v.spare = make(visitCounts, max(n, 1024))
	}
	out := v.spare[:0:n]
	v.spare = v.spare[n:]
	return out
}

// in are the counts of a list of steps at a service, −1 in a session.
func (v *visiting) in(service int, steps []scenarios.Step) visitCounts {
	var sum visitCounts
	for _, s := range steps {
		sum = sum.plus(v.inStep(service, s), v.more)
	}
	return sum
}

func (v *visiting) inStep(service int, s scenarios.Step) visitCounts {
	switch s := s.(type) {
	case scenarios.CPU:
		if service >= 0 && !s.Demand.IsZero() && (v.again == nil || v.again[service]) {
			return append(v.more(1), visitCount{service, moment{1, 0}})
		}
	case scenarios.Call:
		return v.of[s.Op]
	case scenarios.Parallel:
		var sum visitCounts
		for _, b := range s.Branches {
			sum = sum.plus(v.in(service, b), v.more)
		}
		return sum
	case scenarios.Choose:
		weights, parts := make([]float64, len(s.Branches)), make([]visitCounts, len(s.Branches))
		for i, b := range s.Branches {
			weights[i], parts[i] = b.P, v.in(service, b.Steps)
		}
		return mixVisits(weights, parts)
	case scenarios.Cache:
		return mixVisits([]float64{s.Hit, 1 - s.Hit}, []visitCounts{v.in(service, s.Then), v.in(service, s.Else)})
	case scenarios.Repeat:
		once := v.in(service, s.Steps)
		if s.PerMessage {
			return once
		}
		mean, variance, _ := newCountOf(s.Count).moments()
		return once.each(func(m moment) moment {
			return moment{mean * m.mean, mean*m.variance + variance*m.mean*m.mean}
		})
	}
	return nil
}

// visitsOf are the counts of one request of a workload.
func (x *solver) visitsOf(w int) visitCounts {
	p := x.p
	if p.workloads == nil {
		p.workloads = make([]visitCounts, len(p.m.Workloads))
		for i := range p.workloads {
			p.workloads[i] = x.newVisitsOf(i)
		}
	}
	return p.workloads[w]
}

func (x *solver) newVisitsOf(w int) visitCounts {
	wl, ops := &x.m.Workloads[w], x.p.visits()
	if wl.Route != nil {
		return x.routeVisits(w)
	}
	if len(wl.Mix) > 0 {
		weights, parts := make([]float64, len(wl.Mix)), make([]visitCounts, len(wl.Mix))
		for i, s := range wl.Mix {
			weights[i], parts[i] = s.P, ops[s.Op]
		}
		return mixVisits(weights, parts)
	}
	return x.p.visiting().in(-1, wl.Steps)
}

// routeVisits are the counts of a walk, service by service.
func (x *solver) routeVisits(w int) visitCounts {
	k, ops := x.walkOf(w), x.p.visits()
	var services []int
	for _, op := range k.ops {
		for _, c := range ops[op] {
			services = append(services, c.service)
		}
	}
	slices.Sort(services)
	services = slices.Compact(services)
	out := make(visitCounts, len(services))
	visit := make([]moment, len(k.ops))
	for i, id := range services {
		for j, op := range k.ops {
			visit[j] = ops[op].of(id)
		}
		out[i] = visitCount{id, k.moments(visit)}
	}
	return out
}

// again is the mean number of ordered pairs of visits, 0 for one visit (1).
func (v visitCount) again() float64 { return v.number.second() - v.number.mean }
