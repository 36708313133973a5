package queueing

import (
	"math"

	"github.com/headroom/headroom/scenarios"
)

// feedback is by how much waits in order of arrival change because requests come
// back soon. A line whose customers come k times, at once after each service,
// does not see Poisson arrivals: its work is that of M/G/1 with the sum of k
// services, and counting what those present still need, with the same mean wait
// W at every visit, gives
//
//	W = ρ/(1−ρ)·S·(k + c²)/(k + 1)
//
// which is Pollaczek–Khinchine for k = 1. The longer they are away before they
// come back, as against the time in which the line forgets, the more arrivals
// are Poisson again.
//
//   - Domain: any demands of finite variance; nothing changes for c² = 1.
//   - Accuracy: means within 3 % of simulation for one core and requests that come
//     back at once (tested for k from 2 to 6 and c² from 0 to 4), where percentiles
//     beyond the 95th are up to a quarter too high for c² = 4; several cores and
//     longer absences are interpolated (docs/accuracy.md, in order).
//   - Source: the derivation is this comment; that mean waits depend on the sum of
//     services alone is the conservation of work, as in [AdNe94].
func (x *solver) feedback(id int) float64 {
	st := &x.stations[id]
	s := st.service
	if s.Discipline == scenarios.PS || st.mix.exponential || st.mix.rate == 0 || x.closed != nil || x.down[id] || len(st.groups) != 1 || balanced(s) {
		return 1
	}
	scv := st.mix.scv()
	if !(scv <= math.MaxFloat64) || math.Abs(scv-1) < 0.01 {
		return 1
	}
	g := &st.groups[0]
	here := g.views[viewOpen].line.mean + st.mix.mean
	visits, pairs, away := 0.0, 0.0, 0.0
	for w := range x.m.Workloads {
		v := x.visitsOf(w).of(id)
		visits += x.requests[w] * v.mean
		pairs += x.requests[w] * (v.second() - v.mean)
		away += x.requests[w] * math.Max(0, x.workloadMoments(w).mean-v.mean*here)
	}
	if pairs <= 1e-6*visits {
		return 1
	}
	again := pairs / math.Max(visits, g.visits*g.replicas) // batches do not come back
	if s.Balancing != scenarios.Shared {
		again /= float64(s.Replicas)
	}
	k := 1 + again
	_, relax := st.memory(viewOpen)
	soon := relax / (relax + away/visits)
	return 1 + soon*((k+scv)/(k+1)/((1+scv)/2)-1)
}

// solveFeedback brings the feedback of all services up to date. It returns the
// largest change.
func (x *solver) solveFeedback() float64 {
	change := 0.0
	if x.fed == nil {
		x.fed = make([]float64, len(x.stations))
		for id := range x.fed {
			x.fed[id] = 1
		}
	}
	for id := range x.stations {
		f := x.feedback(id)
		change = math.Max(change, math.Abs(f-x.fed[id]))
		x.fed[id] = f
	}
	return change
}

// lengthened is the wait with its times multiplied by a factor.
func (l lineWait) lengthened(factor, pWait float64) lineWait {
	if math.Abs(factor-1) < 1e-3 || pWait == 0 {
		return l
	}
	mean := factor * l.mean / pWait // of those who wait
	second := factor * factor * (l.variance + l.mean*l.mean) / pWait
	return lineOf(delayed{pWait, fit(mean, second/(mean*mean)-1)}.simple())
}
