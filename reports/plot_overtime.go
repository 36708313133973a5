package reports

import (
	"fmt"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/headroom/headroom/measure"
)

// Size of a plot over time that stands alone (points).
const (
	aloneWidth  = 720
	aloneHeight = 180 // of each of its panels
)

// panel is one of the plots over each other: lines over time with their bands.
type panel struct {
	label string
	unit  unit
	lines []overTimeLine
}

type overTimeLine struct {
	name string
	v    measure.Values
	band measure.Band
	slot int
}

// PlotOverTime draws the series of a workload as a picture of its own, "svg" or
// "png": its rates, its response time, and the number in progress, each with
// the band that its values lie in.
func PlotOverTime(w io.Writer, format string, r *measure.Result, workload string) (err error) {
	defer func() { // plots panic where they cannot draw
		if p := recover(); p != nil {
			err = fmt.Errorf("reports: plot of %s over time: %v", workload, p)
		}
	}()
	s := r.Series
	if s == nil || !(s.Interval > 0) {
		return fmt.Errorf("reports: the result has no series to plot")
	}
	v, ok := s.Workloads[workload]
	if !ok {
		return fmt.Errorf("reports: the result has no series of %q", workload)
	}
	panels := []panel{
		{"rate", perSecond, []overTimeLine{{"offered", v.Offered, v.Bands["offered"], 2}, {"throughput", v.Throughput, v.Bands["throughput"], 1}}},
		{"response time", seconds, []overTimeLine{{"p99", v.P99, v.Bands["p99"], 1}, {"mean", v.Mean, v.Bands["mean"], 0}}},
		{"in system", number, []overTimeLine{{"present", v.InSystem, v.Bands["in_system"], 0}}},
	}
	var kept []panel
	for _, p := range panels {
		if p.known() {
			kept = append(kept, p)
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("reports: nothing is known of %s over time", workload)
	}
	return writePlot(w, format, vg.Length(aloneHeight*len(kept)), func(c draw.Canvas) { drawPanels(c, kept, s) })
}

// writePlot writes what paint draws, of that height, as "svg" or "png".
func writePlot(w io.Writer, format string, height vg.Length, paint func(draw.Canvas)) error {
	switch format {
	case "svg":
		c := vgsvg.New(aloneWidth, height)
		paint(draw.New(c))
		_, err := c.WriteTo(w)
		return err
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(aloneWidth, height), vgimg.UseDPI(144))
		paint(draw.New(c))
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
		return err
	}
	return fmt.Errorf("reports: no plots as %q; want svg or png", format)
}

func (p *panel) known() bool {
	for _, l := range p.lines {
		if !allUnknown(l.v) {
			return true
		}
	}
	return false
}

func drawPanels(c draw.Canvas, panels []panel, s *measure.Series) {
	var plots []*plot.Plot
	for i := range panels {
		plots = append(plots, panels[i].plot(s, i == len(panels)-1))
	}
	stack(c, plots, 90)
}

// stack draws plots under each other, their data one above the other, with room
// for the names of lines to the right (points).
func stack(c draw.Canvas, plots []*plot.Plot, labels vg.Length) {
	c = draw.Crop(c, 4, -labels, 4, -8)
	height := (c.Max.Y - c.Min.Y) / vg.Length(len(plots))
	left := vg.Length(0)
	for _, p := range plots {
		left = max(left, p.DataCanvas(c).Min.X-c.Min.X)
	}
	for i, p := range plots {
		at := c
		at.Max.Y = c.Max.Y - vg.Length(i)*height - 4
		at.Min.Y = c.Max.Y - vg.Length(i+1)*height + 4
		at.Min.X += left - (p.DataCanvas(at).Min.X - at.Min.X)
		p.Draw(at)
	}
}

func (p *panel) plot(s *measure.Series, last bool) *plot.Plot {
	f := timeFigure{start: s.Start, step: s.Interval}
	top, n := 0.0, 0
	for _, l := range p.lines {
		n = max(n, len(l.v))
		top = math.Max(top, math.Max(topOf(f.points(l.v)), topOf(f.points(l.band.Hi))))
	}
	f.series.Throughput = make(measure.Values, n) // as long as the frame is to be
	out := f.frame(1.1*top, p.unit, p.label)
	if suffix := strings.TrimSpace(number.scaleFor(1.1 * top).suffix); p.unit == number {
		out.Y.Label.Text = strings.TrimSuffix(p.label+" ("+suffix+")", " ()")
	}
	if last {
		out.X.Label.Text = "time (s)"
	}
	names := endLabels{}
	for _, l := range p.lines {
		out.Add(bandMark{lower: f.points(l.band.Lo), upper: f.points(l.band.Hi), fill: faded(l.slot)})
	}
	for _, l := range p.lines {
		style := lineStyle(l.slot)
		style.Dashes = nil
		points := f.points(l.v)
		out.Add(lineMark{points: points, style: style})
		names.at, names.names = append(names.at, lastOf(points)), append(names.names, l.name)
	}
	out.Add(names)
	return out
}
