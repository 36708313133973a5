package kinds

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// Rules of stress.
const (
	graceful = 0.80 // share of the best throughput that is kept beyond the limit
	smooth   = 5    // intervals of a window
)

// stress says whether a system that is asked for too much goes on doing what it
// can, and whether it comes back. It is beyond its limit in windows in which it
// answers less than it is offered; of those, the ones after its best show what
// it keeps.
func (a *answer) stress() {
	for _, name := range a.workloads {
		s, ok := a.stressOf(name)
		if !ok {
			a.worst(measure.Undecided)
			a.say("%s: too short to tell", name)
			continue
		}
		a.r.Test.Stress = append(a.r.Test.Stress, s)
		switch {
		case !s.Reached:
			a.worst(measure.Undecided)
			a.say("%s: the limit was not reached; all of x%.4g was answered", name, a.test.Peak())
		case s.Kept >= graceful:
			a.worst(measure.Pass)
			a.say("%s: fails gracefully, keeping %.0f %% of its best %.4g/s (at x%.4g) beyond the limit", name, 100*s.Kept, s.Best, s.At)
		default:
			a.worst(measure.Fail)
			a.say("%s: collapses beyond the limit, to %.0f %% of its best %.4g/s (at x%.4g)", name, 100*s.Kept, s.Best, s.At)
		}
	}
	for _, x := range a.r.Test.Recovery {
		if x.Recovered < 1 {
			a.worst(measure.Fail)
			a.say("%s: not recovered when the test ended", x.Workload)
		} else {
			a.say("%s: recovered %.3g s after the load was gone", x.Workload, x.Time.Value)
		}
	}
}

func (a *answer) stressOf(name string) (measure.Stress, bool) {
	out := measure.Stress{Workload: name, Kept: 1}
	series := a.r.Series
	if series == nil || !(series.Interval > 0) {
		return out, false
	}
	w := series.Workloads[name]
	rate, offered, load := windows(w.Throughput), windows(w.Offered), make([]float64, 0, len(w.Throughput))
	for i := range rate {
		load = append(load, a.test.Factor(series.Start+(float64(i)+smooth/2.0)*series.Interval))
	}
	best := -1
	beyond := func(i int) bool { // and not while the load is taken away
		return i < len(offered) && rate[i] < inFull*offered[i] && offers(w.Offered[i:i+smooth])
	}
	for i := range rate {
		if beyond(i) && rate[i] > out.Best {
			best, out.Best, out.At = i, rate[i], load[i]
		}
	}
	if best < 0 { // all was answered
		for i := range rate {
			if rate[i] > out.Best {
				out.Best, out.At = rate[i], load[i]
			}
		}
		return out, len(rate) > 0
	}
	out.Reached = true
	for i := best; i < len(rate); i++ {
		if beyond(i) {
			out.Kept = math.Min(out.Kept, rate[i]/out.Best)
		}
	}
	return out, true
}

// offers reports whether a window is offered about as much at its end as at its
// start, or more.
func offers(v measure.Values) bool {
	first, last := v[0], v[len(v)-1]
	return last >= first/2
}

// windows are the means of so many values in a row each.
func windows(v measure.Values) []float64 {
	var out []float64
	for i := 0; i+smooth <= len(v); i++ {
		sum := 0.0
		for _, x := range v[i : i+smooth] {
			if !math.IsNaN(x) {
				sum += x
			}
		}
		out = append(out, sum/smooth)
	}
	return out
}
