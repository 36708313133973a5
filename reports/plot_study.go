package reports

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curve is a line of [Curves]: NaN where nothing is known.
type Curve struct {
	Name   string
	Y      []float64 // in the unit of the picture, as many as X has
	Lo, Hi []float64 // its band, in the same unit; none or as many
}

// Level is a value that a picture marks, such as the limit of an objective.
type Level struct {
	Name string
	At   float64 // in the unit of its axis
}

// Curves are lines over one parameter.
type Curves struct {
	Title, XLabel, YLabel string
	Unit                  string    // of Y: "s", "1/s" or "1"; shares are drawn in per cent
	Share                 bool      // Y is a share (1)
	X                     []float64 // ascending, in the unit that XLabel names
	Dates                 bool      // X are Unix seconds (s)
	Lines                 []Curve
	Levels                []Level // across
	Marks                 []Level // upright
	Top                   float64 // what Y is cut off at; 0 = all of it, in the unit of Y
}

func (c *Curves) unit() unit {
	switch {
	case c.Share:
		return share
	case c.Unit == "s":
		return seconds
	case c.Unit == "1/s":
		return perSecond
	}
	return number
}

// Picture draws the curves.
func (c Curves) Picture() Picture {
	top, room := 0.0, 40.0
	for _, l := range c.Lines {
		for _, v := range slices.Concat(l.Y, l.Hi) {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				top = math.Max(top, v)
			}
		}
		room = math.Max(room, textWidth(l.Name, fontSize, false)+10)
	}
	for _, l := range c.Levels {
		if l.At < 3*top {
			top = math.Max(top, l.At)
		}
	}
	if c.Top > 0 {
		top = math.Min(top, c.Top)
	}
	if top == 0 {
		top = 1e-6
	}
	return Picture{
		Title: c.Title, desc: fmt.Sprintf("%s over %s, %d lines.", c.YLabel, c.XLabel, len(c.Lines)), high: 270,
		paint: func(canvas draw.Canvas) {
			stack(canvas, []*plot.Plot{c.plot(1.12 * top)}, vg.Length(math.Min(room, 220)))
		},
	}
}

