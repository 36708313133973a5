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

// timeFigure draws a workload over time: its throughput, and under it its
// response time, with what was predicted and what was asked for.
type timeFigure struct {
	id, subject string
	name        string // of the result that is drawn
	slot        int
	start, step float64 // (s)
	series      measure.WorkloadSeries
	predicted   *measure.Workload // by the reference result, or none
	predictedBy string
	predSlot    int
	foreseen    *measure.Series // what was predicted over time, or none: then it is one level
	limits      []limit
}

// overTime is the figure of a workload, nil where no result has a series of it.
func (x *part) overTime(id, subject string) *timeFigure {
	slots := x.slots()
	at := -1
	for i, n := range x.results {
		if s := n.Result.Series; s != nil && s.Interval > 0 && len(s.Workloads[subject].Throughput)+len(s.Workloads[subject].P99) > 1 {
			if at < 0 || n.Result.Kind == measure.Measurement {
				at = i
			}
		}
	}
	if at < 0 {
		return nil
	}
	r := x.results[at].Result
	f := &timeFigure{
		id: id, subject: subject, name: x.results[at].Name, slot: slots[at],
		start: r.Series.Start, step: r.Series.Interval, series: r.Series.Workloads[subject], limits: x.limits(subject),
	}
	if x.reference >= 0 && x.reference != at {
		n := x.results[x.reference]
		f.predicted, f.predictedBy, f.predSlot = n.Result.Workloads[subject], n.Name, slots[x.reference]
		if s := n.Result.Series; n.Result.Test != nil && s != nil && s.Interval > 0 {
			f.foreseen = s
		}
	}
	return f
}

const (
	timeWidth  = 390
	timeHeight = 300
	mostPoints = 400 // of a line: more than the figure has room for
)

// points places the values of a series in the middle of their intervals. Of a
// long series each point is the mean of several intervals.
func (f *timeFigure) points(v measure.Values) []xy {
	group := 1 + (len(v)-1)/mostPoints
	var out []xy
	for i := 0; i < len(v); i += group {
		end := min(i+group, len(v))
		sum, n := 0.0, 0
		for _, y := range v[i:end] {
			if !math.IsNaN(y) && !math.IsInf(y, 0) {
				sum += y
				n++
			}
		}
		out = append(out, xy{f.start + f.step*float64(i+end)/2, sum / float64(n)}) // NaN where none is known
	}
	return out
}

func (f *timeFigure) end() float64 {
	n := max(len(f.series.Throughput), len(f.series.P99), len(f.series.P50), len(f.series.Mean))
	return f.start + f.step*float64(n)
}

func (f *timeFigure) view() (figureView, error) {
	rate, response := f.ratePlot(), f.responsePlot()
	d := drawing{
		id: f.id, title: f.subject + " over time", desc: f.describe(), width: timeWidth, height: timeHeight,
		draw: func(c draw.Canvas) {
			c = draw.Crop(c, 2, -f.labelRoom(), 2, -6)
			upper, lower := c, c
			split := c.Min.Y + (c.Max.Y-c.Min.Y)*0.6
			upper.Min.Y, lower.Max.Y = split+6, split-6
			a, b := rate.DataCanvas(upper), response.DataCanvas(lower)
			left, right := max(a.Min.X, b.Min.X), min(a.Max.X, b.Max.X)
			upper.Min.X, upper.Max.X = upper.Min.X+left-a.Min.X, upper.Max.X+right-a.Max.X
			lower.Min.X, lower.Max.X = lower.Min.X+left-b.Min.X, lower.Max.X+right-b.Max.X
			rate.Draw(upper)
			response.Draw(lower)
		},
	}
	svg, err := d.svg()
	return figureView{ID: f.id, Title: f.subject, SVG: svg}, err
}

// frame is a plot over the time of the run, its warm-up shaded.
func (f *timeFigure) frame(top float64, u unit, label string) *plot.Plot {
	p := newPlot()
	sc := u.scaleFor(top)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = math.Min(f.start, 0), f.end(), 0, top
	p.X.Tick.Marker = constant(ticks(p.X.Min, p.X.Max, 7))
	yt := ticks(0, top*sc.factor, 4)
	for i := range yt {
		yt[i].Value /= sc.factor
	}
	p.Y.Tick.Marker = constant(yt)
	p.Y.Label.Text = label + " (" + unitName(sc) + ")"
	p.Add(gridMark{})
	if f.start < 0 {
		p.Add(boxMark{f.start, 0, 0, top, colours().shade()})
	}
	return p
}

// unitName is a scale's unit on an axis: "ms", "1/s", "k/s".
func unitName(sc scale) string {
	if s := strings.TrimSpace(sc.suffix); s != "/s" {
		return s
	}
	return "1/s"
}

func (f *timeFigure) ratePlot() *plot.Plot {
	points := f.points(f.series.Throughput)
	top := topOf(points)
	switch {
	case f.foreseen != nil:
		top = math.Max(top, f.topForeseen("throughput"))
	case f.predicted != nil && f.predicted.Throughput.Known():
		top = math.Max(top, f.predicted.Throughput.Value)
	}
	p := f.frame(1.15*top, perSecond, "throughput")
	labelled := p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max)
	for i := range labelled {
		labelled[i].Label = "" // the plot below has them
	}
	p.X.Tick.Marker = constant(labelled)
	if f.predicted != nil {
		f.expect(p, f.predicted.Throughput, "throughput")
	}
	p.Add(lineMark{points: points, style: lineStyle(f.slot)})
	return p
}

