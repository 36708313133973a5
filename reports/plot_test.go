package reports

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"github.com/headroom/headroom/measure"
)

// strokes draws marks on a canvas of 100 × 100 with axes from 0 to 10, and
// returns the points of every line that was stroked.
func strokes(t *testing.T, marks ...plot.Plotter) [][]vg.Point {
	t.Helper()
	var rec recorder.Canvas
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 10, 0, 10
	c := draw.NewCanvas(&rec, 100, 100)
	for _, m := range marks {
		m.Plot(c, p)
	}
	var out [][]vg.Point
	for _, a := range rec.Actions {
		if s, ok := a.(*recorder.Stroke); ok {
			var pts []vg.Point
			for _, x := range s.Path {
				pts = append(pts, x.Pos)
			}
			out = append(out, pts)
		}
	}
	return out
}

// A line is drawn where its points are, broken where they are not known, and
// cut at the edge of the plot.
func TestLineMark(t *testing.T) {
	nan := math.NaN()
	got := strokes(t, lineMark{style: lineStyle(0), points: []xy{{0, 0}, {1, 2}, {2, nan}, {3, 3}, {5, 5}, {nan, 1}, {8, 5}, {12, 5}}})
	want := [][]vg.Point{{{X: 0, Y: 0}, {X: 10, Y: 20}}, {{X: 30, Y: 30}, {X: 50, Y: 50}}, {{X: 80, Y: 50}, {X: 100, Y: 50}}}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		for k := range want[i] {
			if d := got[i][k].Sub(want[i][k]); math.Abs(float64(d.X))+math.Abs(float64(d.Y)) > 1e-9 {
				t.Errorf("piece %d: got %v, want %v", i, got[i], want[i])
			}
		}
	}
	if got := strokes(t, lineMark{points: []xy{{nan, nan}}}); len(got) != 0 {
		t.Errorf("nothing is known, and %v was drawn", got)
	}
}

// On a logarithmic axis the tail of an exponential distribution is a straight
// line: the figure is in the right scale.
func TestTailOfExponentialIsStraight(t *testing.T) {
	r := &measure.Result{Stable: true, Method: measure.Analytic, Workloads: map[string]*measure.Workload{"w": {Response: exponentialTimes(0.05)}}}
	x := (&Page{Results: []Named{{"analytic", r}}}).parts()[0]
	f := x.tails("f", "w", func(r *measure.Result) *measure.Times { return responseOf(r, "w") })
	if f == nil || f.logX {
		t.Fatalf("got %+v", f)
	}
	fig, err := f.view()
	if err != nil {
		t.Fatal(err)
	}
	var points []xy
	for _, m := range regexp.MustCompile(`<path d="(M[^"]*)"[^>]*stroke:var\(--s0\)`).FindAllStringSubmatch(string(fig.SVG), -1) {
		for _, q := range regexp.MustCompile(`([-\d.e]+),([-\d.e]+)`).FindAllStringSubmatch(m[1], -1) {
			points = append(points, xy{float(t, q[1]), float(t, q[2])})
		}
	}
	if len(points) < 10 {
		t.Fatalf("%d points drawn", len(points))
	}
	first, last := points[0], points[len(points)-1]
	for _, p := range points {
		want := first.y + (last.y-first.y)*(p.x-first.x)/(last.x-first.x)
		if math.Abs(p.y-want) > 0.5 {
			t.Errorf("%v is off the line from %v to %v", p, first, last)
		}
	}
	if !strings.Contains(f.describe(), "1 % above 230 ms") { // ln(100)·50 ms
		t.Errorf("described as %q", f.describe())
	}
}

func exponentialTimes(mean float64) *measure.Times {
	t := &measure.Times{Mean: measure.Exactly(mean)}
	for x := 0.05; x < 9.2; x += 0.15 {
		t.Histogram = append(t.Histogram, measure.Point{Le: x * mean, P: -math.Expm1(-x)})
	}
	return t
}

// A tail that is much longer than the median is drawn on two logarithmic axes.
func TestHeavyTailIsLogarithmic(t *testing.T) {
	times := &measure.Times{}
	for x := 0.0; x <= 4; x += 0.05 { // Pareto with α = 1.5
		times.Histogram = append(times.Histogram, measure.Point{Le: 0.001 * math.Pow(10, x/1.5), P: 1 - math.Pow(10, -x)})
	}
	r := &measure.Result{Workloads: map[string]*measure.Workload{"w": {Response: times}}}
	x := (&Page{Results: []Named{{"analytic", r}}}).parts()[0]
	f := x.tails("f", "w", func(r *measure.Result) *measure.Times { return responseOf(r, "w") })
	if f == nil || !f.logX {
		t.Fatalf("got %+v", f)
	}
	if _, err := f.view(); err != nil {
		t.Error(err)
	}
}

