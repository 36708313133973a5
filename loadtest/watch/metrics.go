package watch

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

const metricsPath = "/metrics"

// metrics looks at a page of metrics as Prometheus reads them.
type metrics struct {
	client *http.Client
	url    string
	only   []string // patterns of names; nil keeps all
}

// Both forms are read; the older one loses nothing that is wanted here.
const acceptMetrics = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"

func (m *metrics) look(ctx context.Context) ([]sample, error) {
	text, err := fetch(ctx, m.client, m.url, acceptMetrics)
	if err != nil {
		return nil, err
	}
	return readMetrics(text, m.only)
}

// readMetrics returns the figures of a page in the order of their names.
func readMetrics(text []byte, only []string) ([]sample, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(plainText(text)))
	if err != nil {
		return nil, fmt.Errorf("not a page of metrics: %w", err)
	}
	var out []sample
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if !selected(name, only) {
			continue
		}
		for _, one := range families[name].GetMetric() {
			out = appendMetric(out, families[name], one)
		}
	}
	return out, nil
}

func selected(name string, only []string) bool {
	if only == nil {
		return true
	}
	return slices.ContainsFunc(only, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

func appendMetric(out []sample, family *dto.MetricFamily, m *dto.Metric) []sample {
	name := family.GetName()
	labels := m.GetLabel()
	add := func(suffix string, kind Kind, unit string, value float64) {
		out = append(out, sample{Column{Name: name + suffix + labelsOf(labels, "", ""), Kind: kind, Unit: unit}, value})
	}
	switch {
	case m.GetCounter() != nil:
		add("", Counter, rateUnit(name), m.GetCounter().GetValue())
	case m.GetGauge() != nil:
		add("", Gauge, unitOf(name), m.GetGauge().GetValue())
	case m.GetUntyped() != nil:
		kind, unit := Gauge, unitOf(name)
		if strings.HasSuffix(name, "_total") { // counters of OpenMetrics, and of who forgot to say
			kind, unit = Counter, rateUnit(name)
		}
		add("", kind, unit, m.GetUntyped().GetValue())
	case m.GetSummary() != nil:
		s := m.GetSummary()
		add("_count", Counter, "1/s", float64(s.GetSampleCount()))
		add("_sum", Counter, rateUnit(name), s.GetSampleSum())
		for _, q := range s.GetQuantile() {
			at := labelsOf(labels, "quantile", strconv.FormatFloat(q.GetQuantile(), 'g', -1, 64))
			out = append(out, sample{Column{Name: name + at, Kind: Gauge, Unit: unitOf(name)}, q.GetValue()})
		}
	case m.GetHistogram() != nil:
		out = appendHistogram(out, name, labels, m.GetHistogram())
	}
	return out
}

func appendHistogram(out []sample, name string, labels []*dto.LabelPair, h *dto.Histogram) []sample {
	plain := labelsOf(labels, "", "")
	out = append(
		out,
		sample{Column{Name: name + "_count" + plain, Kind: Counter, Unit: "1/s"}, float64(h.GetSampleCount())},
		sample{Column{Name: name + "_sum" + plain, Kind: Counter, Unit: rateUnit(name)}, h.GetSampleSum()},
	)
	for _, b := range h.GetBucket() {
		bound := b.GetUpperBound()
		c := Column{
			Name: name + "_bucket" + labelsOf(labels, "le", strconv.FormatFloat(bound, 'g', -1, 64)),
			Kind: Bucket, Of: name + plain, Unit: unitOf(name),
		}
		if !math.IsInf(bound, 1) {
			c.Le = bound
		}
		out = append(out, sample{c, float64(b.GetCumulativeCount())})
	}
	return out
}

// labelsOf writes labels as Prometheus does, with one more where it has a name.
func labelsOf(labels []*dto.LabelPair, name, value string) string {
	var parts []string
	for _, l := range labels {
		parts = append(parts, l.GetName()+"="+strconv.Quote(l.GetValue()))
	}
	slices.Sort(parts)
	if name != "" {
		parts = append(parts, name+"="+strconv.Quote(value))
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// unitOf reads the unit that the name of a metric ends in, by the conventions
// of Prometheus.
func unitOf(name string) string {
	name = strings.TrimSuffix(name, "_total")
	for suffix, unit := range map[string]string{"_seconds": "s", "_bytes": "B", "_ratio": "1"} {
		if strings.HasSuffix(name, suffix) {
			return unit
		}
	}
	return ""
}

// rateUnit is the unit of the rate of a counter.
func rateUnit(name string) string {
	switch unitOf(name) {
	case "s":
		return "1" // seconds in a second
	case "B":
		return "B/s"
	}
	return "1/s"
}
