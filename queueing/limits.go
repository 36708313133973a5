package queueing

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// Resource is what a service can run out of.
type Resource string

// What a service can run out of.
const (
	Cores      Resource = "cores"
	Threads    Resource = "threads"
	Partitions Resource = "partitions" // those of a topic, each worked on by one batch at a time
)

// Limit is a load at which a resource of a service is full.
type Limit struct {
	Service  string
	Resource Resource
	Used     float64            // at the present load (1)
	Factor   float64            // times the present load of those that grow (1)
	Rates    map[string]float64 // of the workloads that grow, then (1/s)
	First    bool               // the bottleneck: what is full before all else

	// AtMost says that threads are full no later than that, and sooner where
	// what they call slows down on the way.
	AtMost bool
}

// nearlyAll is the part of the threads that are held when they count as full,
// and nearBearing the part of the load that can be borne at which that is
// looked at: at all of it there is no steady state to look at.
const (
	nearlyAll   = 0.95
	nearBearing = 0.99
)

// limits lists what becomes full as the load grows, with the first marked.
func (x *solver) limits(ctx context.Context, r *measure.Result, b bearing) ([]Limit, error) {
	grow := x.openRequests()
	if slices.Max(append(grow, 0)) == 0 {
		grow = x.requests
		b.factor = math.Inf(1)
	}
	out := append(x.coreLimits(grow), x.threadLimits()...)
	if err := x.meet(ctx, out, b); err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(l Limit) bool { return math.IsInf(l.Factor, 1) || math.IsNaN(l.Factor) })
	slices.SortStableFunc(out, func(a, b Limit) int { return cmp.Compare(a.Factor, b.Factor) })
	if at := slices.IndexFunc(out, func(l Limit) bool { return l.Service == r.Bottleneck }); at >= 0 {
		out[at].First = true
	}
	for i := range out {
		out[i].Rates = make(map[string]float64)
		for w, q := range grow {
			if q > 0 {
				out[i].Rates[x.m.Workloads[w].Name] = q * out[i].Factor
			}
		}
	}
	return out, nil
}

// coreLimits are those of cores, and of the partitions that consumers work on.
func (x *solver) coreLimits(grow []float64) []Limit {
	var out []Limit
	f := x.atFull(grow)
	for id, then := range f.cores {
		if then > 0 {
			s := &x.m.Services[id]
			now := x.stations[id].load() / float64(s.Replicas*s.Cores)
			out = append(out, Limit{Service: s.Name, Resource: Cores, Used: math.Min(1, now), Factor: 1 / then})
		}
	}
	for t, then := range f.partitions {
		if then > 0 {
			used := math.Min(1, x.bulk[t].Utilization)
			id := x.p.ops[x.m.Topics[t].Consumer].service
			out = append(out, Limit{Service: x.m.Services[id].Name, Resource: Partitions, Used: used, Factor: 1 / then})
		}
	}
	return out
}

// threadLimits are those of threads, held for as long as they are now.
func (x *solver) threadLimits() []Limit {
	var out []Limit
	for id := range x.m.Services {
		most, _ := x.limitsOf(id)
		if most == 0 || x.down[id] {
			continue
		}
		held, load := 0.0, 0.0
		for i := range x.stations[id].threads {
			t := &x.stations[id].threads[i]
			held = math.Max(held, t.held)
			load = math.Max(load, math.Max(t.load, t.held))
		}
		if load > 0 {
			out = append(out, Limit{
				Service: x.m.Services[id].Name, Resource: Threads, AtMost: true,
				Used: math.Min(1, held/float64(most)), Factor: float64(most) / load,
			})
		}
	}
	return out
}

// meet puts the limits in agreement with the load that can be borne: threads
// that run out there do so then, since what they call answers later and later.
func (x *solver) meet(ctx context.Context, limits []Limit, b bearing) error {
	if !x.holdsThreads() || !(b.factor > 0) || math.IsInf(b.factor, 1) {
		return nil
	}
	y, err := x.settledAt(ctx, nearBearing*b.factor, 0)
	if err != nil {
		return err
	}
	for i := range limits {
		l := &limits[i]
		if l.Resource != Threads {
			continue
		}
		for id := range x.m.Services {
			// those of the bottleneck are not full before all is that can be borne
			early := l.Service == b.name && l.Factor < b.factor
			if x.m.Services[id].Name == l.Service && (early || y.threadsFull(id)) {
				l.Factor, l.AtMost = b.factor, false
			}
		}
	}
	return nil
}

// threadsFull reports whether about all threads of some replica are held.
func (x *solver) threadsFull(id int) bool {
	most, _ := x.limitsOf(id)
	for i := range x.stations[id].threads {
		if x.stations[id].threads[i].held >= nearlyAll*float64(most) {
			return true
		}
	}
	return x.down[id]
}
