package loadtest

import (
	"math"
	"time"

	"github.com/headroom/headroom/internal/recovery"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// line is one workload over time. A request counts in the interval in which it
// ended; hits come in the order in which they ended, nearly, so only the last
// few intervals need to be kept open.
type line struct {
	interval time.Duration
	first    time.Duration // start of the first interval
	bins     int
	open     []bin // the last of them is bin number next-1
	next     int
	out      measure.WorkloadSeries

	course  []recovery.Stretch // what ended in each interval, and what was there
	due     []float64          // requests due in each
	present []float64          // request-seconds in each (s)
	change  []int              // of the number in progress at the end of each, against the one before
}

type bin struct {
	times  distribution
	failed int
}

// openBins is how many intervals are kept open for hits that come out of order.
const openBins = 3

// longestSeries is how many intervals a series has at most.
const longestSeries = 3600

// newScale divides the run into intervals of a second, longer ones where that
// would be too many. An interval that is not whole, at either end, is left out.
func newScale(warmup, span time.Duration) (interval, first time.Duration, bins int) {
	interval = time.Second
	if n := (warmup + span) / longestSeries; n > interval {
		interval = n.Truncate(time.Second) + time.Second
	}
	before := int(warmup / interval)
	return interval, -time.Duration(before) * interval, before + int(span/interval)
}

// testScale divides the time of a test as a simulation of it does.
func testScale(warmup, span time.Duration, test *scenarios.Test) (interval, first time.Duration, bins int) {
	if test == nil {
		return newScale(warmup, span)
	}
	interval = max(duration(measure.NiceInterval(test.Duration())), time.Millisecond)
	before := int(warmup / interval)
	return interval, -time.Duration(before) * interval, before + int((span+interval/1000)/interval)
}

func newLine(interval, first time.Duration, bins int) *line {
	return &line{
		interval: interval, first: first, bins: bins,
		course: make([]recovery.Stretch, bins), due: make([]float64, bins),
		present: make([]float64, bins), change: make([]int, bins+1),
	}
}

// bin is the interval that an instant falls into, which need not be one of those
// that are told.
func (l *line) bin(t time.Duration) int {
	return int(math.Floor(float64(t-l.first) / float64(l.interval)))
}

// stays adds the time that a request was there.
func (l *line) stays(from, to time.Duration) {
	if i := l.bin(from); i >= 0 && i < l.bins {
		l.due[i]++
	}
	first, last := l.bin(from), l.bin(to)
	if first >= l.bins || last < 0 {
		return
	}
	l.change[max(first, 0)]++
	l.change[min(last, l.bins)]-- // who leaves in an interval is not there at its end
	first, last = max(first, 0), min(last, l.bins-1)
	for i := first; i <= last; i++ {
		start := l.first + time.Duration(i)*l.interval
		l.present[i] += seconds(min(to, start+l.interval) - max(from, start))
	}
}

func (l *line) add(h *Hit) {
	l.stays(h.Due, h.Done)
	i := l.bin(h.Done)
	if i < 0 || i >= l.bins || h.Outcome == Cut {
		return
	}
	if c := &l.course[i]; h.Outcome == Answered {
		c.N++
		c.Sum += seconds(h.Done - h.Due)
	} else {
		c.Failed++
	}
	for l.next <= i {
		l.open = append(l.open, bin{})
		l.next++
		if len(l.open) > openBins {
			l.shut()
		}
	}
	oldest := l.next - len(l.open)
	b := &l.open[max(i-oldest, 0)]
	if h.Outcome == Answered {
		b.times.add(h.Done - h.Due)
	} else {
		b.failed++
	}
}

// shut writes the oldest open bin to the series.
func (l *line) shut() {
	b := &l.open[0]
	point := struct{ mean, p50, p99, failed float64 }{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	if n := b.times.n; n > 0 {
		qs := b.times.cells().quantiles([]float64{0.5, 0.99})
		point.mean, point.p50, point.p99 = b.times.mean/1e9, seconds(qs[0]), seconds(qs[1])
	}
	if n := int(b.times.n) + b.failed; n > 0 {
		point.failed = float64(b.failed) / float64(n)
	}
	o := &l.out
	o.Throughput = append(o.Throughput, float64(b.times.n)/seconds(l.interval))
	o.Mean = append(o.Mean, point.mean)
	o.P50 = append(o.P50, point.p50)
	o.P99 = append(o.P99, point.p99)
	o.Failed = append(o.Failed, point.failed)
	l.open = append(l.open[:0], l.open[1:]...)
}

// close writes what is still open, and intervals in which nothing ended.
func (l *line) close() measure.WorkloadSeries {
	for ; l.next < l.bins; l.next++ {
		l.open = append(l.open, bin{})
	}
	for len(l.open) > 0 {
		l.shut()
	}
	there := 0
	for i := range l.course {
		there += l.change[i]
		l.course[i].Present = l.present[i] / seconds(l.interval)
		l.course[i].Last = float64(there)
		l.out.Offered = append(l.out.Offered, l.due[i]/seconds(l.interval))
		l.out.InSystem = append(l.out.InSystem, l.course[i].Present)
	}
	return l.out
}

// measured is the course from the start of the measured time on.
func (l *line) measured() []recovery.Stretch {
	return l.course[min(max(int(-l.first/l.interval), 0), len(l.course)):]
}
