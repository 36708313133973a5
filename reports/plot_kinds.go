package reports

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/headroom/headroom/measure"
)

// Slots of the colours of what was predicted and what was measured.
const (
	slotPredicted = 0
	slotMeasured  = 1
)

// PlotTest draws what a test did to a workload, "svg" or "png": what was
// measured as lines over the bands of what was predicted, if anything was;
// against the load where the test has levels, over time otherwise.
func PlotTest(w io.Writer, format string, predicted, measured *measure.Result, workload string) (err error) {
	defer func() { // plots panic where they cannot draw
		if p := recover(); p != nil {
			err = fmt.Errorf("reports: plot of a test of %s: %v", workload, p)
		}
	}()
	if measured == nil {
		return fmt.Errorf("reports: nothing was measured to plot")
	}
	var plots []*plot.Plot
	if measured.Test != nil && len(measured.Test.Levels) > 0 {
		plots = levelPlots(predicted, measured, workload)
	} else {
		plots = coursePlots(predicted, measured, workload)
	}
	if len(plots) == 0 {
		return fmt.Errorf("reports: nothing is known of %s over the test", workload)
	}
	return writePlot(w, format, vg.Length(aloneHeight*len(plots)), func(c draw.Canvas) { stack(c, plots, 120) })
}

// course is a line of a figure over time, of the result that it is of.
type course struct {
	name     string
	of       *measure.Series
	v        measure.Values
	band     measure.Band
	slot     int
	measured bool
}

// coursePlots are the rates, the response time and the number in progress over
// time, of both results.
func coursePlots(predicted, measured *measure.Result, workload string) []*plot.Plot {
	var out []*plot.Plot
	for _, p := range []struct {
		label string
		unit  unit
		names []string
	}{{"throughput", perSecond, []string{"throughput"}}, {"response time", seconds, []string{"mean", "p99"}}, {"in system", number, []string{"in_system"}}} {
		var lines []course
		for _, r := range []*measure.Result{predicted, measured} {
			if r == nil || r.Series == nil {
				continue
			}
			w := r.Series.Workloads[workload]
			for _, name := range p.names {
				v := map[string]measure.Values{"throughput": w.Throughput, "mean": w.Mean, "p99": w.P99, "in_system": w.InSystem}[name]
				if allUnknown(v) {
					continue
				}
				l := course{name: name, of: r.Series, v: v, band: w.Bands[name], slot: slotPredicted, measured: r == measured}
				if l.measured {
					l.slot = slotMeasured
				}
				lines = append(lines, l)
			}
		}
		if len(lines) > 0 {
			out = append(out, coursePlot(p.label, p.unit, lines))
		}
	}
	if n := len(out); n > 0 {
		out[n-1].X.Label.Text = "time (s)"
	}
	return out
}

func coursePlot(label string, u unit, lines []course) *plot.Plot {
	f := timeFigure{start: math.Inf(1)}
	top, end := 0.0, 0.0
	for _, l := range lines {
		at := timeFigure{start: l.of.Start, step: l.of.Interval}
		f.start, end = math.Min(f.start, at.start), math.Max(end, at.start+at.step*float64(len(l.v)))
		top = math.Max(top, math.Max(topOf(at.points(l.v)), topOf(at.points(l.band.Hi))))
	}
	f.step = end - f.start
	f.series.Throughput = make(measure.Values, 1) // as long as the frame is to be
	p := f.frame(1.1*top, u, label)
	p.Y.Label.Text = strings.TrimSuffix(p.Y.Label.Text, " ()")
	names := endLabels{}
	for _, l := range lines {
		at := timeFigure{start: l.of.Start, step: l.of.Interval}
		if len(l.band.Lo) > 0 {
			p.Add(bandMark{lower: at.points(l.band.Lo), upper: at.points(l.band.Hi), fill: faded(l.slot)})
		}
	}
	for _, l := range lines {
		at := timeFigure{start: l.of.Start, step: l.of.Interval}
		style := lineStyle(l.slot)
		style.Dashes = nil
		word := strings.ReplaceAll(l.name, "_", " ")
		name := word + " predicted"
		if l.measured {
			name = word + " measured"
		} else {
			style.Dashes = dashes(3)
		}
		points := at.points(l.v)
		p.Add(lineMark{points: points, style: style})
		names.at, names.names = append(names.at, lastOf(points)), append(names.names, name)
	}
	p.Add(names)
	return p
}

// levelPlots are throughput and response time against the load.
func levelPlots(predicted, measured *measure.Result, workload string) []*plot.Plot {
	var out []*plot.Plot
	for _, x := range []struct {
		label string
		unit  unit
		lines []func(measure.Level) measure.Estimate
		names []string
	}{
		{"throughput", perSecond, []func(measure.Level) measure.Estimate{func(l measure.Level) measure.Estimate { return l.Throughput }}, []string{"throughput"}},
		{"response time", seconds, []func(measure.Level) measure.Estimate{
			func(l measure.Level) measure.Estimate { return l.Mean },
			func(l measure.Level) measure.Estimate { return l.P99 },
		}, []string{"mean", "p99"}},
	} {
		p := newPlot()
		names := endLabels{}
		top, most := 0.0, 0.0
		var marks []plot.Plotter
		for _, r := range []*measure.Result{predicted, measured} {
			if r == nil || r.Test == nil {
				continue
			}
			for i, of := range x.lines {
				points, lower, upper := against(r.Test.Levels, workload, of)
				if len(points) == 0 {
					continue
				}
				top = math.Max(top, math.Max(topOf(points), topOf(upper)))
				most = math.Max(most, points[len(points)-1].x)
				slot, name := slotPredicted, " predicted"
				style := lineStyle(slot)
				style.Dashes = dashes(3)
				if r == measured {
					slot, name = slotMeasured, " measured"
					style = lineStyle(slot)
					style.Dashes = nil
				}
				marks = append(marks, bandMark{lower: lower, upper: upper, fill: faded(slot)}, lineMark{points: points, style: style, dots: true})
				names.at, names.names = append(names.at, points[len(points)-1]), append(names.names, x.names[i]+name)
			}
		}
		if len(marks) == 0 {
			continue
		}
		top *= 1.1
		sc := x.unit.scaleFor(top)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, most*1.02, 0, top
		p.X.Tick.Marker = constant(ticks(0, p.X.Max, 7))
		yt := ticks(0, top*sc.factor, 4)
		for i := range yt {
			yt[i].Value /= sc.factor
		}
		p.Y.Tick.Marker = constant(yt)
		p.Y.Label.Text = x.label + " (" + unitName(sc) + ")"
		p.Add(gridMark{})
		p.Add(marks...)
		p.Add(names)
		out = append(out, p)
	}
	if n := len(out); n > 0 {
		out[n-1].X.Label.Text = "load (times that of the scenario)"
	}
	return out
}

// against are the values of a figure by rising load, the last where a load was
// tried more than once, and where they lie.
func against(levels []measure.Level, workload string, of func(measure.Level) measure.Estimate) (points, lower, upper []xy) {
	last := map[float64]measure.Estimate{}
	for _, l := range levels {
		if e := of(l); l.Workload == workload && e.Known() {
			last[l.Load] = e
		}
	}
	loads := make([]float64, 0, len(last))
	for at := range last {
		loads = append(loads, at)
	}
	slices.Sort(loads)
	for _, at := range loads {
		e := last[at]
		points = append(points, xy{at, e.Value})
		lower, upper = append(lower, xy{at, e.Lo}), append(upper, xy{at, e.Hi})
	}
	return points, lower, upper
}
