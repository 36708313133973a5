package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// moment is the mean (s) and variance (s²) of a time.
type moment struct{ mean, variance float64 }

func (a moment) plus(b moment) moment { return moment{a.mean + b.mean, a.variance + b.variance} }

func momentOf(d dist.Dist) moment { return moment{d.Mean(), d.Variance()} }

// second is that about 0.
func (a moment) second() float64 { return a.variance + a.mean*a.mean }

// mixMoment collects a mixture.
type mixMoment struct{ weight, mean, second float64 }

func (m *mixMoment) add(weight float64, a moment) {
	if weight > 0 {
		m.weight += weight
		m.mean += weight * a.mean
		m.second += weight * a.second()
	}
}

func (m mixMoment) moment() moment {
	if m.weight == 0 {
		return moment{}
	}
	mean := m.mean / m.weight
	return moment{mean, math.Max(0, m.second/m.weight-mean*mean)}
}

// folder adds up the moments of a list of steps.
type folder struct {
	x       *solver
	service int // of the steps; −1 in a session of a workload
	viewer  int
	batch   float64 // messages in hand; 1 for what was called
	calls   []moment
	inside  bool // only what the service itself takes: branches add up, and pauses are none of it
	count   bool // of visits, not time: branches add up, and what is no visit is nothing
	// cores answers for the time of a CPU step; nil takes it as the viewer sees it
	cores func(demand dist.Dist) moment
}

// newFolder folds what a viewer's requests do at a service.
func (x *solver) newFolder(service, viewer int) *folder {
	return &folder{x: x, service: service, viewer: viewer, batch: 1, calls: x.response[viewer]}
}

func (f *folder) steps(steps []scenarios.Step) moment {
	var sum moment
	for _, s := range steps {
		sum = sum.plus(f.step(s))
	}
	return sum
}

func (f *folder) step(s scenarios.Step) moment {
	switch s := s.(type) {
	case scenarios.CPU:
		if f.cores == nil {
			return f.x.respond(f.service, f.viewer, s.Demand)
		}
		return f.cores(s.Demand)
	case scenarios.Wait:
		if f.count || f.inside {
			return moment{}
		}
		return momentOf(s.Time)
	case scenarios.Call:
		return f.call(s)
	case scenarios.Parallel:
		ends := make([]moment, len(s.Branches))
		for i, b := range s.Branches {
			ends[i] = f.steps(b)
		}
		if f.count || f.inside {
			var sum moment
			for _, e := range ends {
				sum = sum.plus(e)
			}
			return sum
		}
		return joinMoments(ends, s.Need)
	case scenarios.Choose:
		var m mixMoment
		for _, b := range s.Branches {
			m.add(b.P, f.steps(b.Steps))
		}
		return m.moment()
	case scenarios.Cache:
		var m mixMoment
		m.add(s.Hit, f.steps(s.Then))
		m.add(1-s.Hit, f.steps(s.Else))
		return m.moment()
	case scenarios.Repeat:
		once := f.steps(s.Steps)
		if s.PerMessage {
			return moment{f.batch * once.mean, f.batch * once.variance}
		}
		mean, variance, _ := newCountOf(s.Count).moments()
		return moment{mean * once.mean, mean*once.variance + variance*once.mean*once.mean}
	}
	return moment{}
}

func (f *folder) call(s scenarios.Call) moment {
	m := f.calls[s.Op]
	t := triesAt(f.x.tries, s)
	if f.count {
		if t != nil {
			calls := t.calls(f.x.successOf(s.Op))
			m = moment{calls * m.mean, calls * m.variance}
		}
		return m
	}
	var way moment
	if f.service >= 0 && f.x.p.remote && !f.x.p.isInner(s.Op) {
		l := f.x.p.latency
		way = moment{2 * l.mean, 2 * l.variance}
		m = m.plus(way)
	}
	if t != nil {
		m = t.moment(m, f.x.successOf(s.Op), way)
	}
	return m
}

