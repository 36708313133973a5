package queueing

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// bottleneck finds the service that saturates first, and the rates of the
// workloads at which it does.
func (x *solver) bottleneck(r *measure.Result, b bearing) {
	r.Bottleneck = b.name
	if x.closed != nil {
		_, r.Bottleneck = x.fullest(x.requests)
	}
	r.Saturation = make(map[string]float64)
	for w := range x.m.Workloads {
		wl := &x.m.Workloads[w]
		limit := 0.0
		if wl.Open() {
			limit = x.requests[w] * b.factor
		} else {
			limit = x.asymptote(w)
		}
		if r.Stable {
			// what is carried, some of the requests being turned away, can be carried
			limit = math.Max(limit, r.Workloads[wl.Name].Throughput.Value)
		}
		if limit > 0 && !math.IsInf(limit, 1) {
			r.Saturation[wl.Name] = limit
		}
	}
}

// fullest is the service whose load is the largest part of what it can carry
// when requests come at the given rates (1/s), and that part. Batches are taken
// as full, as they are when a topic comes to its limit.
func (x *solver) fullest(requests []float64) (ratio float64, name string) {
	for id, part := range x.loads(requests) {
		if part > ratio {
			ratio, name = part, x.m.Services[id].Name
		}
	}
	return ratio, name
}

// loads is the load of every service as a part of what it can carry: of its
// cores, of its threads, or of the partitions that it works on.
func (x *solver) loads(requests []float64) []float64 {
	out, asked := x.coreLoads(requests)
	for id := range out {
		threads, _ := x.limitsOf(id)
		now := x.arrivals(id, x.rates)
		if threads == 0 || now == 0 {
			continue
		}
		for i := range x.stations[id].threads {
			t := &x.stations[id].threads[i]
			out[id] = math.Max(out[id], t.load/float64(threads)*asked[id]/now)
		}
	}
	return out
}

// coreLoads is the same without threads, and how often each service is called (1/s).
func (x *solver) coreLoads(requests []float64) (out, asked []float64) {
	f := x.atFull(requests)
	for t, topic := range x.m.Topics {
		id := x.p.ops[topic.Consumer].service
		f.cores[id] = math.Max(f.cores[id], f.partitions[t])
	}
	return f.cores, f.asked
}

// fullLoads are loads as parts of what can be carried, batches being full.
type fullLoads struct {
	cores      []float64 // by service: of the cores of its busiest replica
	partitions []float64 // by topic: of the partitions that its consumer works on
	asked      []float64 // by service: how often it is called (1/s)
}

// atFull finds the loads when requests come at the given rates (1/s).
func (x *solver) atFull(requests []float64) fullLoads {
	full := make([]float64, len(x.batch))
	for t := range full {
		full[t] = float64(max(1, x.m.Topics[t].Batch))
	}
	now := x.stations
	if !x.of.equal(paced{x.tr, requests, full}) {
		now = nil
		keep := x.rates
		defer func() { x.rates = keep }()
		x.rates = x.tr.rates(x.p, requests, full, x.view, x.viewers)
	}
	n := len(x.m.Services)
	out := fullLoads{make([]float64, n), make([]float64, len(full)), make([]float64, n)}
	var one station // its memory serves one after the other
	for id := range out.cores {
		out.asked[id] = x.arrivals(id, x.rates)
		st := &one
		if now != nil {
			st = &now[id]
		} else {
			x.gather(st, id)
		}
		for _, g := range st.groups {
			out.cores[id] = math.Max(out.cores[id], g.load/float64(g.cores))
		}
	}
	for t := range out.partitions {
		b := x.bulkOf(t)
		mean, _ := b.Time(b.Max)
		out.partitions[t] = b.Lambda * mean / float64(b.Max)
	}
	return out
}

// arrivals is how often a service is called (1/s).
func (x *solver) arrivals(id int, r rates) float64 {
	sum := 0.0
	for _, op := range x.m.Services[id].Operations {
		for v := range r.calls {
			sum += r.calls[v][op]
		}
	}
	return sum
}

// asymptote is the largest throughput that a closed workload could have alone:
// one over its largest demand per core.
func (x *solver) asymptote(w int) float64 {
	one := make([]float64, len(x.requests))
	one[w] = 1
	ratio, _ := x.fullest(one)
	return 1 / ratio
}
