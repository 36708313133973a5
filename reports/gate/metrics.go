package gate

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// value is a metric of a workload in one run. What the target spends for a
// request is the same for all workloads of a run; it is asked for with an empty
// name.
func value(r *measure.Result, workload, metric string) (float64, bool) {
	switch metric {
	case "cpu":
		return perRequest(r, cpuUse(r))
	case "allocations":
		return perRequest(r, allocated(r))
	}
	w := r.Workloads[workload]
	e := ofWorkload(w, metric)
	if metric == "errors" && !e.Known() && w != nil && w.Throughput.Known() && len(w.Failures) == 0 {
		return 0, true // none failed
	}
	return e.Value, e.Known() && !math.IsNaN(e.Value)
}

// perRequest turns a rate of something into what there is of it for a request.
func perRequest(r *measure.Result, perSecond float64) (float64, bool) {
	requests := 0.0
	for _, w := range r.Workloads {
		if w.Throughput.Known() {
			requests += w.Throughput.Value
		}
	}
	x := perSecond / requests
	return x, x > 0 && !math.IsInf(x, 0)
}

// cpuUse is how many cores the target used (1), the sum over its parts unless
// one of them is the whole.
func cpuUse(r *measure.Result) float64 {
	sum := 0.0
	for part, t := range r.Target {
		c := t.Resources["cpu"]
		if c == nil || !c.Use.Known() {
			continue
		}
		if part == measure.WholeTarget {
			return c.Use.Value
		}
		sum += c.Use.Value
	}
	return sum
}

// allocatedBy are counters of bytes allocated, as Go's expvar and Prometheus's
// client name them.
func allocatedBy() []string {
	return []string{"memstats.TotalAlloc", "go_memstats_alloc_bytes_total", "go_gc_heap_allocs_bytes_total"}
}

// allocated is how many bytes the target allocated a second (B/s) over the
// measured time, where a page of its metrics says so.
func allocated(r *measure.Result) float64 {
	if r.Series == nil {
		return 0
	}
	sum := 0.0
	for _, of := range r.Series.Target {
		for _, name := range allocatedBy() {
			if m, ok := of[name]; ok {
				sum += meanFrom(m.Values, r.Series.Start, r.Series.Interval)
				break
			}
		}
	}
	return sum
}

// meanFrom is the mean of the values of intervals within the measured time.
func meanFrom(v measure.Values, start, interval float64) float64 {
	sum, n := 0.0, 0
	for i, x := range v {
		if start+float64(i)*interval >= -1e-9 && !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// better reports whether more of a metric is better.
func better(metric string) bool { return metric == "throughput" }

// shift is by how much a metric became worse in a pair, and what is tolerated of
// it: a logarithm of a ratio, or for errors a difference. It is not known where a
// ratio would be of zero.
func shift(metric string, base, head float64) (float64, bool) {
	if metric == "errors" {
		return head - base, true
	}
	if !(base > 0) || !(head > 0) {
		return 0, false
	}
	if better(metric) {
		return math.Log(base / head), true
	}
	return math.Log(head / base), true
}

// tolerated is a tolerance in the terms of [shift].
func tolerated(metric string, tolerance float64) float64 {
	switch {
	case metric == "errors":
		return tolerance
	case better(metric):
		return -math.Log1p(-min(tolerance, 1-1e-9))
	}
	return math.Log1p(tolerance)
}

// change turns a shift into how much more there is of the metric: a share, or
// for errors a difference.
func change(metric string, shift float64) float64 {
	switch {
	case metric == "errors":
		return shift
	case better(metric):
		return math.Expm1(-shift)
	}
	return math.Expm1(shift)
}

func unit(metric string) string {
	switch metric {
	case "errors":
		return "share"
	case "throughput":
		return "1/s"
	case "allocations":
		return "B"
	}
	return "s"
}
