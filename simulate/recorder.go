package simulate

import (
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// recorder keeps what happens over time in one replication, interval by
// interval: a request counts in the interval in which it ends.
type recorder struct {
	interval float64 // (s)
	start    float64 // of the first (s)
	done     int     // intervals
	most     int     // intervals to record
	ends     []ends  // of the interval at hand, by workload
	before   totals
	series   *measure.Series
	line     *timeline // for all replications to be put together; nil where nobody asks
}

// ends are the requests of a workload that ended in the interval at hand.
type ends struct {
	times  []float64 // of those answered well (s)
	failed int
}

// newRecorder begins to record in k, here, so many intervals.
func newRecorder(k *kernel, interval float64, n int) *recorder {
	r := &recorder{
		interval: interval, start: k.now, most: n,
		ends: make([]ends, len(k.sources)), before: k.totals(),
		series: &measure.Series{
			Interval:  interval,
			Workloads: make(map[string]measure.WorkloadSeries),
			Services:  make(map[string]measure.ServiceSeries),
		},
	}
	k.series = r
	return r
}

// active reports whether there is an interval to go.
func (r *recorder) active() bool { return r != nil && r.done < r.most }

// next is the end of the interval at hand.
func (r *recorder) next() float64 { return r.start + r.interval*float64(r.done+1) }

// ended counts a request that took t seconds.
func (r *recorder) ended(workload int32, t float64, how outcome) {
	e := &r.ends[workload]
	if how != outWell {
		e.failed++
		return
	}
	e.times = append(e.times, t)
}

// close ends the interval at hand, which k has come to the end of.
func (r *recorder) close(k *kernel) {
	now := k.totals()
	passed := now.minus(r.before)
	r.before = now
	if r.line != nil {
		for i := range r.ends {
			slices.Sort(r.ends[i].times)
		}
		r.line.keep(k, r, passed)
	}
	for i := range k.sources {
		name := k.sources[i].name
		r.series.Workloads[name] = r.ends[i].addTo(r.series.Workloads[name], passed[atTime])
	}
	for i := range k.stations {
		s := &k.stations[i]
		col := k.stationCol(i)
		v := r.series.Services[s.name]
		v.Utilization = append(v.Utilization, passed[col+stBusy]/k.replicaTime(i, passed)/float64(s.cores))
		v.Present = append(v.Present, passed[col+stPresent]/passed[atTime])
		r.series.Services[s.name] = v
	}
	if r.done++; !r.active() {
		k.series = nil
	}
}

// addTo adds an interval to the series of a workload, and begins the next.
func (e *ends) addTo(v measure.WorkloadSeries, length float64) measure.WorkloadSeries {
	slices.Sort(e.times)
	n := len(e.times)
	v.Throughput = append(v.Throughput, float64(n)/length)
	v.Mean = append(v.Mean, average(e.times)) // NaN where there is none
	v.P50 = append(v.P50, exactQuantile(e.times, 0.5))
	v.P99 = append(v.P99, exactQuantile(e.times, 0.99))
	failed := math.NaN()
	if n+e.failed > 0 {
		failed = float64(e.failed) / float64(n+e.failed)
	}
	v.Failed = append(v.Failed, failed)
	e.times, e.failed = e.times[:0], 0
	return v
}

// exactQuantile is the least of sorted values that a share q does not exceed;
// NaN when there is none.
func exactQuantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[min(max(int(math.Ceil(q*float64(len(sorted))))-1, 0), len(sorted)-1)]
}

// niceInterval is a length that cuts a duration well.
func niceInterval(duration float64) float64 { return measure.NiceInterval(duration) }
