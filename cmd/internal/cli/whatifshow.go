package cli

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/capacity"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
)

const (
	mostTableRows = 60
	mostCurves    = 6 // lines of one metric in a picture
)

type pointJSON struct {
	Values     map[string]string           `json:"values"`
	Figures    map[string]measure.Estimate `json:"figures,omitempty"`
	Stable     bool                        `json:"stable"`
	Bottleneck string                      `json:"bottleneck,omitempty"`
	Bears      float64                     `json:"bears,omitempty"`
	Cost       float64                     `json:"cost"`
	Verdict    measure.Verdict             `json:"verdict,omitempty"`
	Broken     []string                    `json:"broken,omitempty"`
	Undecided  []string                    `json:"undecided,omitempty"`
	Error      string                      `json:"error,omitempty"`
}

// tableStudy is a sweep as a page and as data.
func tableStudy(t *capacity.Table) study {
	holes := t.Design.Holes()
	head := []string{"point"}
	for _, h := range holes {
		head = append(head, h.Name)
	}
	for _, m := range t.Metrics {
		head = append(head, m.String())
		if t.Method == measure.Simulation {
			head = append(head, m.String()+" lo", m.String()+" hi")
		}
	}
	s := study{rows: [][]string{append(head, "stable", "bottleneck", "bears", "cost", "verdict", "broken", "error")}}
	var points []pointJSON
	for i := range t.Points {
		p := &t.Points[i]
		x := pointJSON{Values: map[string]string{}, Figures: map[string]measure.Estimate{}, Stable: p.Stable, Bottleneck: p.Bottleneck, Bears: p.Bears, Cost: p.Cost, Verdict: p.Verdict, Broken: p.Broken, Undecided: p.Undecided, Error: p.Error}
		row := []string{strconv.Itoa(p.Index)}
		for k, v := range t.Design.At(p.Index) {
			x.Values[holes[k].Name] = v.Text
			row = append(row, v.Text)
		}
		for k, m := range t.Metrics {
			e := p.Figures[k]
			if e.Known() {
				x.Figures[m.String()] = e
			}
			row = append(row, cell(e, e.Value))
			if t.Method == measure.Simulation {
				row = append(row, cell(e, e.Lo), cell(e, e.Hi))
			}
		}
		points = append(points, x)
		s.rows = append(s.rows, append(row, strconv.FormatBool(p.Stable), p.Bottleneck, reports.FormatValue(p.Bears), reports.FormatValue(p.Cost), string(p.Verdict), strings.Join(p.Broken, " "), p.Error))
	}
	s.data = map[string]any{"schema": "headroom/whatif/v1", "scenario": t.Name, "method": t.Method, "points": points, "interrupted": t.Interrupted, "caveats": t.Caveats}
	s.page = reports.Page{Title: "What if: " + t.Name, Answer: sweepAnswer(t), Chapters: []reports.Chapter{sweepChapter(t)}}
	for _, c := range t.Caveats {
		s.page.Notes = append(s.page.Notes, "The solver says: "+c.What+atPlace(c.Where)+": "+c.Effect)
	}
	return s
}

func atPlace(where string) string {
	if where == "" {
		return ""
	}
	return " (" + where + ")"
}

func cell(e measure.Estimate, v float64) string {
	if !e.Known() {
		return ""
	}
	return reports.FormatValue(v)
}

// sweepAnswer says in sentences what was found.
func sweepAnswer(t *capacity.Table) []string {
	failed, unstable, pass := 0, 0, 0
	var cheapest *capacity.Point
	for i := range t.Points {
		p := &t.Points[i]
		switch {
		case p.Error != "":
			failed++
		case !p.Stable:
			unstable++
		}
		if p.Verdict == measure.Pass {
			pass++
			if cheapest == nil || p.Cost < cheapest.Cost {
				cheapest = p
			}
		}
	}
	how := "solved"
	if t.Method == measure.Simulation {
		how = "simulated with common random numbers"
	}
	text := fmt.Sprintf("%d points %s", len(t.Points), how)
	if t.Kept > 0 {
		text += fmt.Sprintf(", %d of them before", t.Kept)
	}
	if unstable > 0 {
		text += fmt.Sprintf("; at %d the system is not stable", unstable)
	}
	if failed > 0 {
		text += fmt.Sprintf("; at %d there is no answer", failed)
	}
	out := []string{text + "."}
	if len(t.Model.Objectives) > 0 {
		text := fmt.Sprintf("%d of %d points meet all objectives", pass, len(t.Points))
		if cheapest != nil {
			var words []string
			for k, v := range t.Design.At(cheapest.Index) {
				words = append(words, t.Design.Holes()[k].Name+" "+v.Text)
			}
			text += fmt.Sprintf("; the cheapest of them, at a cost of %s, is %s", reports.Number(cheapest.Cost), strings.Join(words, ", "))
		}
		out = append(out, text+".")
	}
	return out
}

