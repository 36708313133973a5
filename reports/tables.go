package reports

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// beyondMark follows a difference that the intervals do not explain.
const beyondMark = "*"

// comparisonTables are the tables of several results side by side, one for
// each kind of subject.
func comparisonTables(c Comparison, prefix string) []*table {
	titles := map[string]string{kindWorkload: "Workloads", kindService: "Services", kindTopic: "Topics", kindJob: "Jobs"}
	var out []*table
	for _, kind := range []string{kindWorkload, kindService, kindTopic, kindJob} {
		t := &table{id: prefix + kind, title: titles[kind], columns: comparisonColumns(c, kind)}
		last, marked := "", false
		for i := range c.Rows {
			r := &c.Rows[i]
			if r.Kind != kind {
				continue
			}
			t.rows = append(t.rows, comparisonRow(c, r, r.Subject != last))
			last = r.Subject
			for _, d := range r.Differences {
				marked = marked || d.Beyond
			}
		}
		if marked {
			t.foot = beyondMark + " more than the intervals explain"
		}
		if !t.empty() {
			out = append(out, t)
		}
	}
	return out
}

func comparisonColumns(c Comparison, kind string) []column {
	cols := []column{{head: kind}, {head: "figure"}, {head: "unit"}}
	for _, name := range c.Names {
		cols = append(cols, column{head: name, numeric: true})
	}
	for i, name := range c.Names {
		if c.Reference >= 0 && i != c.Reference {
			cols = append(cols, column{head: fmt.Sprintf("%s against %s", name, c.Names[c.Reference]), numeric: true})
		}
	}
	return cols
}

func comparisonRow(c Comparison, r *Row, first bool) row {
	out := row{first: first}
	subject := ""
	if first {
		subject = r.Subject
	}
	sc := r.scale()
	out.cells = append(out.cells, plain(subject), plain(r.Metric), plain(strings.TrimSpace(sc.suffix)))
	for _, e := range r.Values {
		v, pm := r.unit.split(e, sc)
		out.cells = append(out.cells, cell{text: v, pm: pm})
	}
	for i, d := range r.Differences {
		if c.Reference < 0 || i == c.Reference {
			continue
		}
		x := cell{text: r.text(d)}
		if d.Beyond {
			x.pm = beyondMark
			x.span = "more than the intervals explain"
		}
		out.cells = append(out.cells, x)
	}
	return out
}

// estimateCell is a figure with its unit and interval.
func estimateCell(u unit, e measure.Estimate) cell {
	if u.estimate(e) == missing {
		return plain(missing)
	}
	sc := u.scaleFor(e.Value)
	v, pm := u.split(e, sc)
	if pm == "" {
		return plain(v + sc.suffix)
	}
	return cell{text: v, pm: pm + sc.suffix}
}

// resultTables are the tables of one result by itself: a row for each subject.
func resultTables(x *part, m *scenarios.Model, prefix string) []*table {
	n := x.results[0]
	names := x.subjects(m)
	var out []*table
	for _, k := range []struct{ kind, title string }{{kindWorkload, "Workloads"}, {kindService, "Services"}, {kindTopic, "Topics"}, {kindJob, "Jobs"}} {
		t := &table{id: prefix + k.kind, title: k.title, columns: []column{{head: k.kind}}}
		figures := knownFigures(n.Result, k.kind, names[k.kind])
		for _, f := range figures {
			t.columns = append(t.columns, column{head: f.metric, numeric: true, minor: f.minor()})
		}
		for _, subject := range names[k.kind] {
			r := row{first: true, cells: []cell{plain(subject)}}
			for _, f := range figures {
				r.cells = append(r.cells, estimateCell(f.unit, f.get(n.Result, subject)))
			}
			t.rows = append(t.rows, r)
		}
		if len(figures) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// knownFigures leaves out the figures that no subject has.
func knownFigures(r *measure.Result, kind string, subjects []string) []figure {
	var out []figure
	for _, f := range figuresOf(kind) {
		for _, s := range subjects {
			if f.get(r, s).Known() {
				out = append(out, f)
				break
			}
		}
	}
	return out
}

// objectivesTable holds the judgements of every result of a part.
func objectivesTable(x *part, prefix string) *table {
	t := &table{id: prefix + "objectives", title: "Objectives", columns: []column{{head: "subject"}, {head: "figure"}, {head: "limit", numeric: true}}}
	for _, n := range x.results {
		t.columns = append(t.columns, column{head: n.Name, numeric: true}, column{})
	}
	last := ""
	for _, o := range x.objectives() {
		u := metricUnit(o.metric)
		bound := "≤ "
		if o.metric == "throughput" {
			bound = "≥ "
		}
		r := row{first: o.subject != last, cells: []cell{plain(""), plain(o.metric), plain(bound + u.plain(o.limit))}}
		if r.first {
			r.cells[0].text = o.subject
		}
		last = o.subject
		for _, j := range o.judged {
			if j == nil {
				r.cells = append(r.cells, plain(missing), plain(""))
				continue
			}
			m := moodOf(j.Verdict)
			r.cells = append(r.cells, estimateCell(u, j.Value), cell{text: m.symbol() + " " + string(j.Verdict), mood: m})
		}
		t.rows = append(t.rows, r)
	}
	return t
}

// goalsTable is the table of objectives with each verdict beside its figure.
func goalsTable(x *part) *table {
	t := &table{id: "goals", columns: []column{{head: "objective"}, {head: "limit"}}}
	for _, n := range x.results {
		t.columns = append(t.columns, column{head: n.Name, numeric: true})
	}
	for _, o := range x.objectives() {
		u, bound := metricUnit(o.metric), "≤ "
		if o.metric == "throughput" {
			bound = "≥ "
		}
		r := row{first: true, cells: []cell{plain(o.subject), plain(o.metric + " " + bound + u.plain(o.limit))}}
		for _, j := range o.judged {
			if j == nil {
				r.cells = append(r.cells, plain(missing))
				continue
			}
			m := moodOf(j.Verdict)
			r.cells = append(r.cells, cell{text: u.estimate(j.Value), pm: m.symbol(), mood: m, span: string(j.Verdict)})
		}
		t.rows = append(t.rows, r)
	}
	return t
}

// objective is one objective in every result of a part.
type objective struct {
	subject, metric string
	limit           float64
	judged          []*measure.Objective // by result; nil where it has none
}

// objectives collects the judgements of all results, in the order of the first.
func (x *part) objectives() []*objective {
	var out []*objective
	for i, n := range x.results {
		for k := range n.Result.Objectives {
			o := &n.Result.Objectives[k]
			at := find(out, o)
			if at == nil {
				at = &objective{o.Subject, o.Metric, o.Limit, make([]*measure.Objective, len(x.results))}
				out = append(out, at)
			}
			at.judged[i] = o
		}
	}
	return out
}

func find(list []*objective, o *measure.Objective) *objective {
	for _, x := range list {
		if x.subject == o.Subject && x.metric == o.Metric && x.limit == o.Limit {
			return x
		}
	}
	return nil
}

// metricUnit is the unit of what an objective bounds.
func metricUnit(metric string) unit {
	switch metric {
	case "errors", "utilization", "p_wait", "rejected":
		return share
	case "throughput":
		return perSecond
	case "depth":
		return number
	default:
		return seconds
	}
}

func moodOf(v measure.Verdict) mood {
	switch v {
	case measure.Pass:
		return good
	case measure.Fail:
		return bad
	default:
		return doubtful
	}
}
