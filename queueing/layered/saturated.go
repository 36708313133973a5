package layered

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// crowding makes room at stations that would be more than fully used. Each class
// of callers solves a network of its own, in which the others at a station are
// only as many as they are on average; where all of them saturate it together,
// each finds a little more of it left than there is, and their throughputs add up
// to more than it can give. Then all are served at rates lower by a common factor,
// such that
//
//	factor ≥ 1    U ≤ 1    factor = 1 or U ≈ 1
//
// The factors are found by Broyden's method ([Broy65]) on logarithms, with as many
// equations as stations.
type crowding struct {
	stations []*station
	x        []float64 // logarithms of the factors
	steps    int

	before, off []float64 // x at the last step, and how far off utilizations were then
	learned     []rankOne // the inverse of the derivatives of off by x is about their sum less the identity
}

// rankOne is a matrix, column times row.
type rankOne struct{ column, row []float64 }

// boldest is the largest step of a logarithm.
const boldest = 0.3

// idle is how little of a crowded station may be left idle (1). It grows from
// step to step: the utilization may leap as the factor grows, where a station
// that is full has other stations wait that make it full.
func (c *crowding) idle() float64 { return min(0.02, 1e-4*math.Pow(3, float64(c.steps))) }

// newCrowding is of tasks of so many threads and of the processors that queue,
// but for those of one task that [task.bear] and the task's own threads bound.
func (n *network) newCrowding() *crowding {
	c := &crowding{}
	for _, t := range n.order {
		if t.Threads > 0 && !t.Reference {
			c.stations = append(c.stations, t.station)
		}
	}
	for _, s := range n.processors {
		if s.discipline != Delay && (len(s.clients) != 1 || !s.clients[0].from.bound()) {
			c.stations = append(c.stations, s)
		}
	}
	c.x = make([]float64, len(c.stations))
	return c
}

// bound reports a task all of whose threads can be busy.
func (t *task) bound() bool { return t.Threads > 0 && t.limit == t.Threads }

// step returns whether no station is used by more than all of it, and none is
// slowed without need. Where that is not so, it moves the factors.
func (c *crowding) step(n *network) (holds bool) {
	off, holds := c.measure(n)
	if holds {
		return true
	}
	if c.off != nil {
		c.learn(off)
	}
	c.steps++
	c.off, c.before = off, append([]float64(nil), c.x...)
	by := c.solve(off, false)
	for i, s := range c.stations {
		c.x[i] = max(0, c.x[i]-min(max(-boldest, by[i]), boldest))
		s.crowded = math.Exp(c.x[i])
	}
	return false
}

// measure finds how far off the utilizations are, as logarithms. What a task is
// asked for beyond what its threads can do is a matter of its own station, and
// does not count at those below.
func (c *crowding) measure(n *network) (off []float64, holds bool) {
	borne := map[*task]float64{}
	for _, t := range n.order {
		borne[t] = 1
		if t.mean > 0 {
			borne[t] = t.station.asked(borne)
		}
		if most := t.through[t.limit]; t.bound() && borne[t]*t.mean > most {
			borne[t] = most / t.mean
		}
	}
	off, holds = make([]float64, len(c.stations)), true
	for i, s := range c.stations {
		u := s.utilization()
		if u <= 1 && c.x[i] == 0 {
			continue
		}
		holds = holds && u <= 1+1e-6 && (c.x[i] == 0 || u >= 1-c.idle())
		off[i] = math.Log(max(u, 1e-9) * s.asked(borne) / (1 - c.idle()/2))
	}
	return off, holds
}

// solve multiplies by the inverse, or by its transpose.
func (c *crowding) solve(v []float64, transposed bool) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = -v[i]
	}
	for _, m := range c.learned {
		column, row := m.column, m.row
		if transposed {
			column, row = row, column
		}
		f := floats.Dot(row, v)
		floats.AddScaled(out, f, column)
	}
	return out
}

// learn corrects the inverse by what the last step did.
func (c *crowding) learn(off []float64) {
	step := floats.SubTo(make([]float64, len(off)), c.x, c.before)
	done := floats.SubTo(make([]float64, len(off)), off, c.off)
	thought := c.solve(done, false)
	scale, size := floats.Dot(step, thought), floats.Dot(step, step)
	if size < 1e-14 || math.Abs(scale) < 0.1*size {
		return
	}
	row := c.solve(step, true)
	floats.Sub(step, thought)
	floats.Scale(1/scale, step)
	c.learned = append(c.learned, rankOne{step, row})
}

// bear executes with n threads busy and, should that use a processor by more than
// all of it, has them wait there for as long as it takes not to.
func (t *task) bear(lines []*line, n int) (cycle, early float64) {
	for range 20 {
		cycle, early = t.execute(n)
		var full *line
		most := 1 + 1e-9
		for _, x := range lines {
			if s := x.to; s.task == nil && s.discipline != Delay {
				if u := float64(n) / cycle * x.visits * x.own / float64(s.servers); u > most {
					full, most = x, u
				}
			}
		}
		if full == nil {
			break
		}
		more := cycle * (most - 1) / full.visits
		full.r += more
		if full.to.discipline == PS {
			more /= full.own
		}
		full.wait[n] += more
	}
	return cycle, early
}

// asked is the part of the visits to a station that would be left if each task
// did only what it can (1).
func (s *station) asked(borne map[*task]float64) float64 {
	left, all := s.open, s.open
	for _, l := range s.clients {
		work := l.from.mean * l.visits
		if s.task == nil {
			work *= l.own
		}
		left += work * borne[l.from]
		all += work
	}
	if all == 0 {
		return 1
	}
	return left / all
}

// utilization is the part of a station's servers or threads that its visits keep
// busy (1).
func (s *station) utilization() float64 {
	if s.task != nil {
		return s.task.used() / float64(s.servers)
	}
	return s.rate * s.service.mean / float64(s.servers)
}

// used is the mean number of threads busy, those that wait below too (1).
func (t *task) used() float64 {
	busy := 0.0
	for _, e := range t.entries {
		busy += e.rate * (e.split[0].mean + e.split[1].mean)
	}
	return busy
}
