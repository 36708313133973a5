package reports

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
)

// accuracy is the table of errors of prediction: how far each prediction is from
// what was measured, or without a measurement how far formulas are from the
// simulation.
func (v *pageView) accuracy(p *Page, x *part) {
	truth := x.byMethod(measure.LoadTest)
	if truth < 0 {
		truth = x.byMethod(measure.Simulation)
	}
	if truth < 0 || len(x.results) < 2 {
		return
	}
	metrics := []string{"mean", "p50", "p90", "p95", "p99"}
	t := &table{id: "errors", columns: []column{{head: "workload"}, {head: "prediction"}}}
	for _, m := range metrics {
		t.columns = append(t.columns, column{head: m, numeric: true})
	}
	names := x.subjects(p.Model)
	for _, kind := range []string{kindWorkload, kindTopic} {
		for _, subject := range names[kind] {
			x.errorRows(t, p.tolerance(), truth, subject, kind, metrics)
		}
	}
	if t.empty() {
		return
	}
	tol := p.tolerance()
	t.caption = fmt.Sprintf("(prediction − %s) / %s. ✓ within %s for the mean and the median, %s for tails; ? within twice that; ✗ beyond.",
		x.results[truth].Name, x.results[truth].Name, share.plain(tol.Mean), share.plain(tol.Tail))
	tv := viewOf(t)
	v.Errors = &tv
}

func (x *part) errorRows(t *table, tol Tolerance, truth int, subject, kind string, metrics []string) {
	first := true
	for i, n := range x.results {
		if i == truth || n.Result.Kind != measure.Prediction {
			continue
		}
		r := row{first: first, cells: []cell{plain(""), plain(n.Name)}}
		if first {
			r.cells[0].text = subject
		}
		known := false
		for _, m := range metrics {
			a, b := timeOf(timesOf(n.Result, kind, subject), m), timeOf(timesOf(x.results[truth].Result, kind, subject), m)
			d, ok := off(a, b)
			if !ok {
				r.cells = append(r.cells, plain(missing))
				continue
			}
			known = true
			bound := tol.Tail
			if m == "mean" || m == "p50" {
				bound = tol.Mean
			}
			mark := within(d, bound)
			r.cells = append(r.cells, cell{text: percent(math.Copysign(d, a.Value-b.Value)), pm: mark.symbol(), mood: mark, span: mark.words()})
		}
		if known {
			t.rows = append(t.rows, r)
			first = false
		}
	}
}

// within is the mood of a difference of size d against what is tolerated.
func within(d, bound float64) mood {
	const slack = 1 + 1e-9 // a difference of 10 % is within 10 %, rounded or not
	switch {
	case d <= bound*slack:
		return good
	case d <= 2*bound*slack:
		return doubtful
	default:
		return bad
	}
}

// words is the mood for those who hear the page.
func (m mood) words() string {
	return [...]string{"", "within tolerance", "within twice the tolerance", "beyond tolerance"}[m]
}

// timesOf is the response time of a workload, or the delay of a topic.
func timesOf(r *measure.Result, kind, subject string) *measure.Times {
	if kind == kindTopic {
		return delayOf(r, subject)
	}
	return responseOf(r, subject)
}
