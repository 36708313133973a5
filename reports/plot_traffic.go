package reports

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/headroom/headroom/measure"
)

const (
	trafficWidth  = 390
	trafficHeight = 220
)

func secondsToDuration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// trafficFigures are the figures of a log by the chapter that they belong to.
func trafficFigures(t *measure.Traffic) map[string][]drawing {
	out := map[string][]drawing{}
	put := func(chapter, id, title, desc string, p *plot.Plot, height float64) {
		if p == nil {
			return
		}
		out[chapter] = append(out[chapter], drawing{
			id: "figure-" + id, title: title, desc: desc, width: trafficWidth, height: height,
			draw: func(c draw.Canvas) { p.Draw(draw.Crop(c, 2, -10, 2, -6)) },
		})
	}
	if p := trafficRate(t); p != nil {
		put(titleRate, "traffic-rate", "Requests over time", "The shaded stretch is the busy hour.", p, trafficHeight)
	}
	if p := trafficResponse(t); p != nil {
		put(titleRate, "traffic-response", "Time taken, mean over time", "As the log tells it, waiting included.", p, trafficHeight)
	}
	put(titleMix, "traffic-mix", "Share of requests", "The most frequent routes; those left out have less.", trafficMix(t), 30+18*float64(min(len(t.Routes), mixRows)))
	put(titleArrivals, "traffic-dispersion", "Index of dispersion for counts", "The line at 1 is a Poisson process; the band holds each value with 95 %.", trafficDispersion(t), trafficHeight)
	if s := t.Sessions; s != nil {
		put(titleSessions, "traffic-think", "Think times", "Share of pauses within sessions that are no longer than a time.", trafficCurve(s.Think), trafficHeight)
	}
	if t.Day != nil {
		put(titleShape, "traffic-day", "Mean rate by hour of the day", "In the zone of the stamps.", trafficDay(t.Day), trafficHeight)
	}
	return out
}

// trafficAxes readies a plot whose x is a time since the first request (s, or h).
func trafficAxes(span, top float64, u unit, label string) (p *plot.Plot, scaleX float64) {
	p = newPlot()
	scaleX, name := 1.0, "time since the first request (s)"
	if span > 3*3600 {
		scaleX, name = 1.0/3600, "time since the first request (h)"
	}
	sc := u.scaleFor(top)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, span*scaleX, 0, 1.1*top
	p.X.Label.Text = name
	p.X.Tick.Marker = constant(ticks(0, p.X.Max, 6))
	yt := ticks(0, p.Y.Max*sc.factor, 4)
	for i := range yt {
		yt[i].Value /= sc.factor
	}
	p.Y.Tick.Marker = constant(yt)
	p.Y.Label.Text = label + " (" + unitName(sc) + ")"
	p.Add(gridMark{})
	return p, scaleX
}

func trafficLine(v measure.Values, step float64) []xy {
	f := timeFigure{step: step}
	return f.points(v)
}

func trafficRate(t *measure.Traffic) *plot.Plot {
	if t.Series == nil || len(t.Series.Rate) < 2 {
		return nil
	}
	points := trafficLine(t.Series.Rate, t.Series.Interval)
	top := topOf(points)
	p, x := trafficAxes(t.Span, top, perSecond, "requests")
	if t.Busy.Span < 0.9*t.Span {
		p.Add(boxMark{t.Busy.From * x, (t.Busy.From + t.Busy.Span) * x, 0, 1.1 * top, colours().shade()})
	}
	for i := range points {
		points[i].x *= x
	}
	p.Add(lineMark{points: points, style: lineStyle(1)})
	return p
}

func trafficResponse(t *measure.Traffic) *plot.Plot {
	if t.Series == nil || len(t.Series.Response) < 2 {
		return nil
	}
	points := trafficLine(t.Series.Response, t.Series.Interval)
	p, x := trafficAxes(t.Span, topOf(points), seconds, "time taken")
	for i := range points {
		points[i].x *= x
	}
	p.Add(lineMark{points: points, style: lineStyle(1)})
	return p
}

const mixRows = 12

