package layered

// inside solves a task as a customer of what it calls, with 1, 2, … threads
// busy, and what its entries then take on average. It keeps a part of the last
// round's rates.
func (t *task) inside(keep float64) {
	lines := t.lines(keep)
	sums := t.tally()
	for n := 1; n <= t.limit; n++ {
		for _, x := range lines {
			x.respond(n)
		}
		cycle, early := t.bear(lines, n)
		t.through[n], t.early[n] = float64(n)/cycle, early/cycle
		for _, x := range lines {
			visit := x.own + x.wait[n]
			if x.to.task == nil && x.to.discipline == PS {
				visit = x.own * x.wait[n]
			}
			x.resid[n] = max(visit, shortest)
			x.step(t.through[n]*x.visits, x.visits*x.resid[n]/cycle)
			x.count(t.busy[n])
		}
		sums.add(t, t.busy[n]*t.through[n], n)
	}
	for _, x := range lines {
		if x.sum != nil {
			x.sum[0] += t.busy[0]
		}
		x.present = x.sum
	}
	sums.settle(t)
}

// execute finds the times of every entry with n threads busy; it returns the
// mean of a cycle and of its part before the reply (s).
func (t *task) execute(n int) (cycle, early float64) {
	for _, e := range t.entries {
		for _, p := range e.pieces() {
			p.run(t, n)
		}
		e.split = e.time(n)
		cycle += e.share * (e.split[0].mean + e.split[1].mean)
		early += e.share * e.split[0].mean
	}
	return max(cycle+t.Think, shortest), early
}

// time is the time of an entry before its reply, and after it.
func (e *entry) time(n int) (split [2]moments) {
	if e.graph != nil {
		return e.graph.time(e.task, n)
	}
	for i, p := range e.phases {
		split[min(i, 1)] = split[min(i, 1)].plus(p.time)
	}
	return split
}

// time lets the activities race with n threads busy.
func (g *graph) time(t *task, n int) [2]moments {
	alone := make([]moments, len(g.pieces))
	at := make([][]presence, len(g.pieces))
	for i, p := range g.pieces {
		alone[i] = p.time
		if g.fan {
			at[i] = p.at(t, n)
		}
	}
	out := g.run(alone, at)
	for i, p := range g.pieces {
		if g.fan && p.runs > 0 {
			p.time.mean = out.each[i]
		}
	}
	return [2]moments{out.early, out.late}
}

// tally gathers times over the numbers of busy threads.
type tally struct {
	split  map[*entry]*[2]mixture
	pieces map[*piece]*mixture
	waits  map[*link]*mixture
}

func (t *task) tally() *tally {
	s := &tally{map[*entry]*[2]mixture{}, map[*piece]*mixture{}, map[*link]*mixture{}}
	for _, e := range t.entries {
		s.split[e] = &[2]mixture{}
		for _, p := range e.pieces() {
			s.pieces[p] = &mixture{}
		}
	}
	for _, l := range t.links {
		s.waits[l] = &mixture{}
	}
	return s
}

// add takes what execute found, with a weight. A little weight for one thread
// keeps the times of a task that no one calls.
func (s *tally) add(t *task, weight float64, n int) {
	if n == 1 {
		weight = max(weight, 1e-12*t.through[1])
	}
	if weight == 0 {
		return
	}
	for e, m := range s.split {
		m[0].add(weight, e.split[0])
		m[1].add(weight, e.split[1])
	}
	for p, m := range s.pieces {
		m.add(weight, p.time)
	}
	for l, m := range s.waits {
		m.add(weight, moments{mean: l.wait[n]})
	}
}

func (s *tally) settle(t *task) {
	for e, m := range s.split {
		e.split = [2]moments{m[0].moments(), m[1].moments()}
	}
	for p, m := range s.pieces {
		p.time = m.moments()
	}
	for l, m := range s.waits {
		l.waiting = m.moments().mean
	}
}
