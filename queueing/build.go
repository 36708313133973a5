package queueing

import (
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// builder makes laws of steps: what it takes to run them, or only a part of it.
type builder struct {
	x       *solver
	g       *lattice
	latency law // of one crossing of the network; nil when it takes no time
	ops     map[opKey]law
	cores   map[coreKey]law
	loops   []bool // by operation: whether a circle of calls is on its way
	place   []int  // by operation: where it stands in the order of calls

	responses map[respondKey]law
	nothing   law           // no time at all
	lines     map[*view]law // the wait in line, by who waits
	recalls   map[law]law   // laws whose visits are not independent
	still     int           // a service that stands still in a state; −1 for none
	state     state
	brief     *briefly               // of the report
	described map[law]*measure.Times // what was said of a law already
	memories  map[[2]int][2]float64  // by service and viewer: see memory
	standings map[[2]int][]*builder  // by service and viewer: see standingStill
}

type opKey struct {
	op     scenarios.OpID
	viewer int
	level  int // how often a circle of calls was gone round
}

type coreKey struct {
	service, viewer, demand int
	part                    part
}

// part says which part of the time of steps is meant.
type part uint8

const (
	whole   part = iota // all of it
	waiting             // in line for cores of the service itself
	work                // demand on the cores of the service itself
)

// steps is a run of steps in progress.
type run struct {
	b       *builder
	service int // −1 in a session
	viewer  int
	level   int
	op      scenarios.OpID
	sizes   *counts // of the batch in hand; nil for what was called
	part    part
}

// deepest is how often a circle of calls is gone round before what is left of
// it is taken as a time with the right mean and variance.
const deepest = 24

func (x *solver) newBuilder() *builder {
	var latency law
	if x.p.remote {
		latency = newDistLaw(x.p.net)
	}
	b := x.newBuilderOn(newLattice(x.shortest()*1e-4, x.longest()*1e3), latency)
	b.brief = b.newBriefly()
	return b
}

// newBuilderOn makes laws on a lattice that is there already.
func (x *solver) newBuilderOn(g *lattice, latency law) *builder {
	b := &builder{
		x: x, g: g, latency: latency, ops: make(map[opKey]law), cores: make(map[coreKey]law), described: make(map[law]*measure.Times),
		responses: make(map[respondKey]law), nothing: newConstantLaw(0), lines: make(map[*view]law), recalls: make(map[law]law), still: -1,
		memories: make(map[[2]int][2]float64), standings: make(map[[2]int][]*builder),
	}
	b.loops, b.place = x.p.circles()
	return b
}

// operation is the response time of an operation that was called.
func (b *builder) operation(op scenarios.OpID, viewer, level int) law {
	if !b.loops[op] {
		level = 0
	}
	key := opKey{op, viewer, level}
	if l, ok := b.ops[key]; ok {
		return l
	}
	var l law
	if m := b.x.response[viewer][op]; level >= deepest {
		l = newTimeLaw(fit(m.mean, m.variance/math.Max(m.mean*m.mean, 1e-300)), 0)
	} else {
		service := int(b.x.p.ops[op].service)
		r := run{b: b, service: service, viewer: viewer, level: level, op: op}
		l = r.visit()
	}
	b.ops[key] = l
	return l
}

// visit is a run of the whole operation, the wait for a thread included.
func (r run) visit() law {
	steps := r.b.x.m.Operations[r.op].Steps
	if l := r.b.x.closedForm(r.service, steps, r.part); l != nil && r.viewer != viewBatch {
		return l
	}
	if wait := r.b.threadWait(r.service, r.viewer); wait != nil && r.part != work {
		return newSum(wait, r.steps(steps))
	}
	return r.steps(steps)
}

// steps is the law of a list of steps.
func (r run) steps(steps []scenarios.Step) law {
	var few [8]law
	parts := few[:0]
	for _, s := range steps {
		if l := r.step(s); l != nil {
			parts = append(parts, l)
		}
	}
	return newSum(parts...)
}

// step is the law of one step; nil takes no time.
func (r run) step(s scenarios.Step) law {
	switch s := s.(type) {
	case scenarios.CPU:
		return r.b.core(r.service, r.viewer, s.Demand, r.part)
	case scenarios.Wait:
		if r.part == whole {
			return newDistLaw(s.Time)
		}
	case scenarios.Call:
		if r.part == whole {
			l := r.call(s.Op)
			if t := triesAt(r.b.x.tries, s); t != nil {
				return r.b.tried(t, l)
			}
			return l
		}
		if r.b.x.p.isInner(s.Op) {
			return r.inside(s.Op)
		}
	case scenarios.Parallel:
		ends := make([]law, len(s.Branches))
		for i, b := range s.Branches {
			ends[i] = r.steps(b)
		}
		if r.part != whole {
			return newSum(ends...) // the lines stood in and the work done add up
		}
		return newJoin(r.b.g, ends, s.Need)
	case scenarios.Choose:
		weights, parts := make([]float64, len(s.Branches)), make([]law, len(s.Branches))
		for i, b := range s.Branches {
			weights[i], parts[i] = b.P, r.steps(b.Steps)
		}
		return newMix(weights, parts)
	case scenarios.Cache:
		return newMix([]float64{s.Hit, 1 - s.Hit}, []law{r.steps(s.Then), r.steps(s.Else)})
	case scenarios.Repeat:
		return r.repeat(s)
	}
	return nil
}

// call is the law of a call: the network, the operation, the network.
func (r run) call(op scenarios.OpID) law {
	viewer, level := r.viewer, r.level
	if viewer == viewBatch {
		viewer = viewCalls
	}
	if r.service >= 0 && r.b.place[op] >= r.b.place[r.op] && r.b.loops[op] {
		level++
	}
	l := r.b.operation(op, viewer, level)
	if r.service < 0 || r.b.latency == nil || r.b.x.p.isInner(op) {
		return l
	}
	return newSum(r.b.latency, l, r.b.latency)
}

func (r run) repeat(s scenarios.Repeat) law {
	once := r.steps(s.Steps)
	switch {
	case s.PerMessage && r.sizes != nil:
		return newCountLaw(*r.sizes, once)
	case s.PerMessage:
		return once
	}
	return newCountLaw(newCountOf(s.Count), once)
}

// core is the law of a CPU step, over the replicas that it may be on.
func (b *builder) core(service, viewer int, d dist.Dist, p part) law {
	key := coreKey{service, viewer, b.x.p.demand(scenarios.ServiceID(service), d), p}
	if p == work {
		key.viewer = viewOpen
	}
	if l, ok := b.cores[key]; ok {
		return l
	}
	st := &b.x.stations[service]
	var weights []float64
	var parts []law
	if service == b.still && p == whole {
		l := b.standingCore(d)
		b.cores[key] = l
		return l
	}
	if p == work {
		l := newDistLaw(worked(st.service, d))
		b.cores[key] = l
		return l
	}
	if len(st.groups) == 1 {
		l := b.onGroup(st, &st.groups[0].views[viewer], d, p)
		b.cores[key] = l
		return l
	}
	for i := range st.groups {
		g := &st.groups[i]
		if w := st.weight(g, viewer); w > 0 {
			weights = append(weights, w)
			parts = append(parts, b.onGroup(st, &g.views[viewer], d, p))
		}
	}
	l := newMix(weights, parts)
	b.cores[key] = l
	return l
}

func (b *builder) onGroup(st *station, v *view, d dist.Dist, p part) law {
	switch {
	case st.service.Discipline == scenarios.PS && p == waiting:
		return b.nothing
	case st.service.Discipline == scenarios.PS:
		return v.still.later(b.respond(v.chain, d))
	case p == waiting:
		return v.still.later(b.line(st, v))
	case v.line.response != nil && d.Family() == dist.FamilyExponential && d.Mean() == st.mix.mean:
		return v.still.later(newTimeLaw(v.line.response, 0))
	}
	return v.still.later(newSum(b.line(st, v), newDistLaw(d)))
}

// respond is [psChain.respond], once for what is equal.
func (b *builder) respond(ch psChain, d dist.Dist) law {
	if d.Family() != dist.FamilyExponential || len(ch.seen) == 0 {
		return ch.respond(d)
	}
	key := respondKey{&ch.seen[0], ch.c, ch.tau, d.Mean()}
	l, ok := b.responses[key]
	if !ok {
		l = ch.respond(d)
		b.responses[key] = l
	}
	return l
}

// respondKey says what the response to an exponential demand depends on, where
// those seen are known by their place.
type respondKey struct {
	seen      *float64
	c         int
	tau, mean float64
}

// line is the law of the wait in line for a core.
func (b *builder) line(st *station, v *view) law {
	l, ok := b.lines[v]
	if !ok {
		l = b.newLine(st, v)
		b.lines[v] = l
	}
	return l
}

func (b *builder) newLine(st *station, v *view) law {
	if v.line.time != nil {
		return newTimeLaw(v.line.time, 1-v.pWait)
	}
	var weights []float64
	var parts []law
	for i, d := range st.demands {
		rate := 0.0
		for _, asked := range st.asked {
			rate += asked[i]
		}
		if rate > 0 && !d.IsZero() {
			weights = append(weights, rate/st.mix.rate)
			parts = append(parts, newDistLaw(d))
		}
	}
	l := &pollaczekLaw{rho: v.line.rho, service: newMix(weights, parts)}
	l.is = facts{mean: v.line.mean, variance: v.line.variance, atom: 1 - v.line.rho}
	l.is.third = 2 * l.is.variance * l.is.variance / math.Max(l.is.mean, 1e-300)
	return l
}

// threadWait is the law of the wait for a thread; nil where there is none.
func (b *builder) threadWait(service, viewer int) law {
	st := &b.x.stations[service]
	if len(st.threads) == 0 {
		return nil
	}
	var weights []float64
	var parts []law
	any := false
	for i := range st.groups {
		weights = append(weights, st.weight(&st.groups[i], viewer))
		if i < len(st.threads) && st.threads[i].limits && st.threads[i].mean > 0 {
			t := st.threads[i].wait
			parts = append(parts, newTimeLaw(t, t.CDF(0)))
			any = true
			continue
		}
		parts = append(parts, newConstantLaw(0))
	}
	if !any {
		return nil
	}
	return newMix(weights, parts)
}

// closedForm is the law of an operation that is one exponential CPU step in
// order of arrival at a replica whose thread limit makes it M/M/c/K; nil
// otherwise.
func (x *solver) closedForm(service int, steps []scenarios.Step, p part) law {
	if service < 0 || len(steps) != 1 || p == work {
		return nil
	}
	st := &x.stations[service]
	cpu, ok := steps[0].(scenarios.CPU)
	if !ok || len(st.threads) != 1 || !st.threads[0].limits || !st.threads[0].pure ||
		st.service.Discipline != scenarios.FIFO || !st.mix.exponential || cpu.Demand.Mean() != st.mix.mean {
		return nil
	}
	g := st.groups[0]
	var q Station
	var err error
	threads, backlog := x.limitsOf(service)
	lambda, _, _ := x.inThreads(service, &g)
	if backlog < 0 {
		q, err = NewMMc(lambda, st.mix.mean, min(g.cores, threads))
	} else {
		q, err = NewMMcK(lambda, st.mix.mean, min(g.cores, threads), threads+backlog)
	}
	if err != nil {
		return nil
	}
	if p == waiting {
		return newTimeLaw(q.Waiting(), q.Waiting().CDF(0))
	}
	return newTimeLaw(q.Response(), 0)
}

// fed is the law of the consumer of a topic for batches of the sizes that come.
func (b *builder) fed(topic int, p part) law {
	op := b.x.m.Topics[topic].Consumer
	sizes := countsOf(b.x.bulk[topic].Sizes)
	r := run{b: b, service: int(b.x.p.ops[op].service), viewer: viewBatch, op: op, sizes: &sizes, part: p}
	return r.visit()
}

// countsOf trims a distribution given from 0 on.
func countsOf(p []float64) counts {
	first := 0
	for first < len(p)-1 && p[first] == 0 {
		first++
	}
	c := counts{first: first, p: append([]float64(nil), p[first:]...)}
	if len(c.p) == 0 {
		return counts{1, []float64{1}}
	}
	return c
}

// workload is the law of the requests of a workload.
func (b *builder) workload(w int) law {
	wl := &b.x.m.Workloads[w]
	viewer := b.x.view[w]
	switch {
	case wl.Route != nil:
		k := b.x.walkOf(w)
		visits := make([]law, len(k.ops))
		for i, op := range k.ops {
			visits[i] = b.operation(scenarios.OpID(op), viewer, 0)
		}
		if len(k.ops) == 1 && k.next[0][0] == 0 {
			return visits[0]
		}
		return newRouteLaw(k, visits)
	case len(wl.Mix) > 0:
		var weights []float64
		var parts []law
		for _, s := range wl.Mix {
			weights = append(weights, s.P)
			parts = append(parts, b.operation(s.Op, viewer, 0))
		}
		return newMix(weights, parts)
	}
	r := run{b: b, service: -1, viewer: viewer}
	return r.steps(wl.Steps)
}
