package queueing

import (
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// tries is what becomes of a call that its caller does not just wait for: one
// with a timeout, retries or a hedge.
//
//   - Model: an attempt fails when the callee fails or, with probability late,
//     when its answer comes after the timeout; attempts are independent of each
//     other; a callee that nobody waits for works on. The number of attempts is
//     geometric, cut at the most there may be, and a retry budget is spent by
//     retrying with the probability that makes their mean the budget.
//   - Accuracy: exact for callees whose response times do not depend on how often
//     they are asked (an infinite server); elsewhere retries come in bursts, just
//     when the callee is slow, and more of them are late than is said here.
//   - Source: fixed point of the offered load as for blocked calls that come
//     again ([Cohe57]); the second, congested one is the metastable failure of
//     [BrAC21].
type tries struct {
	path   string
	op     scenarios.OpID
	o      scenarios.CallOptions
	late   float64 // probability that what would be a good answer comes too late
	hedged float64 // probability that an attempt is slow enough for a second copy
	// stopped is the probability that a circuit breaker is open: then all attempts
	// of a call fail at once, as it stays so for longer than retries take.
	stopped float64
	ignored bool // what a circuit breaker does is not modelled: see mostLate
}

// findTries lists the calls of a model that are tries, and reports whether some
// step fails by itself.
func findTries(m *scenarios.Model) (calls []tries, fails bool) {
	m.EachStep(func(s scenarios.Step) {
		switch s := s.(type) {
		case scenarios.Call:
			if !s.Options.Plain() {
				calls = append(calls, tries{path: s.Path(), op: s.Op, o: s.Options})
			}
		case scenarios.Fail:
			fails = fails || s.P > 0
		}
	})
	return calls, fails
}

// triesAt finds those of a step; nil where it just waits.
func triesAt(list []*tries, s scenarios.Call) *tries {
	if s.Options.Plain() {
		return nil
	}
	i := slices.IndexFunc(list, func(t *tries) bool { return t.path == s.Path() })
	if i < 0 {
		return nil
	}
	return list[i]
}

// most is how many attempts there may be.
func (t *tries) most() int {
	if t.o.Retry == nil {
		return 1
	}
	return max(1, t.o.Retry.Attempts)
}

// again is the probability that an attempt is followed by another, if it may be,
// where the callee answers well with probability s.
func (t *tries) again(s float64) float64 {
	bad := 1 - s*(1-t.late)
	if t.most() == 1 || t.o.Retry.Budget == 0 || t.retries(bad) <= t.o.Retry.Budget {
		return bad
	}
	low, high := 0.0, bad // the retries rise with the probability
	for range 60 {
		if mid := (low + high) / 2; t.retries(mid) > t.o.Retry.Budget {
			high = mid
		} else {
			low = mid
		}
	}
	return low
}

// retries is the mean number of them when each attempt is followed by another
// with the given probability, as long as it may be.
func (t *tries) retries(again float64) float64 {
	return powers(again, t.most()) - 1
}

// powers is 1 + x + … + x^(n−1).
func powers(x float64, n int) float64 {
	if x > 1-1e-9 {
		return float64(n)
	}
	return (1 - math.Pow(x, float64(n))) / (1 - x)
}

// calls is how often the callee is asked, on average.
func (t *tries) calls(s float64) float64 {
	return (1 - t.stopped) * powers(t.again(s), t.most()) * (1 + t.hedged)
}

// well is the probability that some attempt ends well.
func (t *tries) well(s float64) float64 {
	return (1 - t.stopped) * math.Min(1, s*(1-t.late)*powers(t.again(s), t.most()))
}

// backoffMoment is the wait after so many failures.
func (t *tries) backoffMoment(failures int) moment {
	r := t.o.Retry
	b := momentOf(r.Backoff)
	grow := math.Pow(math.Max(1, r.Factor), float64(failures-1))
	if r.Most > 0 && b.mean > 0 {
		grow = math.Min(grow, math.Max(1, r.Most/b.mean))
	}
	b = moment{b.mean * grow, b.variance * grow * grow}
	switch r.Jitter {
	case scenarios.FullJitter:
		return moment{b.mean / 2, b.second()/3 - b.mean*b.mean/4}
	case scenarios.EqualJitter:
		return moment{0.75 * b.mean, b.second()*7/12 - 0.5625*b.mean*b.mean}
	case scenarios.Decorrelated:
		first := r.Backoff.Mean() // the mean wait grows to half of first + 3·last
		mean := first
		for range failures {
			mean = math.Min((first+3*mean)/2, r.Most)
		}
		return moment{mean, mean * mean / 12}
	}
	return b
}

// lost is the time that a failed attempt takes, where the callee answers well
// with probability s: the timeout, or, when the callee fails, the way there and back.
func (t *tries) lost(s float64, way moment) moment {
	var m mixMoment
	m.add(s*t.late, moment{t.o.Timeout, 0})
	m.add(1-s, way)
	return m.moment()
}

// moment is the time until a good answer, where an answer takes the moments of
// one and the callee answers well with probability s.
func (t *tries) moment(one moment, s float64, way moment) moment {
	if t.o.Hedge != nil {
		one = hedgedMoment(one, t.o.Hedge)
	}
	good := one
	if t.o.Timeout > 0 {
		good = cutMoment(one, t.o.Timeout)
	}
	var m mixMoment
	var before moment
	weight, again, lost := 1.0, t.again(s), t.lost(s, way)
	for k := 0; k < t.most() && weight > 1e-12; k++ {
		m.add(weight, before.plus(good))
		before = before.plus(lost)
		if t.o.Retry != nil {
			before = before.plus(t.backoffMoment(k + 1))
		}
		weight *= again
	}
	return m.moment()
}

// span is the mean time that a call is in progress, whether it ends well or
// not, where one attempt that ends well takes the moments of one.
func (t *tries) span(one moment, s float64, way moment) float64 {
	good := one
	if t.o.Hedge != nil {
		good = hedgedMoment(good, t.o.Hedge)
	}
	if t.o.Timeout > 0 {
		good = cutMoment(good, t.o.Timeout)
	}
	once := s*((1-t.late)*good.mean+t.late*t.o.Timeout) + (1-s)*way.mean
	again := t.again(s)
	sum, weight := 0.0, 1.0
	for k := 0; k < t.most() && weight > 1e-12; k++ {
		sum += (1 - t.stopped) * weight * once
		if k+1 < t.most() {
			sum += t.stopped * (1 - weight*again) * t.backoffMoment(k+1).mean
			sum += weight * again * t.backoffMoment(k+1).mean
		}
		weight *= again
	}
	return sum
}

// settleTries brings the shares of late answers up to date and returns by how
// much they moved. They begin at none and only rise, so that what they come to
// is the least of the fixed points: the state that a system is in which has
// never been congested.
func (x *solver) settleTries() float64 {
	if len(x.tries) == 0 {
		return 0
	}
	for id := range x.stations {
		if _, _, over := x.stations[id].overload(); over && !x.turnsAway(id) {
			x.down[id] = true
		}
	}
	change := 0.0
	b, lost := x.newBuilder(), x.lost()
	for _, t := range x.tries {
		late, hedged, answer := 1.0, 1.0, t.o.Timeout
		if v := x.asker(t.op); !lost[t.op] {
			l := b.whole(t.op, v)
			c := newCurve(b.g, l)
			answer = l.facts().mean
			if hedged = 0; t.o.Hedge != nil {
				hedged = c.survival(t.o.Hedge.After)
				c = newCurve(b.g, b.hedge(l, t.o.Hedge))
			}
			if late = 0; t.o.Timeout > 0 {
				late = c.survival(t.o.Timeout)
			}
		} else if t.o.Timeout == 0 {
			late = 0
		}
		change = math.Max(change, math.Max(math.Abs(late-t.late), math.Abs(hedged-t.hedged)))
		t.late, t.hedged = late, hedged
		change = math.Max(change, x.settleBreaker(t, answer))
	}
	return math.Max(change, x.passOn())
}

// asker is a viewer that asks for an operation, that from outside if it does.
func (x *solver) asker(op scenarios.OpID) int {
	for v := range x.viewers {
		if v != viewBatch && x.rates.calls[v][op] > 0 {
			return v
		}
	}
	return viewOpen
}
