package layered

func (s *station) prioritised() bool { return s.discipline == HeadOfLine || s.discipline == Preemptive }

// meets reports whether a class queues among another: with priorities only
// among equals, since those above and below are dealt with by slower and
// privilege.
func (s *station) meets(mine, other *link) bool {
	return mine == nil || !s.prioritised() || mine.from.Priority == other.from.Priority
}

// above and below are the processor's use by higher and lower priorities (1).
func (s *station) beside(l *link) (above, below float64) {
	for _, o := range s.clients {
		u := o.from.mean * o.visits * o.own / float64(max(1, s.servers))
		if o.from.Priority > l.from.Priority {
			above += u
		} else if o.from.Priority < l.from.Priority {
			below += u
		}
	}
	return min(above, 0.999), min(below, 1)
}

// slower is the speed that higher priorities leave of a processor, which is
// then the class's own: Sevcik's shadow processor ([Sevc77]), at rates of the
// class's own service time.
func (s *station) slower(l *link) float64 {
	if !s.prioritised() || s.task != nil || l.own == 0 {
		return 1
	}
	above, _ := s.beside(l)
	return (1 - above) * s.service.mean / l.own
}

// privilege adds to the waiting time on a shadow processor (s) what the shadow
// leaves out: those of higher priority found there, and at a head-of-line
// processor the rest of a service of lower priority; there one's own service is
// not interrupted either.
func (s *station) privilege(l *link, wait float64) float64 {
	if !s.prioritised() {
		return wait
	}
	above, below := s.beside(l)
	first := 0.0
	for _, o := range s.clients {
		if o.from.Priority > l.from.Priority {
			first += o.from.mean * o.visits * (o.waiting + o.own) * o.own
		}
	}
	wait += first / (1 - above) / float64(max(1, s.servers))
	if s.discipline == HeadOfLine {
		wait -= l.own * above / (1 - above)
		wait += below * s.service.mean * (1 + s.service.scv()) / 2 / (1 - above)
	}
	return max(0, wait)
}
