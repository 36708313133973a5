package emulate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// What emulation costs, measured on two cores of a 2026 server with the load
// generator in the same process.
const (
	entryCost = 200e-6 // processor time of one request from outside, with the generator's (s)
	hopCost   = 100e-6 // of one request between services (s)
	// carried is the share of the machine's cores that may be spent on it.
	// Beyond, requests wait for the machine and not for the model.
	carried = 0.5
)

// affordable returns an error when a machine with so many cores cannot carry
// the model's services and their load.
func affordable(m *scenarios.Model, cores int) error {
	entries, hops := newTraffic(m).rates()
	cost := entries*entryCost + hops*hopCost
	can := carried * float64(cores)
	if cost <= can {
		return nil
	}
	part := m.Part
	if !(part > 0) {
		part = 1
	}
	return &TooLargeError{
		Entries: entries,
		Hops:    hops,
		Needs:   cost,
		Has:     can,
		Cells:   int(min(math.MaxInt32, math.Ceil(cost/can/part))),
		Part:    part,
	}
}

// TooLargeError says that a machine is too small to bring a model up.
type TooLargeError struct {
	Entries float64 // requests from outside (1/s)
	Hops    float64 // requests between services (1/s)
	Needs   float64 // cores that they keep busy (1)
	Has     float64 // cores that may be used for it (1)
	Cells   int     // number of cells at which one cell is small enough (1)
	Part    float64 // share of the described system that the model is (1)
}

// Error says how much the system needs, how much there is, and how many cells would do.
// Error says what the system needs, what there is, and how many cells would do.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("emulate: %.4g requests a second from outside and %.4g between services need %.3g cores of this machine, which can give %.3g; "+
		"set live.cells to %d or more, so that one of that many equal cells is brought up (or force it, and read the times as the machine's own)",
		e.Entries, e.Hops, e.Needs, e.Has, e.Cells)
}

// traffic works out how many requests go between the services of a model.
type traffic struct {
	m     *scenarios.Model
	hops  []float64 // by operation: requests made for one of it (1)
	least []float64 // by operation: mean time that one takes with nobody else there (s)
}

// newTraffic finds both by iteration from 0, since operations may call each
// other in a circle that chance ends.
func newTraffic(m *scenarios.Model) *traffic {
	t := &traffic{m: m, hops: make([]float64, len(m.Operations)), least: make([]float64, len(m.Operations))}
	const rounds, enough = 10_000, 1e-6
	for range rounds {
		change := 0.0
		for i := range m.Operations {
			steps := m.Operations[i].Steps
			hops := t.count(steps, func(op scenarios.OpID) float64 { return 1 + t.hops[op] })
			change = max(change, (hops-t.hops[i])/max(1, hops))
			t.hops[i], t.least[i] = hops, t.time(steps)
		}
		if !(change > enough) { // nor does an infinite count change any more
			break
		}
	}
	return t
}

// rates returns the requests from outside and between services (1/s), on
// average, when the load is carried; an upper bound for closed workloads and
// for topics, a batch of which is taken to hold one message.
func (t *traffic) rates() (entries, hops float64) {
	for i := range t.m.Workloads {
		w := &t.m.Workloads[i]
		var in, own, time float64 // per request of the workload
		switch {
		case len(w.Steps) > 0:
			in, own = t.session(w.Steps)
			time = t.time(w.Steps)
		case w.Route != nil:
			in, own, time = t.route(w.Route)
		default:
			in = 1
			for _, s := range w.Mix {
				own += s.P * t.hops[s.Op]
				time += s.P * t.least[s.Op]
			}
		}
		rate := 0.0
		if w.Open() {
			rate = w.Arrivals.Rate
		} else {
			// With N users the throughput is at most N over the cycle time
			// without waiting ([DeBu78], the response time law).
			rate = float64(w.Users) / max(w.Think.Mean()+time, entryCost)
		}
		entries += rate * in
		hops += rate * own
	}
	return entries, hops
}

// session tells the requests that the client itself makes from those that
// follow from them.
func (t *traffic) session(steps []scenarios.Step) (entries, hops float64) {
	entries = t.count(steps, func(scenarios.OpID) float64 { return 1 })
	all := t.count(steps, func(op scenarios.OpID) float64 { return 1 + t.hops[op] })
	return entries, all - entries
}

// route adds up the visits of a walk: v = start + v·Next, by iteration.
func (t *traffic) route(r *scenarios.Route) (entries, hops, time float64) {
	now := map[scenarios.OpID]float64{}
	for _, s := range r.Start {
		now[s.Op] += s.P
	}
	const enough, steps = 1e-6, 100_000
	for range steps {
		left := 0.0
		next := map[scenarios.OpID]float64{}
		for op, p := range now {
			entries += p
			hops += p * t.hops[op]
			time += p * t.least[op]
			for _, s := range r.Next[op] {
				next[s.Op] += p * s.P
				left += p * s.P
			}
		}
		if left < enough {
			break
		}
		now = next
	}
	return entries, hops, time
}

// count adds up f over the operations that the steps ask for, on average.
func (t *traffic) count(steps []scenarios.Step, f func(scenarios.OpID) float64) float64 {
	sum := 0.0
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Call:
			sum += f(s.Op)
		case scenarios.Publish:
			for _, op := range t.m.Topics[s.Topic].Consumers() {
				sum += f(op)
			}
		case scenarios.FanOut:
			sum += float64(t.m.FanOutWidth(s)) * f(s.Op)
		case scenarios.Lock:
			sum += t.count(s.Steps, f)
		case scenarios.Parallel:
			for _, b := range s.Branches {
				sum += t.count(b, f)
			}
		case scenarios.Choose:
			for _, b := range s.Branches {
				sum += b.P * t.count(b.Steps, f)
			}
		case scenarios.Cache:
			sum += s.Hit*t.count(s.Then, f) + (1-s.Hit)*t.count(s.Else, f)
		case scenarios.Repeat:
			sum += repeats(s) * t.count(s.Steps, f)
		}
	}
	return sum
}

// repeats is how often a Repeat runs on average, in a batch of one message.
func repeats(s scenarios.Repeat) float64 {
	if s.PerMessage {
		return 1
	}
	return s.Count.Mean()
}

// time is at most the mean time that the steps take with nobody else there (s):
// of a join, the branch that is needed last if each took its mean time.
func (t *traffic) time(steps []scenarios.Step) float64 {
	sum := 0.0
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU:
			sum += s.Demand.Mean()
		case scenarios.Wait:
			sum += s.Time.Mean()
		case scenarios.Call:
			sum += 2*t.m.Network.Latency.Mean() + t.least[s.Op]
		case scenarios.Parallel:
			sum += t.join(s)
		case scenarios.Lock:
			sum += t.time(s.Steps)
		case scenarios.Choose:
			for _, b := range s.Branches {
				sum += b.P * t.time(b.Steps)
			}
		case scenarios.Cache:
			sum += s.Hit*t.time(s.Then) + (1-s.Hit)*t.time(s.Else)
		case scenarios.Repeat:
			sum += repeats(s) * t.time(s.Steps)
		}
	}
	return sum
}

func (t *traffic) join(s scenarios.Parallel) float64 {
	if s.Need < len(s.Branches) {
		return 0 // the fastest may take next to nothing
	}
	most := 0.0
	for _, b := range s.Branches {
		most = max(most, t.time(b))
	}
	return most
}
