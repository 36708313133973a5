package export

import (
	"net/http"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/headroom/headroom/loadtest"
)

// OTLP makes a pusher of metrics to a receiver of OTLP over HTTP, such as
// http://localhost:4318/v1/metrics.
func OTLP(address string) (*Pusher, error) {
	var encoder pmetric.ProtoMarshaler
	return newPusher("OTLP", address, http.Header{"Content-Type": {"application/x-protobuf"}}, func(s *loadtest.Snapshot) ([]byte, error) {
		// A request to export metrics has the same fields as a set of metrics.
		return encoder.MarshalMetrics(otlpMetrics(s))
	})
}

func otlpMetrics(s *loadtest.Snapshot) pmetric.Metrics {
	out := pmetric.NewMetrics()
	resource := out.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "headroom")
	scope := resource.ScopeMetrics().AppendEmpty()
	scope.Scope().SetName("headroom/loadtest")
	at, from := pcommon.NewTimestampFromTime(s.At), pcommon.NewTimestampFromTime(started(s))
	for _, f := range families(s) {
		m := scope.Metrics().AppendEmpty()
		m.SetName(f.name)
		m.SetDescription(f.help)
		m.SetUnit(map[string]string{"seconds": "s", "ratio": "1"}[f.unit])
		switch {
		case f.counter:
			sum := m.SetEmptySum()
			sum.SetIsMonotonic(true)
			sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			addPoints(sum.DataPoints(), f.values, from, at)
		case len(f.values) > 0 && f.values[0].buckets != nil:
			h := m.SetEmptyHistogram()
			h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			for i := range f.values {
				addHistogram(h.DataPoints().AppendEmpty(), &f.values[i], from, at)
			}
		default:
			addPoints(m.SetEmptyGauge().DataPoints(), f.values, from, at)
		}
	}
	return out
}

func addPoints(to pmetric.NumberDataPointSlice, values []value, from, at pcommon.Timestamp) {
	for _, v := range values {
		p := to.AppendEmpty()
		p.SetStartTimestamp(from)
		p.SetTimestamp(at)
		p.SetDoubleValue(v.value)
		putLabels(p.Attributes(), v.labels)
	}
}

// addHistogram turns counts up to each bound into counts between them.
func addHistogram(p pmetric.HistogramDataPoint, v *value, from, at pcommon.Timestamp) {
	p.SetStartTimestamp(from)
	p.SetTimestamp(at)
	p.SetCount(uint64(v.count))
	p.SetSum(v.sum)
	below := int64(0)
	for _, b := range v.buckets {
		p.ExplicitBounds().Append(b.Le)
		p.BucketCounts().Append(uint64(b.Count - below))
		below = b.Count
	}
	p.BucketCounts().Append(uint64(v.count - below))
	putLabels(p.Attributes(), v.labels)
}

func putLabels(to pcommon.Map, labels []label) {
	for _, l := range labels {
		to.PutStr(l.name, l.value)
	}
}
