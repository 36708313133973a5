package reports

import (
	"fmt"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PlotQuantiles draws measured times (s) against the quantiles of a law at the same
// probabilities, on logarithmic axes, as "svg" or "png". Where the law fits,
// the points lie on the line; numbers that are no times have the unit "".
func PlotQuantiles(w io.Writer, format, title string, law, measured []float64, times bool) (err error) {
	defer func() { // plots panic where they cannot draw
		if p := recover(); p != nil {
			err = fmt.Errorf("reports: plot of quantiles: %v", p)
		}
	}()
	var points []xy
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range min(len(law), len(measured)) {
		x, y := math.Log10(law[i]), math.Log10(measured[i])
		if math.IsInf(x, 0) || math.IsInf(y, 0) || math.IsNaN(x) || math.IsNaN(y) {
			continue
		}
		points = append(points, xy{x, y})
		lo, hi = min(lo, x, y), max(hi, x, y)
	}
	if len(points) == 0 {
		return fmt.Errorf("reports: no quantiles above 0 to plot")
	}
	lo, hi = lo-0.05*(hi-lo)-0.01, hi+0.05*(hi-lo)+0.01
	of := number
	if times {
		of = seconds
	}
	axis := tailFigure{logX: true, xmin: lo, xmax: hi, scale: of.scaleFor(math.Pow(10, hi))}
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo, hi, lo, hi
	suffix := ""
	if axis.scale.suffix != "" {
		suffix = " (" + strings.TrimSpace(axis.scale.suffix) + ")"
	}
	p.X.Label.Text = title + suffix
	p.Y.Label.Text = "measured" + suffix
	p.X.Tick.Marker = constant(axis.xTicks())
	p.Y.Tick.Marker = constant(axis.xTicks())
	p.Add(gridMark{both: true})
	p.Add(lineMark{points: []xy{{lo, lo}, {hi, hi}}, style: draw.LineStyle{Color: colours().ink, Width: 1, Dashes: dashes(3)}})
	p.Add(quantileMark{points})
	return writePlot(w, format, aloneWidth, func(c draw.Canvas) { p.Draw(draw.Crop(c, 4, -12, 4, -12)) })
}

// quantileMark is a dot for each pair of quantiles.
type quantileMark struct{ points []xy }

func (q quantileMark) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := draw.GlyphStyle{Color: lineStyle(0).Color, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
	for _, at := range q.points {
		c.DrawGlyph(style, vg.Point{X: tx(at.x), Y: ty(at.y)})
	}
}
