package queueing

import (
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// report puts a settled solution into a result.
func (x *solver) report(bears bearing) *measure.Result {
	r := &measure.Result{
		Schema: measure.Schema, Kind: measure.Prediction, Method: measure.Analytic,
		Scenario:   measure.Scenario{Name: x.m.Name, SHA256: x.m.Digest},
		Stable:     true,
		Workloads:  make(map[string]*measure.Workload, len(x.m.Workloads)),
		Operations: make(map[string]*measure.Operation, len(x.m.Operations)),
		Services:   make(map[string]*measure.Service, len(x.m.Services)),
	}
	if x.m.Part != 1 {
		r.Scenario.Part = x.m.Part
	}
	for id := range x.down {
		r.Stable = r.Stable && !x.down[id]
	}
	for t := range x.late {
		r.Stable = r.Stable && !x.late[t]
	}
	b := x.newBuilder()
	lost := x.lost()
	x.reportWorkloads(r, b, lost)
	x.reportOperations(r, b, lost)
	x.reportServices(r, b, lost)
	x.reportTopics(r, b, lost)
	x.bottleneck(r, bears)
	r.Caveats = x.caveats(bears)
	r.Run.Detail = x.detail()
	return r
}

// lost marks the operations that have no steady state, because they or what
// they call run on a service that is offered too much.
func (x *solver) lost() []bool {
	out := make([]bool, len(x.p.ops))
	for moved := true; moved; {
		moved = false
		for _, i := range x.p.order {
			op, lost := &x.p.ops[i], out[i]
			out[i] = lost || x.down[op.service]
			for _, f := range op.calls {
				out[i] = out[i] || f.called() > 0 && out[f.to]
			}
			moved = moved || out[i] != lost
		}
	}
	return out
}

// reaches reports whether requests of a workload come to a lost operation.
func (x *solver) reaches(w int, lost []bool) bool {
	for op, visits := range x.tr.workload[w] {
		if visits > 0 && lost[op] {
			return true
		}
	}
	return false
}

func (x *solver) reportWorkloads(r *measure.Result, b *builder, lost []bool) {
	for w := range x.m.Workloads {
		wl := &x.m.Workloads[w]
		out := &measure.Workload{Failed: exactly(1 - x.wellOf(w))}
		r.Workloads[wl.Name] = out
		if wl.Open() {
			out.Offered = exactly(x.requests[w])
		}
		if x.reaches(w, lost) {
			out.Failed = measure.Estimate{}
			continue
		}
		if !wl.Open() {
			out.Offered = exactly(x.requests[w])
		}
		out.Throughput = exactly(x.requests[w] * x.wellOf(w))
		m, known := b.brief.workload(w)
		known = known && x.only == nil
		inside := m.mean
		if known {
			out.Response = b.brief.times(m)
		} else {
			l := b.recalledWorkload(w)
			inside = l.facts().mean
			if x.wants(wl.Name) {
				out.Response = b.partTimes(l)
			}
		}
		if x.success != nil {
			inside *= shortened(span{mean: x.workloadSpan(w)}, x.workloadMoments(w))
		}
		out.InSystem = exactly(x.requests[w] * inside)
	}
}

// wellOf is the probability that a request of a workload is answered well.
func (x *solver) wellOf(w int) float64 {
	if x.success == nil {
		return 1
	}
	wl := &x.m.Workloads[w]
	switch {
	case wl.Route != nil:
		k := x.walkOf(w)
		// the walk goes on from each visit that ends well
		ends := 0.0
		for i, op := range k.ops {
			left := 1.0
			for _, p := range k.next[i] {
				left -= p
			}
			ends += x.tr.starts[w][op] * x.success[op] * left
		}
		return math.Min(1, ends)
	case len(wl.Mix) > 0:
		well := 0.0
		for _, s := range wl.Mix {
			well += s.P * x.success[s.Op]
		}
		return well
	}
	c := counter{p: x.p, success: x.success, tries: x.tries}
	return c.steps(wl.Steps, 1, false)
}

func (x *solver) reportOperations(r *measure.Result, b *builder, lost []bool) {
	requests := 0.0
	for _, q := range x.requests {
		requests += q
	}
	all := make([]measure.Operation, len(x.m.Operations)) // in one piece, for there may be many
	for i := range x.m.Operations {
		op, out := scenarios.OpID(i), &all[i]
		r.Operations[x.m.Operations[i].Name] = out
		rate := x.fedRate(i)
		for v := range x.viewers {
			rate += x.rates.calls[v][i]
		}
		if requests > 0 {
			out.Visits = exactly(rate / requests)
		}
		if lost[i] {
			continue
		}
		well := 1.0
		if x.success != nil {
			well = x.success[i]
		}
		out.Throughput = exactly(rate * well)
		switch {
		case rate == 0, !x.wants(x.m.Operations[i].Name):
		case b.brief.knows(op) && x.only == nil:
			out.Response = b.brief.times(b.brief.operation(op, whole))
		default:
			out.Response = b.partTimes(x.operationLaw(b, op, whole))
		}
	}
}

// fedRate is how often an operation runs for batches (1/s).
func (x *solver) fedRate(op int) float64 {
	sum := 0.0
	for t, topic := range x.m.Topics {
		if int(topic.Consumer) == op {
			sum += x.rates.batches[t]
		}
	}
	return sum
}

// operationLaw is the law of an operation over all who ask for it.
func (x *solver) operationLaw(b *builder, op scenarios.OpID, p part) law {
	var fewRates [4]float64
	var few [4]law
	weights, parts, total := fewRates[:0], few[:0], 0.0
	for v := range x.viewers {
		if rate := x.rates.calls[v][op]; rate > 0 {
			weights, parts, total = append(weights, rate), append(parts, b.seenBy(op, v, p)), total+rate
		}
	}
	for t, topic := range x.m.Topics {
		if rate := x.rates.batches[t]; topic.Consumer == op && rate > 0 {
			weights, parts, total = append(weights, rate), append(parts, b.fed(t, p)), total+rate
		}
	}
	for i := range weights {
		weights[i] /= total
	}
	return newMix(weights, parts)
}

// seenBy is the law of an operation for one viewer.
func (b *builder) seenBy(op scenarios.OpID, viewer int, p part) law {
	if p == whole {
		return b.recalled(op, viewer)
	}
	return run{b: b, service: int(b.x.p.ops[op].service), viewer: viewer, op: op, part: p}.visit()
}

// costOf is what the replicas of a service cost for an hour; absent where that
// is not said.
func costOf(s *scenarios.Service) measure.Estimate {
	if s.Cost == 0 {
		return measure.Estimate{}
	}
	return exactly(s.Cost * float64(s.Replicas))
}

func (x *solver) reportServices(r *measure.Result, b *builder, lost []bool) {
	services := make([]measure.Service, len(x.m.Services))
	for id := range x.m.Services {
		s, st, out := &x.m.Services[id], &x.stations[id], &services[id]
		out.Replicas, out.Cost = exactly(float64(s.Replicas)*available(s)), costOf(s)
		r.Services[s.Name] = out
		out.Utilization = exactly(math.Min(1, st.load()/(float64(s.Replicas*s.Cores)*runs(s))))
		out.PIdle = exactly(st.pIdle())
		if x.down[id] {
			continue
		}
		all := false
		if !x.wants(s.Name) {
			all = false
		} else if b.brief.knowsService(id) && x.only == nil {
			all = x.briefServiceTimes(b, id, lost, out)
		} else {
			all = x.serviceTimes(b, id, lost, out)
		}
		out.Waiting = exactly(st.waiting(x))
		out.PWait = exactly(x.pWait(id))
		out.Rejected = exactly(x.rejected(id))
		if all {
			out.ThreadsBusy = exactly(st.threadsBusy(out.Present.Value))
		}
	}
}

// serviceTimes fills in what one request takes, and what is there; it reports
// whether all of its operations have a steady state.
func (x *solver) serviceTimes(b *builder, id int, lost []bool, out *measure.Service) bool {
	var fewRates [4]float64
	var few [3][4]law
	weights, laws, waits, works := fewRates[:0], few[0][:0], few[1][:0], few[2][:0]
	total, present, done, all := 0.0, 0.0, 0.0, true
	for _, op := range x.m.Services[id].Operations {
		rate := x.fedRate(int(op))
		for v := range x.viewers {
			rate += x.rates.calls[v][op]
		}
		if rate == 0 {
			continue
		}
		all = all && !lost[op]
		total += rate
		weights = append(weights, rate)
		waits = append(waits, x.operationLaw(b, op, waiting))
		works = append(works, x.operationLaw(b, op, work))
		if lost[op] {
			continue
		}
		l := x.operationLaw(b, op, whole)
		laws = append(laws, l)
		present += x.presentOf(int(op), rate, l.facts().mean)
		well := 1.0
		if x.success != nil {
			well = x.success[op]
		}
		done += rate * well
	}
	for i := range weights {
		weights[i] /= total
	}
	if total == 0 {
		out.Throughput, out.Present = exactly(0), exactly(0)
		return true
	}
	out.WaitingTime = b.partTimes(newMix(weights, waits))
	out.ServiceTime = b.partTimes(newMix(weights, works))
	if all {
		out.Throughput = exactly(done)
		out.Present = exactly(present)
		out.Response = b.partTimes(newMix(weights, laws))
	}
	return all
}

// presentOf is the mean number of requests of an operation in progress, where
// those that end well take the given mean.
func (x *solver) presentOf(op int, rate, mean float64) float64 {
	if x.success == nil {
		return rate * mean
	}
	sum := 0.0
	for v := range x.viewers {
		if r := x.rates.calls[v][op]; r > 0 {
			sum += r * mean * shortened(x.spans(v)[op], x.response[v][op])
			rate -= r
		}
	}
	return sum + rate*mean // what is left are batches
}

// pIdle is the share of the time in which cores of a replica are idle, over all
// replicas.
func (st *station) pIdle() float64 {
	sum, n := 0.0, 0.0
	for _, g := range st.groups {
		sum += g.replicas * g.pIdle
		n += g.replicas
	}
	return math.Max(0, math.Min(1, sum/n))
}

// waiting is the mean number in line, for a thread or a core.
func (st *station) waiting(x *solver) float64 {
	sum := st.inThreadLine()
	if st.service.Discipline == scenarios.PS {
		return sum
	}
	for i := range st.groups {
		g := &st.groups[i]
		for v := range x.viewers {
			for k := range st.demands {
				if r := st.asked[v][k]; r > 0 {
					sum += r * st.weight(g, v) * (g.views[v].line.mean + g.views[v].still.moment().mean)
				}
			}
		}
	}
	return sum
}

// inThreadLine is the mean number waiting for a thread.
func (st *station) inThreadLine() float64 {
	sum := 0.0
	for i, t := range st.threads {
		if t.limits {
			sum += st.groups[i].replicas * t.inLine
		}
	}
	return sum
}

// threadsBusy is the mean number of threads held, where so many are present: no
// more than there are, nor than the chain of each replica says where requests do
// nothing but compute.
func (st *station) threadsBusy(present float64) float64 {
	busy := present - st.inThreadLine()
	known, sum := len(st.threads) > 0, 0.0
	for i, t := range st.threads {
		known = known && t.limits && t.pure
		sum += st.groups[i].replicas * t.held
	}
	if known {
		busy = math.Min(busy, sum)
	}
	if most := float64(st.service.Threads * st.service.Replicas); most > 0 {
		busy = math.Min(busy, most)
	}
	return busy
}

// pWait is the probability that a request finds every core of its replica busy,
// or no thread free.
func (x *solver) pWait(id int) float64 {
	st := &x.stations[id]
	sum, total := 0.0, 0.0
	add := func(v int, rate float64) {
		if rate == 0 {
			return
		}
		for i := range st.groups {
			g := &st.groups[i]
			w := rate * st.weight(g, v)
			p := g.views[v].pWait
			if i < len(st.threads) && st.threads[i].limits {
				t := &st.threads[i]
				if p = 1 - (1-p)*(1-t.pWait); t.pure {
					threads, _ := x.limitsOf(id)
					p = t.found(min(g.cores, threads))
				}
			}
			sum += w * p
			total += w
		}
	}
	for _, op := range st.service.Operations {
		for v := range x.viewers {
			add(v, x.rates.calls[v][op])
		}
		add(viewBatch, x.fedRate(int(op)))
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// found is the probability that an arrival finds n or more at the replica.
func (t *threadLine) found(n int) float64 {
	sum := 0.0
	for _, p := range t.present[min(n, len(t.present)):] {
		sum += p
	}
	return sum
}

func (x *solver) reportTopics(r *measure.Result, b *builder, lost []bool) {
	if len(x.m.Topics) == 0 {
		return
	}
	r.Topics = make(map[string]*measure.Topic, len(x.m.Topics))
	for t := range x.m.Topics {
		topic := &x.m.Topics[t]
		out := &measure.Topic{}
		r.Topics[topic.Name] = out
		if x.late[t] || lost[topic.Consumer] {
			continue
		}
		rate := x.rates.messages[t]
		out.Throughput = exactly(rate)
		if rate == 0 {
			out.Depth = exactly(0)
			continue
		}
		bulk := x.bulkOf(t)
		// the rounds of the solution took joins by their moments; the law of the
		// consumer has them right
		if rough := x.fedMixture(t); rough.mean > 0 && x.p.ops[topic.Consumer].path.parallel {
			is := b.fed(t, whole).facts()
			mean, variance := is.mean/rough.mean, is.variance/math.Max(rough.variance, 1e-300)
			take := bulk.Time
			bulk.Time = func(n int) (float64, float64) {
				m, v := take(n)
				return m * mean, v * variance
			}
		}
		if bulk.check() != nil {
			continue
		}
		c := newBulkChain(bulk)
		figures := c.result()
		delay := c.delay(figures, moment{x.p.latency.mean, x.p.latency.variance})
		out.Batch = exactly(figures.Batch)
		mean := delay.Mean()
		out.Depth = exactly(rate * mean)
		out.Delay = &measure.Times{Mean: exactly(mean), Stddev: exactly(math.Sqrt(delay.Variance()))}
		if x.wants(topic.Name) {
			curveOf(delay).describe(out.Delay, x.only == nil)
		}
	}
}

// fedMixture is the time of a batch over the sizes that come, by its moments.
func (x *solver) fedMixture(t int) moment {
	var m mixMoment
	for n, p := range x.bulk[t].Sizes {
		if p > 1e-12 {
			m.add(p, x.fedMoments(t, float64(n)))
		}
	}
	return m.moment()
}

// shortest and longest bound the times of a model (s).
func (x *solver) shortest() float64 {
	least := math.Inf(1)
	take := func(m float64) {
		if m > 0 {
			least = math.Min(least, m)
		}
	}
	for _, ds := range x.p.demands {
		for _, d := range ds {
			take(d.Mean())
		}
	}
	take(x.p.latency.mean)
	for _, row := range x.response {
		for _, m := range row {
			take(m.mean)
		}
	}
	if math.IsInf(least, 1) {
		return 1e-6
	}
	return least
}

func (x *solver) longest() float64 {
	most := x.shortest()
	for _, row := range x.response {
		for _, m := range row {
			if !math.IsInf(m.mean, 1) {
				most = math.Max(most, m.mean)
			}
			if sd := math.Sqrt(m.variance); !math.IsInf(sd, 1) {
				most = math.Max(most, sd)
			}
		}
	}
	for w := range x.m.Workloads {
		if m := x.workloadMoments(w).mean; !math.IsInf(m, 1) {
			most = math.Max(most, m)
		}
	}
	return most
}
