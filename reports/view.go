package reports

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
)

// pageView is what the HTML template reads. Its fields are exported for the
// template's sake alone.
type pageView struct {
	Title    string
	Meta     []string
	Verdict  []sentenceView
	Tiles    []tileView
	Notes    []string
	Graph    *figureView
	GraphOf  string
	Legend   []legendView
	Tails    []figureView
	TailsOf  string
	Errors   *tableView
	Times    []figureView
	TimesOf  string
	Bars     *figureView
	Goals    *tableView
	Sections []sectionView
	Flames   []flameView
	Chapters []chapterView
	Digests  []string
	Caveats  []caveatView
	Runs     []runView
	Command  string
	Terms    []termView
	Assumed  []string
}

type sentenceView struct {
	Mood, Symbol, Text string
}

type tileView struct {
	Label, Value, Detail string
	Mood, Symbol, Word   string // the judgement, in three ways
}

type legendView struct {
	Name string
	Slot int
	Line template.HTML
}

type sectionView struct {
	Title  string
	Open   bool
	Tables []tableView
}

type chapterView struct {
	Sentences []string
	Figures   []figureView
	Table     tableView
}

type tableView struct {
	ID, Title, Caption, Foot string
	Columns                  []columnView
	Rows                     []rowView
}

type columnView struct {
	Head, Against string
	Numeric       bool
	PM            int // width of the intervals in it, in characters
}

type rowView struct {
	First bool
	Span  int // rows that the subject stands for, 0 where one above does
	Cells []cellView
}

type cellView struct {
	Text, PM, Mood, Aside string
	Head, Numeric         bool
	PMWidth, Span         int
}

type caveatView struct{ Of, Text string }

type runView struct {
	Name, Part, Method, How string
	Facts                   []termView
}

type termView struct{ Term, Text string }

// view builds the whole page.
func (p *Page) view() (*pageView, error) {
	parts := p.parts()
	v := &pageView{Title: p.title(), Notes: p.notes(parts), Command: p.Command, Terms: definitions(), Meta: meta(parts)}
	for _, s := range p.verdict(parts) {
		v.Verdict = append(v.Verdict, sentenceView{s.mood.class(), s.mood.symbol(), s.text})
	}
	v.Tiles = p.tiles(parts)
	var err error
	if v.Flames, err = p.flames(); err != nil {
		return nil, err
	}
	for _, c := range caveatsOf(parts) {
		v.Caveats = append(v.Caveats, caveatView{strings.Join(c.of, ", "), c.String()})
	}
	for _, x := range parts {
		for _, n := range x.results {
			v.Runs = append(v.Runs, runOf(x, n, len(parts) > 1))
		}
	}
	v.Assumed, v.Digests = assumptions(p), digests(parts)
	if err := v.chapters(p); err != nil {
		return nil, err
	}
	main := mainPart(parts)
	if main == nil {
		return v, nil
	}
	v.sections(p, parts, main)
	v.accuracy(p, main)
	if t := goalsTable(main); !t.empty() {
		goals := viewOf(t)
		v.Goals = &goals
	}
	return v, v.figures(p, parts, main)
}

// chapters are what the page says besides its results.
func (v *pageView) chapters(p *Page) error {
	for i, c := range p.chapters() {
		x := chapterView{Sentences: c.sentences, Table: viewOf(c.table)}
		for k, picture := range c.pictures {
			f, err := picture.view(fmt.Sprintf("figure-study-%d-%d", i, k))
			if err != nil {
				return err
			}
			x.Figures = append(x.Figures, f)
		}
		v.Chapters = append(v.Chapters, x)
	}
	return nil
}

// sections are the tables of every part, those of the main one open.
func (v *pageView) sections(p *Page, parts []*part, main *part) {
	for i, x := range parts {
		s := sectionView{Title: "All figures", Open: x == main}
		if len(parts) > 1 {
			s.Title = "All figures: " + x.label()
		}
		for _, t := range x.tables(p.Model, fmt.Sprintf("part%d-", i), false) {
			if x == main && strings.HasSuffix(t.id, "objectives") {
				continue // it has a place of its own
			}
			s.Tables = append(s.Tables, viewOf(t))
		}
		v.Sections = append(v.Sections, s)
	}
}

// figures draws everything there is something to draw of.
func (v *pageView) figures(p *Page, parts []*part, main *part) error {
	names := main.subjects(p.Model)
	if p.Model != nil {
		x, n := pictured(parts)
		g := graphOf(x.describes(p.Model), n.Result).view("figure-system")
		v.Graph, v.GraphOf = &g, n.Name+", "+x.label()
	}
	v.Legend = main.legend()
	v.TailsOf, v.TimesOf = main.label(), main.label()
	for i, w := range names[kindWorkload] {
		f := main.tails(fmt.Sprintf("figure-tail-%d", i), w, func(r *measure.Result) *measure.Times { return responseOf(r, w) })
		if err := addFigure(&v.Tails, f); err != nil {
			return err
		}
		if f := main.overTime(fmt.Sprintf("figure-time-%d", i), w); f != nil {
			fig, err := f.view()
			if err != nil {
				return err
			}
			v.Times = append(v.Times, fig)
		}
	}
	for i, t := range names[kindTopic] {
		f := main.tails(fmt.Sprintf("figure-delay-%d", i), t, func(r *measure.Result) *measure.Times { return delayOf(r, t) })
		if f != nil {
			f.what = "delay"
		}
		if err := addFigure(&v.Tails, f); err != nil {
			return err
		}
	}
	if f := main.bars("figure-utilization", names[kindService]); f != nil {
		fig, err := f.view()
		if err != nil {
			return err
		}
		v.Bars = &fig
	}
	return nil
}

