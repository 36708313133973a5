package kinds

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/headroom/headroom/internal/usl"
	"github.com/headroom/headroom/measure"
)

// Rules of scaling.
const (
	inFull     = 0.95 // throughput as a share of what was offered that is still all of it
	fewFail    = 0.01 // share of the requests that may fail where all are answered
	retrograde = 0.95 // throughput at the largest load, as a share of the best, that is no way back
	confidence = 0.95
)

// scalability says how the throughput of each workload grew with its load.
func (a *answer) scalability(draws *rand.Rand) {
	for _, name := range a.workloads {
		levels := levelsOf(a.r, name)
		if len(levels) < 2 {
			a.worst(measure.Undecided)
			a.say("%s: fewer than two levels of the load were seen", name)
			continue
		}
		s := measure.Scaling{Workload: name, Knee: knee(levels), Limit: limit(levels)}
		fit := fitted(&s, levels, draws)
		a.r.Test.Scaling = append(a.r.Test.Scaling, s)
		best, last := 0.0, levels[len(levels)-1]
		for _, l := range levels {
			best = math.Max(best, l.Throughput.Value)
			if l.Load > last.Load {
				last = l
			}
		}
		text := fmt.Sprintf("%s: all is answered up to x%.4g, the knee is at x%.4g", name, s.Limit, s.Knee)
		if s.Limit == 0 {
			text = fmt.Sprintf("%s: not all is answered even at the lowest load, the knee is at x%.4g", name, s.Knee)
		}
		if last.Throughput.Value < retrograde*best {
			a.worst(measure.Fail)
			text += fmt.Sprintf(", and throughput falls beyond its best of %.4g/s", best)
		} else {
			a.worst(measure.Pass)
		}
		a.say("%s%s", text, fit)
	}
}

func levelsOf(r *measure.Result, workload string) []measure.Level {
	var out []measure.Level
	for _, l := range r.Test.Levels {
		if l.Workload == workload && l.Throughput.Known() {
			out = append(out, l)
		}
	}
	return out
}

// knee is the load at which the power of a system is greatest: throughput over
// response time ([Klei79]).
func knee(levels []measure.Level) float64 {
	at, best := 0.0, 0.0
	for _, l := range levels {
		if !(l.Mean.Value > 0) {
			continue
		}
		if power := l.Throughput.Value / l.Mean.Value; power > best {
			at, best = l.Load, power
		}
	}
	return at
}

// limit is the largest load up to which all was answered.
func limit(levels []measure.Level) float64 {
	most, broke := 0.0, math.Inf(1)
	for _, l := range levels {
		if !answered(l) {
			broke = math.Min(broke, l.Load)
		}
	}
	for _, l := range levels {
		if answered(l) && l.Load < broke {
			most = math.Max(most, l.Load)
		}
	}
	return most
}

func answered(l measure.Level) bool {
	return l.Throughput.Value >= inFull*l.Offered.Value && l.Failed.Value <= fewFail
}

// fitted fits the universal scalability law to throughput against the number in
// progress, and says so in words.
func fitted(s *measure.Scaling, levels []measure.Level, draws *rand.Rand) string {
	var n, x []float64
	for _, l := range levels {
		if l.InSystem.Value >= 1 && l.Throughput.Value > 0 {
			n, x = append(n, l.InSystem.Value), append(x, l.Throughput.Value)
		}
	}
	f, err := usl.FitTo(n, x)
	if err != nil {
		return fmt.Sprintf("; no scalability law: it takes 3 levels with 1 request or more in progress, and there are %d", len(n))
	}
	peak, best := f.Peak()
	in, ok := f.Intervals(n, draws)
	estimate := func(v float64, ends [2]float64) measure.Estimate {
		switch {
		case math.IsInf(v, 0) || math.IsNaN(v):
			return measure.Estimate{}
		case !ok || math.IsInf(ends[1], 0):
			return measure.Exactly(v)
		}
		return measure.Between(v, math.Min(ends[0], v), math.Max(ends[1], v), confidence)
	}
	s.Contention = estimate(f.Contention, in.Contention)
	s.Coherency = estimate(f.Coherency, in.Coherency)
	s.Rate = estimate(f.Rate, in.Rate)
	s.Peak, s.PeakThroughput = estimate(peak, in.Peak), estimate(best, in.PeakThroughput)
	if !s.Peak.Known() {
		s.PeakThroughput = measure.Estimate{} // a limit that is never reached
		return fmt.Sprintf("; scalability law: contention %.3g, no peak", f.Contention)
	}
	return fmt.Sprintf("; scalability law: contention %.3g, coherency %.3g, peak %.4g/s with %.4g in progress", f.Contention, f.Coherency, best, peak)
}
