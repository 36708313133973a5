package reports

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

type xy struct{ x, y float64 }

// finite reports whether a point can be drawn.
func (p xy) finite() bool {
	return !math.IsNaN(p.x) && !math.IsInf(p.x, 0) && !math.IsNaN(p.y) && !math.IsInf(p.y, 0)
}

// lineMark draws a line, broken where a point is not finite; dots marks some
// of its points.
type lineMark struct {
	points []xy
	style  draw.LineStyle
	dots   bool
}

func (l lineMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for _, run := range runs(l.points) {
		pts := make([]vg.Point, len(run))
		for i, q := range run {
			pts[i] = vg.Point{X: tx(q.x), Y: ty(q.y)}
		}
		c.StrokeLines(l.style, c.ClipLinesXY(pts)...)
		if l.dots || len(pts) == 1 {
			drawDots(c, pts, l.style.Color)
		}
	}
}

// drawDots marks points that are far enough from the last one marked.
func drawDots(c draw.Canvas, pts []vg.Point, col color.Color) {
	const apart = 16
	glyph := draw.GlyphStyle{Color: col, Radius: 2.6, Shape: draw.CircleGlyph{}}
	last := vg.Point{X: vg.Length(math.Inf(-1))}
	for _, q := range pts {
		if d := q.Sub(last); !c.Contains(q) || math.Hypot(float64(d.X), float64(d.Y)) < apart {
			continue
		}
		c.DrawGlyph(glyph, q)
		last = q
	}
}

// runs cuts a line into its finite pieces.
func runs(points []xy) [][]xy {
	var out [][]xy
	start := 0
	for i := 0; i <= len(points); i++ {
		if i < len(points) && points[i].finite() {
			continue
		}
		if i > start {
			out = append(out, points[start:i])
		}
		start = i + 1
	}
	return out
}

// bandMark fills the space between two lines over the same x.
type bandMark struct {
	lower, upper []xy
	fill         color.Color
}

func (b bandMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	var pts []vg.Point
	add := func(q xy) {
		if q.finite() {
			pts = append(pts, vg.Point{X: tx(q.x), Y: ty(q.y)})
		}
	}
	for _, q := range b.upper {
		add(q)
	}
	for i := len(b.lower) - 1; i >= 0; i-- {
		add(b.lower[i])
	}
	if len(pts) > 2 {
		c.FillPolygon(b.fill, c.ClipPolygonXY(pts))
	}
}

// boxMark fills a rectangle given in the data's coordinates.
type boxMark struct {
	x0, x1, y0, y1 float64
	fill           color.Color
}

func (b boxMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	pts := []vg.Point{{X: tx(b.x0), Y: ty(b.y0)}, {X: tx(b.x1), Y: ty(b.y0)}, {X: tx(b.x1), Y: ty(b.y1)}, {X: tx(b.x0), Y: ty(b.y1)}}
	if pts = c.ClipPolygonXY(pts); len(pts) > 2 {
		c.FillPolygon(b.fill, pts)
	}
}

// labelMark writes a text beside a point, moved so that it stays inside.
type labelMark struct {
	at     xy
	text   string
	right  bool // to the left of the point instead
	below  bool // under the point instead of over it
	colour color.Color
}

func (l labelMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := textStyle(fontSize, l.colour)
	const gap = 3
	w := style.Width(l.text)
	at := vg.Point{X: tx(l.at.x) + gap, Y: ty(l.at.y) + gap}
	if l.right {
		at.X = tx(l.at.x) - gap - w
	}
	if l.below {
		at.Y = ty(l.at.y) - gap - fontSize
	}
	at.X = min(max(at.X, c.Min.X+gap), c.Max.X-w-gap)
	const rim = 1.5
	c.FillPolygon(colours().veil(), []vg.Point{
		{X: at.X - rim, Y: at.Y - rim},
		{X: at.X + w + rim, Y: at.Y - rim},
		{X: at.X + w + rim, Y: at.Y + fontSize},
		{X: at.X - rim, Y: at.Y + fontSize},
	})
	c.FillText(style, at, l.text)
}

// endLabels names lines to the right of the plot, where they end, one over the
// other and never on each other.
type endLabels struct {
	at    []xy
	names []string
}

func (l endLabels) Plot(c draw.Canvas, p *plot.Plot) {
	_, ty := p.Transforms(&c)
	style := textStyle(fontSize, colours().ink)
	last := vg.Length(math.Inf(1))
	for i, q := range l.at { // the highest first
		if !q.finite() {
			continue
		}
		y := min(ty(q.y), c.Max.Y, last-fontSize-2)
		c.FillText(style, vg.Point{X: c.Max.X + 4, Y: y - fontSize/3}, l.names[i])
		last = y
	}
}

// gridMark draws a line across at every labelled tick of the y axis, and of
// the x axis with both.
type gridMark struct{ both bool }

func (g gridMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := draw.LineStyle{Color: colours().grid, Width: 0.6}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if y := ty(t.Value); t.Label != "" && y > c.Min.Y+0.5 {
			c.StrokeLine2(style, c.Min.X, y, c.Max.X, y)
		}
	}
	if !g.both {
		return
	}
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if x := tx(t.Value); t.Label != "" && x > c.Min.X+0.5 {
			c.StrokeLine2(style, x, c.Min.Y, x, c.Max.Y)
		}
	}
}
