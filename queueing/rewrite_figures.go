package queueing

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// heldFigures are what a solution says of a service that stands for things that
// are held.
type heldFigures struct {
	asked            float64 // (1/s)
	readers, writers float64 // of these (1/s)
	gated            float64 // mean number that have it, readers of a lock with writers not counted
	read             float64 // mean number of those readers
	line             float64 // mean number in line
	wait, failed     float64 // rates of those that wait, and that are turned away (1/s)
}

// figuresOf reads them off a solution.
func (w *rewrite) figuresOf(x *solver, id int) heldFigures {
	var f heldFigures
	st := &x.stations[id]
	for _, g := range w.partOf(id).gates {
		for v := range x.viewers {
			rate := x.rates.calls[v][g.op]
			if rate == 0 {
				continue
			}
			wait := x.threadWait(id, v).mean
			let := rate * x.admitted(id)
			f.asked += rate
			f.line += let * wait
			f.gated += let * math.Max(0, x.response[v][g.op].mean-wait)
			f.failed += rate - let
			for i := range st.threads {
				f.wait += rate * st.weight(&st.groups[i], v) * st.threads[i].pWait
			}
			if !g.shared {
				f.writers += rate
				continue
			}
			f.readers += rate
			f.read += x.rates.calls[v][g.body] * x.response[v][g.body].mean
		}
	}
	if len(st.threads) > 0 { // no more than the line for it says, nor than there are
		most := 0.0
		for i := range st.threads {
			most += st.groups[i].replicas * st.threads[i].held
		}
		f.gated = math.Min(f.gated, most)
	}
	return f
}

// hold is what is said of a lock or a pool, over its tiers.
func (w *rewrite) hold(x *solver, key holdKey) *measure.Hold {
	var sum heldFigures
	down := false
	for _, t := range w.keys[key] {
		id := int(t.service)
		f := w.figuresOf(x, id)
		down = down || x.down[id]
		if drain := f.writers * w.know.drain[w.m.Services[id].Name]; drain > 0 {
			f.gated -= drain
			f.line += drain
			free := math.Max(0, 1-(f.gated+drain)/t.keys)
			f.wait -= f.writers * free * math.Expm1(-f.read/t.keys)
		}
		sum.asked += f.asked
		sum.gated += f.gated + f.read
		sum.line += f.line
		sum.wait += f.wait
		sum.failed += f.failed
	}
	tried, failed := 0.0, 0.0
	for _, t := range w.tries {
		if t.key == key {
			rate := x.asked(t.op)
			tried += rate
			failed += rate * w.know.conflict[t.path]
		}
	}
	out := &measure.Hold{Asked: exactly(sum.asked + tried)}
	if down {
		return out
	}
	out.Held, out.Waiting = exactly(sum.gated), exactly(sum.line)
	out.WaitingTime, out.PWait, out.Failed = exactly(0), exactly(0), exactly(0)
	if all := sum.asked + tried; all > 0 {
		out.WaitingTime = exactly(sum.line / all)
		out.PWait = exactly(math.Min(1, (sum.wait+failed)/all))
		out.Failed = exactly(sum.failed / all)
	}
	return out
}
