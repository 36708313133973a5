package reports

import (
	"maps"
	"slices"

	"github.com/headroom/headroom/measure"
)

// targetChapters tell of each measured result whose target was watched: what
// it was used, saturated and failed for want of (USE), and what was asked of it
// (RED), as the load saw it and as the target itself counts.
func (p *Page) targetChapters() []Chapter {
	var out []Chapter
	for _, x := range p.parts() {
		for _, n := range x.results {
			if len(n.Result.Target) == 0 {
				continue
			}
			suffix := ""
			if len(p.Results) > 1 {
				suffix = ", " + n.Name
			}
			for _, c := range []Chapter{useChapter(n.Result), redChapter(n.Result)} {
				if len(c.Rows) > 0 {
					c.Title += suffix
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// resourceOrder is the order in which resources are told of.
func resourceOrder() []string {
	return []string{"cpu", "memory", "descriptors", "threads", "disk", "network"}
}

func useChapter(r *measure.Result) Chapter {
	c := Chapter{
		Title:     "Resources of the target: utilization, saturation, errors",
		Sentences: []string{"Over the measured time, as monitors saw it. Saturation is how many threads waited for a resource, or, of memory, the share of time that it stalled."},
		Columns: []ChapterColumn{
			{Head: "target"},
			{Head: "resource"},
			{Head: "use", Numeric: true},
			{Head: "most", Numeric: true},
			{Head: "utilization", Numeric: true},
			{Head: "saturation", Numeric: true},
			{Head: "errors", Numeric: true},
		},
	}
	profiles := ""
	for _, part := range slices.Sorted(maps.Keys(r.Target)) {
		t := r.Target[part]
		if t.Profile != "" {
			profiles += " " + t.Profile
		}
		for _, name := range resourceOrder() {
			x := t.Resources[name]
			if x == nil {
				continue
			}
			c.Rows = append(c.Rows, []string{
				part, name, amount(x.Use, x.Unit), amount(x.Most, x.Unit),
				written(x.Utilization, Share), written(x.Saturation, Number), written(x.Errors, PerSecond),
			})
		}
	}
	if profiles != "" {
		c.Sentences = append(c.Sentences, "CPU profiles of the measured time:"+profiles+".")
	}
	return c
}

func redChapter(r *measure.Result) Chapter {
	c := Chapter{
		Title:     "Requests: rate, errors, duration",
		Sentences: []string{"As the load saw them, from when they were due, and as the target itself counts them."},
		Columns: []ChapterColumn{
			{Head: "seen by"},
			{Head: "requests"},
			{Head: "rate", Numeric: true},
			{Head: "errors", Numeric: true},
			{Head: "mean", Numeric: true},
			{Head: "p50", Numeric: true},
			{Head: "p99", Numeric: true},
		},
	}
	add := func(by, of string, rate, errors, mean, p50, p99 measure.Estimate) {
		c.Rows = append(c.Rows, []string{
			by, of, written(rate, PerSecond), written(errors, Share), written(mean, Seconds), written(p50, Seconds), written(p99, Seconds),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Workloads)) {
		w := r.Workloads[name]
		add("load", name, w.Throughput, w.Failed, timeOf(w.Response, "mean"), timeOf(w.Response, "p50"), timeOf(w.Response, "p99"))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Operations)) {
		o := r.Operations[name]
		add("load", name, o.Throughput, o.Failed, timeOf(o.Response, "mean"), timeOf(o.Response, "p50"), timeOf(o.Response, "p99"))
	}
	for _, part := range slices.Sorted(maps.Keys(r.Target)) {
		requests := r.Target[part].Requests
		for _, name := range slices.Sorted(maps.Keys(requests)) {
			h := requests[name]
			add(part, name, h.Rate, measure.Estimate{}, h.Mean, measure.Estimate{}, h.P99)
		}
	}
	return c
}

// written is the value of an estimate, or the mark for one that is not known.
func written(e measure.Estimate, as func(float64) string) string {
	if !e.Known() {
		return missing
	}
	return as(e.Value)
}

// amount is a value in its unit.
func amount(e measure.Estimate, unit string) string {
	if !e.Known() {
		return missing
	}
	switch unit {
	case "1":
		return Number(e.Value)
	case "B", "B/s":
		return bytesText(e.Value, unit)
	}
	return Number(e.Value) + " " + unit
}

// bytesText writes bytes by powers of 1024, as "1.5 GiB".
func bytesText(v float64, unit string) string {
	prefixes := []string{"", "Ki", "Mi", "Gi", "Ti", "Pi"}
	i := 0
	for v >= 1024 && i < len(prefixes)-1 {
		v /= 1024
		i++
	}
	return Number(v) + " " + prefixes[i] + unit
}
