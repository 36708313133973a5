package simulate

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// timeline is what one replication did, interval by interval, kept so that the
// replications can be put together: a request counts where it ends.
type timeline struct {
	workloads [][]stretch // by workload and interval
	services  [][]stretch // by service and interval
}

// stretch is an interval of a workload or a service.
type stretch struct {
	length        float64 // (s)
	n, failed     float64 // requests that ended well and not (1)
	sum           float64 // Σ response time of those that ended well (s)
	started       float64 // (1)
	present, busy float64 // areas (s)
	cores         float64 // area of those that are up (s)
	last          float64 // in progress at the end (1)
	p99           float64 // (s); NaN where none ended
	times         []float64
	each          float64 // requests that one of times stands for
}

// keptTimes is how many order statistics of the response times of an interval
// are kept: their ranks are half a thousandth apart, so that percentiles of all
// replications together are exact to that.
const keptTimes = 1000

func newTimeline(k *kernel) *timeline {
	return &timeline{workloads: make([][]stretch, len(k.sources)), services: make([][]stretch, len(k.stations))}
}

// keep adds the interval that a recorder is about to close.
func (l *timeline) keep(k *kernel, r *recorder, passed totals) {
	for i := range k.sources {
		c := k.sourceCol(i)
		e := &r.ends[i]
		x := stretch{
			length: passed[atTime], n: float64(len(e.times)), failed: float64(e.failed), started: passed[c+srcStarted],
			present: passed[c+srcRunning], last: k.sources[i].running.n, p99: exactQuantile(e.times, 0.99),
		}
		for _, t := range e.times {
			x.sum += t
		}
		x.times, x.each = thinned(e.times)
		l.workloads[i] = append(l.workloads[i], x)
	}
	for i := range k.stations {
		c := k.stationCol(i)
		l.services[i] = append(l.services[i], stretch{
			length: passed[atTime], present: passed[c+stPresent], busy: passed[c+stBusy], cores: k.replicaTime(i, passed) * float64(k.stations[i].cores), last: k.stations[i].present.n,
		})
	}
}

// thinned is a copy of sorted times, or so many of them at even ranks.
func thinned(sorted []float64) (kept []float64, each float64) {
	n := len(sorted)
	m := min(n, keptTimes)
	if m == 0 {
		return nil, 0
	}
	kept = make([]float64, m)
	for i := range kept {
		kept[i] = sorted[int((float64(i)+0.5)/float64(m)*float64(n))]
	}
	return kept, float64(n) / float64(m)
}

// overTime puts the timelines of all replications together: every value is the
// figure of all of them in that interval, and its band the 95 % interval of
// that figure over the replications.
func (s *study) overTime() *measure.Series {
	first := s.reps[0].rec
	out := &measure.Series{
		Interval:  first.interval,
		Workloads: make(map[string]measure.WorkloadSeries),
		Services:  make(map[string]measure.ServiceSeries),
	}
	n := first.done
	for _, r := range s.reps {
		n = min(n, r.rec.done)
	}
	for i := range s.workloads {
		out.Workloads[s.workloads[i].name] = s.workloadOverTime(i, n)
	}
	for i := range s.services {
		b := seriesBands{n: n, of: map[string]measure.Band{}}
		at := func(r, j int) *stretch { return &s.reps[r].rec.line.services[i][j] }
		out.Services[s.services[i].name] = measure.ServiceSeries{
			Utilization: b.ratio("utilization", len(s.reps), 1, func(r, j int) pair { return pair{at(r, j).busy, at(r, j).cores} }),
			Present:     b.ratio("present", len(s.reps), math.Inf(1), func(r, j int) pair { return pair{at(r, j).present, at(r, j).length} }),
			Bands:       b.of,
		}
	}
	return out
}

func (s *study) workloadOverTime(i, n int) measure.WorkloadSeries {
	b := seriesBands{n: n, of: map[string]measure.Band{}}
	reps := len(s.reps)
	at := func(r, j int) *stretch { return &s.reps[r].rec.line.workloads[i][j] }
	all := math.Inf(1)
	return measure.WorkloadSeries{
		Throughput: b.ratio("throughput", reps, all, func(r, j int) pair { return pair{at(r, j).n, at(r, j).length} }),
		Offered:    b.ratio("offered", reps, all, func(r, j int) pair { return pair{at(r, j).started, at(r, j).length} }),
		Mean:       b.ratio("mean", reps, all, func(r, j int) pair { return pair{at(r, j).sum, at(r, j).n} }),
		InSystem:   b.ratio("in_system", reps, all, func(r, j int) pair { return pair{at(r, j).present, at(r, j).length} }),
		Failed:     b.ratio("failed", reps, 1, func(r, j int) pair { return pair{at(r, j).failed, at(r, j).n + at(r, j).failed} }),
		P50:        b.quantile("p50", 0.5, reps, at),
		P99:        b.quantile("p99", 0.99, reps, at),
		Bands:      b.of,
	}
}

// seriesBands are series of n values and where they lie.
type seriesBands struct {
	n  int
	of map[string]measure.Band
}

func (b *seriesBands) add(name string, j int, e measure.Estimate, v measure.Values) {
	v[j] = math.NaN()
	band, ok := b.of[name]
	if !ok {
		band = measure.Band{Lo: unknown(b.n), Hi: unknown(b.n)}
		b.of[name] = band
	}
	if e.Known() {
		v[j] = e.Value
	}
	if e.Uncertain() {
		band.Lo[j], band.Hi[j] = e.Lo, e.Hi
	}
}

func unknown(n int) measure.Values {
	v := make(measure.Values, n)
	for i := range v {
		v[i] = math.NaN()
	}
	return v
}

// ratio is a series of ratios of sums over the replications.
func (b *seriesBands) ratio(name string, reps int, most float64, of func(r, j int) pair) measure.Values {
	v := make(measure.Values, b.n)
	for j := range v {
		x := make(ratio, reps)
		for r := range x {
			x[r] = of(r, j)
		}
		b.add(name, j, x.figure(0, most), v)
	}
	return v
}

// enoughForTail is how many requests of an interval a replication must have,
// beyond a percentile and on average, for the spread of theirs to say how far
// off that of all is.
const enoughForTail = 1

// quantile is a series of a percentile of all replications' times; its band is
// Student's of the percentiles of the single replications, about it, and left
// out where these have too few requests to have one.
func (b *seriesBands) quantile(name string, q float64, reps int, at func(r, j int) *stretch) measure.Values {
	v := make(measure.Values, b.n)
	for j := range v {
		var all []weighted
		own := make(ratio, 0, reps)
		n := 0.0
		for r := range reps {
			x := at(r, j)
			n += x.n
			for _, t := range x.times {
				all = append(all, weighted{t, x.each})
			}
			if p := exactQuantile(x.times, q); !math.IsNaN(p) {
				own = append(own, pair{p, 1})
			}
		}
		e := measure.Estimate{}
		if p := weightedQuantile(all, q); !math.IsNaN(p) {
			e = measure.Exactly(p)
			if _, off := own.estimate(); len(own) == reps && reps > 1 && n*(1-q) >= enoughForTail*float64(reps) {
				half := off.half()
				e = figure(p, p-half, p+half, 0, math.Inf(1))
			}
		}
		b.add(name, j, e, v)
	}
	return v
}
