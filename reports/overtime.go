package reports

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// mostRows is how many rows the series of a workload has in a table.
const mostRows = 20

// OverTime is what a result says of how things changed over time: a table for
// each workload, and one of the recoveries; none for a result without series.
// Names are in the order of the model, where one is given.
func OverTime(m *scenarios.Model, r *measure.Result) []Chapter {
	if r == nil || r.Series == nil || !(r.Series.Interval > 0) || r.Test == nil {
		return nil
	}
	var test *scenarios.Test
	if m != nil {
		test, _ = m.TestByName(r.Test.Name)
	}
	var out []Chapter
	for _, name := range workloadNames(m, r) {
		if c, ok := overTimeOf(name, r.Series, test); ok {
			out = append(out, c)
		}
	}
	return append(out, recoveryChapter(r.Test)...)
}

func workloadNames(m *scenarios.Model, r *measure.Result) []string {
	var out []string
	if m == nil {
		return slices.Sorted(maps.Keys(r.Series.Workloads))
	}
	for i := range m.Workloads {
		if _, ok := r.Series.Workloads[m.Workloads[i].Name]; ok {
			out = append(out, m.Workloads[i].Name)
		}
	}
	return out
}

func overTimeOf(name string, s *measure.Series, test *scenarios.Test) (Chapter, bool) {
	w := s.Workloads[name]
	n := max(len(w.Throughput), len(w.InSystem), len(w.Mean))
	if n == 0 {
		return Chapter{}, false
	}
	group := 1 + (n-1)/mostRows
	c := Chapter{Title: name + " over time", Columns: []ChapterColumn{{Head: "time"}}}
	if test != nil {
		c.Columns = append(c.Columns, ChapterColumn{Head: "load", Numeric: true})
	}
	type col struct {
		head string
		v    measure.Values
		u    unit
		name string
	}
	cols := []col{
		{"offered", w.Offered, perSecond, "offered"},
		{"throughput", w.Throughput, perSecond, "throughput"},
		{"mean", w.Mean, seconds, "mean"},
		{"p99", w.P99, seconds, "p99"},
		{"in system", w.InSystem, number, "in_system"},
		{"failed", w.Failed, share, "failed"},
	}
	var kept []col
	for _, x := range cols {
		if !allUnknown(x.v) && (x.head != "failed" || !allZero(x.v)) {
			kept = append(kept, x)
			c.Columns = append(c.Columns, ChapterColumn{Head: x.head, Numeric: true})
		}
	}
	for from := 0; from < n; from += group {
		to := min(from+group, n)
		row := []string{Seconds(s.Start+float64(from)*s.Interval) + " – " + Seconds(s.Start+float64(to)*s.Interval)}
		if test != nil {
			row = append(row, fmt.Sprintf("x%.3g", test.Factor(s.Start+float64(from+to)/2*s.Interval)))
		}
		for _, x := range kept {
			row = append(row, stretch(x.v, w.Bands[x.name], from, to, x.u))
		}
		c.Rows = append(c.Rows, row)
	}
	if group > 1 {
		c.Sentences = append(c.Sentences, fmt.Sprintf("Each row is the mean of %d intervals of %s; --format json has them all%s.", group, Seconds(s.Interval), map[bool]string{true: ", with their bands"}[len(w.Bands) > 0]))
	}
	return c, true
}

// stretch is the mean of some values; one alone comes with its band.
func stretch(v measure.Values, b measure.Band, from, to int, u unit) string {
	if to-from == 1 && from < len(v) && from < len(b.Lo) && !math.IsNaN(b.Lo[from]) {
		return u.estimate(measure.Between(v[from], b.Lo[from], b.Hi[from], 0.95))
	}
	sum, n := 0.0, 0.0
	for i := from; i < min(to, len(v)); i++ {
		if !math.IsNaN(v[i]) {
			sum += v[i]
			n++
		}
	}
	if n == 0 {
		return missing
	}
	return u.text(sum / n)
}

func allUnknown(v measure.Values) bool {
	for _, x := range v {
		if !math.IsNaN(x) {
			return false
		}
	}
	return true
}

func allZero(v measure.Values) bool {
	for _, x := range v {
		if !math.IsNaN(x) && x != 0 {
			return false
		}
	}
	return true
}

func recoveryChapter(t *measure.Test) []Chapter {
	if len(t.Recovery) == 0 {
		return nil
	}
	c := Chapter{
		Title:     "Recovery",
		Sentences: []string{"From the end of the disturbance until the mean response time stays below the bound."},
		Columns: []ChapterColumn{
			{Head: "workload"},
			{Head: "after"},
			{Head: "ended at", Numeric: true},
			{Head: "usual mean", Numeric: true},
			{Head: "bound", Numeric: true},
			{Head: "most in system", Numeric: true},
			{Head: "recovered in", Numeric: true},
		},
	}
	for _, x := range t.Recovery {
		time := "not recovered"
		if x.Time.Known() {
			time = seconds.estimate(x.Time)
		}
		if x.Recovered < 1 && x.Recovered > 0 {
			time += fmt.Sprintf(" (%s of the runs)", Share(x.Recovered))
		}
		c.Rows = append(c.Rows, []string{
			x.Workload, x.After, Seconds(x.Ended), Seconds(x.Usual), Seconds(x.Bound), number.estimate(x.Worst), time,
		})
	}
	return []Chapter{c}
}