func (f *timeFigure) responsePlot() *plot.Plot {
	mid, tail := f.points(f.series.P50), f.points(f.series.P99)
	midName := "p50"
	if len(mid) == 0 {
		mid, midName = f.points(f.series.Mean), "mean"
	}
	top := math.Max(topOf(mid), topOf(tail))
	if f.foreseen != nil {
		top = math.Max(top, f.topForeseen("p99"))
	}
	for _, l := range f.limits {
		if l.time < 2.5*top {
			top = math.Max(top, l.time)
		}
	}
	p := f.frame(1.15*top, seconds, "response time")
	p.X.Label.Text = "time (s)"
	ink := colours().ink
	for _, l := range f.limits {
		if l.time <= 1.15*top {
			p.Add(lineMark{points: []xy{{p.X.Min, l.time}, {p.X.Max, l.time}}, style: draw.LineStyle{Color: ink, Width: 1, Dashes: dashes(3)}})
		}
	}
	if f.predicted != nil && f.predicted.Response != nil {
		f.expect(p, f.predicted.Response.P50, "p50")
		f.expect(p, f.predicted.Response.P99, "p99")
	}
	thin := lineStyle(f.slot)
	thin.Width = 1.1
	p.Add(lineMark{points: tail, style: lineStyle(f.slot)}, lineMark{points: mid, style: thin})
	for _, l := range f.limits { // over the lines, which would hide it
		if l.time <= p.Y.Max {
			p.Add(labelMark{at: xy{p.X.Min, l.time}, text: l.metric + " ≤ " + seconds.plain(l.time), colour: ink})
		}
	}
	p.Add(endLabels{[]xy{lastOf(tail), lastOf(mid)}, []string{"p99", midName}})
	return p
}

// labelRoom is the room to the right of the plots for the names of the lines.
func (f *timeFigure) labelRoom() vg.Length {
	return vg.Length(textWidth("mean", fontSize, false)) + 4
}

// lastOf is where a line ends, at the level of its last few points.
func lastOf(points []xy) xy {
	const few = 5
	at, sum, n := xy{x: math.NaN()}, 0.0, 0.0
	for i := len(points) - 1; i >= 0 && n < few; i-- {
		if q := points[i]; q.finite() {
			if n == 0 {
				at.x = q.x
			}
			sum += q.y
			n++
		}
	}
	at.y = sum / n
	return at
}

// course is a series as it was predicted, and its band.
func (f *timeFigure) course(name string) (timeFigure, measure.Values, measure.Band) {
	w := f.foreseen.Workloads[f.subject]
	v := map[string]measure.Values{"throughput": w.Throughput, "p50": w.P50, "p99": w.P99}[name]
	return timeFigure{start: f.foreseen.Start, step: f.foreseen.Interval}, v, w.Bands[name]
}

// topForeseen is the largest value of a series as it was predicted.
func (f *timeFigure) topForeseen(name string) float64 {
	at, v, _ := f.course(name)
	if len(v) == 0 {
		return 0
	}
	return topOf(at.points(v))
}

// expect draws a level that was predicted, over the time that counts; where the
// course of it was predicted, that.
func (f *timeFigure) expect(p *plot.Plot, e measure.Estimate, name string) {
	if f.foreseen != nil {
		at, v, b := f.course(name)
		style := lineStyle(f.predSlot)
		style.Width = vg.Length(1.1)
		p.Add(bandMark{lower: at.points(b.Lo), upper: at.points(b.Hi), fill: faded(f.predSlot)}, lineMark{points: at.points(v), style: style})
		return
	}
	if !e.Known() {
		return
	}
	style := lineStyle(f.predSlot)
	style.Width = vg.Length(1.1)
	if e.Uncertain() {
		p.Add(boxMark{0, p.X.Max, e.Lo, e.Hi, band(f.predSlot)})
	}
	p.Add(lineMark{points: []xy{{0, e.Value}, {p.X.Max, e.Value}}, style: style})
}

func topOf(points []xy) float64 {
	top := 0.0
	for _, p := range points {
		if p.finite() {
			top = math.Max(top, p.y)
		}
	}
	if top == 0 {
		return 1e-6
	}
	return top
}

func (f *timeFigure) describe() string {
	s := fmt.Sprintf("Throughput and response time of %s, %s, over %s.", f.subject, f.name, seconds.plain(f.end()-math.Min(f.start, 0)))
	if f.start < 0 {
		s += " The first " + seconds.plain(-f.start) + " are warm-up."
	}
	switch {
	case f.foreseen != nil:
		s += " The band and the line in it show what " + f.predictedBy + " predicts."
	case f.predicted != nil:
		s += " Level lines show what " + f.predictedBy + " predicts."
	}
	for _, l := range f.limits {
		s += fmt.Sprintf(" Objective: %s at most %s.", l.metric, seconds.plain(l.time))
	}
	return s
}