func (c *Curves) plot(top float64) *plot.Plot {
	p := newPlot()
	u := c.unit()
	sc := u.scaleFor(top)
	p.X.Min, p.X.Max = c.X[0], c.X[len(c.X)-1]
	for _, m := range c.Marks {
		if span := p.X.Max - p.X.Min; m.At > p.X.Max && m.At < p.X.Max+span/3 {
			p.X.Max = m.At + 0.02*span
		}
	}
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	p.Y.Min, p.Y.Max = 0, top
	p.X.Tick.Marker = constant(ticks(p.X.Min, p.X.Max, 8))
	if c.Dates {
		p.X.Tick.Marker = constant(dateTicks(p.X.Min, p.X.Max))
	}
	yt := ticks(0, top*sc.factor, 5)
	for i := range yt {
		yt[i].Value /= sc.factor
	}
	p.Y.Tick.Marker = constant(yt)
	p.X.Label.Text, p.Y.Label.Text = c.XLabel, c.YLabel
	if name := unitName(sc); u != number {
		p.Y.Label.Text += " (" + name + ")"
	} else if sc.factor != 1 {
		p.Y.Label.Text += " (" + name + ")"
	}
	p.Add(gridMark{})
	ink := colours().ink
	for i, l := range c.Lines {
		if len(l.Lo) == len(c.X) && len(l.Hi) == len(c.X) {
			p.Add(bandMark{lower: c.points(l.Lo), upper: c.points(l.Hi), fill: faded(i % len(colours().series))})
		}
	}
	for _, l := range c.Levels {
		if l.At <= top {
			p.Add(lineMark{points: []xy{{p.X.Min, l.At}, {p.X.Max, l.At}}, style: draw.LineStyle{Color: ink, Width: 1, Dashes: dashes(3)}})
		}
	}
	for _, m := range c.Marks {
		if m.At >= p.X.Min && m.At <= p.X.Max {
			p.Add(lineMark{points: []xy{{m.At, 0}, {m.At, top}}, style: draw.LineStyle{Color: ink, Width: 0.9, Dashes: dashes(0)}})
		}
	}
	type end struct {
		at   xy
		name string
	}
	var ends []end
	for i, l := range c.Lines {
		slot := i % len(colours().series)
		style := lineStyle(slot)
		points := c.points(l.Y)
		p.Add(lineMark{points: points, style: style, dots: len(c.X) <= 40})
		for k := len(points) - 1; k >= 0; k-- {
			if points[k].finite() {
				ends = append(ends, end{xy{points[k].x, math.Min(points[k].y, top)}, l.Name})
				break
			}
		}
	}
	slices.SortStableFunc(ends, func(a, b end) int { return -cmpFloat(a.at.y, b.at.y) })
	labels := endLabels{}
	for _, e := range ends {
		labels.at, labels.names = append(labels.at, e.at), append(labels.names, e.name)
	}
	p.Add(labels)
	for _, l := range c.Levels {
		if l.At <= top {
			p.Add(labelMark{at: xy{p.X.Min, l.At}, text: l.Name, colour: ink})
		}
	}
	for i, m := range c.Marks {
		if m.At >= p.X.Min && m.At <= p.X.Max {
			p.Add(labelMark{at: xy{m.At, top * (0.93 - 0.08*float64(i%6))}, text: m.Name, colour: ink})
		}
	}
	return p
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (c *Curves) points(y []float64) []xy {
	out := make([]xy, len(c.X))
	for i, x := range c.X {
		out[i] = xy{x, math.NaN()}
		if i < len(y) && !math.IsInf(y[i], 0) {
			out[i].y = y[i]
		}
	}
	return out
}

// dateTicks marks years, quarters, months or days (s since 1970).
func dateTicks(lo, hi float64) []plot.Tick {
	span := hi - lo
	from := time.Unix(int64(lo), 0).UTC()
	layout, months, days := "2006", 12, 0
	switch {
	case span < 40*86400:
		layout, months, days = "Jan 2", 0, max(1, int(span/86400/8))
	case span < 300*86400:
		layout, months = "Jan 2006", 1
	case span < 3*366*86400:
		layout, months = "Jan 2006", 3
	case span > 12*366*86400:
		months = 12 * int(math.Ceil(span/366/86400/12))
	}
	at := time.Date(from.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	if days > 0 {
		at = from.Truncate(24 * time.Hour)
	}
	var out []plot.Tick
	for n := 0; n < 500 && float64(at.Unix()) <= hi; n++ {
		if v := float64(at.Unix()); v >= lo {
			out = append(out, plot.Tick{Value: v, Label: at.Format(layout)})
		}
		at = at.AddDate(0, months, days)
	}
	return out
}

// Heat is a figure over two parameters, with the boundary of what is allowed.
type Heat struct {
	Title, XLabel, YLabel string
	Unit                  string // of Z: "s", "1/s" or "1"
	Share                 bool   // Z is a share (1)
	X, Y                  []string
	Z                     [][]float64 // by Y and X, in the unit of the picture; NaN where there is none
	Bad                   [][]bool    // by Y and X: an objective is not met
}

// ramp is a scale of one hue, light to dark: it reads in grey, too.
func ramp(part float64) color.NRGBA {
	stops := []color.NRGBA{{0xF1, 0xF6, 0xFB, 0xFF}, {0xBF, 0xD7, 0xEA, 0xFF}, {0x72, 0xAE, 0xD4, 0xFF}, {0x31, 0x7E, 0xBC, 0xFF}, {0x08, 0x45, 0x8C, 0xFF}}
	at := math.Max(0, math.Min(1, part)) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	f := at - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + f*(float64(b)-float64(a)) + 0.5) }
	return color.NRGBA{mix(stops[i].R, stops[i+1].R), mix(stops[i].G, stops[i+1].G), mix(stops[i].B, stops[i+1].B), 0xFF}
}

