package layered

// overtaken is how much more or less often than by chance two classes are at
// their station together, if one is a server b in its second phase and the other
// its caller a: the probability P(a there | b in its second phase) / P(a there),
// less 1, times the part of b's visits that belong to that phase; 0 without
// such a pair.
//
// The second phase begins when a goes on, so that a is first elsewhere, and if a
// calls b again, it waits there till the phase has ended and cannot be in its
// way. That is a small Markov chain of a alone, like that for overtaking
// in [FrWo99], ended by the end of the phase; see [roam].
func overtaken(x, y *link) float64 {
	if v := y.after(x.from); v != nil && y.late > 0 {
		return y.late * (v.apart(x) - 1)
	}
	if v := x.after(y.from); v != nil && x.late > 0 {
		return x.late * (v.apart(y) - 1)
	}
	return 0
}

// after is the link by which a task calls this one's, if that has a second
// phase.
func (l *link) after(a *task) *link {
	if l.from.station.after.mean == 0 {
		return nil
	}
	for _, v := range l.from.station.clients {
		if v.from == a && v.visits > 0 {
			return v
		}
	}
	return nil
}

// apart is P(a at x.to | b in its second phase)/P(a at x.to), where a calls b by
// l. One of a's n threads has just gone on, if it was a who called; the others
// are as the one who leaves sees them, in the network of n − 1 ([SeMi81]).
func (l *link) apart(x *link) float64 {
	a, b := l.from, l.to
	n := float64(a.limit)
	chance := x.visits * x.stay() * a.mean / n
	if !(chance > 0) || b.rate == 0 {
		return 1
	}
	w := roam{call: l, kill: 1 / b.after.mean}
	one := w.at(x, func(m *link) float64 { return 0 })
	both := one
	if n > 1 {
		other := w.at(x, l.leaves)
		mine := a.mean * l.visits / b.rate
		both = (mine*one + (n-mine)*other) / n
	}
	return min(both/chance, 1e3)
}

// leaves is the probability that another thread of the caller is at a station at
// the instant at which one leaves (1).
func (l *link) leaves(m *link) float64 {
	a := l.from
	n := a.limit
	if a.Reference {
		return m.visits * m.resid[n-1] * a.through[n-1] / float64(n-1)
	}
	return m.visits * m.stay() * a.mean / float64(n)
}

// stay is the mean time of a visit (s).
func (l *link) stay() float64 {
	if l.to.task == nil && l.to.discipline == PS {
		return l.own * max(1, l.waiting)
	}
	return l.own + max(0, l.waiting)
}

// roam is a thread that works, calls, thinks or is idle, and works again, until
// it is stopped at a rate of kill (1/s), or comes back to whom it called
// and waits there. Between two calls it works for
// an equal part of its work, and after each piece of that is the next call i or
// the end of the cycle, with probabilities of v_i/(V+1) and 1/(V+1). With κ the
// kill and r_i the times there, the flow w out of work fulfils
//
//	w·(1 + κ·r_0 − Σ q_i/(1 + κ·r_i)) = s_0 + Σ s_i/(1 + κ·r_i)
//
// where s_i is the probability of beginning there, and the time there is
// r_i·(s_i + w·q_i)/(1 + κ·r_i).
type roam struct {
	call *link
	kill float64
}

// at is the part of the time at a station, beginning with the given
// probabilities and at work otherwise. Time off the processor is away from all.
func (w roam) at(x *link, begin func(*link) float64) float64 {
	a := w.call.from
	blocks := w.call.to.servers == 1
	calls := 0.0
	for _, l := range a.links {
		if l != a.cpu {
			calls += l.visits
		}
	}
	work := a.cpu.visits * a.cpu.stay() / (calls + 1)
	cycle := 0.0
	for _, l := range a.links {
		cycle += l.visits * l.stay()
	}
	off := max(a.Think, float64(a.limit)/max(a.mean, 1e-300)-cycle)
	end := 1 / (1 + w.kill*off)
	start, through, known := 0.0, end/(calls+1), 0.0
	for _, l := range a.links {
		s := begin(l)
		known += s
		if l == a.cpu {
			start += s
			continue
		}
		if l == w.call && blocks {
			continue
		}
		back := 1 / (1 + w.kill*l.stay())
		through += l.visits / (calls + 1) * back
		start += s * back
	}
	rest := max(0, 1-known)
	if known == 0 {
		start++ // it has just gone on
	} else {
		start += rest * end
	}
	flow := start / max(1+w.kill*work-through, 1e-9)
	if x == a.cpu {
		return w.kill * work * flow
	}
	back := x.stay() / (1 + w.kill*x.stay())
	return w.kill * back * (begin(x) + flow*x.visits/(calls+1))
}