// What the page's script reads off a figure is where the figure has it.
func TestTailData(t *testing.T) {
	p := samplePage(t)
	x := mainPart(p.parts())
	f := x.tails("f", "uploads", func(r *measure.Result) *measure.Times { return responseOf(r, "uploads") })
	fig, err := f.view()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Left, Right, Top, Bottom, XMin, XMax float64
		Series                               []struct {
			Name string
			XY   [][2]float64
		}
	}
	if err := json.Unmarshal([]byte(fig.Data), &d); err != nil {
		t.Fatal(err)
	}
	if !(0 < d.Left && d.Left < d.Right && d.Right < tailWidth && 0 <= d.Top && d.Top < d.Bottom && d.Bottom < tailHeight) {
		t.Errorf("axes at %+v", d)
	}
	if len(d.Series) != 3 || d.Series[2].Name != "measured" || len(d.Series[0].XY) < 20 {
		t.Errorf("series %v", d.Series)
	}
	if len(f.limits) != 1 || f.limits[0].time != 0.15 || math.Abs(f.limits[0].level+2) > 1e-12 {
		t.Errorf("limits %v", f.limits)
	}
}

func TestBars(t *testing.T) {
	p := samplePage(t)
	x := mainPart(p.parts())
	f := x.bars("f", []string{"gateway", "recognition", "nobody"})
	if len(f.services) != 2 || len(f.values[0]) != 3 || f.limits["recognition"] != 0.75 {
		t.Fatalf("got %+v", f)
	}
	fig, err := f.view()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if n := strings.Count(string(fig.SVG), `fill:var(--s`+string(rune('0'+i))+`)"`); n != 2 {
			t.Errorf("%d bars of result %d, want 2", n, i)
		}
	}
	if !strings.Contains(string(fig.SVG), "≤ 75 %") {
		t.Error("the objective is not written")
	}
}

// A long series is thinned to what a figure has room for, without losing its
// gaps or its mean.
func TestSeriesIsThinned(t *testing.T) {
	f := &timeFigure{start: -10, step: 2}
	v := make(measure.Values, 100000)
	for i := range v {
		v[i] = float64(i % 7)
	}
	for i := 50000; i < 51000; i++ {
		v[i] = math.NaN()
	}
	got := f.points(v)
	if len(got) > mostPoints || got[0].x < -10 || got[len(got)-1].x > 200000 {
		t.Errorf("%d points from %v to %v", len(got), got[0], got[len(got)-1])
	}
	gaps := 0
	for _, p := range got {
		switch {
		case !p.finite():
			gaps++
		case math.Abs(p.y-3) > 0.1:
			t.Errorf("the mean at %v is %v", p.x, p.y)
		}
	}
	if gaps < 2 {
		t.Errorf("%d gaps", gaps)
	}
	if short := f.points(measure.Values{1, 2}); len(short) != 2 || short[0] != (xy{-9, 1}) {
		t.Errorf("got %v", short)
	}
}

// A drawing that panics is an error of that figure, not the end of the program.
func TestDrawingRecovers(t *testing.T) {
	_, err := drawing{id: "f", width: 10, height: 10, draw: func(draw.Canvas) { panic("log of zero") }}.svg()
	if err == nil || !strings.Contains(err.Error(), "figure f: log of zero") {
		t.Errorf("got %v", err)
	}
}

// Stand-in colours are all replaced: what is left would not follow the theme.
func TestFiguresFollowTheTheme(t *testing.T) {
	for _, p := range []Page{samplePage(t), failingPage(t)} {
		for _, m := range regexp.MustCompile(`(?s)<svg class="plot".*?</svg>`).FindAllString(page(t, p), -1) {
			if left := regexp.MustCompile(`#[0-9A-Fa-f]{6}`).FindString(m); left != "" {
				t.Errorf("colour %s is fixed", left)
			}
			if strings.Contains(m, "Liberation Serif") || strings.Contains(m, "<?xml") {
				t.Error("a figure brings its own font or head")
			}
		}
	}
}
