package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// document is a page as every renderer reads it: what to say, in which order.
type document struct {
	title    string
	lines    []sentence // the verdict
	notes    []string
	sections []section
	chapters []chapter
	caveats  []caveat
}

// section is one part of the system.
type section struct {
	title  string   // empty where the page is about one part only
	runs   []string // one line for each result: how it was made
	tables []*table
}

// caveat is a reservation, and the results that make it.
type caveat struct {
	measure.Caveat
	of []string
}

func (c caveat) String() string {
	s := c.What
	if c.Where != "" {
		s += " (" + c.Where + ")"
	}
	if c.Effect != "" {
		s += ": " + c.Effect
	}
	return s
}

func (p *Page) document() *document {
	parts := p.parts()
	d := &document{title: p.title(), lines: p.verdict(parts), notes: p.notes(parts), chapters: p.chapters(), caveats: caveatsOf(parts)}
	main := mainPart(parts)
	for i, x := range parts {
		s := section{tables: x.tables(p.Model, fmt.Sprintf("part%d-", i), x != main)}
		for _, n := range x.results {
			s.runs = append(s.runs, runLine(n))
		}
		if len(parts) > 1 {
			s.title = strings.ToUpper(x.label()[:1]) + x.label()[1:]
		}
		d.sections = append(d.sections, s)
	}
	return d
}

// verdict is what a reader must know first.
func (p *Page) verdict(parts []*part) []sentence {
	if len(p.Answer) > 0 {
		var out []sentence
		for _, text := range p.Answer {
			out = append(out, sentence{text: text})
		}
		return out
	}
	if len(parts) == 0 {
		return nil // there is nothing to judge
	}
	out := p.holds(parts)
	if t := p.trustOf(parts); t != nil {
		out = append(out, t.sentences()...)
	}
	return out
}

func (p *Page) notes(parts []*part) []string {
	out := slices.Clone(p.Notes)
	if !p.Variants {
		out = append(out, mixed(parts)...)
	}
	for _, x := range parts {
		for _, n := range x.results {
			if n.Result.Interrupted {
				out = append(out, n.Name+" was interrupted: it shows what was known until then.")
			}
		}
	}
	return out
}

// mainPart is the part that is known in most ways; its tables are in full.
func mainPart(parts []*part) *part {
	var main *part
	for _, x := range parts {
		if main == nil || len(x.results) > len(main.results) {
			main = x
		}
	}
	return main
}

// tables are those of one part: its objectives, and its comparison or the
// figures of its one result. In brief they hold the figures that matter most.
func (x *part) tables(m *scenarios.Model, prefix string, brief bool) []*table {
	var out []*table
	if o := objectivesTable(x, prefix); !o.empty() {
		out = append(out, o)
	}
	if len(x.results) == 1 {
		return append(out, resultTables(x, m, prefix)...)
	}
	c := x.compare(m)
	if brief {
		c.Rows = slices.DeleteFunc(c.Rows, func(r Row) bool { return !r.matters() })
	}
	return append(out, comparisonTables(c, prefix)...)
}

// matters picks the figures that a part is known by.
func (r *Row) matters() bool {
	switch r.Kind {
	case kindWorkload:
		return r.Metric == "throughput" || r.Metric == "mean" || r.Metric == "p99"
	case kindService:
		return r.Metric == "utilization"
	default:
		return r.Metric == "delay mean" || r.Metric == "delay p99"
	}
}

// mixed warns of a comparison of results that are not of the same scenario.
func mixed(parts []*part) []string {
	for _, x := range parts {
		digest := ""
		for _, n := range x.results {
			switch d := n.Result.Scenario.SHA256; {
			case d == "":
			case digest == "":
				digest = d
			case d != digest:
				return []string{"The results are not of the same scenario: their digests differ."}
			}
		}
	}
	return nil
}

func caveatsOf(parts []*part) []caveat {
	var out []caveat
	at := map[measure.Caveat]int{}
	for _, x := range parts {
		for _, n := range x.results {
			for _, c := range n.Result.Caveats {
				i, seen := at[c]
				if !seen {
					i = len(out)
					at[c] = i
					out = append(out, caveat{Caveat: c})
				}
				if of := out[i].of; len(of) == 0 || of[len(of)-1] != n.Name {
					out[i].of = append(out[i].of, n.Name)
				}
			}
		}
	}
	return out
}

// runLine says how a result was made, in a line.
func runLine(n Named) string {
	r := n.Result
	var words []string
	each := ""
	if r.Run.Replications > 1 {
		each = " each"
		words = append(words, fmt.Sprintf("%d replications", r.Run.Replications))
	}
	if r.Run.Requests > 0 {
		words = append(words, number.text(float64(r.Run.Requests))+" requests")
	}
	if r.Run.Duration > 0 {
		words = append(words, seconds.plain(r.Run.Duration)+each)
	}
	if r.Run.Warmup > 0 {
		words = append(words, "after "+seconds.plain(r.Run.Warmup)+" of warm-up")
	}
	if r.Method != measure.Analytic {
		words = append(words, fmt.Sprintf("seed %d", r.Run.Seed))
	}
	if r.Run.Target != "" {
		words = append(words, "on "+r.Run.Target)
	}
	line := n.Name
	if r.Run.Detail != "" {
		line += ": " + r.Run.Detail
	}
	if len(words) > 0 {
		line += " (" + strings.Join(words, ", ") + ")"
	}
	return line
}
