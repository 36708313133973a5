package layered

import "math"

// threadLimit bounds for how many threads of one task the layers below are
// solved; beyond it, the throughput goes on as its last step did.
const threadLimit = 80

// limits finds the most threads of each task that can be busy at once.
func (b *builder) limits() {
	bound := map[*task]float64{}
	for _, t := range b.net.order {
		n := 0.0
		for _, l := range t.station.clients {
			n += bound[l.from]
		}
		if t.Reference {
			n = float64(t.Threads)
		} else if t.unheld() {
			n = math.Inf(1)
		}
		if t.Threads > 0 {
			n = min(n, float64(t.Threads))
		}
		bound[t] = n
	}
	for _, t := range b.net.order {
		t.limit = int(max(1, bound[t]))
		if !t.Reference {
			t.limit = int(max(1, min(bound[t], threadLimit)))
		}
		t.busy = make([]float64, t.limit+1)
		t.busy[t.limit] = 1
		t.through = make([]float64, t.limit+1)
		t.early = make([]float64, t.limit+1)
		for _, l := range t.links {
			l.wait = make([]float64, t.limit+1)
			l.resid = make([]float64, t.limit+1)
		}
		if t.Reference && len(t.station.clients) > 0 {
			b.problem("task "+t.Name, "is a reference task and is called")
		}
	}
	if b.err == nil {
		b.work()
	}
}

// unheld reports a task that can be busy with no caller waiting.
func (t *task) unheld() bool {
	for _, e := range t.entries {
		if e.sent || e.OpenRate > 0 {
			return true
		}
		for _, p := range e.pieces() {
			if p.late {
				return true
			}
		}
	}
	return false
}

// work wants some work in each cycle of a reference task.
func (b *builder) work() {
	for _, t := range b.net.tasks {
		if t.Reference && t.Think == 0 && !t.entries[0].works() {
			b.problem("task "+t.Name, "has a cycle of no time: neither thinks nor works")
		}
	}
}

// works reports an entry that takes time.
func (e *entry) works() bool {
	for _, p := range e.pieces() {
		if p.runs > 0 && p.Demand > 0 {
			return true
		}
		for _, c := range p.calls {
			if p.runs > 0 && c.to.works() {
				return true
			}
		}
	}
	return false
}
