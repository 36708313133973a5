package simulate

import (
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// faultline is what goes wrong at known times: the faults of a model and when
// the part of the simulation begins that their times are counted from.
type faultline struct {
	faults []scenarios.Fault
	start  float64 // (s)
}

// faulted compiles what the faults of a model ask of a service.
func (c *compiler) faulted(id scenarios.ServiceID, out *service) {
	var stops []scenarios.Fault
	for i := range c.model.Faults {
		f := &c.model.Faults[i]
		if f.Kind == scenarios.PartitionFault || f.Kind == scenarios.LoseFault || f.Service != id {
			continue
		}
		out.faulted = true
		out.killed = out.killed || f.Kind == scenarios.KillFault
		if f.Kind == scenarios.SlowFault {
			continue
		}
		for _, o := range stops {
			if f.At < o.At+o.For && o.At < f.At+f.For {
				c.fail("services.%s: two faults that stop its replicas at the same time", out.name)
			}
		}
		stops = append(stops, *f)
	}
	if !out.faulted {
		return
	}
	if out.failures != nil || out.scaling != nil {
		c.fail("services.%s: faults of a service whose replicas also fail by themselves or are scaled cannot be simulated", out.name)
	}
	out.varies = true
	c.fails = c.fails || out.killed
	c.bends = c.bends || out.killed
}

// faultsOf are the faults that a simulation of fixed length has in it.
func (o *Options) faultsOf(m *scenarios.Model) *faultline {
	if o.Duration == 0 || len(m.Faults) == 0 {
		return nil
	}
	return &faultline{faults: m.Faults, start: o.Warmup}
}

// setUpFaults puts the faults on the calendar: the beginning of each, and its end.
func (k *kernel) setUpFaults() {
	if k.faultline == nil {
		return
	}
	for i := range k.faultline.faults {
		f := &k.faultline.faults[i]
		at := k.faultline.start + f.At
		k.push(at, evFault|uint32(2*i))
		k.push(at+f.For, evFault|uint32(2*i+1))
	}
}

// fault begins a fault, or ends one.
func (k *kernel) fault(i int32) int32 {
	f := &k.faultline.faults[i/2]
	begins := i%2 == 0
	switch f.Kind {
	case scenarios.PartitionFault, scenarios.LoseFault:
		k.cut(int(i/2), begins)
		return nobody
	}
	s := &k.stations[f.Service]
	n := s.replicas
	if f.Replicas > 0 {
		n = min(n, f.Replicas)
	}
	for j := range n {
		r := s.first + int32(j)
		k.strike(f, &k.replicas[r], r, begins)
	}
	return nobody
}

// strike lets a fault begin or end at one replica.
func (k *kernel) strike(f *scenarios.Fault, r *replica, i int32, begins bool) {
	switch {
	case f.Kind == scenarios.SlowFault && begins:
		k.slacken(r, 1/f.Factor)
	case f.Kind == scenarios.SlowFault:
		k.slacken(r, f.Factor)
	case !begins:
		r.standing.broken = false
		k.repaired(r, i)
	case f.Kind == scenarios.KillFault:
		r.standing.broken = true
		k.crash(r, i)
	default:
		r.standing.broken = true
		k.pause(r)
	}
}

// slacken makes all that is left of the demands on a replica, and those to
// come, take so many times as long.
func (k *kernel) slacken(r *replica, times float64) {
	r.slowness *= times
	s := &r.share
	if n := len(s.marks); n > 0 {
		s.advance(k.now, n, r.station.cores)
	}
	for i := range s.marks { // their order stays
		m := &s.marks[i]
		left := math.Max(0, m.at-s.attained)
		k.lengthen(m.frame, left*(times-1))
		m.at = s.attained + left*times
	}
	for i := range r.wait.heap {
		e := &r.wait.heap[i]
		k.lengthen(e.frame, e.left*(times-1))
		if r.station.discipline == scenarios.SJF || r.station.discipline == scenarios.SRPT {
			e.key *= times
		}
		e.left *= times
	}
	if len(s.marks) > 0 {
		s.alarm = math.Inf(1) // the one that is set may come too late
		k.setAlarm(r)
	}
}

// lengthen adds to the demand of a frame at hand.
func (k *kernel) lengthen(f int32, by float64) {
	fr := k.frame(f)
	fr.demand += by
	if host := k.frame(fr.host); host.gen == fr.hostGen {
		host.work += by
	}
}

// cut begins or ends a fault of the network.
func (k *kernel) cut(i int, begins bool) {
	if begins {
		k.cuts = append(k.cuts, i)
		return
	}
	for j, c := range k.cuts {
		if c == i {
			k.cuts = append(k.cuts[:j], k.cuts[j+1:]...)
			return
		}
	}
}

// lossBetween is the probability that a message between two services is lost.
func (k *kernel) lossBetween(a, b int32) float64 {
	arrives := 1 - k.loss
	for _, i := range k.cuts {
		f := &k.faultline.faults[i]
		if !concerns(f.Between, a, b) {
			continue
		}
		if f.Kind == scenarios.PartitionFault {
			return 1
		}
		arrives *= 1 - f.Factor
	}
	return 1 - arrives
}

// concerns reports whether a fault is about the messages between two services:
// those of the first named with the others, all of one alone, or all there are.
// What a service says to itself is left alone by those that name services.
func concerns(between []scenarios.ServiceID, a, b int32) bool {
	switch {
	case len(between) == 0:
		return true
	case a == b:
		return false
	}
	first := int32(between[0])
	if a != first && b != first {
		return false
	}
	other := a + b - first
	for _, x := range between[1:] {
		if int32(x) == other {
			return true
		}
	}
	return len(between) == 1
}

// faultCaveats say where faults have no time to be in.
func (s *study) faultCaveats() []measure.Caveat {
	if len(s.model.Faults) == 0 || s.o.Duration > 0 {
		return nil
	}
	return []measure.Caveat{{
		What: "simulate: not modelled: faults on the timeline", Where: "faults",
		Effect: "a steady state has no time in it, so nothing goes wrong; --test or --duration shows what happens",
	}}
}
