package reports

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"github.com/headroom/headroom/measure"
)

// deepest is the smallest share of requests that a tail is drawn to: beyond
// one in ten thousand, a minute of load says nothing.
const deepest = 1e-4

// tail is the share of requests slower than a time, for one result.
type tail struct {
	name   string
	slot   int
	points []xy // x (s), y (log10 of the share)
	lo, hi []xy // its band, where one is known
}

// limit is an objective that bounds a percentile.
type limit struct {
	metric string
	level  float64 // log10 of the share that may be slower
	time   float64 // (s)
}

// tailFigure draws the distribution of a time in every result of a part.
type tailFigure struct {
	id, subject string
	what        string // is distributed: "response time"
	tails       []tail
	limits      []limit
	logX        bool    // times span too much for a linear axis
	xmin, xmax  float64 // as drawn: (s), or its logarithm
	ymin        float64
	scale       scale
}

// tails collects the distributions of a subject; nil where there are none.
func (x *part) tails(id, subject string, get func(*measure.Result) *measure.Times) *tailFigure {
	f := &tailFigure{id: id, subject: subject, what: "response time"}
	slots := x.slots()
	for i, n := range x.results {
		t := get(n.Result)
		if t == nil || len(t.Histogram) < 2 {
			continue
		}
		if c := tailOf(t.Histogram); len(c.points) > 1 {
			c.name, c.slot = n.Name, slots[i]
			f.tails = append(f.tails, c)
		}
	}
	if len(f.tails) == 0 {
		return nil
	}
	f.limits = x.limits(subject)
	f.fit()
	return f
}

func tailOf(h []measure.Point) tail {
	var t tail
	level := func(p float64) float64 { return math.Log10(math.Max(1-p, deepest/10)) }
	if len(h) > 0 && h[0].Le > 0 && h[0].P < 0.5 {
		t.points = append(t.points, xy{0, 0})
	}
	for _, p := range h {
		if 1-p.P < deepest/2 || p.Le < 0 {
			continue
		}
		t.points = append(t.points, xy{p.Le, level(p.P)})
		if p.Hi > 0 {
			t.lo = append(t.lo, xy{p.Le, level(p.Hi)})
			t.hi = append(t.hi, xy{p.Le, level(p.Lo)})
		}
	}
	return t
}

// limits are the objectives that a tail can be held against.
func (x *part) limits(subject string) []limit {
	levels := map[string]float64{"p50": 0.5, "p90": 0.1, "p95": 0.05, "p99": 0.01, "p999": 0.001}
	var out []limit
	for _, o := range x.objectives() {
		if p, ok := levels[o.metric]; ok && o.subject == subject {
			out = append(out, limit{o.metric, math.Log10(p), o.limit})
		}
	}
	return out
}

// fit chooses the axes.
func (f *tailFigure) fit() {
	const tooWide = 40 // times the median, to the end of the tail
	most, median := 0.0, math.Inf(1)
	f.ymin = -1
	for _, t := range f.tails {
		for _, p := range t.points {
			most = math.Max(most, p.x)
			f.ymin = math.Min(f.ymin, p.y)
			if p.y <= math.Log10(0.5) && p.x > 0 {
				median = math.Min(median, p.x)
			}
		}
	}
	f.ymin = math.Max(math.Ceil(f.ymin-0.3), math.Log10(deepest))
	f.xmax = most
	for _, l := range f.limits {
		if l.time < 3*most {
			f.xmax = math.Max(f.xmax, 1.08*l.time)
		}
	}
	if f.xmax <= 0 {
		f.xmax = 1e-6
	}
	f.scale = seconds.scaleFor(f.xmax)
	if f.logX = most > tooWide*median; f.logX {
		f.xmin, f.xmax = math.Log10(median/5), math.Log10(f.xmax)
		f.scale = seconds.scaleFor(median)
	}
}

// at is where a time is drawn.
func (f *tailFigure) at(p xy) xy {
	if f.logX {
		return xy{math.Log10(p.x), p.y} // −Inf for 0: the line begins after it
	}
	return p
}

func (f *tailFigure) all(points []xy) []xy {
	out := make([]xy, len(points))
	for i, p := range points {
		out[i] = f.at(p)
	}
	return out
}

const (
	tailWidth  = 390
	tailHeight = 290
)

