package queueing

import (
	"errors"
	"math"

	"github.com/headroom/headroom/scenarios"
)

// bulkOf describes one partition of a topic as a bulk queue. The moments of a
// batch's time are linear in its size where every message adds the same steps
// at the end of one another, and are asked for size by size otherwise.
func (x *solver) bulkOf(t int) Bulk {
	topic := &x.m.Topics[t]
	b := Bulk{Lambda: x.rates.messages[t] / float64(max(1, topic.Partitions)), Max: max(1, topic.Batch)}
	if !plain(x.m.Operations[topic.Consumer].Steps, true) {
		b.Time = func(n int) (float64, float64) {
			m := x.fedMoments(t, float64(n))
			return m.mean, m.variance
		}
		return b
	}
	one, two := x.fedMoments(t, 1), x.fedMoments(t, 2)
	b.Time = func(n int) (float64, float64) {
		k := float64(n - 1)
		return one.mean + k*(two.mean-one.mean), one.variance + k*(two.variance-one.variance)
	}
	return b
}

// plain reports whether steps for each message stand only at the top of a list.
func plain(steps []scenarios.Step, top bool) bool {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.Repeat:
			if s.PerMessage && !top || !plain(s.Steps, false) {
				return false
			}
		case scenarios.Parallel:
			for _, b := range s.Branches {
				if !plain(b, false) {
					return false
				}
			}
		case scenarios.Choose:
			for _, b := range s.Branches {
				if !plain(b.Steps, false) {
					return false
				}
			}
		case scenarios.Cache:
			if !plain(s.Then, false) || !plain(s.Else, false) {
				return false
			}
		}
	}
	return true
}

// solveBulk brings the batches of every topic up to date and returns the
// largest relative change of their size.
func (x *solver) solveBulk(round int) float64 {
	change := 0.0
	for t := range x.m.Topics {
		if x.rates.messages[t] == 0 {
			x.batch[t] = 1
			continue
		}
		next := float64(max(1, x.m.Topics[t].Batch))
		b := x.bulkOf(t)
		err := b.check()
		x.late[t] = errors.Is(err, ErrUnstable) || x.down[x.p.ops[x.m.Topics[t].Consumer].service]
		if err == nil && !x.late[t] {
			x.bulk[t] = newBulkChain(b).result()
			next = x.bulk[t].Batch
		} else if err != nil && !x.late[t] {
			// batches take no time at all
			next = 1
			x.bulk[t] = BulkResult{Batch: 1, Batches: b.Lambda, Sizes: []float64{0, 1}}
		}
		if x.late[t] {
			x.bulk[t] = BulkResult{Batch: next, Sizes: append(make([]float64, int(next)), 1)}
		}
		change = math.Max(change, math.Abs(next-x.batch[t])/next)
		if round > 20 { // part of the way, where the whole goes to and fro
			next = x.swing[t].step(x.batch[t], next)
		}
		x.batch[t] = math.Max(next, x.least[t]*(1+1e-6))
	}
	return change
}

// swing takes a number part of the way to where it should be: half of it, and
// half of that again whenever the last step went too far. Near saturation the
// size of a batch and what a batch takes follow each other so steeply that no
// part fixed beforehand would end.
type swing struct {
	part float64 // of the way, as a ratio; 0 before the first step (1)
	up   bool    // the last step made it larger
}

func (s *swing) step(from, to float64) float64 {
	up := to > from
	switch {
	case s.part == 0:
		s.part = 0.5
	case up != s.up:
		s.part /= 2
	default:
		s.part = math.Min(0.5, 1.2*s.part)
	}
	s.up = up
	return from * math.Pow(to/from, s.part)
}