// joinMoments are those of the time until need of several branches have ended,
// each fitted to its moments. Only the rounds of a solution that settle how
// things depend on each other use it; the answer has the whole distribution.
func joinMoments(ends []moment, need int) moment {
	need = max(1, min(need, len(ends)))
	if len(ends) == 0 {
		return moment{}
	}
	if len(ends) == 1 {
		return ends[0]
	}
	least, most := math.Inf(1), 0.0
	fits := make([]fitted, len(ends))
	for i, e := range ends {
		if math.IsInf(e.mean, 1) || math.IsInf(e.variance, 1) {
			return moment{math.Inf(1), math.Inf(1)}
		}
		fits[i] = fit(e.mean, math.Max(0, e.variance)/math.Max(e.mean*e.mean, 1e-300))
		if fits[i].k > 24 {
			fits[i] = fit(e.mean, 1.0/24)
		}
		if e.mean > 0 {
			least = math.Min(least, e.mean)
		}
		most = math.Max(most, e.mean+6*math.Sqrt(e.variance))
	}
	if most == 0 {
		return moment{}
	}
	// trapezoidal rule for E[T] = ∫S and E[T²] = 2∫tS over log t
	const n = 48
	t := 0.02 * least
	ratio := math.Pow(3*most/t, 1.0/(n-1))
	step := math.Log(ratio)
	p := make([]float64, len(fits))
	var mean, second float64
	for j := range n {
		for i, f := range fits {
			p[i] = f.CDF(t)
		}
		s := 1 - atLeast(p, need)
		w := step * t * s
		if j == 0 {
			w = w/2 + t*s
		}
		mean += w
		second += 2 * w * t
		t *= ratio
	}
	return moment{mean, math.Max(0, second-mean*mean)}
}

// viewFrom is the view that a viewer has of a service, over its groups.
func (x *solver) respond(service, viewer int, d dist.Dist) moment {
	st := &x.stations[service]
	var m mixMoment
	for i := range st.groups {
		g := &st.groups[i]
		mean, variance := g.views[viewer].respondMoments(d, st.service.Discipline == scenarios.PS)
		m.add(st.weight(g, viewer), moment{mean, variance})
	}
	return m.moment()
}

// weight is the share of a viewer's requests that come to a group.
func (st *station) weight(g *group, viewer int) float64 {
	if viewer != viewBatch {
		return g.each * g.replicas
	}
	total := 0.0
	for i := range st.groups {
		total += st.groups[i].replicas * float64(st.groups[i].sources)
	}
	if total == 0 {
		return g.each * g.replicas
	}
	return g.replicas * float64(g.sources) / total
}

// operationMoments works out the response time of every operation for every
// viewer, those called before those that call. Circles of calls are gone round
// until nothing moves.
func (x *solver) operationMoments() {
	rounds := 1
	if x.p.cyclic {
		rounds = 2000
	}
	for v := range x.viewers {
		if v == viewBatch || v == viewCalls && len(x.m.Topics) == 0 {
			continue
		}
		calls := x.response[v]
		f := x.newFolder(-1, v)
		for range rounds {
			change := 0.0
			for _, op := range x.p.order {
				service := int(x.p.ops[op].service)
				f.service = service
				m := f.steps(x.m.Operations[op].Steps).plus(x.threadWait(service, v))
				change = math.Max(change, math.Abs(m.mean-calls[op].mean)/math.Max(m.mean, 1e-300))
				calls[op] = m
			}
			if change < 1e-14 {
				break
			}
		}
	}
}

// threadWait is the wait for a thread of a service.
func (x *solver) threadWait(service, viewer int) moment {
	st := &x.stations[service]
	var m mixMoment
	for i := range st.threads {
		t := &st.threads[i]
		m.add(st.weight(&st.groups[i], viewer), moment{t.mean, t.vari})
	}
	return m.moment()
}

// fedMoments is the time that the consumer of a topic takes for a batch of n.
func (x *solver) fedMoments(topic int, n float64) moment {
	op := x.m.Topics[topic].Consumer
	service := int(x.p.ops[op].service)
	f := x.newFolder(service, viewBatch)
	f.batch, f.calls = n, x.response[viewCalls]
	return f.steps(x.m.Operations[op].Steps).plus(x.threadWait(service, viewBatch))
}
