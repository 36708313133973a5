package reports

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

const (
	nameSize  = 13.0
	lineSize  = 11.0
	labelSize = 11.0
	lineStep  = 15.0
	boxPad    = 10.0
	barDepth  = 7.0
)

// size is how large a box must be for what is written in it.
func (b *box) size() [2]float64 {
	w := textWidth(b.heading(), nameSize, true)
	for _, l := range b.lines {
		w = math.Max(w, textWidth(l, lineSize, false))
	}
	h := 2*boxPad + nameSize + lineStep*float64(len(b.lines))
	if b.busy.Known() {
		w = math.Max(w, 104)
		h += lineStep + 2
	}
	return [2]float64{math.Ceil(math.Max(w, 72) + 2*boxPad), math.Ceil(h)}
}

// heading is the name, with the verdict on the objectives behind it.
func (b *box) heading() string {
	return strings.TrimSpace(shorten(b.name, 22) + " " + b.mood.symbol())
}

// graphDrawing writes the graph as SVG.
type graphDrawing struct {
	*systemGraph
	*layered
	b      strings.Builder
	id     string
	placed []rect // boxes and labels so far
	most   float64
}

type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) meets(o rect) bool {
	return r.x0 < o.x1 && o.x0 < r.x1 && r.y0 < o.y1 && o.y0 < r.y1
}

func (g *systemGraph) view(id string) figureView {
	var sizes [][2]float64
	for i := range g.boxes {
		sizes = append(sizes, g.boxes[i].size())
	}
	var ends [][2]int
	most := 0.0
	for _, f := range g.flows {
		ends = append(ends, [2]int{g.index[f.from], g.index[f.to]})
		most = math.Max(most, f.rate)
	}
	d := &graphDrawing{systemGraph: g, layered: layOutGraph(sizes, ends), id: id, most: most}
	return figureView{ID: id, Title: "The system", SVG: d.svg()}
}

func (d *graphDrawing) svg() template.HTML {
	d.b.WriteString(strings.Replace(
		svgOpen(d.id, "graph", "The system and its load", d.describe(), d.width, d.height),
		"<svg ", fmt.Sprintf(`<svg style="min-width:%.0fpx;max-width:%.0fpx" `, 0.85*d.width, 1.15*d.width), 1))
	fmt.Fprintf(&d.b, `<defs><marker id="%s-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" class="tip"/></marker></defs>`, d.id)
	for i := range d.boxes {
		n := &d.nodes[i]
		d.placed = append(d.placed, rect{n.x - 3, n.y - n.h/2 - 3, n.x + n.w + 3, n.y + n.h/2 + 3})
	}
	paths := d.paths()
	for i, p := range paths {
		d.arrow(i, p)
	}
	for i := range d.boxes {
		d.box(i)
	}
	for i, p := range paths {
		d.label(i, p)
	}
	d.b.WriteString("</svg>")
	return template.HTML(d.b.String()) // built here, texts escaped
}

func (d *graphDrawing) arrow(i int, p path) {
	f := d.flows[i]
	class := "flow"
	if f.from.kind == topicVertex || f.to.kind == topicVertex {
		class = "flow message"
	}
	wide := 1.2
	if d.most > 0 {
		wide += 2.4 * math.Sqrt(f.rate/d.most)
	}
	what := d.boxes[d.index[f.from]].name + " → " + d.boxes[d.index[f.to]].name
	if f.rate > 0 {
		what += ": " + perSecond.text(f.rate)
	}
	fmt.Fprintf(&d.b, `<path class="%s" d="%s" stroke-width="%.2g" marker-end="url(#%s-tip)"><title>%s</title></path>`,
		class, p.d(), wide, d.id, html.EscapeString(what))
}

// label writes the rate on an arrow where it covers no box and no other label;
// where there is no such place the arrow's tooltip must do.
func (d *graphDrawing) label(i int, p path) {
	f := d.flows[i]
	if f.rate <= 0 {
		return
	}
	s := perSecond.text(f.rate)
	w := textWidth(s, labelSize, false) + 6
	for _, at := range p.places() {
		r := rect{at.x - w/2, at.y - labelSize*0.72, at.x + w/2, at.y + labelSize*0.72}
		if r.x0 < 0 || r.y0 < 0 || r.x1 > d.width || r.y1 > d.height || d.taken(r) {
			continue
		}
		d.placed = append(d.placed, r)
		fmt.Fprintf(&d.b, `<text class="rate" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, at.x, at.y+labelSize*0.36, html.EscapeString(s))
		return
	}
}

func (d *graphDrawing) taken(r rect) bool {
	for _, o := range d.placed {
		if r.meets(o) {
			return true
		}
	}
	return false
}

func (d *graphDrawing) box(i int) {
	b, n := &d.boxes[i], &d.nodes[i]
	x, y := n.x, n.y-n.h/2
	class := [...]string{"workload", "service", "topic"}[b.kind]
	if b.bottleneck {
		class += " bottleneck"
	}
	radius := [...]float64{n.h / 2, 6, 3}[b.kind]
	fmt.Fprintf(&d.b, `<g class="box %s"><title>%s</title><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f"/>`,
		class, html.EscapeString(b.tooltip()), x, y, n.w, n.h, math.Min(radius, 22))
	if b.kind == topicVertex { // a queue: bars at its end
		for k := range 3 {
			fmt.Fprintf(&d.b, `<path class="slot" d="M%.1f,%.1f v%.1f"/>`, x+n.w-5-4*float64(k), y+5, n.h-10)
		}
	}
	mid := x + n.w/2
	if b.kind == topicVertex {
		mid -= 6
	}
	ty := y + boxPad + nameSize*0.8
	mark := ""
	if b.mood != neutral {
		mark = fmt.Sprintf(` <tspan class="mark %s">%s</tspan>`, b.mood.class(), b.mood.symbol())
	}
	fmt.Fprintf(&d.b, `<text class="name" x="%.1f" y="%.1f" text-anchor="middle">%s%s</text>`, mid, ty, html.EscapeString(shorten(b.name, 22)), mark)
	for _, l := range b.lines {
		ty += lineStep
		fmt.Fprintf(&d.b, `<text class="line" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, mid, ty, html.EscapeString(l))
	}
	if b.busy.Known() {
		d.meter(b, x+boxPad, ty+8, n.w-2*boxPad)
	}
	d.b.WriteString(`</g>`)
}

// meter is the utilization as a bar, with its figure behind it and a mark at
// the limit of its objective.
func (d *graphDrawing) meter(b *box, x, y, w float64) {
	figure := share.text(b.busy.Value)
	track := w - 46
	fill := track * math.Min(math.Max(b.busy.Value, 0), 1)
	fmt.Fprintf(&d.b, `<rect class="track" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"/>`, x, y, track, barDepth)
	fmt.Fprintf(&d.b, `<rect class="fill %s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"/>`, b.level().class(), x, y, fill, barDepth)
	if b.limit > 0 {
		fmt.Fprintf(&d.b, `<path class="limit" d="M%.1f,%.1f v%.1f"/>`, x+track*math.Min(b.limit, 1), y-2, barDepth+4)
	}
	fmt.Fprintf(&d.b, `<text class="busy" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, x+w, y+barDepth, html.EscapeString(figure))
}

func (b *box) tooltip() string {
	s := b.name + ": " + strings.Join(b.lines, ", ")
	if b.busy.Known() {
		s += ", utilization " + share.estimate(b.busy)
	}
	if b.limit > 0 {
		s += ", at most " + share.plain(b.limit) + " allowed"
	}
	if b.bottleneck {
		s += ", the bottleneck"
	}
	return s
}
