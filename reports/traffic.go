package reports

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
)

// TrafficJSON writes what a log tells as it is.
func TrafficJSON(w io.Writer, t *measure.Traffic) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(t); err != nil {
		return fmt.Errorf("reports: traffic: %w", err)
	}
	return nil
}

// TrafficText writes what a log tells for a terminal.
func TrafficText(w io.Writer, t *measure.Traffic, s Style) error {
	return Text(w, trafficPage(t), s)
}

// TrafficMarkdown writes it as Markdown.
func TrafficMarkdown(w io.Writer, t *measure.Traffic) error { return Markdown(w, trafficPage(t)) }

// TrafficCSV writes its routes, a line each.
func TrafficCSV(w io.Writer, t *measure.Traffic) error {
	if _, err := fmt.Fprintln(w, "route,requests,share,errors,mean_s,p95_s,p99_s"); err != nil {
		return err
	}
	for _, r := range t.Routes {
		times := ",,"
		if r.Response != nil {
			times = decimal(r.Response.Mean.Value) + "," + decimal(r.Response.P95) + "," + decimal(r.Response.P99)
		}
		if _, err := fmt.Fprintf(w, "%q,%d,%s,%s,%s\n", r.Name, r.Requests, decimal(r.Share), decimal(r.Errors), times); err != nil {
			return err
		}
	}
	return nil
}

// TrafficHTML writes it as one self-contained page with figures.
func TrafficHTML(w io.Writer, t *measure.Traffic, command string) error {
	page, err := template.ParseFS(pageFiles, "page/*.html")
	if err != nil {
		return fmt.Errorf("reports: page template: %w", err)
	}
	p := trafficPage(t)
	v := &pageView{Title: p.Title, Notes: p.Notes, Command: command, Tiles: trafficTiles(t)}
	figures := trafficFigures(t)
	for _, c := range p.chapters() {
		one := chapterView{Sentences: c.sentences, Table: viewOf(c.table)}
		for _, f := range figures[c.title] {
			svg, err := f.svg()
			if err != nil {
				return err
			}
			one.Figures = append(one.Figures, figureView{ID: f.id, Title: f.title, SVG: svg, Caption: f.desc})
		}
		v.Chapters = append(v.Chapters, one)
	}
	if err := page.ExecuteTemplate(w, "report.html", v); err != nil {
		return fmt.Errorf("reports: write HTML: %w", err)
	}
	return nil
}

func trafficTiles(t *measure.Traffic) []tileView {
	out := []tileView{
		{Label: "busy hour", Value: perSecond.text(t.Busy.Rate.Value), Detail: "mean over all " + perSecond.text(t.Rate.Value)},
		{Label: "requests", Value: count(t.Requests), Detail: "in " + howLong(t.Span)},
		{Label: "errors", Value: share.text(t.Errors.Value), Detail: "answered with 5xx"},
	}
	if t.Sessions != nil {
		out = append(out, tileView{Label: "sessions", Value: count(t.Sessions.Count), Detail: "by " + t.Sessions.By})
	}
	return out
}

// Titles of the chapters of a log, by which figures find theirs.
const (
	titleRate     = "Rate"
	titleMix      = "What was asked for"
	titleArrivals = "Arrivals"
	titleSessions = "Sessions"
	titleShape    = "Day and week"
)

func count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

// howLong writes a long time in hours or days.
func howLong(s float64) string {
	switch {
	case s >= 2*86400:
		return fmt.Sprintf("%.1f days", s/86400)
	case s >= 7200:
		return fmt.Sprintf("%.1f h", s/3600)
	case s >= 120:
		return fmt.Sprintf("%.1f min", s/60)
	}
	return seconds.text(s)
}

// trafficPage says what a log tells in chapters.
func trafficPage(t *measure.Traffic) Page {
	const layout = "2006-01-02 15:04:05 -0700"
	p := Page{Title: "Traffic of " + strings.Join(t.Sources, ", ")}
	if r := []rune(p.Title); len(r) > 120 {
		p.Title = string(r[:120]) + "…"
	}
	lines := fmt.Sprintf("%s requests (%s) in %s from %s", count(t.Requests), t.Format, howLong(t.Span), t.Began.Format(layout))
	if t.Bad > 0 {
		lines += fmt.Sprintf("; %s of %s lines could not be read", count(t.Bad), count(t.Lines))
	}
	p.Notes = append(p.Notes, lines)
	for _, c := range t.Caveats {
		p.Notes = append(p.Notes, caveat{Caveat: c}.String())
	}
	busy := t.Began.Add(secondsToDuration(t.Busy.From))
	p.Chapters = append(p.Chapters, Chapter{
		Title: titleRate, Columns: []ChapterColumn{{Head: ""}, {Head: "rate", Numeric: true}, {Head: "from"}, {Head: "for", Numeric: true}},
		Rows: [][]string{
			{"all", perSecond.estimate(t.Rate), t.Began.Format(layout), howLong(t.Span)},
			{"busy hour", perSecond.estimate(t.Busy.Rate), busy.Format(layout), howLong(t.Busy.Span)},
			{"busiest " + howLong(t.Series.Interval), perSecond.text(t.PeakRate), "", ""},
		},
	}, mixChapter(t), statusChapter(t), arrivalsChapter(t))
	if c, ok := sessionsChapter(t.Sessions); ok {
		p.Chapters = append(p.Chapters, c)
	}
	if t.Day != nil {
		p.Chapters = append(p.Chapters, shapeChapter(t))
	}
	return p
}

