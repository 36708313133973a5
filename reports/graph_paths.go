package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// path is an arrow: cubic curves from point to point, straight between two
// points that are marked so. The corners of one that is all straight are round.
type path struct {
	points   []xy
	straight []bool // whether the piece that ends at this point is straight
	corners  bool
}

func (p *path) to(q xy, straight bool) {
	p.points = append(p.points, q)
	p.straight = append(p.straight, straight)
}

// d is the path as SVG writes it. Curves leave and arrive level.
func (p path) d() string {
	var b strings.Builder
	for i, q := range p.points {
		switch {
		case i == 0:
			fmt.Fprintf(&b, "M%.1f,%.1f", q.x, q.y)
		case p.corners && i < len(p.points)-1:
			a, z := towards(q, p.points[i-1]), towards(q, p.points[i+1])
			fmt.Fprintf(&b, " L%.1f,%.1f Q%.1f,%.1f %.1f,%.1f", a.x, a.y, q.x, q.y, z.x, z.y)
		case p.straight[i]:
			fmt.Fprintf(&b, " L%.1f,%.1f", q.x, q.y)
		default:
			a := p.points[i-1]
			mid := (a.x + q.x) / 2
			fmt.Fprintf(&b, " C%.1f,%.1f %.1f,%.1f %.1f,%.1f", mid, a.y, mid, q.y, q.x, q.y)
		}
	}
	return b.String()
}

// towards is a point on the way from a corner to the next, where its rounding
// begins or ends.
func towards(corner, next xy) xy {
	const radius = 8
	dx, dy := next.x-corner.x, next.y-corner.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return corner
	}
	k := math.Min(radius, length/2) / length
	return xy{corner.x + k*dx, corner.y + k*dy}
}

// places are where a label may stand, the best first: on the curves, near the
// middle, those near the source before those further on.
func (p path) places() []xy {
	var out []xy
	for _, t := range []float64{0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8} {
		for i := 1; i < len(p.points); i++ {
			a, b := p.points[i-1], p.points[i]
			if p.straight[i] {
				continue
			}
			// A cubic whose inner points are half way: x and y at t.
			u := 1 - t
			mid := (a.x + b.x) / 2
			out = append(out, xy{
				u*u*u*a.x + 3*u*u*t*mid + 3*u*t*t*mid + t*t*t*b.x,
				(u*u*u+3*u*u*t)*a.y + (3*u*t*t+t*t*t)*b.y,
			})
		}
	}
	for i := 1; i < len(p.points); i++ {
		if p.straight[i] {
			a, b := p.points[i-1], p.points[i]
			out = append(out, xy{(a.x + b.x) / 2, (a.y + b.y) / 2})
		}
	}
	return out
}

// paths are the arrows of all links. Those that meet at a side of a box are
// spread over it, in the order of where they go.
func (d *graphDrawing) paths() []path {
	starts, ends := d.ports()
	lane := 0
	out := make([]path, len(d.links))
	for i, l := range d.links {
		if l.back {
			out[i] = d.under(l, starts[i], ends[i], lane)
			lane++
			continue
		}
		out[i] = d.across(l, starts[i], ends[i])
	}
	return out
}

func (d *graphDrawing) across(l link, start, end float64) path {
	var p path
	from, to := &d.nodes[l.from], &d.nodes[l.to]
	p.to(xy{from.x + from.w, start}, true)
	for _, v := range l.via[1 : len(l.via)-1] {
		n := &d.nodes[v]
		p.to(xy{n.x, n.y}, false)
		p.to(xy{n.x + n.w, n.y}, true)
	}
	p.to(xy{to.x - 1, end}, false)
	return p
}

// under leads a back link round the drawing: out to the right, along under
// everything, and in from the left like every other arrow.
func (d *graphDrawing) under(l link, start, end float64, lane int) path {
	out := 16 + 9*float64(lane)
	from, to := &d.nodes[l.from], &d.nodes[l.to]
	right, left, y := from.x+from.w+out, to.x-out, d.bottom+laneGap*float64(lane+1)
	p := path{corners: true}
	for _, q := range []xy{{from.x + from.w, start}, {right, start}, {right, y}, {left, y}, {left, end}, {to.x - 1, end}} {
		p.to(q, true)
	}
	return p
}

// ports are the heights at which links leave and enter their boxes.
func (d *graphDrawing) ports() (starts, ends []float64) {
	starts, ends = make([]float64, len(d.links)), make([]float64, len(d.links))
	for n := range d.boxes {
		var leaving, entering []int
		for i, l := range d.links {
			if l.from == n {
				leaving = append(leaving, i)
			}
			if l.to == n {
				entering = append(entering, i)
			}
		}
		d.spread(n, leaving, starts, func(l link) int { return l.via[1] })
		d.spread(n, entering, ends, func(l link) int { return l.via[len(l.via)-2] })
	}
	return starts, ends
}

// spread gives the links at one side of a box their heights.
func (d *graphDrawing) spread(n int, links []int, heights []float64, next func(link) int) {
	slices.SortStableFunc(links, func(a, b int) int {
		if x := cmp.Compare(order(d.links[a].back), order(d.links[b].back)); x != 0 {
			return x // back links lowest
		}
		return cmp.Compare(d.nodes[next(d.links[a])].y, d.nodes[next(d.links[b])].y)
	})
	room := min(d.nodes[n].h*0.7, 16*float64(len(links)-1))
	for k, i := range links {
		heights[i] = d.nodes[n].y
		if len(links) > 1 {
			heights[i] += room * (float64(k)/float64(len(links)-1) - 0.5)
		}
	}
}

func order(back bool) int {
	if back {
		return 1
	}
	return 0
}