func trafficMix(t *measure.Traffic) *plot.Plot {
	n := min(len(t.Routes), mixRows)
	if n == 0 {
		return nil
	}
	p := newPlot()
	top := 0.0
	for _, r := range t.Routes[:n] {
		top = math.Max(top, r.Share)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, top*1.05, 0, float64(n)
	xt := ticks(0, 100*p.X.Max, 4)
	for i := range xt {
		xt[i].Value /= 100
	}
	p.X.Tick.Marker = constant(xt)
	p.X.Label.Text = "share of all requests (%)"
	var yt []plot.Tick
	for i, r := range t.Routes[:n] {
		at := float64(n-i) - 0.5
		yt = append(yt, plot.Tick{Value: at, Label: shorten(r.Name, 28)})
		p.Add(boxMark{0, r.Share, at - 0.32, at + 0.32, colours().series[1]})
	}
	p.Y.Tick.Marker = constant(yt)
	longest := 0.0
	for _, tick := range yt {
		longest = math.Max(longest, textWidth(tick.Label, fontSize, false))
	}
	// Fonts of browsers are wider than the one that the plot is laid out by.
	p.Y.Tick.Length, p.Y.Padding = 0, vg.Length(2+0.12*longest)
	return p
}

func trafficDispersion(t *measure.Traffic) *plot.Plot {
	if len(t.Dispersion) < 2 {
		return nil
	}
	var mid, lo, hi []xy
	top := 2.0
	for _, d := range t.Dispersion {
		if !d.Index.Known() {
			continue
		}
		x := math.Log10(d.Window)
		mid = append(mid, xy{x, d.Index.Value})
		if d.Index.Uncertain() {
			lo, hi = append(lo, xy{x, d.Index.Lo}), append(hi, xy{x, d.Index.Hi})
		}
		top = math.Max(top, d.Index.Value)
	}
	if len(mid) < 2 {
		return nil
	}
	top *= 1.3
	for i := range hi {
		hi[i].y = math.Min(hi[i].y, top)
	}
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = mid[0].x, mid[len(mid)-1].x, 0, top
	p.X.Label.Text, p.Y.Label.Text = "window (s)", "variance / mean"
	p.X.Tick.Marker = constant(logTicks(p.X.Min, p.X.Max))
	p.Y.Tick.Marker = constant(ticks(0, top, 5))
	p.Add(gridMark{}, bandMark{lower: lo, upper: hi, fill: faded(1)})
	p.Add(lineMark{points: []xy{{p.X.Min, 1}, {p.X.Max, 1}}, style: draw.LineStyle{Color: colours().ink, Width: 1, Dashes: dashes(3)}})
	p.Add(lineMark{points: mid, style: lineStyle(1), dots: true})
	return p
}

// trafficCurve is the cumulative distribution of times.
func trafficCurve(s *measure.Spread) *plot.Plot {
	if s == nil || len(s.Curve) < 2 {
		return nil
	}
	const least = 1e-3 // (s): what is shorter stands at the edge
	var points []xy
	add := func(x, y float64) { points = append(points, xy{math.Log10(math.Max(x, least)), y}) }
	for i, x := range s.Curve {
		add(x, float64(i+1)/float64(len(s.Curve)+1))
	}
	add(s.P99, 0.99)
	from, to := points[0].x, points[len(points)-1].x
	if to-from < 0.1 {
		return nil
	}
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = from, to, 0, 1
	p.X.Label.Text, p.Y.Label.Text = "time (s)", "share (%)"
	p.X.Tick.Marker = constant(logTicks(from, to))
	var yt []plot.Tick
	for i := 0; i <= 4; i++ {
		yt = append(yt, plot.Tick{Value: float64(i) / 4, Label: fmt.Sprint(25 * i)})
	}
	p.Y.Tick.Marker = constant(yt)
	p.Add(gridMark{}, lineMark{points: points, style: lineStyle(1)})
	return p
}

func trafficDay(day measure.Values) *plot.Plot {
	var points []xy
	for i, x := range day {
		points = append(points, xy{float64(i) + 0.5, x})
	}
	top := topOf(points)
	sc := perSecond.scaleFor(top)
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 24, 0, 1.1*top
	p.X.Label.Text, p.Y.Label.Text = "hour of the day", "requests ("+unitName(sc)+")"
	var xt []plot.Tick
	for h := 0; h <= 24; h += 4 {
		xt = append(xt, plot.Tick{Value: float64(h), Label: fmt.Sprint(h)})
	}
	p.X.Tick.Marker = constant(xt)
	yt := ticks(0, p.Y.Max*sc.factor, 4)
	for i := range yt {
		yt[i].Value /= sc.factor
	}
	p.Y.Tick.Marker = constant(yt)
	p.Add(gridMark{})
	for _, q := range points {
		if q.finite() {
			p.Add(boxMark{q.x - 0.4, q.x + 0.4, 0, q.y, colours().series[1]})
		}
	}
	return p
}