func addFigure(list *[]figureView, f *tailFigure) error {
	if f == nil {
		return nil
	}
	fig, err := f.view()
	if err != nil {
		return err
	}
	*list = append(*list, fig)
	return nil
}

func responseOf(r *measure.Result, workload string) *measure.Times {
	if w := r.Workloads[workload]; w != nil {
		return w.Response
	}
	return nil
}

func delayOf(r *measure.Result, topic string) *measure.Times {
	if t := r.Topics[topic]; t != nil {
		return t.Delay
	}
	return nil
}

// pictured is the result that the system's graph shows: of the largest part,
// a simulation before a measurement before a formula.
func pictured(parts []*part) (*part, Named) {
	best := parts[0]
	for _, x := range parts {
		if x.share > best.share {
			best = x
		}
	}
	for _, m := range []measure.Method{measure.Simulation, measure.LoadTest} {
		if i := best.byMethod(m); i >= 0 {
			return best, best.results[i]
		}
	}
	return best, best.results[0]
}

// legend explains the lines of the figures of a part.
func (x *part) legend() []legendView {
	var out []legendView
	for i, s := range x.slots() {
		style := lineStyle(s)
		dash := ""
		if len(style.Dashes) > 0 {
			var d []string
			for _, l := range style.Dashes {
				d = append(d, fmt.Sprint(float64(l)))
			}
			dash = ` stroke-dasharray="` + strings.Join(d, " ") + `"`
		}
		dot := ""
		if s == 2 {
			dot = fmt.Sprintf(`<circle cx="17" cy="6" r="3" fill="var(--s%d)"/>`, s)
		}
		line := fmt.Sprintf(`<svg width="34" height="12" aria-hidden="true"><line x1="1" y1="6" x2="33" y2="6" stroke="var(--s%d)" stroke-width="%g"%s/>%s</svg>`,
			s, float64(style.Width), dash, dot)
		out = append(out, legendView{x.results[i].Name, s, template.HTML(line)}) // numbers only
	}
	return out
}

// mostPM is the widest interval that the page's style has a class for.
const mostPM = 12

func viewOf(t *table) tableView {
	v := tableView{ID: t.id, Title: t.title, Caption: t.caption, Foot: t.foot}
	grouped := false
	for _, r := range t.rows {
		grouped = grouped || !r.first
	}
	widths := measureColumns(t, nil)
	for i, c := range t.columns {
		head, against, _ := strings.Cut(c.head, " against ")
		v.Columns = append(v.Columns, columnView{head, against, c.numeric, min(widths[i].pm, mostPM)})
	}
	for i, r := range t.rows {
		row := rowView{First: r.first, Span: 1}
		if grouped && r.first {
			for i+row.Span < len(t.rows) && !t.rows[i+row.Span].first {
				row.Span++
			}
		}
		for k, c := range r.cells {
			if k == 0 && grouped && !r.first {
				continue
			}
			cv := cellView{Text: c.text, PM: c.pm, Mood: c.mood.class(), Aside: c.span, Numeric: t.columns[k].numeric, Head: k == 0, PMWidth: v.Columns[k].PM, Span: 1}
			if k == 0 {
				cv.Span = row.Span
			}
			row.Cells = append(row.Cells, cv)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// meta is the line under the title.
func meta(parts []*part) []string {
	var out []string
	for _, x := range parts {
		for _, n := range x.results {
			r := n.Result
			if t := r.Run.Started; !t.IsZero() && len(out) == 0 {
				out = append(out, t.UTC().Format("2 January 2006, 15:04 MST"))
			}
		}
	}
	if len(parts) > 0 {
		r := parts[0].results[0].Result
		if r.Run.Tool != "" {
			out = append(out, r.Run.Tool)
		}
		if d := r.Scenario.SHA256; d != "" {
			out = append(out, "scenario "+d[:min(12, len(d))])
		}
	}
	return out
}

// tightest is the objective that is closest to its limit, in words.
func tightest(parts []*part) string {
	best, said := -1.0, ""
	for _, x := range parts {
		for _, o := range x.objectives() {
			for i, j := range o.judged {
				if j == nil || !j.Value.Known() || !(j.Limit > 0) {
					continue
				}
				used := j.Value.Value / j.Limit
				if o.metric == "throughput" {
					used = j.Limit / math.Max(j.Value.Value, 1e-12)
				}
				if used > best {
					u := metricUnit(o.metric)
					best = used
					said = fmt.Sprintf("tightest: %s %s, %s of %s (%s)", o.subject, o.metric, u.text(j.Value.Value), u.plain(j.Limit), x.results[i].Name)
				}
			}
		}
	}
	return said
}
