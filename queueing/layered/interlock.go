package layered

import "math"

// interlock is the part of a class that one can meet at a station: less than 1
// if both sometimes are there for the same thread of a common caller a, which
// can be at one place only:
//
//	1 − max_a held_a(mine)·held_a(other)·(1 − E[n_a(n_a−1)]/E[n_a]²)
//
// where held_a is the part of visits during which a thread of a waits, and n_a
// how many threads of a are busy: a single one leaves no other, N customers
// leave (N−1)/N, Poisson arrivals leave all. Interlock is Franks's word ([Fran99]).
// A second phase and its own caller may also meet more often than by chance, so
// that the part is more than 1; see [overtaken].
func (l *link) interlock(other *link) float64 {
	worst := 0.0
	for a, mine := range l.held {
		if mine > 0 && other.held[a] > 0 {
			worst = max(worst, mine*other.held[a]*l.to.net.tasks[a].alone())
		}
	}
	part := 1 - worst + overtaken(l, other)
	if !(part > 0) { // not even if a round went astray
		return 0
	}
	return part
}

// alone is 1 − E[n(n−1)]/E[n]², at least 0.
func (t *task) alone() float64 {
	first, second := 0.0, 0.0
	for n, p := range t.busy {
		first += p * float64(n)
		second += p * float64(n) * float64(n-1)
	}
	if first == 0 {
		return 1
	}
	return max(0, 1-second/first/first)
}

// thin leaves of n threads n·part: the whole numbers about it, so that the mean
// is right and a certain number stays as certain as it can.
func thin(busy []float64, part float64) []float64 {
	if part == 1 {
		return busy
	}
	out := make([]float64, len(busy))
	for n, p := range busy {
		left := float64(n) * part
		low := math.Floor(left)
		out[int(low)] += p * (1 - left + low)
		if left > low {
			out[int(low)+1] += p * (left - low)
		}
	}
	return out
}

// holdings finds for each entry and link which tasks' threads wait meanwhile.
func (n *network) holdings() {
	for _, t := range n.tasks {
		for _, e := range t.entries {
			e.held = make([]float64, len(n.tasks))
		}
	}
	for _, t := range n.order {
		for _, e := range t.entries {
			for a := range e.held {
				e.held[a] /= max(e.rate, 1e-300)
			}
		}
		for _, l := range t.links {
			l.held, l.late = make([]float64, len(n.tasks)), 0
		}
		for _, e := range t.entries {
			for _, p := range e.pieces() {
				p.hold(t, e)
			}
		}
		for _, l := range t.links {
			for a := range l.held {
				l.held[a] /= max(l.visits, 1e-300)
			}
			l.late /= max(l.visits, 1e-300)
		}
	}
}

// hold passes on what an entry's caller holds, to what the piece calls; after
// the reply only the task itself is held.
func (p *piece) hold(t *task, e *entry) {
	each := func(to []float64, weight float64) {
		if !p.late {
			for a, h := range e.held {
				to[a] += weight * h
			}
		}
		to[t.number] += weight
	}
	late := 0.0
	if p.late {
		late = 1
	}
	each(t.cpu.held, e.share*p.runs*p.slices)
	t.cpu.late += late * e.share * p.runs * p.slices
	for _, c := range p.calls {
		c.via.late += late * e.share * p.runs * c.mean
		each(c.via.held, e.share*p.runs*c.mean)
		each(c.to.held, e.rate*p.runs*c.mean)
	}
}
