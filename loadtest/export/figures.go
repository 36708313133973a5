package export

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/headroom/headroom/loadtest"
)

// family is a metric with its values, by the conventions of Prometheus: base
// units, and a name that ends in the unit.
type family struct {
	name, help, unit string
	counter          bool // or a gauge
	values           []value
}

// value is one value of a family; with buckets, a histogram.
type value struct {
	labels  []label
	value   float64
	buckets []loadtest.Bucket // rising, the count of each holding those before
	count   int64             // of a histogram
	sum     float64           // of a histogram
}

type label struct{ name, value string }

// bounds are those of the buckets of a histogram (s): the same at every look,
// as their readers want it.
func bounds() []float64 {
	var out []float64
	for µs := 10.0; µs <= 1e8; µs *= 10 {
		out = append(out, µs/1e6, 2*µs/1e6, 5*µs/1e6) // whole numbers, so that a quotient is the double nearest to its decimal form
	}
	return out
}

// families are the figures of a snapshot. What is not known is left out.
func families(s *loadtest.Snapshot) []family {
	requests := family{name: "headroom_requests", help: "Requests that have ended.", counter: true}
	times := family{name: "headroom_response_time_seconds", unit: "seconds", help: "Response times of requests answered well, from when they were due."}
	gauges := []struct {
		family
		of func(f *loadtest.Fare) float64
	}{
		{family{name: "headroom_in_flight", help: "Requests sent and not ended."}, func(f *loadtest.Fare) float64 { return float64(f.InFlight) }},
		{family{name: "headroom_throughput", help: "Requests answered well in a second, over the last few seconds."}, func(f *loadtest.Fare) float64 { return f.Rate }},
		{family{name: "headroom_offered", help: "Requests due in a second, over the last few seconds."}, func(f *loadtest.Fare) float64 { return f.Offered }},
		{family{name: "headroom_error_ratio", unit: "ratio", help: "Share of the requests that failed, over the last few seconds."}, func(f *loadtest.Fare) float64 { return f.ErrorShare }},
		{family{name: "headroom_schedule_lag_seconds", unit: "seconds", help: "Longest time from when a request was due to when it was sent, over the last few seconds."}, func(f *loadtest.Fare) float64 { return f.Late }},
	}
	for i := range s.Workloads {
		f := &s.Workloads[i]
		of := label{"workload", f.Name}
		requests.values = append(requests.values, value{labels: []label{{"outcome", loadtest.Answered.String()}, of}, value: float64(f.Ended - f.Failed)})
		for _, reason := range slices.Sorted(maps.Keys(f.Failures)) {
			requests.values = append(requests.values, value{labels: []label{{"outcome", reason}, of}, value: float64(f.Failures[reason])})
		}
		times.values = append(times.values, histogramOf(f, of))
		for j := range gauges {
			if x := gauges[j].of(f); !math.IsNaN(x) {
				gauges[j].values = append(gauges[j].values, value{labels: []label{of}, value: x})
			}
		}
	}
	out := []family{requests, times}
	for _, g := range gauges {
		out = append(out, g.family)
	}
	return out
}

// histogramOf lays the counts of a fare on the bounds.
func histogramOf(f *loadtest.Fare, of label) value {
	v := value{labels: []label{of}, sum: f.Sum, count: f.Ended - f.Failed}
	i, n := 0, int64(0)
	for _, le := range bounds() {
		for i < len(f.Buckets) && f.Buckets[i].Le <= le*(1+1e-9) {
			n = f.Buckets[i].Count
			i++
		}
		v.buckets = append(v.buckets, loadtest.Bucket{Le: le, Count: n})
	}
	return v
}

// sample is one series of Prometheus at one moment.
type sample struct {
	labels []label // sorted, the name included
	value  float64
}

// samples are the series that Prometheus makes of a snapshot.
func samples(s *loadtest.Snapshot) []sample {
	var out []sample
	add := func(name string, v float64, labels ...label) {
		all := append([]label{{"__name__", name}}, labels...)
		slices.SortFunc(all, func(a, b label) int { return cmp.Compare(a.name, b.name) })
		out = append(out, sample{all, v})
	}
	for _, f := range families(s) {
		for _, v := range f.values {
			switch {
			case v.buckets != nil:
				for _, b := range v.buckets {
					add(f.name+"_bucket", float64(b.Count), append(slices.Clone(v.labels), label{"le", number(b.Le)})...)
				}
				add(f.name+"_bucket", float64(v.count), append(slices.Clone(v.labels), label{"le", "+Inf"})...)
				add(f.name+"_count", float64(v.count), v.labels...)
				add(f.name+"_sum", v.sum, v.labels...)
			case f.counter:
				add(f.name+"_total", v.value, v.labels...)
			default:
				add(f.name, v.value, v.labels...)
			}
		}
	}
	return out
}

// started is when the load of a snapshot began.
func started(s *loadtest.Snapshot) time.Time {
	return s.At.Add(-time.Duration(s.Elapsed * float64(time.Second)))
}
