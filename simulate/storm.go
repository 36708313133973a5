package simulate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// weight says how calls count in the traffic equations.
type weight uint8

const (
	weighOnce  weight = iota // every call once, every copy that is always sent
	weighSure                // no more than there are whatever fails
	weighStorm               // every attempt and every copy that there can be
)

// weighing is the program with calls of another weight.
func (p *program) weighing(w weight) *program {
	out := *p
	out.weight = w
	return &out
}

// askedFor is how often a call with these options is made.
func (p *program) askedFor(o scenarios.CallOptions) float64 {
	n := 1.0
	if h := o.Hedge; h != nil && (h.After == 0 || p.weight == weighStorm) {
		n = float64(h.Copies)
	}
	if r := o.Retry; r != nil && p.weight == weighStorm && o.Breaker == nil {
		tries := float64(r.Attempts)
		if r.Budget > 0 {
			tries = min(tries, 1+r.Budget)
		}
		n *= tries
	}
	if p.weight == weighSure {
		n *= 1 - p.loss
	}
	return n
}

// goesOn is how often a caller goes on after a call, of so many.
func (p *program) goesOn(times float64) float64 {
	if p.weight == weighSure && p.fails {
		return 0
	}
	return times
}

// rounds is how often the body of a repetition is run that is come to so often,
// and goes round so often on average.
func (p *program) rounds(s scenarios.Repeat, times, mean float64) float64 {
	if p.weight != weighSure || !p.fails {
		return times * mean
	}
	calls := false
	scenarios.WalkSteps(s.Steps, func(s scenarios.Step) {
		switch s.(type) {
		case scenarios.Call, scenarios.FanOut, scenarios.Fail:
			calls = true
		}
	})
	switch {
	case !calls:
		return times * mean
	case !s.PerMessage && s.Count.Variance() == 0 && mean >= 1, s.PerMessage && mean >= 1:
		return times // the first is run
	}
	return 0
}

// relieves reports whether an overload can end by itself: what is asked for is
// taken back, or not asked for any more.
func (p *program) relieves() bool {
	for i := range p.asks {
		if p.asks[i].breaker != nil {
			return true
		}
	}
	for i := range p.channels {
		if p.channels[i].loses() {
			return true
		}
	}
	return p.cancels
}

// muchMore is by how much attempts must exceed first ones to be pointed out.
const muchMore = 1.05

// callCaveats point out where retries multiply the load, and what could.
func (s *study) callCaveats() []measure.Caveat {
	var out []measure.Caveat
	for i := range s.asks {
		a := &s.asks[i]
		var sum askTally
		for _, r := range s.reps {
			sum.first += r.k.calls[i].first
			sum.attempts += r.k.calls[i].attempts
		}
		if n := float64(sum.attempts) / float64(sum.first); a.attempts > 1 && n > muchMore {
			out = append(out, measure.Caveat{
				What: "simulate: retries multiply the load", Where: a.path,
				Effect: fmt.Sprintf("%.3g attempts for every call of %s", n, s.operations[a.op].name),
			})
		}
	}
	if c, ok := s.vulnerable(); ok {
		out = append(out, c)
	}
	return out
}

// vulnerable is the caveat of a system that carries its load, and would not if
// all calls used up their attempts: once something has made them, as an outage
// does, it may stay overloaded by its own retries [BrAC21].
func (s *study) vulnerable() (measure.Caveat, bool) {
	if !s.stable || len(s.asks) == 0 {
		return measure.Caveat{}, false
	}
	worst := newTraffic(s.weighing(weighStorm))
	at, load := s.busiest(func(i int) float64 { return s.loadBy(&worst, i) })
	if at < 0 || load < 1 || s.openLoad(at) >= 1 || load <= s.openLoad(at)*muchMore {
		return measure.Caveat{}, false
	}
	much := "without bound"
	if !math.IsInf(load, 1) {
		much = fmt.Sprintf("%.3g times", load)
	}
	return measure.Caveat{
		What: "simulate: vulnerable to a storm of retries", Where: "services." + s.services[at].name,
		Effect: fmt.Sprintf("if every call used up its attempts, it would be asked for %s the core time it has: after an outage it may not recover (metastable); a simulation from an empty system does not show that", much),
	}, true
}
