package queueing

import (
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// briefly are the mean and variance of the times of operations, added up without
// their laws. They are those that the laws have: where something is not just a
// sum, a choice or a number of times, such as the end of parallel branches, or
// where visits are not independent, the laws are made after all.
type briefly struct {
	b       *builder
	fits    bool       // whether the model has nothing but such times
	whole   [][]moment // by viewer and operation
	plain   [][]bool   // by viewer and operation: whether whole is what the law has
	nothing []moment   // by operation: of calls where they are not counted
	scratch []float64  // of responds
	last    respondKey // that responds was asked for last
	lasted  moment
	spare   []measure.Times // made at a time
}

// newBriefly goes through the operations, those called before those that call.
func (b *builder) newBriefly() *briefly {
	x := b.x
	t := &briefly{b: b}
	t.fits = x.brief && x.held == nil && x.closed == nil && x.success == nil && !x.p.cyclic &&
		len(x.tries) == 0 && len(x.m.Topics) == 0 && !x.limitsThreads()
	if !t.fits {
		return t
	}
	t.whole, t.plain = make([][]moment, x.viewers), make([][]bool, x.viewers)
	t.nothing = x.noCalls()
	visits := x.p.revisits()
	for v := range x.viewers {
		t.whole[v], t.plain[v] = make([]moment, len(x.p.ops)), make([]bool, len(x.p.ops))
		f := folder{x: x, viewer: v, batch: 1, calls: t.whole[v]}
		f.cores = func(d dist.Dist) moment { return t.responds(f.service, v, d) }
		for _, op := range x.p.order {
			if x.rates.calls[v][op] == 0 || x.p.ops[op].path.parallel {
				continue
			}
			f.service = int(x.p.ops[op].service)
			m := f.steps(x.m.Operations[op].Steps)
			t.whole[v][op] = m
			again, _ := b.recallVisits(v, m.mean, visits[op])
			t.plain[v][op] = !(again > worthRecalling*m.variance) || math.IsInf(m.variance, 1)
		}
	}
	return t
}

// responds is the time of a CPU step.
func (t *briefly) responds(service, viewer int, d dist.Dist) moment {
	st := &t.b.x.stations[service]
	if len(st.groups) == 1 && st.service.Discipline == scenarios.PS && d.Family() == dist.FamilyExponential {
		if v := &st.groups[0].views[viewer]; v.still == nil && v.chain.slowdown-1 >= 1e-12 {
			if key := (respondKey{&v.chain.seen[0], v.chain.c, v.chain.tau, d.Mean()}); key != t.last {
				mean, variance, _ := v.chain.spectralMoments(d.Mean(), &t.scratch)
				t.last, t.lasted = key, moment{mean, variance}
			}
			return t.lasted
		}
	}
	is := t.b.core(service, viewer, d, whole).facts()
	return moment{is.mean, is.variance}
}

// knows reports whether the moments of an operation are known for all who ask
// for it.
func (t *briefly) knows(op scenarios.OpID) bool {
	if !t.fits {
		return false
	}
	for v, plain := range t.plain {
		if t.b.x.rates.calls[v][op] > 0 && !plain[op] {
			return false
		}
	}
	return true
}

// operation is the time of an operation over all who ask for it, or the part of
// it that its service itself takes.
func (t *briefly) operation(op scenarios.OpID, p part) moment {
	var m mixMoment
	for v, rates := range t.b.x.rates.calls {
		if rates[op] == 0 {
			continue
		}
		if p == whole {
			m.add(rates[op], t.whole[v][op])
		} else {
			m.add(rates[op], t.inside(op, v, p))
		}
	}
	return m.moment()
}

func (t *briefly) inside(op scenarios.OpID, viewer int, p part) moment {
	x := t.b.x
	id := int(x.p.ops[op].service)
	s := &x.m.Services[id]
	if s.Discipline == scenarios.PS && p == waiting {
		return moment{}
	}
	f := folder{x: x, service: -1, viewer: viewer, batch: 1, calls: t.nothing, inside: true}
	f.cores = func(d dist.Dist) moment {
		if p == work {
			return momentOf(worked(s, d))
		}
		is := t.b.core(id, viewer, d, p).facts()
		return moment{is.mean, is.variance}
	}
	return f.steps(x.m.Operations[op].Steps)
}

// workload is the time of a request of a workload that is one of several
// operations.
func (t *briefly) workload(w int) (moment, bool) {
	x := t.b.x
	wl := &x.m.Workloads[w]
	if !t.fits || wl.Route != nil || len(wl.Mix) == 0 {
		return moment{}, false
	}
	v := x.view[w]
	var m mixMoment
	for _, s := range wl.Mix {
		if s.P > 0 && !t.plain[v][s.Op] {
			return moment{}, false
		}
		m.add(s.P, t.whole[v][s.Op])
	}
	return m.moment(), true
}

// knowsService reports whether the moments of all operations of a service are
// known.
func (t *briefly) knowsService(id int) bool {
	if !t.fits {
		return false
	}
	for _, op := range t.b.x.m.Services[id].Operations {
		if !t.knows(op) {
			return false
		}
	}
	return true
}

// briefServiceTimes is [solver.serviceTimes] by moments.
func (x *solver) briefServiceTimes(b *builder, id int, lost []bool, out *measure.Service) bool {
	var response, waits, works mixMoment
	total, all := 0.0, true
	for _, op := range x.m.Services[id].Operations {
		rate := 0.0
		for v := range x.viewers {
			rate += x.rates.calls[v][op]
		}
		if rate == 0 {
			continue
		}
		all = all && !lost[op]
		total += rate
		waits.add(rate, b.brief.operation(op, waiting))
		works.add(rate, b.brief.operation(op, work))
		response.add(rate, b.brief.operation(op, whole))
	}
	if total == 0 {
		out.Throughput, out.Present = exactly(0), exactly(0)
		return true
	}
	out.WaitingTime, out.ServiceTime = b.brief.times(waits.moment()), b.brief.times(works.moment())
	if all {
		m := response.moment()
		out.Throughput, out.Present = exactly(total), exactly(total*m.mean)
		out.Response = b.brief.times(m)
	}
	return all
}

// times says mean and deviation.
func (t *briefly) times(m moment) *measure.Times {
	if math.IsInf(m.mean, 1) || math.IsNaN(m.mean) {
		return nil
	}
	if len(t.spare) == 0 {
		t.spare = make([]measure.Times, 64)
	}
	out := &t.spare[0]
	t.spare = t.spare[1:]
	out.Mean, out.Stddev = exactly(m.mean), exactly(math.Sqrt(math.Max(0, m.variance)))
	return out
}
