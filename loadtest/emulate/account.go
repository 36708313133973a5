package emulate

// begin starts the measured time of the service.
func (s *service) begin(at float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.use(at)
	s.meter.begin(at)
	for _, r := range s.replicas {
		r.cores.begin(at)
	}
}

// stop ends the measured time of the service.
func (s *service) stop(at float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.span.to = at
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
		ofThreads: m.threads.area(at), ofBusy: use.busy, ofFull: use.full,
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
}

// stop ends the measured time of the topic.
func (t *topic) stop(at float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.meter.span.to = at
}

// totals reads what the meter of the topic has come to.
func (t *topic) totals(at float64) totals {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := &t.meter
	return totals{
		ofEnded: float64(m.messages), ofBatches: float64(m.batches), ofBatched: float64(m.messages + m.dropped), ofPresent: m.depth.area(at),
		ofTimes: float64(m.delay.n), ofResponse: m.delay.sum(),
	}
}
