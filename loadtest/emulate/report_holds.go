package emulate

import "github.com/headroom/headroom/measure"

// reportHolds says what became of the locks, pools, caches and copies of data of
// a service. The lock of the service is held.
func (s *service) reportHolds(out *measure.Service, b blocks) {
	s.system.holding.Lock()
	for _, l := range s.locks {
		if out.Locks == nil {
			out.Locks = map[string]*measure.Hold{}
		}
		out.Locks[l.name] = l.meter.report(b)
	}
	for i, p := range s.pools {
		if out.Pools == nil {
			out.Pools = map[string]*measure.Hold{}
		}
		out.Pools[s.model.Pools[i].Name] = p.report(b)
	}
	s.system.holding.Unlock()
	var asked, hits int64
	for _, c := range s.system.stores {
		if c.service != s.id {
			continue
		}
		c.mu.Lock()
		asked, hits = asked+c.asked, hits+c.hits
		c.mu.Unlock()
	}
	out.CacheHits = portion(hits, asked)
	if d := s.data; d != nil {
		out.Stale = portion(d.stale, d.reads)
		if d.reads > 0 {
			out.Behind = measure.Exactly(d.behind / float64(d.reads))
		}
	}
}

func (m *holdMeter) report(b blocks) *measure.Hold {
	seconds := b.track.to() - b.track.from()
	out := &measure.Hold{
		Asked:   measure.Exactly(float64(m.asked) / seconds),
		Held:    measure.Exactly(max(0, m.held.area(b.track.to())/seconds)),
		Waiting: measure.Exactly(max(0, m.waiting.area(b.track.to())/seconds)),
		PWait:   portion(m.blocked, m.asked),
		Failed:  portion(m.failed, m.asked),
	}
	if m.asked > 0 {
		out.WaitingTime = measure.Exactly(m.waited / float64(m.asked))
	}
	return out
}
