package emulate

// begin starts the measured time of the service.
func (s *service) begin(at float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rebase(at)
	s.meter.begin(at)
	if s.data != nil {
		s.data.begin(at)
	}
	for _, r := range s.replicas {
		r.cores.begin(at)
	}
}

// stop ends the measured time of the service.
func (s *service) stop(at float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.span.to = at
	if s.data != nil {
		s.data.span.to = at
	}
}

// use adds up what was made of the cores from begin to the instant at, which
// has come. The lock is held.
func (s *service) use(at float64) usage {
	var sum usage
	for _, r := range s.replicas {
		r.cores.advance(at, s.met)
		u := r.cores.use(at)
		sum.busy += u.busy
		sum.full += u.full
		sum.waiting += u.waiting
		r.set()
	}
	return sum
}

// totals reads what the meters of the service have come to.
func (s *service) totals(at float64) totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, use := &s.meter, s.use(at)
	return totals{
		ofArrivals: float64(m.arrivals), ofRejected: float64(m.rejected),
		ofFound: float64(m.found), ofEnded: float64(m.ended),
		ofPresent: m.present.area(at), ofLined: m.lined.area(at) + use.waiting,
		ofThreads: m.threads.area(at), ofBusy: use.busy, ofFull: use.full, ofOn: m.on.area(at),
		ofTimes: float64(m.response.n), ofWaiting: m.waiting.sum(),
		ofDemand: m.demand.sum(), ofResponse: m.response.sum(),
	}
}

// totalsOf reads what the meter of one operation has come to.
func (s *service) totalsOf(op int) totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.meter.operation(op)
	return totals{ofEnded: float64(m.ended), ofTimes: float64(m.response.n), ofResponse: m.response.sum()}
}

// begin starts the measured time of the topic.
func (t *topic) begin(at float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.meter.begin(at)
	for _, g := range t.groups {
		g.meter.begin(at)
	}
}

// stop ends the measured time of the topic.
func (t *topic) stop(at float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.meter.span.to = at
	for _, g := range t.groups {
		g.meter.span.to = at
	}
}

// totals reads what the meters of all groups have come to.
func (t *topic) totals(at float64) (sum totals) {
	for _, g := range t.groups {
		for i, x := range g.totals(at) {
			sum[i] += x
		}
	}
	return sum
}

// totals reads what the meters of a group of consumers have come to.
func (g *group) totals(at float64) totals {
	g.topic.mu.Lock()
	defer g.topic.mu.Unlock()
	m := &g.meter
	return totals{
		ofEnded: float64(m.messages), ofBatches: float64(m.batches), ofBatched: float64(m.held),
		ofPresent: m.depth.area(at), ofLined: m.waiting.area(at), ofArrivals: float64(m.published),
		ofDropped: float64(m.dropped),
		ofTimes:   float64(m.delay.n), ofResponse: m.delay.sum(),
	}
}

// beginHolds and stopHolds begin and end the measured time of locks and pools.
func (s *System) beginHolds(at float64) {
	s.eachHold(func(m *holdMeter) { m.begin(at) })
	for _, c := range s.stores {
		c.begin(at)
	}
}

func (s *System) stopHolds(at float64) {
	s.eachHold(func(m *holdMeter) { m.span.to = at })
	for _, c := range s.stores {
		c.stop(at)
	}
}

func (s *System) eachHold(do func(*holdMeter)) {
	s.holding.Lock()
	defer s.holding.Unlock()
	for _, sv := range s.services {
		for _, l := range sv.locks {
			do(&l.meter)
		}
		for _, p := range sv.pools {
			do(p)
		}
	}
}
