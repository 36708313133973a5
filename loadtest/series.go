package loadtest

import (
	"math"
	"time"

	"github.com/headroom/headroom/measure"
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

func newLine(warmup, span time.Duration) *line {
	l := &line{}
	l.interval, l.first, l.bins = newScale(warmup, span)
	return l
}

func (l *line) add(h *Hit) {
	i := int(math.Floor(float64(h.Done-l.first) / float64(l.interval)))
	if i < 0 || i >= l.bins {
		return
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
	return l.out
}