// sweepChapter is the table and the pictures.
func sweepChapter(t *capacity.Table) reports.Chapter {
	c := reports.Chapter{Title: "Points", Pictures: sweepPictures(t)}
	for _, h := range t.Design.Holes() {
		c.Columns = append(c.Columns, reports.ChapterColumn{Head: h.Name, Numeric: true})
	}
	shown := shownMetrics(t)
	for _, k := range shown {
		c.Columns = append(c.Columns, reports.ChapterColumn{Head: t.Metrics[k].String(), Numeric: true})
	}
	c.Columns = append(c.Columns, reports.ChapterColumn{Head: "full first"}, reports.ChapterColumn{Head: "at", Numeric: true}, reports.ChapterColumn{Head: "objectives"})
	every := 1 + (len(t.Points)-1)/mostTableRows
	if every > 1 {
		c.Sentences = append(c.Sentences, fmt.Sprintf("Every %d. of %d points; --out with .csv or .json has them all.", every, len(t.Points)))
	}
	for i := 0; i < len(t.Points); i += every {
		p := &t.Points[i]
		var row []string
		for _, v := range t.Design.At(p.Index) {
			row = append(row, v.Text)
		}
		for _, k := range shown {
			m, e := t.Metrics[k], p.Figures[k]
			v := math.NaN()
			if e.Known() {
				v = e.Value
			}
			row = append(row, figureText(m.Unit(), m.Name, v))
		}
		judged := map[measure.Verdict]string{measure.Pass: "✓", measure.Undecided: "? " + strings.Join(p.Undecided, " "), measure.Fail: "✗ " + strings.Join(p.Broken, " "), "": "–"}[p.Verdict]
		switch {
		case p.Error != "":
			judged = p.Error
		case !p.Stable:
			judged = strings.TrimSuffix("✗ not stable, "+strings.Join(p.Broken, " "), ", ")
		}
		at := "–"
		if p.Bears > 0 {
			at = many(p.Bears)
		}
		c.Rows = append(c.Rows, append(row, p.Bottleneck, at, judged))
	}
	return c
}

// shownMetrics are those that the table has room for: what was asked for, or
// objectives and response times.
func shownMetrics(t *capacity.Table) []int {
	const room = 5
	var out []int
	for pass := range 3 {
		for k, m := range t.Metrics {
			fits := pass == 0 && !math.IsNaN(m.Limit) || pass == 1 && math.IsNaN(m.Limit) && m.Name != "utilization" || pass == 2 && m.Name == "utilization" && math.IsNaN(m.Limit)
			if fits && len(out) < room {
				out = append(out, k)
			}
		}
	}
	slices.Sort(out)
	return out
}

// sweepPictures are curves over a parameter with numbers, and a map of two.
func sweepPictures(t *capacity.Table) []reports.Picture {
	holes := t.Design.Holes()
	if t.Design.Sample > 0 || len(holes) == 0 || len(t.Points) < 2 {
		return nil
	}
	x := -1
	for k, h := range holes {
		if len(h.Texts) > 1 && !slices.ContainsFunc(h.Values, math.IsNaN) && (x < 0 || len(h.Texts) > len(holes[x].Texts)) {
			x = k
		}
	}
	var out []reports.Picture
	if len(holes) == 2 && len(holes[0].Texts) > 1 && len(holes[1].Texts) > 1 {
		for _, k := range shownMetrics(t)[:min(3, len(shownMetrics(t)))] {
			out = append(out, heatOf(t, k))
		}
	}
	if x < 0 {
		return out
	}
	done := map[string]bool{}
	for _, k := range shownMetrics(t) {
		m := t.Metrics[k]
		group := m.Unit() + fmt.Sprint(isShare(m.Name))
		if len(t.Points) > len(holes[x].Texts) {
			group = m.String() // lines for the other parameters: a picture each
		}
		if !done[group] && len(done) < 4 {
			done[group] = true
			out = append(out, curvesOf(t, x, k, group != m.String()))
		}
	}
	return out
}