func mixChapter(t *measure.Traffic) Chapter {
	c := Chapter{Title: titleMix, Columns: []ChapterColumn{{Head: "route"}, {Head: "requests", Numeric: true}, {Head: "share", Numeric: true}, {Head: "5xx", Numeric: true}}}
	timed := slices.ContainsFunc(t.Routes, func(r measure.Route) bool { return r.Response != nil })
	if timed {
		c.Columns = append(c.Columns, ChapterColumn{Head: "mean", Numeric: true}, ChapterColumn{Head: "p95", Numeric: true}, ChapterColumn{Head: "p99", Numeric: true})
	}
	for _, r := range t.Routes {
		name := r.Name
		if r.Merged > 0 {
			name += fmt.Sprintf(", %d routes", r.Merged)
		}
		row := []string{name, count(r.Requests), share.text(r.Share), share.text(r.Errors)}
		if timed && r.Response != nil {
			row = append(row, seconds.text(r.Response.Mean.Value), seconds.text(r.Response.P95), seconds.text(r.Response.P99))
		}
		c.Rows = append(c.Rows, row)
	}
	if p := t.Popularity; p != nil {
		s := fmt.Sprintf("%s different addresses; the most popular one has %s of the requests, the most popular tenth %s", count(int64(p.Keys)), share.text(p.Top), share.text(p.Hot))
		if p.Skew.Known() {
			s += ". Their popularity is a Zipf law of exponent " + number.estimate(p.Skew)
		}
		c.Sentences = append(c.Sentences, s+".")
	}
	return c
}

func statusChapter(t *measure.Traffic) Chapter {
	c := Chapter{Title: "Statuses", Columns: []ChapterColumn{{Head: "status"}, {Head: "requests", Numeric: true}, {Head: "share", Numeric: true}}}
	names := make([]string, 0, len(t.Statuses))
	for s := range t.Statuses {
		names = append(names, s)
	}
	slices.Sort(names)
	for _, s := range names {
		c.Rows = append(c.Rows, []string{s, count(t.Statuses[s]), share.text(float64(t.Statuses[s]) / float64(t.Requests))})
	}
	return c
}

func arrivalsChapter(t *measure.Traffic) Chapter {
	c := Chapter{Title: titleArrivals, Sentences: []string{"In the language of scenarios: " + strings.Trim(t.Arrivals, `"`) + ".", "All of the busy hour. The index of dispersion is variance over mean of the number of requests in a window: 1 of independent people (Poisson), more of bursts."}}
	if g := t.Gaps; g != nil {
		c.Sentences = append(c.Sentences, "Times between arrivals: mean "+seconds.estimate(g.Mean)+", variance over squared mean "+number.estimate(g.SCV)+".")
	}
	if len(t.Dispersion) > 0 {
		c.Columns = []ChapterColumn{{Head: "window", Numeric: true}, {Head: "index of dispersion", Numeric: true}, {Head: "95 %"}}
		for _, d := range t.Dispersion {
			interval := ""
			if d.Index.Uncertain() {
				interval = number.plain(d.Index.Lo) + " to " + number.plain(d.Index.Hi)
			}
			c.Rows = append(c.Rows, []string{seconds.plain(d.Window), number.plain(d.Index.Value), interval})
		}
	}
	return c
}

func sessionsChapter(s *measure.Sessions) (Chapter, bool) {
	if s == nil {
		return Chapter{}, false
	}
	c := Chapter{
		Title:   titleSessions,
		Columns: []ChapterColumn{{Head: ""}, {Head: "mean", Numeric: true}, {Head: "cv", Numeric: true}, {Head: "p50", Numeric: true}, {Head: "p95", Numeric: true}, {Head: "p99", Numeric: true}},
		Sentences: []string{fmt.Sprintf("%s sessions of %s clients, told apart by %s; a pause of %s ends one. %s begin, and %s are under way in the busy hour.",
			count(s.Count), count(s.Clients), s.By, howLong(s.Idle), perSecond.text(s.Rate.Value), number.plain(s.Present))},
	}
	for _, x := range []struct {
		name string
		unit unit
		of   *measure.Spread
	}{{"requests of one", number, s.Length}, {"duration", seconds, s.Duration}, {"think time", seconds, s.Think}} {
		if x.of != nil {
			c.Rows = append(c.Rows, []string{x.name, x.unit.estimate(x.of.Mean), number.plain(x.of.CV), x.unit.text(x.of.P50), x.unit.text(x.of.P95), x.unit.text(x.of.P99)})
		}
	}
	return c, true
}

func shapeChapter(t *measure.Traffic) Chapter {
	c := Chapter{Title: titleShape, Columns: []ChapterColumn{{Head: "hour or day"}, {Head: "mean rate", Numeric: true}, {Head: "of the busy hour", Numeric: true}}}
	add := func(name string, x float64) {
		if !math.IsNaN(x) {
			c.Rows = append(c.Rows, []string{name, perSecond.text(x), share.text(x / t.Busy.Rate.Value)})
		}
	}
	for i, x := range t.Day {
		add(fmt.Sprintf("%02d:00", i), x)
	}
	for i, x := range t.Week {
		add([...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[i], x)
	}
	return c
}
