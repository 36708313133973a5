package emulate

import (
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// report writes what was measured in the track into r.
func (s *System) report(r *measure.Result, t track) {
	b := newBlocks(t)
	part := 0
	r.Services = map[string]*measure.Service{}
	for _, sv := range s.services {
		r.Services[sv.model.Name] = sv.report(b.of(part))
		part++
	}
	if r.Operations == nil {
		r.Operations = map[string]*measure.Operation{}
	}
	for i := range s.model.Operations {
		op := &s.model.Operations[i]
		r.Operations[op.Name] = s.services[op.Service].reportOperation(i, b.of(part))
		part++
	}
	if len(s.topics) > 0 {
		r.Topics = map[string]*measure.Topic{}
	}
	for _, t := range s.topics {
		r.Topics[t.model.Name] = t.report(b.of(part))
		part++
		if len(t.groups) == 1 {
			continue
		}
		r.Topics[t.model.Name].Groups = map[string]*measure.Topic{}
		for _, g := range t.groups {
			r.Topics[t.model.Name].Groups[s.model.Operations[g.consumer].Name] = g.report(b.of(part))
			part++
		}
	}
	s.setVisits(r, t.to()-t.from())
	r.Bottleneck = bottleneck(r)
	s.series(r, t)
	for _, t := range s.topics {
		r.Caveats = append(r.Caveats, t.caveats()...)
	}
	r.Caveats = append(r.Caveats, s.caveats()...)
}

func (s *service) report(b blocks) *measure.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.meter
	out := &measure.Service{
		Replicas:    measure.Exactly(float64(s.model.Replicas)),
		Utilization: share(b.rate(ofBusy, float64(s.model.Replicas*s.model.Cores))),
		Throughput:  b.rate(ofEnded, 1),
		Present:     b.rate(ofPresent, 1),
		Waiting:     b.rate(ofLined, 1),
		WaitingTime: m.waiting.report(b.ratio(ofWaiting, ofTimes)),
		ServiceTime: m.demand.report(b.ratio(ofDemand, ofTimes)),
		Response:    m.response.report(b.ratio(ofResponse, ofTimes)),
		ThreadsBusy: b.rate(ofThreads, 1),
		Rejected:    share(b.ratio(ofRejected, ofArrivals)),
		PIdle:       rest(share(b.rate(ofFull, float64(len(s.replicas))))),
		PWait:       share(b.ratio(ofFound, ofArrivals)),
	}
	if !s.turnsAway() {
		out.Rejected = measure.Exactly(0)
	}
	if s.varies() {
		out.Replicas = b.rate(ofOn, 1)
		out.Utilization = share(scaled(b.ratio(ofBusy, ofOn), 1/float64(s.model.Cores)))
		out.PIdle = rest(share(b.ratio(ofFull, ofOn)))
	}
	s.reportHolds(out, b)
	return out
}

// varies reports whether the number of replicas that are up changes.
func (s *service) varies() bool {
	if s.model.Failures != nil || s.model.Scaling != nil {
		return true
	}
	return slices.ContainsFunc(s.system.model.Faults, func(f scenarios.Fault) bool {
		return (f.Kind == scenarios.KillFault || f.Kind == scenarios.PauseFault) && f.Service == s.id
	})
}

// turnsAway reports whether there is anything that makes the service turn
// requests away.
func (s *service) turnsAway() bool {
	g := &s.model.Guard
	return s.varies() || g.Rate > 0 || s.model.Threads > 0 && (s.model.Backlog >= 0 || g.Shed > 0 || g.Line == scenarios.CoDel)
}

func (s *service) reportOperation(op int, b blocks) *measure.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.meter.operation(op)
	return &measure.Operation{
		Throughput: b.rate(ofEnded, 1),
		Failed:     portion(m.failed, m.ended+m.failed),
		Response:   m.response.report(b.ratio(ofResponse, ofTimes)),
	}
}

// bottleneck is the service whose cores are used most.
func bottleneck(r *measure.Result) string {
	name, most := "", 0.0
	for n, sv := range r.Services {
		if u := sv.Utilization.Value; u > most || u == most && n < name {
			name, most = n, u
		}
	}
	return name
}

// setVisits divides the visits of each operation, those that failed included, by
// the requests of all workloads.
func (s *System) setVisits(r *measure.Result, seconds float64) {
	requests := 0.0
	for _, w := range r.Workloads {
		switch well := 1 - w.Failed.Value; {
		case well > 0:
			requests += w.Throughput.Value / well
		default:
			requests += w.Offered.Value
		}
	}
	if requests == 0 {
		return
	}
	for i := range s.model.Operations {
		op := &s.model.Operations[i]
		sv := s.services[op.Service]
		sv.mu.Lock()
		m := sv.meter.operation(i)
		all := m.ended + m.failed
		sv.mu.Unlock()
		r.Operations[op.Name].Visits = measure.Exactly(float64(all) / seconds / requests)
	}
}
