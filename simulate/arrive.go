package simulate

import (
	"math"
	"math/rand/v2"

	"github.com/headroom/headroom/scenarios"
)

// flow is where an arrival process stands that is more than gaps drawn one
// after the other: its load changes, it has states, or it follows a log.
type flow struct {
	shape *shape // nil: an even load
	mass  float64
	phase int // of the shape, where mass lies

	states *rand.Rand // "states/<workload>": how long they last
	state  int
	leaves float64 // when the state at hand ends (s)

	size sampler // requests of a batch
	next int     // of the log: the request to come
	lap  float64 // when the log began anew last, in its own time (s)
}

// setUpFlow prepares what the source needs beyond its gaps.
func (k *kernel) setUpFlow(src *source, i int, s *streams) {
	if k.shapes != nil {
		src.flow.shape = k.shapes[i]
	}
	switch src.kind {
	case scenarios.MMPP:
		src.flow.states = s.named("states/" + src.name)
		src.beginState()
	case scenarios.Batch:
		src.flow.size = newSampler(src.batch, s.named("batch/"+src.name))
	}
}

// beginState draws the state that a modulated process is found in, in the long
// run, and how long that lasts from now on: it is without memory.
func (s *source) beginState() {
	u := s.flow.states.Float64() * s.cycle()
	for i := range s.modes {
		s.flow.state = i
		if u -= s.modes[i].Stay; u < 0 {
			break
		}
	}
	s.flow.leaves = s.flow.states.ExpFloat64() * s.modes[s.flow.state].Stay
}

// cycle is how long a modulated process needs to go through its states (s).
func (s *source) cycle() float64 {
	sum := 0.0
	for i := range s.modes {
		sum += s.modes[i].Stay
	}
	return sum
}

// nextArrival is the instant of the next arrival; +Inf when there is none.
func (k *kernel) nextArrival(s *source) float64 {
	f := &s.flow
	switch {
	case s.kind == scenarios.MMPP:
		return s.nextModulated(k.now, k.until)
	case s.kind == scenarios.Replay:
		at := f.lap + s.log[f.next]
		if f.next++; f.next == len(s.log) {
			f.next, f.lap = 0, f.lap+s.log[len(s.log)-1]
		}
		f.mass = at
	case f.shape == nil:
		return k.now + s.nextGap()
	default:
		f.mass += s.nextGap()
	}
	if f.shape == nil {
		return f.mass
	}
	var at float64
	at, f.phase = f.shape.inverse(f.mass, f.phase)
	return math.Max(at, k.now)
}

// nextModulated is the next arrival of a Markov-modulated Poisson process: an
// exponential amount of its intensity from now, over as many states as that
// takes. The load changes the rates and leaves the stays as they are.
func (s *source) nextModulated(now, until float64) float64 {
	f := &s.flow
	left := s.gaps.ExpFloat64()
	at := now
	for {
		rate := s.modes[f.state].Rate
		if rate > 0 {
			if then := f.after(at, left/rate); then <= f.leaves {
				return then
			}
			left -= rate * f.between(at, f.leaves)
		}
		at = f.leaves
		if at > until {
			return math.Inf(1)
		}
		if f.state++; f.state == len(s.modes) {
			f.state = 0
		}
		f.leaves += f.states.ExpFloat64() * s.modes[f.state].Stay
	}
}

// after is the instant at which the load has added up to m more than at t.
func (f *flow) after(t, m float64) float64 {
	if f.shape == nil {
		return t + m
	}
	at, _ := f.shape.inverse(f.shape.mass(t)+m, f.shape.phaseAt(t))
	return at
}

// between is what the load adds up to from t to u.
func (f *flow) between(t, u float64) float64 {
	if f.shape == nil {
		return u - t
	}
	return f.shape.mass(u) - f.shape.mass(t)
}

// mostOfBatch bounds a batch, as the language bounds every count.
const mostOfBatch = 1_000_000

// batchOf is how many requests come at once.
func (s *source) batchOf() int {
	if s.kind != scenarios.Batch {
		return 1
	}
	return int(min(max(math.Round(s.flow.size.draw()), 1), mostOfBatch))
}

// changeUsers lets users of a closed workload join, as the load goes up, and
// says when to look again. As it goes down, who is done thinking leaves instead
// of asking (see [kernel.mayAsk]). Who joins begins with a think time, as all
// do at the start.
func (k *kernel) changeUsers(i int32) {
	s := &k.sources[i]
	sh := s.flow.shape
	s.wanted = int(math.Round(float64(s.users) * sh.factor(k.now)))
	for s.there < s.wanted {
		s.there++
		k.schedule(s.think.draw(), evThought, i)
	}
	if next := sh.nextChange(k.now, s.users); next < k.until {
		k.push(next, evArrival|uint32(i))
	}
}

// mayAsk reports whether the user who is done thinking stays; if not, there is
// one less.
func (s *source) mayAsk() bool {
	if s.open || s.flow.shape == nil || s.there <= s.wanted {
		return true
	}
	s.there--
	return false
}

// looksAtSwing is into how many parts a swing of the load is cut, for users to
// join in each.
const looksAtSwing = 64

// nextChange is when the number of n users may have to change next, after t.
func (s *shape) nextChange(t float64, n int) float64 {
	i := s.phaseAt(t)
	p := &s.phases[i]
	end := s.starts[i] + p.For
	step := end - t
	switch {
	case p.Period > 0:
		step = p.Period / math.Max(looksAtSwing, math.Min(4*(p.To-p.From)*float64(n), 64*looksAtSwing))
	case p.From != p.To:
		step = p.For / math.Max(1, math.Ceil(math.Abs(p.To-p.From)*float64(n)))
	}
	if t+step >= end || !(t+step > t) {
		return end
	}
	return t + step
}
