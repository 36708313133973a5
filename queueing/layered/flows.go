package layered

// flows passes rates from those who call to those who are called: reference
// tasks and open arrivals first.
func (n *network) flows() {
	for _, t := range n.tasks {
		for _, e := range t.entries {
			e.rate, e.open, e.outside = 0, 0, e.OpenRate
		}
	}
	for _, t := range n.order {
		if t.Reference {
			t.entries[0].rate = t.mean
		}
		t.mean = 0
		for _, e := range t.entries {
			e.open += e.outside
			e.rate += e.outside
			for _, f := range e.forward {
				f.to.outside += e.outside * f.p
			}
			for _, p := range e.pieces() {
				p.pass(e.rate)
			}
			t.mean += e.rate
		}
		for _, e := range t.entries {
			if t.mean > 0 {
				e.share = e.rate / t.mean
			}
		}
		t.visit()
	}
	for _, s := range n.processors {
		s.gather()
	}
	for _, t := range n.tasks {
		t.describe()
	}
}

// pass adds to those called what a rate of executions of the entry (1/s) makes.
func (p *piece) pass(rate float64) {
	for _, c := range p.calls {
		c.to.rate += rate * p.runs * c.mean
	}
	for _, c := range p.sends {
		c.to.rate += rate * p.runs * c.mean
		c.to.open += rate * p.runs * c.mean
	}
}

// visit finds the visits of a cycle of the task to every station, and the mean
// service of one.
func (t *task) visit() {
	for _, l := range t.links {
		l.visits, l.own = 0, 0
	}
	add := func(l *link, visits, service float64) {
		l.visits += visits
		l.own += visits * service
	}
	for _, e := range t.entries {
		for _, p := range e.pieces() {
			add(t.cpu, e.share*p.runs*p.slices, p.slice)
			for _, c := range p.calls {
				add(c.via, e.share*p.runs*c.mean, c.to.split[0].mean)
			}
		}
	}
	for _, l := range t.links {
		if l.visits > 0 {
			l.own /= l.visits
		}
	}
}

// gather finds what a processor is asked for.
func (s *station) gather() {
	var mix mixture
	s.rate = 0
	for _, l := range s.clients {
		for _, e := range l.from.entries {
			for _, p := range e.pieces() {
				rate := e.rate * p.runs * p.slices
				s.rate += rate
				// what no one calls takes its time too, should someone ask
				mix.add(max(rate, 1e-12*e.share*p.runs*p.slices), p.work())
			}
		}
	}
	s.service = mix.moments()
}

// describe finds what a task's station is asked for, and how long it takes.
func (t *task) describe() {
	s := t.station
	var first, second mixture
	s.rate, s.open = t.mean, 0
	for _, e := range t.entries {
		weight := max(e.share, 1e-12)
		first.add(weight, e.split[0])
		second.add(weight, e.split[1])
		s.open += e.open
	}
	s.service, s.after = first.moments(), second.moments()
}
