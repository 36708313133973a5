package simulate

import (
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// Rules of recovery.
const (
	slower       = 1.5  // times the usual response time that is still as usual
	inWindow     = 100  // requests that a mean is smoothed over
	inARow       = 3    // windows in a row that must be as usual
	strays       = 0.99 // share of the windows of the usual time that are as usual
	moreFailures = 0.01 // share of requests that may fail beyond the usual
)

// recoveries are how each workload came back after each disturbance.
//
// A workload has recovered at the first interval from which the mean response
// time stays below a bound for three windows in a row, and no more requests
// fail than usual. The bound is one and a half times the mean response time of
// the usual time, or what 99 % of its windows stay below, if that is more; a
// window is as many intervals as hold 100 requests. The interval of the time is
// Student's over the replications.
func (s *study) recoveries() []measure.Recovery {
	var out []measure.Recovery
	for _, d := range disturbances(s.o.Test, s.model.Faults, s.model, s.o.Duration) {
		for i := range s.workloads {
			if r, ok := s.recovery(i, d); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

func (s *study) recovery(i int, d disturbance) (measure.Recovery, bool) {
	interval := s.reps[0].rec.interval
	index := func(t float64) int { return int(math.Ceil(t/interval - 1e-9)) }
	lines := make([][]stretch, len(s.reps))
	for r := range s.reps {
		lines[r] = s.reps[r].rec.line.workloads[i]
		if len(lines[r]) < index(d.calm) && len(lines[r])*2 < index(d.calm)*2-2 {
			return measure.Recovery{}, false // cut short
		}
	}
	usual, bound, failing, window := usualOf(lines, index(d.from), index(d.to))
	if math.IsNaN(bound) {
		return measure.Recovery{}, false
	}
	out := measure.Recovery{
		Workload: s.workloads[i].name, After: d.what, Began: d.began, Ended: d.ended, Usual: usual, Bound: bound,
	}
	var times, worst ratio
	for _, line := range lines {
		most := 0.0
		for _, x := range line[index(d.began):min(index(d.calm), len(line))] {
			most = max(most, x.last, x.present/x.length)
		}
		worst = append(worst, pair{most, 1})
		if at := recoveredAt(line, index(d.ended), min(index(d.calm), len(line)), window, bound, failing); at >= 0 {
			times = append(times, pair{max(0, float64(at)*interval-d.ended), 1})
		}
	}
	out.Recovered = float64(len(times)) / float64(len(lines))
	out.Worst = rate(worst)
	if len(times) > 0 {
		out.Time = rate(times)
	}
	return out, true
}

// usualOf is how a workload fares in the intervals from … to−1: its mean
// response time, the bound on that of a window, the share that fails, and how
// many intervals a window has.
func usualOf(lines [][]stretch, from, to int) (usual, bound, failing float64, window int) {
	var n, sum, failed, intervals float64
	for _, line := range lines {
		for j := from; j < min(to, len(line)); j++ {
			n += line[j].n
			failed += line[j].failed
			sum += line[j].sum
			intervals++
		}
	}
	if n == 0 {
		return math.NaN(), math.NaN(), 0, 1
	}
	usual, failing = sum/n, failed/(n+failed)
	window = max(1, int(math.Ceil(inWindow*intervals/n)))
	var means []float64
	for _, line := range lines {
		for j := from; j+window <= min(to, len(line)); j++ {
			if m, _, ok := windowOf(line[j : j+window]); ok {
				means = append(means, m)
			}
		}
	}
	bound = slower * usual
	if len(means) > 0 {
		slices.Sort(means)
		bound = max(bound, exactQuantile(means, strays))
	}
	return usual, bound, failing, window
}

// windowOf is the mean response time and the share that failed of several
// intervals; false where nothing ended well.
func windowOf(line []stretch) (mean, failed float64, ok bool) {
	var n, sum, lost float64
	for i := range line {
		n += line[i].n
		sum += line[i].sum
		lost += line[i].failed
	}
	if n == 0 {
		return math.NaN(), 0, false
	}
	return sum / n, lost / (n + lost), true
}

// recoveredAt is the interval from which all is as usual, or -1.
func recoveredAt(line []stretch, from, to, window int, bound, failing float64) int {
	good := 0
	for j := from; j+window <= to; j += 1 {
		mean, failed, ok := windowOf(line[j : j+window])
		switch {
		case ok && mean <= bound && failed <= failing+moreFailures:
			good++
		case !ok && line[j+window-1].last == 0: // nobody is here to be late
			good++
		default:
			good = 0
		}
		if good >= inARow*window {
			return j - good + 1
		}
	}
	return -1
}
