package cli

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
)

// chaptersOf tells an explanation in words and tables.
func chaptersOf(e *queueing.Explanation) []reports.Chapter {
	out := []reports.Chapter{demandsChapter(e), limitsChapter(e)}
	if len(e.Sensitivities) > 0 {
		out = append(out, sensitivityChapter(e))
	}
	return append(out, methodsChapter(e))
}

// told refuses the formats that have no place for words.
func (a *app) told() error {
	if a.format == "json" || a.format == "csv" {
		return usageError{errors.New("--explain is for people to read: want --format text, markdown or html")}
	}
	return nil
}

func demandsChapter(e *queueing.Explanation) reports.Chapter {
	c := reports.Chapter{
		Title:   "Where the work goes, for one request",
		Columns: columns("workload", "service", "visits>", "core time>", "of the load on its cores>"),
	}
	for _, d := range e.Demands {
		c.Rows = append(c.Rows, []string{d.Workload, d.Service, reports.Number(d.Visits), reports.Seconds(d.CoreTime), reports.Share(d.Share)})
	}
	return c
}

// columns names columns; those that end in > hold figures.
func columns(heads ...string) []reports.ChapterColumn {
	var out []reports.ChapterColumn
	for _, h := range heads {
		name, numeric := strings.CutSuffix(h, ">")
		out = append(out, reports.ChapterColumn{Head: name, Numeric: numeric})
	}
	return out
}

func limitsChapter(e *queueing.Explanation) reports.Chapter {
	c := reports.Chapter{Title: "What is full first", Columns: columns("service", "resource", "in use now>", "full at>")}
	for _, name := range e.Grows {
		c.Columns = append(c.Columns, columns(name+">")...)
	}
	about, batches := false, false
	for _, l := range e.Limits {
		if l.First {
			c.Sentences = append(c.Sentences, bottleneck(l))
		}
		batches = batches || l.Resource == queueing.Partitions && l.Used*l.Factor > 1+felt
		mark := ""
		if l.AtMost {
			mark, about = "≤ ", true
		}
		row := []string{l.Service, string(l.Resource), reports.Share(l.Used), mark + "×" + reports.Number(l.Factor)}
		for _, name := range e.Grows {
			row = append(row, mark+reports.PerSecond(l.Rates[name]))
		}
		c.Rows = append(c.Rows, row)
	}
	if about {
		c.Sentences = append(c.Sentences, "≤: threads are full by then, and sooner where what they call slows down on the way.")
	}
	if batches {
		c.Sentences = append(c.Sentences, "Batches grow with the load, and full ones take less time a message: partitions in use now say little.")
	}
	if len(c.Rows) == 0 {
		c.Sentences = append(c.Sentences, "Nothing is asked of any service.")
	}
	return c
}

// bottleneck says what gives out first, and why.
func bottleneck(l queueing.Limit) string {
	why := "its cores have no time left"
	switch l.Resource {
	case queueing.Threads:
		why = "all its threads are held, by requests that wait or ask other services"
	case queueing.Partitions:
		why = "full batches are in progress on all partitions that it works on"
	case queueing.Cores:
	}
	if l.Factor < 1 {
		return fmt.Sprintf("%s is the bottleneck: at %s of the present load %s.", l.Service, reports.Share(l.Factor), why)
	}
	return fmt.Sprintf("%s is the bottleneck: at %s times the present load %s.", l.Service, reports.Number(l.Factor), why)
}

// felt is the growth of a response time from which on it is told in words.
const felt = 0.005

func sensitivityChapter(e *queueing.Explanation) reports.Chapter {
	c := reports.Chapter{
		Title:   "What matters most",
		Columns: columns("10 % more CPU time in", "what of", "mean>", "p99>", "throughput>"),
	}
	for i, s := range e.Sensitivities {
		if i == 0 {
			c.Sentences = append(c.Sentences, mostSensitive(s))
		}
		if !s.Overload && !shown(s.Mean) && !shown(s.P99) && !shown(s.Throughput) {
			continue
		}
		if s.Overload {
			c.Rows = append(c.Rows, []string{s.Service, s.Subject, "overload", "overload", "–"})
			continue
		}
		c.Rows = append(c.Rows, []string{s.Service, s.Subject, reports.Change(s.Mean), reports.Change(s.P99), reports.Change(s.Throughput)})
	}
	return c
}

// shown reports whether a change is more than 0.0 % when written.
func shown(change float64) bool { return math.Abs(change) >= 0.0005 }

func mostSensitive(s queueing.Sensitivity) string {
	cause := fmt.Sprintf("%s more CPU time in %s", reports.Number(100*s.More)+" %", s.Service)
	switch {
	case s.Overload:
		return cause + " would be more than it can do: the system would not be stable."
	case !math.IsNaN(s.P99) && s.P99 > felt:
		return fmt.Sprintf("%s: p99 of %s %s.", cause, s.Subject, reports.Change(s.P99))
	case !math.IsNaN(s.Mean) && s.Mean > felt:
		return fmt.Sprintf("%s: mean time of %s %s.", cause, s.Subject, reports.Change(s.Mean))
	}
	return "No service matters much: 10 % more CPU time in any of them is hardly felt."
}

func methodsChapter(e *queueing.Explanation) reports.Chapter {
	c := reports.Chapter{Title: "How it was solved", Columns: columns("method", "means", "for", "assumes")}
	for _, m := range e.Methods {
		exact, of := "approximate", "the whole"
		if m.Exact {
			exact = "exact"
		}
		if len(m.Services) > 0 {
			of = strings.Join(m.Services, ", ")
		}
		c.Rows = append(c.Rows, []string{m.Name, exact, of, m.Assumes})
	}
	c.Sentences = append(c.Sentences, exactness(e))
	if len(e.Assumptions) == 0 {
		return c
	}
	first := e.Assumptions[0]
	if !e.Result.Stable {
		return c // what is offered too much is no assumption, and what is left of one matters little
	}
	about := ""
	if first.Where != "" {
		about = " (" + first.Where + ")"
	}
	c.Sentences = append(c.Sentences, fmt.Sprintf("The assumption that matters most: %s%s: %s.", strings.TrimPrefix(first.What, "queueing: "), about, first.Effect))
	if n := len(e.Assumptions) - 1; n > 0 {
		c.Sentences = append(c.Sentences, fmt.Sprintf("The other caveats below (%d) matter less.", n))
	}
	return c
}

// exactness says what is exact, or what is not.
func exactness(e *queueing.Explanation) string {
	switch {
	case len(e.Inexact) == 0 && e.ExactTimes && e.Result.Stable:
		return "Every figure is exact."
	case !e.Result.Stable:
		return "What has a steady state is said as exactly as the methods below."
	case len(e.Inexact) == 0:
		return "Means are exact; percentiles take the visits of one request as independent."
	}
	var reasons []string
	for _, r := range e.Inexact {
		reasons = append(reasons, r.Where+" ("+r.What+")")
	}
	s := "Not exact: " + strings.Join(reasons, ", ") + "."
	if len(e.Assumptions) == 0 {
		s += " It is not felt enough at this load for a caveat."
	}
	return s
}
