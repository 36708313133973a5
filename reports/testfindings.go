package reports

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// TestFindings is what tests found, of each result: the answer to the question
// of a test of its kind, and the figures that it rests on.
func TestFindings(results []Named) []Chapter {
	answers := Chapter{Title: "What the test asks", Columns: []ChapterColumn{{Head: "result"}, {Head: "test"}, {Head: "verdict"}, {Head: "answer"}}}
	out := []Chapter{}
	for _, n := range results {
		t := n.Result.Test
		if t == nil {
			continue
		}
		if t.Answer != "" {
			answers.Rows = append(answers.Rows, []string{n.Name, t.Kind + " " + t.Name, string(t.Verdict), t.Answer})
		}
		for _, c := range []Chapter{levelsChapter(n.Name, t), scalingChapter(n.Name, t), driftChapter(n.Name, t), burstChapter(n.Name, t)} {
			if len(c.Rows) > 0 {
				out = append(out, c)
			}
		}
	}
	if len(answers.Rows) == 0 {
		return out
	}
	return append([]Chapter{answers}, out...)
}

func levelsChapter(name string, t *measure.Test) Chapter {
	c := Chapter{Title: "Levels of the load, " + name, Columns: []ChapterColumn{
		{Head: "workload"},
		{Head: "load", Numeric: true},
		{Head: "offered", Numeric: true},
		{Head: "throughput", Numeric: true},
		{Head: "mean", Numeric: true},
		{Head: "p99", Numeric: true},
		{Head: "in system", Numeric: true},
		{Head: "failed", Numeric: true},
	}}
	judged := false
	for _, l := range t.Levels {
		judged = judged || l.Verdict != ""
	}
	if judged {
		c.Columns = append(c.Columns, ChapterColumn{Head: "holds"})
	}
	for _, l := range t.Levels {
		row := []string{
			l.Workload, fmt.Sprintf("x%.4g", l.Load), known(perSecond, l.Offered), known(perSecond, l.Throughput),
			known(seconds, l.Mean), known(seconds, l.P99), known(number, l.InSystem), known(share, l.Failed),
		}
		if judged {
			holds := "yes"
			if l.Verdict != measure.Pass {
				holds = "no: " + l.Why
			}
			row = append(row, holds)
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func scalingChapter(name string, t *measure.Test) Chapter {
	c := Chapter{Title: "Scaling, " + name, Columns: []ChapterColumn{
		{Head: "workload"},
		{Head: "all answered up to", Numeric: true},
		{Head: "knee", Numeric: true},
		{Head: "contention", Numeric: true},
		{Head: "coherency", Numeric: true},
		{Head: "peak", Numeric: true},
		{Head: "in progress there", Numeric: true},
	}}
	for _, s := range t.Scaling {
		c.Rows = append(c.Rows, []string{
			s.Workload, fmt.Sprintf("x%.4g", s.Limit), fmt.Sprintf("x%.4g", s.Knee), known(number, s.Contention),
			known(number, s.Coherency), known(perSecond, s.PeakThroughput), known(number, s.Peak),
		})
	}
	return c
}

func driftChapter(name string, t *measure.Test) Chapter {
	c := Chapter{
		Title: "Drift, " + name, Sentences: []string{"Changes over the whole test, in the units of the result (s, 1/s, 1 or B)."},
		Columns: []ChapterColumn{{Head: "figure"}, {Head: "median", Numeric: true}, {Head: "change", Numeric: true}, {Head: "by chance", Numeric: true}, {Head: "drifts"}},
	}
	for _, d := range t.Drift {
		drifts := "no"
		if d.Drifts {
			drifts = "yes"
		}
		c.Rows = append(c.Rows, []string{
			d.What, fmt.Sprintf("%.3g", d.Level), fmt.Sprintf("%+.3g (%+.3g to %+.3g)", d.Change.Value, d.Change.Lo, d.Change.Hi), fmt.Sprintf("%.2g", d.P), drifts,
		})
	}
	return c
}

func burstChapter(name string, t *measure.Test) Chapter {
	c := Chapter{Title: "Disturbances, " + name, Columns: []ChapterColumn{
		{Head: "workload"},
		{Head: "after"},
		{Head: "usual mean", Numeric: true},
		{Head: "slowest mean", Numeric: true},
		{Head: "requests lost", Numeric: true},
		{Head: "recovered in", Numeric: true},
	}}
	for _, x := range t.Recovery {
		time := "not recovered"
		if x.Time.Known() {
			time = seconds.estimate(x.Time)
		}
		c.Rows = append(c.Rows, []string{x.Workload, x.After, Seconds(x.Usual), known(seconds, x.Slowest), known(number, x.Lost), time})
	}
	return c
}

// known writes an estimate, or that there is none.
func known(u unit, e measure.Estimate) string {
	if !e.Known() {
		return missing
	}
	return u.estimate(e)
}
