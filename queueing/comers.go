package queueing

import (
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// origin is where some of the requests that come to a service are from: outside,
// the users of a closed workload, or a service whose threads limit how many of
// them there can be at a time. It is what the layers of a layered queueing
// network know of each other ([RoSe95]).
type origin struct {
	rate   float64 // of requests (1/s)
	number float64 // most there can be of them, +Inf from outside (1)
	cycle  float64 // mean time in which each of that number comes once (s)
	limit  float64 // threads of the service that they are from, +Inf without (1)
	full   float64 // probability that all of these are held (1)
	round  float64 // mean time in which one that is held comes once (s)
}

// source is an origin as one replica sees it.
type source struct {
	origin
	share float64 // of the requests present (1)
	visit float64 // mean time of one visit (s)
}

// at is the rate at which requests come while n of all are present (1/s).
// Those from outside come whatever is there, and users when they have been away
// for long enough; but where the threads of a service that calls are all held,
// those that are not here are on their way here.
func (s source) at(n int) float64 {
	here := s.share * float64(n)
	if here >= s.limit {
		return 0
	}
	rate := s.rate
	if !math.IsInf(s.number, 1) {
		rate = math.Max(0, s.number-here) / s.away(s.cycle)
	}
	if full := s.fullWith(here); full > 0 {
		rate = (1-full)*rate + full*(s.limit-here)/s.away(s.round)
	}
	return rate
}

// fullWith is the probability that all threads of the service they are from are
// held when so many of them are here: about as many of all are here then as this
// is a part of their round. Any number is taken as equally likely else.
func (s source) fullWith(here float64) float64 {
	if s.full == 0 || s.full == 1 {
		return s.full
	}
	part := math.Min(1, s.visit/s.round)
	off := here - s.limit*part
	likely := math.Exp(-off * off / (2*s.limit*part*(1-part) + 0.5))
	return s.full * likely / (s.full*likely + 1 - s.full)
}

// away is the mean time between two visits (s): what is left of the time in
// which there is one. Branches side by side may be at the replica for longer
// than that.
func (s source) away(cycle float64) float64 {
	return math.Max(cycle-s.visit, 0.01*cycle)
}

// comers are all who come to a replica.
type comers []source

func (c comers) at(n int) float64 {
	sum := 0.0
	for _, s := range c {
		sum += s.at(n)
	}
	return sum
}

// rate is that at which requests come on average (1/s).
func (c comers) rate() float64 {
	sum := 0.0
	for _, s := range c {
		sum += s.rate
	}
	return sum
}

// crowded reports whether some come from a service whose threads run out, so
// that there are never more of them than these.
func (c comers) crowded() bool {
	for _, s := range c {
		if s.full > feltCrowd {
			return true
		}
	}
	return false
}

// feltCrowd is the probability of finding no thread at a service from which on
// those that it calls see only so many requests.
const feltCrowd = 1e-3

// slowed are the same with only a part of those of whom there may be any number.
func (c comers) slowed(part float64) comers {
	out := slices.Clone(c)
	for i := range out {
		if math.IsInf(out[i].most(), 1) {
			out[i].rate *= part
		}
	}
	return out
}

// free reports whether there may be any number of them, or as good as.
func (c comers) free() bool {
	for _, s := range c {
		if !math.IsInf(s.number, 1) || s.full > feltCrowd {
			return false
		}
	}
	return true
}

// unbounded is the rate of those of whom there may be any number (1/s).
func (c comers) unbounded() float64 {
	sum := 0.0
	for _, s := range c {
		if math.IsInf(s.most(), 1) {
			sum += s.rate
		}
	}
	return sum
}

// bounded is how many there can be of the others.
func (c comers) bounded() float64 {
	sum := 0.0
	for _, s := range c {
		if m := s.most(); !math.IsInf(m, 1) {
			sum += m
		}
	}
	return sum
}

func (o origin) most() float64 { return math.Min(o.number, o.limit) }

// eager is the rate at which they come as long as none is there (1/s).
func (o origin) eager() float64 {
	if math.IsInf(o.number, 1) {
		return o.rate
	}
	return o.number / o.cycle
}

// scaled is a share of an origin's requests.
func (o origin) scaled(share float64) origin {
	o.rate *= share
	o.cycle /= share
	o.round /= share
	return o
}

// origins finds where the requests of every service are from.
func (x *solver) origins() [][]origin {
	f := originFinder{x: x, found: make([][]origin, len(x.m.Services)), state: make([]byte, len(x.m.Services))}
	for id := range f.found {
		f.of(id)
	}
	return f.found
}

type originFinder struct {
	x     *solver
	found [][]origin
	state []byte // 1: being found, 2: found
}

// of finds the origins of one service, after those of the services that call
// it. What calls itself in the end is from outside.
func (f *originFinder) of(id int) []origin {
	if f.state[id] == 2 {
		return f.found[id]
	}
	f.state[id] = 1
	x := f.x
	left := x.arrivals(id, x.rates)
	for w := range x.m.Workloads {
		o := origin{number: math.Inf(1), limit: math.Inf(1)}
		for _, op := range x.m.Services[id].Operations {
			o.rate += x.of.requests[w] * x.tr.starts[w][op]
		}
		if wl := &x.m.Workloads[w]; !wl.Open() && o.rate > 0 {
			o.number = float64(wl.Users)
			o.cycle = (wl.Think.Mean() + x.workloadMoments(w).mean) * x.of.requests[w] / o.rate
		}
		f.add(id, &left, o)
	}
	for _, caller := range x.p.callers[id] {
		rate := x.callRate(caller, id)
		if rate == 0 || caller == id || f.state[caller] == 1 {
			continue
		}
		f.through(caller, id, rate, &left)
	}
	if left > 1e-6*x.arrivals(id, x.rates) {
		f.add(id, &left, origin{rate: left, number: math.Inf(1), limit: math.Inf(1)})
	}
	f.state[id] = 2
	return f.found[id]
}

func (f *originFinder) add(id int, left *float64, o origin) {
	if o.rate > 0 {
		f.found[id] = append(f.found[id], o)
		*left -= o.rate
	}
}

// through adds the origins of the calls from one service to another: those of
// the caller, or its threads where they are fewer than what comes to them.
func (f *originFinder) through(caller, id int, rate float64, left *float64) {
	x := f.x
	above := f.of(caller)
	total, most, often := 0.0, 0.0, 0.0
	for _, o := range above {
		total += o.rate
		most += o.most()
		often += o.eager()
	}
	threads, _ := x.limitsOf(caller)
	limit := float64(threads * x.lines(caller))
	if threads == 0 || most <= limit {
		for _, o := range above {
			f.add(id, left, o.scaled(rate/total))
		}
		return
	}
	o := origin{rate: rate, number: most, limit: limit}
	if !math.IsInf(most, 1) {
		o.cycle = most / often * total / rate
	}
	st := &x.stations[caller]
	for i := range st.threads {
		o.full += st.weight(&st.groups[i], viewOpen) * st.threads[i].pWait
	}
	o.round = x.heldFor(caller) * total / rate
	f.add(id, left, o)
}

// heldFor is how long a request holds a thread of a service on average (s).
func (x *solver) heldFor(id int) float64 {
	sum, total := 0.0, 0.0
	st := &x.stations[id]
	for i := range st.groups {
		g := &st.groups[i]
		lambda, _, held := x.inThreads(id, g)
		sum += lambda * g.replicas * held
		total += lambda * g.replicas
	}
	return sum / total
}

// blend goes a part of the way from what was known of the origins to what is
// now. Layers hear of each other a round late; without it they chase each other.
func blend(before, now [][]origin, part float64) [][]origin {
	for id := range now {
		if before == nil || len(before[id]) != len(now[id]) {
			continue
		}
		for k := range now[id] {
			a, b := &before[id][k], &now[id][k]
			b.cycle = a.cycle + part*(b.cycle-a.cycle)
			b.round = a.round + part*(b.round-a.round)
			b.full = a.full + part*(b.full-a.full)
		}
	}
	return now
}

// lines is how many lines for threads a service has.
func (x *solver) lines(id int) int {
	if s := &x.m.Services[id]; s.Balancing != scenarios.Shared {
		return s.Replicas
	}
	return 1
}

// callRate is how often one service calls another (1/s), batches left out.
func (x *solver) callRate(from, to int) float64 {
	sum := 0.0
	for _, op := range x.m.Services[from].Operations {
		for _, f := range x.p.ops[op].calls {
			if int(x.p.ops[f.to].service) != to {
				continue
			}
			for v := range x.viewers {
				sum += x.rates.calls[v][op] * f.called()
			}
		}
	}
	return sum
}

// comersTo are those who come to one replica of a group of a service: lambda a
// second, each for so long (s).
func (x *solver) comersTo(id int, g *group, lambda, visit float64) comers {
	var out comers
	total := x.arrivals(id, x.rates) * g.each
	for _, o := range x.from[id] {
		o = o.scaled(g.each)
		out = append(out, source{origin: o, share: o.rate / lambda, visit: visit})
	}
	if rest := lambda - total; rest > 1e-6*lambda { // batches
		o := origin{rate: rest, number: math.Inf(1), limit: math.Inf(1)}
		out = append(out, source{origin: o, share: rest / lambda, visit: visit})
	}
	return out
}