func (f *tailFigure) view() (figureView, error) {
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = f.xmin, f.xmax, f.ymin, 0
	p.X.Label.Text = f.what + " (" + strings.TrimSpace(f.scale.suffix) + ")"
	p.Y.Label.Text = "share of requests that are slower"
	p.X.Tick.Marker = constant(f.xTicks())
	p.Y.Tick.Marker = constant(tailTicks(f.ymin))
	p.Add(gridMark{})
	ink := colours().ink
	for _, l := range f.limits {
		at := f.at(xy{l.time, l.level})
		p.Add(boxMark{at.x, f.xmax, at.y, 0, colours().shade()})
		edge := draw.LineStyle{Color: ink, Width: 1, Dashes: dashes(3)}
		p.Add(lineMark{points: []xy{{f.xmax, at.y}, at, {at.x, 0}}, style: edge})
	}
	for _, t := range f.tails {
		p.Add(bandMark{f.all(t.lo), f.all(t.hi), band(t.slot)})
	}
	for _, t := range f.tails {
		p.Add(lineMark{points: f.all(t.points), style: lineStyle(t.slot), dots: t.slot == 2})
	}
	for _, l := range f.limits {
		at := f.at(xy{l.time, 0})
		right := at.x > (f.xmin+f.xmax)/2
		p.Add(labelMark{at: at, text: l.metric + " ≤ " + seconds.plain(l.time), right: right, below: true, colour: ink})
	}
	var area draw.Canvas
	d := drawing{
		id: f.id, title: f.subject + ": distribution of the " + f.what, desc: f.describe(),
		width: tailWidth, height: tailHeight, draw: func(c draw.Canvas) {
			c = draw.Crop(c, 2, -8, 2, -4)
			area = p.DataCanvas(c)
			p.Draw(c)
		},
	}
	svg, err := d.svg()
	if err != nil {
		return figureView{}, err
	}
	return figureView{ID: f.id, Title: f.subject + ", " + f.what, SVG: svg, Data: f.data(area)}, nil
}

// describe says in words what the figure shows.
func (f *tailFigure) describe() string {
	var b strings.Builder
	b.WriteString("Share of requests slower than a time, on a logarithmic axis.")
	for _, t := range f.tails {
		fmt.Fprintf(&b, " %s:", t.name)
		for _, k := range []float64{-1, -2, -3} {
			if x, ok := crossing(t.points, k); ok {
				fmt.Fprintf(&b, " %s %% above %s,", tickLabel(100*math.Pow(10, k)), seconds.text(x))
			}
		}
	}
	for _, l := range f.limits {
		fmt.Fprintf(&b, " Objective: %s at most %s.", l.metric, seconds.plain(l.time))
	}
	return strings.Replace(b.String(), ",.", ".", 1)
}

// crossing is the time at which a tail falls to a level.
func crossing(points []xy, level float64) (float64, bool) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if a.y >= level && b.y <= level && a.y > b.y {
			return a.x + (b.x-a.x)*(a.y-level)/(a.y-b.y), true
		}
	}
	return 0, false
}

// data is what the page's script needs to read values off the figure: where
// its axes lie, and the tails themselves.
func (f *tailFigure) data(area draw.Canvas) string {
	type series struct {
		Name string       `json:"name"`
		Slot int          `json:"slot"`
		XY   [][2]float64 `json:"xy"`
	}
	out := struct {
		Left   float64  `json:"left"`
		Right  float64  `json:"right"`
		Top    float64  `json:"top"`
		Bottom float64  `json:"bottom"`
		XMin   float64  `json:"xmin"`
		XMax   float64  `json:"xmax"`
		Log    bool     `json:"log"`
		Series []series `json:"series"`
	}{
		float64(area.Min.X), float64(area.Max.X), tailHeight - float64(area.Max.Y), tailHeight - float64(area.Min.Y),
		f.xmin, f.xmax, f.logX, nil,
	}
	for _, t := range f.tails {
		s := series{Name: t.name, Slot: t.slot}
		for _, p := range t.points {
			s.XY = append(s.XY, [2]float64{round(p.x), round(p.y)})
		}
		out.Series = append(out.Series, s)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return "" // not finite: the figure shows no values under the pointer
	}
	return string(b)
}

// round keeps four significant digits: a pointer is not more precise.
func round(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	p := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*p) / p
}

// xTicks are at round numbers of the unit that the axis is labelled in.
func (f *tailFigure) xTicks() []plot.Tick {
	if f.logX {
		shift := math.Log10(f.scale.factor)
		out := logTicks(f.xmin+shift, f.xmax+shift)
		for i := range out {
			out[i].Value -= shift
		}
		return out
	}
	out := ticks(0, f.xmax*f.scale.factor, 6)
	for i := range out {
		out[i].Value /= f.scale.factor
	}
	return out
}
