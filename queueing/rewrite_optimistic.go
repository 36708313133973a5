package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/resilience"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// try is an optimistic lock.
type try struct {
	path     string
	key      holdKey
	op       scenarios.OpID // one attempt
	count    int
	attempts int // at most; 0 = no bound
}

// mostTries is how many attempts of an optimistic lock without a bound are looked
// at one by one.
const mostTries = 12

// optimistic is a first attempt and, each with the probability of a conflict,
// the further ones.
func (w *rewrite) optimistic(s scenarios.Lock, key holdKey, body []scenarios.Step) []scenarios.Step {
	t := try{path: s.Path(), key: key, op: w.addOp(w.counter(), body), count: max(1, s.Count)}
	if t.path == "" {
		t.path = fmt.Sprintf("try %d", len(w.tries))
	}
	if s.Retry != nil {
		t.attempts = s.Retry.Attempts
	}
	w.tries = append(w.tries, t)
	q := w.know.conflict[t.path]
	one := scenarios.Step(scenarios.Call{Op: t.op})
	again := func(n int) []scenarios.Step { // after the n-th attempt failed
		if pause := pauseBefore(s.Retry, n); !pause.IsZero() {
			return []scenarios.Step{scenarios.Wait{Time: pause}, one}
		}
		return []scenarios.Step{one}
	}
	if q <= 0 {
		return []scenarios.Step{one}
	}
	most, rest := mostTries, []scenarios.Step(nil)
	if t.attempts > 0 {
		most = min(t.attempts, 64)
		if failed := math.Pow(q, float64(t.attempts)); failed > 1e-4 {
			w.note(scenarios.Feature{
				Word: scenarios.WordLock, What: fmt.Sprintf("failures of optimistic lock %q after %d attempts", w.nameOf(key), t.attempts),
				Where: w.where(), Effect: fmt.Sprintf("a share of %.1g is said to end well", failed),
			})
		}
	} else {
		if s.Retry == nil || s.Retry.Backoff.IsZero() {
			most = 1 // all that follow are alike
		}
		rest = []scenarios.Step{scenarios.Repeat{Count: failuresBefore(q), Steps: again(most)}}
	}
	for n := most - 1; n >= 1; n-- {
		rest = []scenarios.Step{scenarios.Choose{Branches: []scenarios.Branch{{P: 1 - q}, {P: q, Steps: append(again(n), rest...)}}}}
	}
	return append([]scenarios.Step{one}, rest...)
}

// failuresBefore is how often something fails before it does not, where it fails with
// probability q.
func failuresBefore(q float64) dist.Dist {
	const most = 600
	if math.Pow(q, most) > 1e-9 {
		return dist.Exponential(q / (1 - q)) // rounded, which the few do not matter to
	}
	var values, weights []float64
	for k, p := 0, 1-q; k < most && p > 1e-15; k++ {
		values, weights = append(values, float64(k)), append(weights, p)
		p *= q
	}
	return dist.EmpiricalOf(values, weights)
}

// pauseBefore is the wait after the n-th attempt that failed (s); of what jitter
// does to it only the mean is kept, where the backoff is not constant.
func pauseBefore(r *scenarios.Retry, n int) dist.Dist {
	if r == nil || r.Backoff.IsZero() {
		return dist.Dist{}
	}
	base := r.Backoff.Mean()
	grow, most := math.Max(r.Factor, 0), math.Inf(1)
	if r.Most > 0 {
		most = r.Most
	}
	if grow == 0 {
		grow = 1
	}
	times := math.Min(math.Pow(grow, float64(n-1)), most/base)
	switch r.Jitter {
	case scenarios.FullJitter:
		if r.Backoff.Variance() == 0 {
			return dist.UniformOf(0, base*times)
		}
		times /= 2
	case scenarios.EqualJitter:
		if r.Backoff.Variance() == 0 {
			return dist.UniformOf(base*times/2, base*times)
		}
		times *= 0.75
	case scenarios.Decorrelated:
		last := base
		for range n {
			last = math.Min((base+3*last)/2, most)
		}
		return dist.Const(last)
	}
	return r.Backoff.Scaled(times)
}

// learnConflicts brings the probabilities of conflicts up to date. Commits of
// others are a Poisson stream, so that an attempt of time D at keys that they
// change λ times a second meets none with probability E[exp(−λ·D)]; D is taken as
// gamma with its two moments. Where one item keeps all users of a closed workload
// busy, commits are what [OptimisticAttempts] says.
func (w *rewrite) learnConflicts(x *solver) float64 {
	change := 0.0
	for _, t := range w.tries {
		before := w.know.conflict[t.path]
		q := math.Min(w.conflict(x, t), 0.999)
		change = math.Max(change, math.Abs(q-before))
		w.know.conflict[t.path] = before + 0.5*(q-before)
	}
	return change
}

// conflict is the probability that an attempt finds its keys changed.
func (w *rewrite) conflict(x *solver, t try) float64 {
	table := w.from.Services[t.key.service].Locks[t.key.index]
	catalogue, err := resilience.ZipfCatalogue(table.Keys, table.Skew)
	if err != nil {
		return 0
	}
	takes := x.mixOver(t.op)
	sum, total := 0.0, 0.0
	for v := range x.viewers {
		rate := x.rates.calls[v][t.op]
		if rate == 0 {
			continue
		}
		changed := float64(t.count) * w.changes(x, t.key, v)
		scv := scvOf(takes)
		clean := catalogue.Average(func(p float64) float64 {
			load := p * changed * takes.mean // changes to expect during an attempt
			if scv < 1e-6 {
				return math.Exp(-load)
			}
			return math.Pow(1+load*scv, -1/scv)
		})
		sum += rate * (1 - clean)
		total += rate
	}
	if total == 0 {
		return 0
	}
	q := sum / total
	if n := w.onlyUsers(x); n > 0 && table.Keys == 1 {
		busy := math.Min(1, total*takes.mean/float64(n))
		q = busy*(1-1/OptimisticAttempts(n)) + (1-busy)*q
	}
	return q
}

// onlyUsers is how many users there are where there is nothing but one closed
// workload; 0 otherwise.
func (w *rewrite) onlyUsers(x *solver) int {
	if len(x.m.Workloads) != 1 || x.m.Workloads[0].Open() {
		return 0
	}
	return x.m.Workloads[0].Users
}

// mixOver are the moments of the time of an operation over all who call it.
func (x *solver) mixOver(op scenarios.OpID) moment {
	var m mixMoment
	for v := range x.viewers {
		m.add(x.rates.calls[v][op], x.response[v][op])
	}
	return m.moment()
}

// changes is how often a key of a table, all keys together, is changed by others
// than one request of a viewer (1/s).
func (w *rewrite) changes(x *solver, key holdKey, viewer int) float64 {
	others := make([]float64, x.viewers)
	for v := range others {
		others[v] = 1
	}
	for i, v := range x.view {
		if v == viewer && v >= viewClosed && !x.m.Workloads[i].Open() {
			others[v] = 1 - 1/float64(x.m.Workloads[i].Users)
		}
	}
	sum := 0.0
	for v := range x.viewers {
		for _, t := range w.tries {
			if t.key == key {
				sum += others[v] * x.rates.calls[v][t.op] * (1 - w.know.conflict[t.path]) * float64(t.count)
			}
		}
		for _, t := range w.keys[key] {
			for _, g := range w.partOf(int(t.service)).gates {
				if !g.shared && w.uses[key].exclusive {
					sum += others[v] * x.rates.calls[v][g.op]
				}
			}
		}
	}
	return sum
}