// Picture draws the map: darker is more, on a logarithmic scale where figures
// differ by much; the heavy line parts what meets the objectives from what does
// not; hatched is where the system is not stable.
func (h Heat) Picture() Picture {
	rows := min(len(h.Y), 40)
	return Picture{
		Title: h.Title, desc: fmt.Sprintf("A map of %d by %d values over %s and %s.", len(h.X), len(h.Y), h.XLabel, h.YLabel),
		high:  vg.Length(90 + 26*math.Max(4, math.Min(float64(rows), 16))),
		paint: func(c draw.Canvas) { stack(c, []*plot.Plot{h.plot()}, 16) },
	}
}

func (h *Heat) plot() *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(len(h.X)), 0, float64(len(h.Y))
	p.X.Label.Text, p.Y.Label.Text = h.XLabel, h.YLabel
	p.X.Tick.Marker, p.Y.Tick.Marker = constant(boxTicks(h.X, 14)), constant(boxTicks(h.Y, 20))
	p.Add(heatMark{h})
	return p
}

// boxTicks names the middle of boxes, not all of them where there are many.
func boxTicks(names []string, most int) []plot.Tick {
	every := 1 + (len(names)-1)/most
	var out []plot.Tick
	for i, n := range names {
		if i%every == 0 {
			out = append(out, plot.Tick{Value: float64(i) + 0.5, Label: n})
		}
	}
	return out
}

type heatMark struct{ h *Heat }

func (m heatMark) Plot(c draw.Canvas, p *plot.Plot) {
	h := m.h
	tx, ty := p.Transforms(&c)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, row := range h.Z {
		for _, z := range row {
			if !math.IsNaN(z) {
				lo, hi = math.Min(lo, z), math.Max(hi, z)
			}
		}
	}
	log := lo > 0 && hi/lo > 8
	part := func(z float64) float64 {
		switch {
		case hi <= lo:
			return 0.3
		case log:
			return math.Log(z/lo) / math.Log(hi/lo)
		}
		return (z - lo) / (hi - lo)
	}
	u := (&Curves{Unit: h.Unit, Share: h.Share}).unit()
	labelled := len(h.X) <= 14 && len(h.Y) <= 20
	grey := color.NRGBA{0x8A, 0x8A, 0x8A, 0xFF}
	for j, row := range h.Z {
		for i, z := range row {
			a, b := vg.Point{X: tx(float64(i)), Y: ty(float64(j))}, vg.Point{X: tx(float64(i + 1)), Y: ty(float64(j + 1))}
			box := []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}
			text, ink := "", color.NRGBA{0x1A, 0x1A, 0x1A, 0xFF}
			if math.IsNaN(z) {
				c.FillPolygon(color.NRGBA{0xE6, 0xE2, 0xDC, 0xFF}, box)
				for k := vg.Length(0); k < b.X-a.X; k += 7 {
					c.StrokeLine2(draw.LineStyle{Color: grey, Width: 0.6}, a.X+k, a.Y, min(b.X, a.X+k+(b.Y-a.Y)), min(b.Y, a.Y+(b.X-a.X-k)))
				}
			} else {
				t := part(z)
				c.FillPolygon(ramp(t), box)
				text = u.plain(z)
				if t > 0.6 {
					ink = color.NRGBA{0xFE, 0xFE, 0xFC, 0xFF}
				}
			}
			if style := textStyle(fontSize-1.5, ink); labelled && text != "" && style.Width(text) < b.X-a.X-2 {
				c.FillText(style, vg.Point{X: (a.X+b.X)/2 - style.Width(text)/2, Y: (a.Y+b.Y)/2 - 4}, text)
			}
		}
	}
	edge := draw.LineStyle{Color: colours().series[1], Width: 2.6}
	for j := range h.Bad {
		for i := range h.Bad[j] {
			if i+1 < len(h.Bad[j]) && h.Bad[j][i] != h.Bad[j][i+1] {
				c.StrokeLine2(edge, tx(float64(i+1)), ty(float64(j)), tx(float64(i+1)), ty(float64(j+1)))
			}
			if j+1 < len(h.Bad) && h.Bad[j][i] != h.Bad[j+1][i] {
				c.StrokeLine2(edge, tx(float64(i)), ty(float64(j+1)), tx(float64(i+1)), ty(float64(j+1)))
			}
		}
	}
}

