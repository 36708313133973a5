package layered

// check finds what is out of its domain in single values. Whether names fit
// together, compile finds out.
func (m *Model) check() error {
	c := &checker{}
	if len(m.Processors) == 0 || len(m.Tasks) == 0 {
		c.problem("model", "has %d processors and %d tasks; want at least one of each", len(m.Processors), len(m.Tasks))
	}
	for _, p := range m.Processors {
		where := "processor " + p.Name
		if p.Discipline < FCFS || p.Discipline > Delay {
			c.problem(where, "has no discipline of number %d", p.Discipline)
		}
		if p.Discipline != Delay {
			c.value(where, "servers", float64(p.Servers), 1, maxThreads)
		}
	}
	for i := range m.Tasks {
		m.Tasks[i].check(c)
	}
	return c.err
}

func (t *Task) check(c *checker) {
	where := "task " + t.Name
	least := 0.0
	if t.Reference {
		least = 1
		if len(t.Entries) != 1 {
			c.problem(where, "is a reference task of %d entries; want one", len(t.Entries))
		}
	}
	c.value(where, "threads", float64(t.Threads), least, maxThreads)
	c.value(where, "think time", t.Think, 0, maxTime)
	if t.Think > 0 && !t.Reference {
		c.problem(where, "thinks, but is no reference task")
	}
	for i := range t.Entries {
		t.Entries[i].check(c, t.Reference)
	}
	for i := range t.Activities {
		t.Activities[i].Phase.check(c, "activity "+t.Activities[i].Name)
	}
	for _, p := range t.Order {
		for _, b := range p.To {
			c.value("activity "+b.Activity, "probability", b.P, 0, 1)
			c.value("activity "+b.Activity, "count", b.Count, 0, maxMean)
		}
	}
}

func (e *Entry) check(c *checker, reference bool) {
	where := "entry " + e.Name
	if (len(e.Phases) > 0) == (e.Start != "") {
		c.problem(where, "has %d phases and the first activity %q; want one of the two", len(e.Phases), e.Start)
	}
	c.value(where, "open rate", e.OpenRate, 0, maxRate)
	if reference && (e.OpenRate > 0 || len(e.Forward) > 0) {
		c.problem(where, "belongs to a reference task, which no one calls: it neither forwards nor has open arrivals")
	}
	total := 0.0
	for _, f := range e.Forward {
		c.value(where, "probability of forwarding to "+f.Entry, f.P, 0, 1)
		total += f.P
	}
	c.value(where, "probability of forwarding", total, 0, 1+1e-9)
	for i := range e.Phases {
		e.Phases[i].check(c, where)
	}
}

func (p *Phase) check(c *checker, where string) {
	c.value(where, "demand", p.Demand, 0, maxTime)
	c.value(where, "SCV", p.SCV, 0, maxSCV)
	for _, call := range p.Calls {
		c.value(where, "mean calls of "+call.Entry, call.Mean, 0, maxMean)
		if p.Fixed && call.Mean != float64(int(call.Mean)) {
			c.problem(where, "calls %s exactly %g times; want a whole number", call.Entry, call.Mean)
		}
	}
}
