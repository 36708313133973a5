package layered

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// bearable reports open arrivals, those from outside and calls that no one
// waits for, that keep more threads or processors busy than there are. A task's
// threads are taken to wait below as they do when all of them are busy.
func (n *network) bearable() error {
	worst := &domain.UnstableError{Capacity: math.Inf(1)}
	ratio := 1.0
	test := func(name string, load, capacity float64) {
		if load >= ratio*capacity {
			ratio = load / capacity
			*worst = domain.UnstableError{Station: name, Load: load, Capacity: capacity}
		}
	}
	open := n.openRates()
	for _, s := range n.processors {
		load := 0.0
		for _, l := range s.clients {
			for _, e := range l.from.entries {
				for _, p := range e.pieces() {
					load += open[e] * p.runs * p.Demand
				}
			}
		}
		if s.discipline != Delay {
			test(s.name, load, float64(s.servers))
		}
	}
	for _, t := range n.tasks {
		rate := 0.0
		for _, e := range t.entries {
			rate += open[e]
		}
		if t.Threads > 0 && !t.Reference {
			test(t.Name, rate*t.cycle(t.Threads), float64(t.Threads))
		}
	}
	if worst.Station == "" {
		return nil
	}
	return worst
}

// openRates are the rates of entries that open arrivals and calls that no one
// waits for cause (1/s).
func (n *network) openRates() map[*entry]float64 {
	open := map[*entry]float64{}
	for _, t := range n.order {
		for _, e := range t.entries {
			open[e] += e.open
			for _, p := range e.pieces() {
				for _, c := range p.calls {
					open[c.to] += open[e] * p.runs * c.mean
				}
			}
		}
	}
	return open
}
