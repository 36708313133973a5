package profiling

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/profiles/pprof"
	"github.com/headroom/headroom/reports"
)

// Findings is what profiles told, as JSON has it too.
type Findings struct {
	Schema     string              `json:"schema"`
	Demands    []*pprof.Demand     `json:"demands,omitempty"` // one a kind of profile
	Contention []*pprof.Contention `json:"contention,omitempty"`
	Calibrated []pprof.Calibrated  `json:"calibrated,omitempty"`
	Caveats    []measure.Caveat    `json:"caveats,omitempty"` // of the calibration
}

// Schema is the version of the JSON form of [Findings] and of a difference.
const Schema = "headroom/profile/v1"

// Chapters tell the findings, with so many rows of functions and packages.
func (f *Findings) Chapters(top int) []reports.Chapter {
	var out []reports.Chapter
	var caveats []measure.Caveat
	for _, d := range f.Demands {
		out = append(out, demandChapters(d, top)...)
		caveats = append(caveats, d.Caveats...)
	}
	for _, c := range f.Contention {
		out = append(out, contentionChapter(c, top))
		caveats = append(caveats, c.Caveats...)
	}
	if len(f.Calibrated) > 0 {
		out = append(out, calibratedChapter(f.Calibrated))
	}
	return append(out, caveatChapter(append(caveats, f.Caveats...))...)
}

func caveatChapter(caveats []measure.Caveat) []reports.Chapter {
	if len(caveats) == 0 {
		return nil
	}
	c := reports.Chapter{Title: "Caveats"}
	for _, x := range caveats {
		if s := x.What + ": " + x.Effect + "."; !slices.Contains(c.Sentences, s) {
			c.Sentences = append(c.Sentences, s)
		}
	}
	return []reports.Chapter{c}
}

// what is measured, in words.
func what(kind string) string {
	switch kind {
	case "cpu":
		return "processor time"
	case "alloc_space":
		return "bytes allocated"
	case "alloc_objects":
		return "objects allocated"
	case "inuse_space":
		return "bytes held"
	case "inuse_objects":
		return "objects held"
	case "goroutine":
		return "goroutines"
	case "delay":
		return "waiting"
	}
	return kind
}

func per(requested bool) string {
	if requested {
		return " a request"
	}
	return ""
}

// Headline is a sentence for the top of the page.
func Headline(d *pprof.Demand) string {
	s := strings.ToUpper(what(d.Type)[:1]) + what(d.Type)[1:]
	s += per(d.Requested()) + ": " + within(d.Unit, d.Total)
	var from []string
	if d.Requests > 0 {
		from = append(from, reports.Number(d.Requests)+" requests")
	}
	if d.Samples > 0 {
		from = append(from, fmt.Sprintf("%.0f samples", d.Samples))
	}
	from = append(from, plural(d.Captures, "capture"))
	if d.Length > 0 {
		from = append(from, "over "+reports.Seconds(d.Length))
	}
	return s + " (" + strings.Join(from, ", ") + ")"
}

