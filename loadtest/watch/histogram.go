package watch

import (
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
)

// histogram is a classic histogram of Prometheus among the figures of a monitor.
type histogram struct {
	*tracks
	name       string // with its labels
	unit       string
	count, sum int   // columns
	buckets    []int // columns, by rising bound
}

// histograms finds those of a monitor.
func (t *tracks) histograms() []histogram {
	var out []histogram
	at := map[string]int{}
	names := map[string]int{}
	for i := range t.columns {
		names[t.columns[i].Name] = i
	}
	for i := range t.columns {
		c := &t.columns[i]
		if c.Kind != Bucket {
			continue
		}
		j, known := at[c.Of]
		if !known {
			name, labels := c.Of, ""
			if brace := strings.IndexByte(c.Of, '{'); brace >= 0 {
				name, labels = c.Of[:brace], c.Of[brace:]
			}
			count, ok := names[name+"_count"+labels]
			sum, ok2 := names[name+"_sum"+labels]
			if !ok || !ok2 {
				continue // there was no room for one of them
			}
			j = len(out)
			at[c.Of] = j
			out = append(out, histogram{tracks: t, name: c.Of, unit: c.Unit, count: count, sum: sum})
		}
		out[j].buckets = append(out[j].buckets, i)
	}
	return out
}

func (h histogram) meanOver(from, to float64) float64 {
	n := h.rise(h.count, from, to)
	if !(n > 0) {
		return math.NaN()
	}
	return h.rise(h.sum, from, to) / n
}

// quantile interpolates between the bounds of the bucket that it falls into,
// as histogram_quantile of Prometheus does: values are taken to be spread
// evenly over their bucket; one beyond the last bound is taken for it.
func (h histogram) quantile(p, from, to float64) float64 {
	n := h.rise(h.count, from, to)
	if !(n > 0) {
		return math.NaN()
	}
	want, below, lower := p*n, 0.0, 0.0
	for _, b := range h.buckets {
		le := h.columns[b].Le
		if le == 0 { // no bound
			break
		}
		upTo := h.rise(b, from, to)
		if upTo >= want && upTo > below {
			return lower + (le-lower)*(want-below)/(upTo-below)
		}
		below, lower = max(upTo, below), le
	}
	if lower == 0 {
		return math.NaN()
	}
	return lower
}

// fillRequests tells of each histogram of durations as of requests.
func fillRequests(target *measure.Target, t *tracks, scale Scale) {
	for _, h := range t.histograms() {
		if h.unit != "s" || !(h.rise(h.count, 0, scale.Span) > 0) {
			continue
		}
		if target.Requests == nil {
			target.Requests = map[string]*measure.Handled{}
		}
		target.Requests[h.name] = &measure.Handled{
			Rate: known(t.over(h.count, 0, scale.Span)),
			Mean: known(h.meanOver(0, scale.Span)),
			P99:  known(h.quantile(0.99, 0, scale.Span)),
		}
	}
}

// known is an estimate of a figure, absent where there is none.
func known(x float64) measure.Estimate {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return measure.Estimate{}
	}
	return measure.Exactly(x)
}
