package measure

import "iter"

// Breakdown says where the mean response time of a workload goes: by service,
// and what a request's own session takes outside of all services. The parts of
// all of them add up to the mean. Where branches run side by side, the time is
// that of the branch whose end let the request go on; that of branches left
// behind is in no part.
type Breakdown struct {
	Services map[string]*Parts `json:"services,omitempty"`
	Session  *Parts            `json:"session,omitempty"`
}

// Parts are the mean times that a request spends at one service, over all its
// visits there (s). What is not known, or takes no time in any request, is absent.
type Parts struct {
	Thread  Estimate `json:"thread,omitzero"`  // in line for a thread (s)
	Core    Estimate `json:"core,omitzero"`    // for a core, or by sharing one (s)
	Service Estimate `json:"service,omitzero"` // served by a core (s)
	Wait    Estimate `json:"wait,omitzero"`    // in steps that wait (s)
	Network Estimate `json:"network,omitzero"` // of messages to it and back (s)
	Lock    Estimate `json:"lock,omitzero"`    // in line for keys of locks, and between rounds of optimistic ones (s)
	Pool    Estimate `json:"pool,omitzero"`    // in line for pools (s)
	Publish Estimate `json:"publish,omitzero"` // for room on topics (s)
	Copies  Estimate `json:"copies,omitzero"`  // for copies of its data to answer (s)
	Barrier Estimate `json:"barrier,omitzero"` // for other users (s)
	Retry   Estimate `json:"retry,omitzero"`   // before the attempt, or the copy, that was answered was sent: attempts given up and backoffs (s)
}

// Each goes through the parts with their names in JSON, those absent too.
func (p *Parts) Each() iter.Seq2[string, *Estimate] {
	return func(yield func(string, *Estimate) bool) {
		for _, x := range []struct {
			name string
			e    *Estimate
		}{
			{"thread", &p.Thread},
			{"core", &p.Core},
			{"service", &p.Service},
			{"wait", &p.Wait},
			{"network", &p.Network},
			{"lock", &p.Lock},
			{"pool", &p.Pool},
			{"publish", &p.Publish},
			{"copies", &p.Copies},
			{"barrier", &p.Barrier},
			{"retry", &p.Retry},
		} {
			if !yield(x.name, x.e) {
				return
			}
		}
	}
}

// Total is the time that a request spends there (s).
func (p *Parts) Total() float64 {
	sum := 0.0
	for _, e := range p.Each() {
		sum += e.Value
	}
	return sum
}

// Total is the sum of all parts (s): the mean response time.
func (b *Breakdown) Total() float64 {
	sum := 0.0
	for _, name := range sortedKeys(b.Services) {
		sum += b.Services[name].Total()
	}
	if b.Session != nil {
		sum += b.Session.Total()
	}
	return sum
}

// breakdown holds the parts to the whole.
func (c *checker) breakdown(where string, w *Workload) {
	b := w.Breakdown
	if b == nil {
		return
	}
	parts := func(where string, p *Parts) {
		for name, e := range p.Each() {
			c.figure(where+"."+name, *e)
		}
	}
	for _, name := range sortedKeys(b.Services) {
		parts(where+".breakdown.services."+name, b.Services[name])
	}
	if b.Session != nil {
		parts(where+".breakdown.session", b.Session)
	}
	if w.Response == nil || !w.Response.Mean.Known() {
		return
	}
	// Both sides are exact sums over the same requests, whatever their intervals.
	c.equal("breakdown of the response time", where, "sum of the parts = mean response time", Exactly(b.Total()), Exactly(w.Response.Mean.Value))
}