func plural(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

func demandChapters(d *pprof.Demand, top int) []reports.Chapter {
	var out []reports.Chapter
	if len(d.Operations) > 0 && (len(d.Operations) > 1 || d.Operations[0].Name != pprof.Unassigned) {
		out = append(out, operationChapter(d))
	}
	each := what(d.Type) + per(d.Requested())
	classes := reports.Chapter{Title: "Work, garbage collection, runtime", Columns: columns("for", each, "share")}
	for _, p := range d.Classes {
		classes.Rows = append(classes.Rows, []string{p.Name, within(d.Unit, p.Each), reports.Share(p.Share)})
	}
	if d.Type == "cpu" {
		out = append(out, classes)
	}
	return append(out, partChapter("By package", "package", d, d.Packages, top), partChapter("By function", "function", d, d.Functions, top))
}

func columns(heads ...string) []reports.ChapterColumn {
	var out []reports.ChapterColumn
	for i, head := range heads {
		out = append(out, reports.ChapterColumn{Head: strings.TrimPrefix(head, "<"), Numeric: i > 0 && !strings.HasPrefix(head, "<")})
	}
	return out
}

func operationChapter(d *pprof.Demand) reports.Chapter {
	c := reports.Chapter{Title: "By operation"}
	full := false
	for _, p := range d.Operations {
		full = full || p.Full.Known()
	}
	if d.Label != "" {
		c.Sentences = append(c.Sentences, fmt.Sprintf("Told apart by the label %q.", d.Label))
	}
	if !full {
		c.Columns = columns("operation", what(d.Type)+" of all"+per(d.Requested()), "share")
		for _, p := range d.Operations {
			c.Rows = append(c.Rows, []string{p.Name, within(d.Unit, p.Each), reports.Share(p.Share)})
		}
		return c
	}
	c.Sentences = append(c.Sentences, "Of one request of it: its own, and with its share of garbage collection, runtime and what no operation is told of.")
	c.Columns = columns("operation", "its own", "in all", "share")
	for _, p := range d.Operations {
		c.Rows = append(c.Rows, []string{p.Name, within(d.Unit, p.Own), within(d.Unit, p.Full), reports.Share(p.Share)})
	}
	return c
}

func partChapter(title, head string, d *pprof.Demand, parts []pprof.Part, top int) reports.Chapter {
	c := reports.Chapter{Title: title, Columns: columns(head, "itself"+per(d.Requested()), "with what it calls", "share")}
	for i, p := range parts {
		if i >= top || p.Each.Value <= 0 {
			break
		}
		name := Short(p.Name)
		if head == "package" {
			name = p.Name // the last part alone is not unique
		}
		c.Rows = append(c.Rows, []string{name, within(d.Unit, p.Each), amount(d.Unit, p.Cum), reports.Share(p.Share)})
	}
	return c
}

// Short is a name of a function that fits a line: without the path before its
// package, and with the middle left out where even that is long.
func Short(name string) string {
	plain := name
	if i := strings.IndexAny(name, "[({"); i > 0 {
		plain = name[:i]
	}
	name = name[strings.LastIndexByte(plain, '/')+1:]
	if r := []rune(name); len(r) > 56 {
		return string(r[:27]) + "…" + string(r[len(r)-28:])
	}
	return name
}

func contentionChapter(c *pprof.Contention, top int) reports.Chapter {
	title := "Waiting for locks, by who let go of them"
	if c.Kind == pprof.Block {
		title = "Waiting of requests, by who waited"
	}
	requested := c.Requests > 0
	out := reports.Chapter{Title: title, Columns: columns("for", "<at", "<place", "<operation", "waiting"+per(requested), "times"+per(requested), "held each time")}
	for i, s := range c.Sites {
		if i >= top {
			break
		}
		held := "–"
		if s.Hold.Known() {
			held = reports.SecondsWithin(s.Hold)
		}
		under := s.Under
		if under == "" {
			under = "–"
		}
		out.Rows = append(out.Rows, []string{s.What, Short(s.Function), s.Place, under, reports.SecondsWithin(s.Waiting), reports.Number(s.Times), held})
	}
	if len(out.Rows) == 0 {
		out.Sentences = append(out.Sentences, "Nobody waited for anybody.")
	}
	if c.Idle > 0 {
		out.Sentences = append(out.Sentences, reports.Seconds(c.Idle)+" more was waited outside of requests, as workers wait for work.")
	}
	return out
}

func calibratedChapter(all []pprof.Calibrated) reports.Chapter {
	c := reports.Chapter{Title: "For the scenario", Columns: columns("path", "<from", "<to", "95 % of the mean")}
	c.Sentences = []string{"Families and spreads stay as they are: a profile tells means. To try them: headroom solve S" + sets(all)}
	for _, x := range all {
		c.Rows = append(c.Rows, []string{x.Path, x.Before, x.Text, reports.Seconds(x.Lo) + " – " + reports.Seconds(x.Hi)})
	}
	return c
}

// sets are the values as overrides on a command line.
func sets(all []pprof.Calibrated) string {
	var b strings.Builder
	for _, x := range all {
		b.WriteString(" --set '" + x.Path + "=" + x.Text + "'")
	}
	return b.String()
}

// within is an amount with its interval.
func within(unit string, e measure.Estimate) string {
	if unit == "s" || !e.Known() {
		return reports.SecondsWithin(e)
	}
	if !e.Uncertain() {
		return amount(unit, e.Value)
	}
	return fmt.Sprintf("%s (%s – %s)", amount(unit, e.Value), amount(unit, e.Lo), amount(unit, e.Hi))
}

// amount is a figure in the unit that reads best.
func amount(unit string, v float64) string {
	switch unit {
	case "s":
		return reports.Seconds(v)
	case "B":
		a := math.Abs(v)
		for _, x := range []struct {
			least float64
			name  string
		}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
			if a >= x.least {
				return reports.Number(v/x.least) + " " + x.name
			}
		}
		return reports.Number(v) + " B"
	case "1":
		return reports.Number(v)
	}
	return reports.Number(v) + " " + unit
}

// Flame is the flame graph of captures, and of what they are compared with.
func Flame(title, lead string, captures, with []pprof.Capture, value string) (reports.Flame, error) {
	tree, err := pprof.CallTree(captures, with, value)
	if err != nil {
		return reports.Flame{}, err
	}
	f, err := captures[0].Profile.Figures(value)
	if err != nil {
		return reports.Flame{}, err
	}
	requested := true
	for _, c := range append(append([]pprof.Capture(nil), captures...), with...) {
		requested = requested && c.Requests > 0
	}
	out := reports.Flame{Title: title, Lead: lead, Unit: f.Unit, Per: per(requested), Tree: tree}
	if len(with) > 0 {
		out.Against = "before"
	}
	return out, nil
}
