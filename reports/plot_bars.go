package reports

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/headroom/headroom/measure"
)

// barFigure draws the utilization of each service in each result.
type barFigure struct {
	id       string
	services []string
	slots    []int
	names    []string
	values   [][]measure.Estimate // by service, by result
	limits   map[string]float64   // utilization allowed, by service
}

// bars is the figure of a part, nil where no service has a utilization.
func (x *part) bars(id string, services []string) *barFigure {
	f := &barFigure{id: id, slots: x.slots(), limits: map[string]float64{}}
	for _, n := range x.results {
		f.names = append(f.names, n.Name)
	}
	for _, s := range services {
		var row []measure.Estimate
		known := false
		for _, n := range x.results {
			var e measure.Estimate
			if sv := n.Result.Services[s]; sv != nil {
				e = sv.Utilization
			}
			known = known || e.Known()
			row = append(row, e)
		}
		if known {
			f.services = append(f.services, s)
			f.values = append(f.values, row)
		}
	}
	for _, o := range x.objectives() {
		if o.metric == "utilization" {
			f.limits[o.subject] = o.limit
		}
	}
	if len(f.services) == 0 {
		return nil
	}
	return f
}

const (
	barsWidth  = 500
	barsMargin = 92 // right of the bars: for a figure at 100 %, and for limits
	barHeight  = 9.5
	barGap     = 10.0 // between services
)

func (f *barFigure) band() float64 { return barHeight*float64(len(f.names)) + barGap }

func (f *barFigure) view() (figureView, error) {
	p := newPlot()
	n := float64(len(f.services))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, n
	p.X.Label.Text = "utilization (% of all cores)"
	xt := ticks(0, 100, 5)
	for i := range xt {
		xt[i].Value /= 100
	}
	p.X.Tick.Marker = constant(xt)
	var yt []plot.Tick
	for i, s := range f.services {
		yt = append(yt, plot.Tick{Value: n - float64(i) - 0.5, Label: shorten(s, 24)})
	}
	p.Y.Tick.Marker = constant(yt)
	p.Y.Tick.Length, p.Y.Padding = 0, 2
	p.Add(barsMark{f})
	d := drawing{
		id: f.id, title: "Utilization of the services", desc: f.describe(), width: barsWidth, height: f.band()*n + 42,
		draw: func(c draw.Canvas) { p.Draw(draw.Crop(c, 2, -barsMargin, 2, -6)) },
	}
	svg, err := d.svg()
	return figureView{ID: f.id, Title: "Utilization", SVG: svg}, err
}

func (f *barFigure) describe() string {
	var b strings.Builder
	for i, s := range f.services {
		fmt.Fprintf(&b, "%s:", s)
		for k, e := range f.values[i] {
			if e.Known() {
				fmt.Fprintf(&b, " %s %s,", f.names[k], share.text(e.Value))
			}
		}
		if l, ok := f.limits[s]; ok {
			fmt.Fprintf(&b, " objective at most %s,", share.plain(l))
		}
		b.WriteString(" ")
	}
	return strings.TrimRight(b.String(), ", ") + "."
}

// barsMark draws the bars of all services.
type barsMark struct{ *barFigure }

func (m barsMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	grid := draw.LineStyle{Color: colours().grid, Width: 0.6}
	for _, t := range p.X.Tick.Marker.Ticks(0, 1) {
		if t.Value > 0 {
			c.StrokeLine2(grid, tx(t.Value), c.Min.Y, tx(t.Value), c.Max.Y)
		}
	}
	n := float64(len(m.services))
	for i, s := range m.services {
		middle := ty(n - float64(i) - 0.5)
		top := middle + vg.Length(barHeight*float64(len(m.names))/2)
		if l, ok := m.limits[s]; ok {
			half := vg.Length(m.band()/2 - 1)
			c.StrokeLine2(draw.LineStyle{Color: colours().ink, Width: 1.8}, tx(l), middle-half, tx(l), middle+half)
			c.FillText(textStyle(fontSize-1.5, colours().ink), vg.Point{X: c.Max.X + 46, Y: middle - fontSize/3}, "≤ "+share.plain(l))
		}
		for k, e := range m.values[i] {
			m.bar(c, tx, top-vg.Length(barHeight*float64(k)), e, m.slots[k])
		}
	}
}

// bar draws one bar with its interval as a whisker and its value behind it.
func (m barsMark) bar(c draw.Canvas, tx func(float64) vg.Length, top vg.Length, e measure.Estimate, slot int) {
	if !e.Known() || math.IsNaN(e.Value) {
		return
	}
	clamp := func(v float64) vg.Length { return tx(math.Min(math.Max(v, 0), 1)) }
	const inset = 0.8
	y0, y1 := top-barHeight+inset, top-inset
	col := colours().series[slot]
	c.FillPolygon(col, []vg.Point{{X: tx(0), Y: y0}, {X: clamp(e.Value), Y: y0}, {X: clamp(e.Value), Y: y1}, {X: tx(0), Y: y1}})
	if e.Uncertain() {
		mid := (y0 + y1) / 2
		style := draw.LineStyle{Color: colours().ink, Width: 0.9}
		c.StrokeLine2(style, clamp(e.Lo), mid, clamp(e.Hi), mid)
	}
	style, figure := textStyle(barHeight-0.5, colours().ink), share.text(e.Value)
	at := vg.Point{X: clamp(math.Max(e.Hi, e.Value)) + 4, Y: y0 + 0.6}
	w := style.Width(figure)
	c.FillPolygon(colours().veil(), []vg.Point{{X: at.X - 1, Y: y0}, {X: at.X + w + 1, Y: y0}, {X: at.X + w + 1, Y: y1}, {X: at.X - 1, Y: y1}})
	c.FillText(style, at, figure)
}

// shorten cuts a name that a figure has no room for.
func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
