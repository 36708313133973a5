// Package arrivals says when the requests of an open workload come: the
// instants of an arrival process whose load changes over time. The simulator
// and the live load draw them here from the same streams, so that one seed
// gives both the same requests.
//
// It never reads a clock: an instant is a number of seconds from the start of
// the load.
package arrivals

import (
	"math"
	"math/rand/v2"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Process is where an arrival process stands.
type Process struct {
	of    *scenarios.Arrivals
	shape *Shape // nil: an even load
	gaps  *rand.Rand
	now   float64 // the arrival before (s)
	mass  float64 // of the shape that has gone by (s)
	phase int     // of the shape, where mass lies

	states *rand.Rand // "states/<workload>": how long they last
	state  int
	leaves float64 // when the state at hand ends (s)

	sizes *rand.Rand // "batch/<workload>": requests of a batch
	next  int        // of the log: the request to come
	lap   float64    // when the log began anew last, in its own time (s)
}

// New begins the process of the workload of that name, under a load of that
// shape (nil: one that does not change). Gaps come from gaps, the stream
// "arrivals/<name>"; named makes the other streams, "states/<name>" and
// "batch/<name>", where the process needs them.
func New(a *scenarios.Arrivals, name string, shape *Shape, gaps *rand.Rand, named func(string) *rand.Rand) *Process {
	p := &Process{of: a, shape: shape, gaps: gaps}
	switch a.Kind {
	case scenarios.MMPP:
		p.states = named("states/" + name)
		p.beginState()
	case scenarios.Batch:
		p.sizes = named("batch/" + name)
	}
	return p
}

// beginState draws the state that a modulated process is found in, in the long
// run, and how long that lasts from now on: it is without memory.
func (p *Process) beginState() {
	u := p.states.Float64() * Cycle(p.of)
	for i := range p.of.States {
		p.state = i
		if u -= p.of.States[i].Stay; u < 0 {
			break
		}
	}
	p.leaves = p.states.ExpFloat64() * p.of.States[p.state].Stay
}

// Cycle is how long a modulated process needs to go through its states (s); 0
// of one that has none.
func Cycle(a *scenarios.Arrivals) float64 {
	sum := 0.0
	for i := range a.States {
		sum += a.States[i].Stay
	}
	return sum
}

// Next is the instant of the next arrival (s); +Inf when there is none. A
// modulated process is followed until the given instant and not beyond.
func (p *Process) Next(until float64) float64 {
	switch p.of.Kind {
	case scenarios.MMPP:
		p.now = p.nextModulated(until)
		return p.now
	case scenarios.Replay:
		log := p.of.Times
		p.mass = p.lap + log[p.next]
		if p.next++; p.next == len(log) {
			p.next, p.lap = 0, p.lap+log[len(log)-1]
		}
		if p.shape == nil {
			p.now = p.mass
			return p.now
		}
	default:
		gap := p.gap()
		if p.shape == nil {
			p.now += gap
			return p.now
		}
		p.mass += gap
	}
	var at float64
	at, p.phase = p.shape.Inverse(p.mass, p.phase)
	p.now = math.Max(at, p.now)
	return p.now
}

// gap draws the time between two arrivals at an even load (s).
func (p *Process) gap() float64 {
	switch p.of.Kind {
	case scenarios.Poisson:
		return p.gaps.ExpFloat64() / p.of.Rate
	case scenarios.Constant:
		return 1 / p.of.Rate
	}
	return Draw(p.of.Gap, p.gaps)
}

// Longest is the longest time there is (s): beyond it, no draw of a heavy tail
// makes a difference, and sums stay finite.
const Longest = 1e15

// Draw draws a time (s), or a number (1), from 0 to [Longest].
func Draw(d dist.Dist, r *rand.Rand) float64 {
	switch d.Family() {
	case dist.FamilyConst:
		return d.Mean()
	case dist.FamilyExponential:
		return r.ExpFloat64() * d.Mean()
	}
	x := d.Sample(r)
	if !(x < Longest) {
		return Longest
	}
	return max(x, 0)
}

// nextModulated is the next arrival of a Markov-modulated Poisson process: an
// exponential amount of its intensity from the last, over as many states as
// that takes. The load changes the rates and leaves the stays as they are.
func (p *Process) nextModulated(until float64) float64 {
	left := p.gaps.ExpFloat64()
	at := p.now
	for {
		rate := p.of.States[p.state].Rate
		if rate > 0 {
			if then := p.after(at, left/rate); then <= p.leaves {
				return then
			}
			left -= rate * p.between(at, p.leaves)
		}
		at = p.leaves
		if at > until {
			return math.Inf(1)
		}
		if p.state++; p.state == len(p.of.States) {
			p.state = 0
		}
		p.leaves += p.states.ExpFloat64() * p.of.States[p.state].Stay
	}
}

// after is the instant at which the load has added up to m more than at t.
func (p *Process) after(t, m float64) float64 {
	if p.shape == nil {
		return t + m
	}
	at, _ := p.shape.Inverse(p.shape.Mass(t)+m, p.shape.PhaseAt(t))
	return at
}

// between is what the load adds up to from t to u.
func (p *Process) between(t, u float64) float64 {
	if p.shape == nil {
		return u - t
	}
	return p.shape.Mass(u) - p.shape.Mass(t)
}

// mostOfBatch bounds a batch, as the language bounds every count.
const mostOfBatch = 1_000_000

// Batch is how many requests come at once.
func (p *Process) Batch() int {
	if p.of.Kind != scenarios.Batch {
		return 1
	}
	return int(min(max(math.Round(Draw(p.of.Size, p.sizes)), 1), mostOfBatch))
}
