// Package recovery finds out how a workload came back after a disturbance: a
// spike of the load, or a fault. Simulated and measured runs are held to the
// same rules here, so that their times can be compared.
//
// It works on what happened in each interval of time and knows no engine.
package recovery

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

// Stretch is what a workload did in an interval of time; a request counts where
// it ends.
type Stretch struct {
	N, Failed float64 // requests that ended well and not (1)
	Sum       float64 // Σ response time of those that ended well (s)
	Present   float64 // mean number in progress (1)
	Last      float64 // in progress at the end (1)
}

// Of is how a workload recovered from d, seen in several runs of the same load
// at intervals of so many seconds; false where that cannot be told: a run was
// cut short, or there is no usual time. Estimate makes an estimate of a figure
// that was seen once a run.
//
// A workload has recovered at the first interval from which the mean response
// time stays below a bound for three windows in a row, and no more requests
// fail than usual. The bound is one and a half times the mean response time of
// the usual time, or what 99 % of its windows stay below, if that is more; a
// window is as many intervals as hold 100 requests.
func Of(workload string, lines [][]Stretch, interval float64, d Disturbance, estimate func([]float64) measure.Estimate) (measure.Recovery, bool) {
	index := func(t float64) int { return int(math.Ceil(t/interval - 1e-9)) }
	for _, line := range lines {
		if len(line) < index(d.Calm) && len(line)*2 < index(d.Calm)*2-2 {
			return measure.Recovery{}, false // cut short
		}
	}
	u := usualOf(lines, index(d.From), index(d.To))
	if math.IsNaN(u.bound) {
		return measure.Recovery{}, false
	}
	out := measure.Recovery{Workload: workload, After: d.What, Began: d.Began, Ended: d.Ended, Usual: u.mean, Bound: u.bound}
	var times, worst, slowest, lost []float64
	for _, line := range lines {
		until := min(index(d.Calm), len(line))
		hit := line[min(index(d.Began), until):until]
		most, failed := 0.0, 0.0
		for _, x := range hit {
			most = max(most, x.Last, x.Present)
			failed += x.Failed
		}
		worst, lost = append(worst, most), append(lost, failed)
		if m := slowestOf(hit, u.window); !math.IsNaN(m) {
			slowest = append(slowest, m)
		}
		if at := u.recoveredAt(line, index(d.Ended), until); at >= 0 {
			times = append(times, max(0, float64(at)*interval-d.Ended))
		}
	}
	out.Recovered = float64(len(times)) / float64(len(lines))
	out.Worst, out.Lost = estimate(worst), estimate(lost)
	if len(times) > 0 {
		out.Time = estimate(times)
	}
	if len(slowest) > 0 {
		out.Slowest = estimate(slowest)
	}
	return out, true
}

// usual is how a workload fares when nothing disturbs it.
type usual struct {
	mean, bound float64 // response time, and what that of a window stays below (s)
	failing     float64 // share that fails (1)
	window      int     // intervals of a window
}

// usualOf looks at the intervals from … to−1; the bound is NaN where nothing
// ended there.
func usualOf(lines [][]Stretch, from, to int) usual {
	var n, sum, failed, intervals float64
	for _, line := range lines {
		for j := from; j < min(to, len(line)); j++ {
			n += line[j].N
			failed += line[j].Failed
			sum += line[j].Sum
			intervals++
		}
	}
	if n == 0 {
		return usual{mean: math.NaN(), bound: math.NaN(), window: 1}
	}
	u := usual{mean: sum / n, failing: failed / (n + failed), window: max(1, int(math.Ceil(inWindow*intervals/n)))}
	var means []float64
	for _, line := range lines {
		for j := from; j+u.window <= min(to, len(line)); j++ {
			if m, _, ok := windowOf(line[j : j+u.window]); ok {
				means = append(means, m)
			}
		}
	}
	u.bound = slower * u.mean
	if len(means) > 0 {
		slices.Sort(means)
		rank := int(math.Ceil(strays*float64(len(means)))) - 1
		u.bound = max(u.bound, means[min(max(rank, 0), len(means)-1)])
	}
	return u
}

// windowOf is the mean response time and the share that failed of several
// intervals; false where nothing ended well.
func windowOf(line []Stretch) (mean, failed float64, ok bool) {
	var n, sum, lost float64
	for i := range line {
		n += line[i].N
		sum += line[i].Sum
		lost += line[i].Failed
	}
	if n == 0 {
		return math.NaN(), 0, false
	}
	return sum / n, lost / (n + lost), true
}

// slowestOf is the largest mean response time of a window; NaN where none ended
// well in any.
func slowestOf(line []Stretch, window int) float64 {
	most := math.NaN()
	for j := range line {
		if m, _, ok := windowOf(line[j:min(j+window, len(line))]); ok && !(m <= most) {
			most = m
		}
	}
	return most
}

// recoveredAt is the interval from which all is as usual, or -1.
func (u *usual) recoveredAt(line []Stretch, from, to int) int {
	good := 0
	for j := from; j+u.window <= to; j++ {
		mean, failed, ok := windowOf(line[j : j+u.window])
		switch {
		case ok && mean <= u.bound && failed <= u.failing+moreFailures:
			good++
		case !ok && line[j+u.window-1].Last == 0: // nobody is here to be late
			good++
		default:
			good = 0
		}
		if good >= inARow*u.window {
			return j - good + 1
		}
	}
	return -1
}
