package reports

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Random graphs, cycles included: boxes never overlap, arrows that are not
// back links go right, and everything is inside the drawing.
func TestLayoutOfRandomGraphs(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(14)
		var sizes [][2]float64
		for range n {
			sizes = append(sizes, [2]float64{60 + 80*r.Float64(), 40 + 40*r.Float64()})
		}
		seen := map[[2]int]bool{}
		var ends [][2]int
		for range r.IntN(3 * n) {
			e := [2]int{r.IntN(n), r.IntN(n)}
			if e[0] != e[1] && !seen[e] {
				seen[e] = true
				ends = append(ends, e)
			}
		}
		checkLayout(t, fmt.Sprintf("seed %d", seed), layOutGraph(sizes, ends), n)
	}
}

func checkLayout(t *testing.T, name string, g *layered, boxes int) {
	t.Helper()
	var rects []rect
	for i := range boxes {
		n := g.nodes[i]
		a := rect{n.x, n.y - n.h/2, n.x + n.w, n.y + n.h/2}
		if a.x0 < 0 || a.y0 < 0 || a.x1 > g.width || a.y1 > g.height {
			t.Errorf("%s: box %d at %v is outside %v × %v", name, i, a, g.width, g.height)
		}
		for k, b := range rects {
			if a.meets(b) {
				t.Errorf("%s: boxes %d and %d overlap", name, k, i)
			}
		}
		rects = append(rects, a)
	}
	for _, l := range g.links {
		if !l.back && g.nodes[l.from].layer >= g.nodes[l.to].layer {
			t.Errorf("%s: the link %d to %d does not go right", name, l.from, l.to)
		}
	}
}

func TestLayoutOfCycle(t *testing.T) {
	size := [2]float64{100, 50}
	g := layOutGraph([][2]float64{size, size, size}, [][2]int{{0, 1}, {1, 2}, {2, 1}})
	if g.links[0].back || g.links[1].back || !g.links[2].back {
		t.Errorf("want the way back alone to be a back link: %+v", g.links)
	}
	if g.nodes[0].layer != 0 || g.nodes[1].layer != 1 || g.nodes[2].layer != 2 {
		t.Errorf("layers %d %d %d", g.nodes[0].layer, g.nodes[1].layer, g.nodes[2].layer)
	}
}

// Two columns whose links cross in the order given need not cross.
func TestLayoutUncrosses(t *testing.T) {
	size := [2]float64{100, 50}
	g := layOutGraph([][2]float64{size, size, size, size, size, size}, [][2]int{{0, 5}, {1, 4}, {2, 3}})
	if c := g.crossings(); c != 0 {
		t.Errorf("%d crossings", c)
	}
}

// In the graph of every scenario of the library, no text lies on another or
// on a box it does not belong to.
func TestGraphLabelsDoNotOverlap(t *testing.T) {
	for _, entry := range scenarios.Library() {
		name := entry.Name
		m, err := scenarios.Load(name, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := &measure.Result{Workloads: map[string]*measure.Workload{}}
		for i := range m.Workloads {
			r.Workloads[m.Workloads[i].Name] = &measure.Workload{Throughput: measure.Exactly(12345.6)}
		}
		g := graphOf(m, r)
		svg := string(g.view("g").SVG)
		var labels []rect
		for _, x := range regexp.MustCompile(`<text class="rate" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)`).FindAllStringSubmatch(svg, -1) {
			at, y, w := float(t, x[1]), float(t, x[2]), textWidth(x[3], labelSize, false)
			labels = append(labels, rect{at - w/2, y - labelSize*0.8, at + w/2, y + 1})
		}
		if len(labels) == 0 {
			t.Errorf("%s: no arrow has a rate", name)
		}
		for i, a := range labels {
			for _, b := range labels[:i] {
				if a.meets(b) {
					t.Errorf("%s: labels overlap: %v %v", name, a, b)
				}
			}
			for _, b := range boxesOf(t, svg) {
				if a.meets(b) {
					t.Errorf("%s: a label lies on a box: %v %v", name, a, b)
				}
			}
		}
		if err := parse(svg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func boxesOf(t *testing.T, svg string) []rect {
	t.Helper()
	var out []rect
	for _, g := range strings.Split(svg, `<g class="box`)[1:] {
		x := regexp.MustCompile(`<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"`).FindStringSubmatch(g)
		x0, y0 := float(t, x[1]), float(t, x[2])
		out = append(out, rect{x0, y0, x0 + float(t, x[3]), y0 + float(t, x[4])})
	}
	return out
}

func float(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What is written in a box fits in it.
func TestBoxesHoldTheirText(t *testing.T) {
	m := sampleModel(t)
	g := graphOf(m, sampleResult(m, simulated))
	for i := range g.boxes {
		b := &g.boxes[i]
		size := b.size()
		for _, l := range append(b.lines, b.heading()) {
			if w := textWidth(l, lineSize, false); w > size[0]-boxPad {
				t.Errorf("%s: %q is %.0f wide, the box %.0f", b.name, l, w, size[0])
			}
		}
	}
}