// TornadoBar is what a parameter does to a figure.
type TornadoBar struct {
	Name      string
	Low, High float64 // the figure relative to what it is, at less and at more of the parameter (1); NaN where there is none
}

// tornadoCut is the change (1) beyond which bars are cut: one that is much longer
// would hide all others.
const tornadoCut = 1

// Tornado is the effect of parameters on one figure, the largest on top.
type Tornado struct {
	Title, XLabel string
	Bars          []TornadoBar
}

// Picture draws the bars: those of less of a parameter in one colour, of more in
// another.
func (t Tornado) Picture() Picture {
	return Picture{
		Title: t.Title, desc: fmt.Sprintf("Effects of %d parameters.", len(t.Bars)), high: vg.Length(70 + 22*len(t.Bars)),
		paint: func(c draw.Canvas) {
			room := vg.Length(0)
			for _, b := range t.Bars {
				room = max(room, vg.Length(textWidth(b.Name, fontSize, false))+8)
			}
			stack(draw.Crop(c, 0, 0, 0, -14), []*plot.Plot{t.plot()}, 60)
			c.FillText(textStyle(fontSize, colours().series[0]), vg.Point{X: c.Min.X + room + 8, Y: c.Max.Y - 16}, "■ less of it")
			c.FillText(textStyle(fontSize, colours().series[1]), vg.Point{X: c.Min.X + room + 88, Y: c.Max.Y - 16}, "■ more of it")
		},
	}
}

func (t *Tornado) plot() *plot.Plot {
	p := newPlot()
	most := 0.0
	names := make([]string, len(t.Bars))
	for i, b := range t.Bars {
		names[len(names)-1-i] = b.Name + "   " // clear of the axis
		for _, v := range []float64{b.Low, b.High} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				most = math.Max(most, math.Abs(v))
			}
		}
	}
	if most == 0 {
		most = 0.01
	}
	most = 1.08 * math.Min(most, tornadoCut)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -most, most, 0, float64(max(1, len(names)))
	xt := ticks(-100*most, 100*most, 8)
	for i := range xt {
		xt[i].Value /= 100
		xt[i].Label += " %"
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = constant(xt), constant(boxTicks(names, 100))
	p.Y.Tick.Length = 0
	p.X.Label.Text = t.XLabel
	p.Add(tornadoMark{t})
	return p
}

type tornadoMark struct{ t *Tornado }

func (m tornadoMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, b := range m.t.Bars {
		y := float64(len(m.t.Bars) - 1 - i)
		for k, v := range []float64{b.Low, b.High} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			v = math.Max(p.X.Min, math.Min(p.X.Max, v))
			lower, upper := y+0.15+0.35*float64(1-k), y+0.5+0.35*float64(1-k)
			c.FillPolygon(colours().series[k], []vg.Point{{X: tx(0), Y: ty(lower)}, {X: tx(v), Y: ty(lower)}, {X: tx(v), Y: ty(upper)}, {X: tx(0), Y: ty(upper)}})
		}
	}
	c.StrokeLine2(draw.LineStyle{Color: colours().ink, Width: 0.8}, tx(0), c.Min.Y, tx(0), c.Max.Y)
}

// FormatValue writes a number as briefly as it can be read back.
func FormatValue(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