func heatOf(t *capacity.Table, k int) reports.Picture {
	holes, m := t.Design.Holes(), t.Metrics[k]
	h := reports.Heat{Title: m.String() + "; the line parts what meets the objectives from what does not", XLabel: holes[1].Name, YLabel: holes[0].Name, Unit: m.Unit(), Share: isShare(m.Name), X: holes[1].Texts, Y: holes[0].Texts}
	for range h.Y {
		row := make([]float64, len(h.X))
		for i := range row {
			row[i] = math.NaN()
		}
		h.Z, h.Bad = append(h.Z, row), append(h.Bad, make([]bool, len(h.X)))
	}
	for i := range t.Points {
		p := &t.Points[i]
		y, x := p.Index/len(h.X), p.Index%len(h.X)
		if e := p.Figures[k]; e.Known() {
			h.Z[y][x] = e.Value
		}
		h.Bad[y][x] = p.Verdict == measure.Fail || !p.Stable
	}
	return h.Picture()
}

// curvesOf draws one metric for the values of the other parameters or, together,
// all metrics of its unit.
func curvesOf(t *capacity.Table, x, k int, together bool) reports.Picture {
	holes, m := t.Design.Holes(), t.Metrics[k]
	c := reports.Curves{Title: m.String(), XLabel: holes[x].Name, YLabel: m.Name, Unit: m.Unit(), Share: isShare(m.Name), X: holes[x].Values}
	metrics := []int{k}
	if together {
		c.Title, c.YLabel = map[string]string{"s": "Times", "1/s": "Rates", "1": "Shares and numbers"}[m.Unit()], map[string]string{"s": "time", "1/s": "rate", "1": ""}[m.Unit()]
		metrics = nil
		for q, n := range t.Metrics {
			if n.Unit() == m.Unit() && isShare(n.Name) == c.Share && len(metrics) < mostCurves {
				metrics = append(metrics, q)
			}
		}
		c.Title += " over " + holes[x].Name
	}
	lines := map[string]int{}
	for i := range t.Points {
		p := &t.Points[i]
		setting := t.Design.At(p.Index)
		var words []string
		for q, v := range setting {
			if q != x && len(holes[q].Texts) > 1 {
				words = append(words, short(holes[q].Name)+" "+v.Text)
			}
		}
		for _, q := range metrics {
			name := strings.Join(words, ", ")
			if together || name == "" {
				name = strings.TrimSpace(t.Metrics[q].String() + " " + name)
			}
			at, ok := lines[name]
			if !ok {
				if len(c.Lines) >= mostCurves {
					continue
				}
				at = len(c.Lines)
				lines[name] = at
				line := reports.Curve{Name: name, Y: blank(len(c.X))}
				if t.Method == measure.Simulation {
					line.Lo, line.Hi = blank(len(c.X)), blank(len(c.X))
				}
				c.Lines = append(c.Lines, line)
			}
			place := slices.Index(holes[x].Texts, setting[x].Text)
			if e := p.Figures[q]; e.Known() && place >= 0 {
				c.Lines[at].Y[place] = e.Value
				if c.Lines[at].Lo != nil {
					c.Lines[at].Lo[place], c.Lines[at].Hi[place] = e.Lo, e.Hi
				}
			}
		}
	}
	for _, q := range metrics {
		if n := t.Metrics[q]; !math.IsNaN(n.Limit) {
			c.Levels = append(c.Levels, reports.Level{Name: n.String() + " ≤ " + figureText(n.Unit(), n.Name, n.Limit), At: n.Limit})
			c.Top = math.Max(c.Top, 4*n.Limit)
		}
	}
	if holes[x].Name == capacity.LoadPath && len(holes) == 1 {
		if knee, full := capacity.Knee(t); knee > 0 {
			c.Marks = append(c.Marks, reports.Level{Name: "knee", At: knee})
			if full > 0 {
				c.Marks = append(c.Marks, reports.Level{Name: "saturation", At: full})
			}
		}
	}
	return c.Picture()
}

// short is the last words of the path of a parameter.
func short(name string) string {
	path, _, _ := strings.Cut(name, "=")
	words := strings.Split(path, ".")
	return strings.Join(words[max(0, len(words)-2):], ".")
}

func blank(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}
