package reports

import (
	"math"
	"slices"
)

// A layered drawing of a directed graph, from left to right, after [SuTT81]:
// break cycles, give each node a layer, cut long edges
// into pieces, order each layer by the barycentres of its neighbours, and place.

// node is a box of the drawing, or a bend of a long edge.
type node struct {
	w, h  float64
	layer int
	x, y  float64 // left, and middle
	bend  bool
	out   []int // nodes of the next layer
	in    []int // nodes of the layer before
}

// link is an edge: the nodes it passes, bends included. A back link runs
// against the layers, under the drawing, and has only its two ends.
type link struct {
	from, to int
	via      []int
	back     bool
}

type layered struct {
	nodes  []node
	links  []link
	layers [][]int
	width  float64
	height float64
	bottom float64 // of the lowest box
}

const (
	layerGap = 92 // between layers: room for a rate on an arrow
	rowGap   = 22 // between boxes
	bendSize = 8
	margin   = 14
	laneGap  = 16 // between back links under the drawing
)

// layOutGraph places boxes of the given sizes; ends are the edges.
func layOutGraph(sizes [][2]float64, ends [][2]int) *layered {
	g := &layered{}
	for _, s := range sizes {
		g.nodes = append(g.nodes, node{w: s[0], h: s[1]})
	}
	for _, e := range ends {
		g.links = append(g.links, link{from: e[0], to: e[1]})
	}
	g.breakCycles()
	g.assignLayers()
	g.cutLongLinks()
	g.orderLayers()
	g.place()
	return g
}

// breakCycles marks the links that go back to a node on the way.
func (g *layered) breakCycles() {
	state := make([]int, len(g.nodes)) // 0 new, 1 on the way, 2 done
	var visit func(n int)
	visit = func(n int) {
		state[n] = 1
		for i := range g.links {
			l := &g.links[i]
			if l.from != n {
				continue
			}
			switch state[l.to] {
			case 0:
				visit(l.to)
			case 1:
				l.back = true
			}
		}
		state[n] = 2
	}
	for n := range g.nodes {
		if state[n] == 0 {
			visit(n)
		}
	}
}

// assignLayers puts every node one layer after the last of those before it.
func (g *layered) assignLayers() {
	for range g.nodes { // the longest path has at most that many steps
		moved := false
		for _, l := range g.links {
			if next := g.nodes[l.from].layer + 1; !l.back && g.nodes[l.to].layer < next {
				g.nodes[l.to].layer, moved = next, true
			}
		}
		if !moved {
			break
		}
	}
}

// cutLongLinks puts a bend into every layer that a link passes.
func (g *layered) cutLongLinks() {
	for i := range g.links {
		l := &g.links[i]
		l.via = []int{l.from}
		if !l.back {
			for layer := g.nodes[l.from].layer + 1; layer < g.nodes[l.to].layer; layer++ {
				g.nodes = append(g.nodes, node{h: bendSize, layer: layer, bend: true})
				g.join(l.via[len(l.via)-1], len(g.nodes)-1)
				l.via = append(l.via, len(g.nodes)-1)
			}
			g.join(l.via[len(l.via)-1], l.to)
		}
		l.via = append(l.via, l.to)
	}
	for n := range g.nodes {
		for len(g.layers) <= g.nodes[n].layer {
			g.layers = append(g.layers, nil)
		}
		g.layers[g.nodes[n].layer] = append(g.layers[g.nodes[n].layer], n)
	}
}

func (g *layered) join(a, b int) {
	g.nodes[a].out = append(g.nodes[a].out, b)
	g.nodes[b].in = append(g.nodes[b].in, a)
}

// orderLayers sweeps to and fro, sorting each layer by where its neighbours
// are, and keeps the order with the fewest crossings.
func (g *layered) orderLayers() {
	best, fewest := g.snapshot(), g.crossings()
	for sweep := range 24 {
		if sweep%2 == 0 {
			for i := 1; i < len(g.layers); i++ {
				g.sortLayer(i, func(n *node) []int { return n.in })
			}
		} else {
			for i := len(g.layers) - 2; i >= 0; i-- {
				g.sortLayer(i, func(n *node) []int { return n.out })
			}
		}
		if c := g.crossings(); c < fewest {
			best, fewest = g.snapshot(), c
		}
	}
	g.layers = best
}

func (g *layered) snapshot() [][]int {
	out := make([][]int, len(g.layers))
	for i := range g.layers {
		out[i] = slices.Clone(g.layers[i])
	}
	return out
}

func (g *layered) positions() []int {
	pos := make([]int, len(g.nodes))
	for _, l := range g.layers {
		for i, n := range l {
			pos[n] = i
		}
	}
	return pos
}

func (g *layered) sortLayer(i int, neighbours func(*node) []int) {
	pos := g.positions()
	centre := map[int]float64{}
	for k, n := range g.layers[i] {
		sum, near := 0.0, neighbours(&g.nodes[n])
		for _, m := range near {
			sum += float64(pos[m])
		}
		centre[n] = float64(k) // without neighbours it stays where it is
		if len(near) > 0 {
			centre[n] = sum / float64(len(near))
		}
	}
	slices.SortStableFunc(g.layers[i], func(a, b int) int {
		switch {
		case centre[a] < centre[b]:
			return -1
		case centre[a] > centre[b]:
			return 1
		}
		return 0
	})
}

func (g *layered) crossings() int {
	pos := g.positions()
	n := 0
	for _, layer := range g.layers {
		var ends [][2]int
		for _, a := range layer {
			for _, b := range g.nodes[a].out {
				ends = append(ends, [2]int{pos[a], pos[b]})
			}
		}
		for i := range ends {
			for j := range i {
				if (ends[i][0]-ends[j][0])*(ends[i][1]-ends[j][1]) < 0 {
					n++
				}
			}
		}
	}
	return n
}

// place gives every node its coordinates.
func (g *layered) place() {
	x := float64(margin)
	for _, layer := range g.layers {
		w := 0.0
		for _, n := range layer {
			w = math.Max(w, g.nodes[n].w)
		}
		for _, n := range layer {
			nd := &g.nodes[n]
			nd.x = x + (w-nd.w)/2
			if nd.bend {
				nd.x, nd.w = x, w // it runs straight through the layer
			}
		}
		x += w + layerGap
	}
	g.width = x - layerGap + margin
	g.stack()
	for range 12 {
		for i := 1; i < len(g.layers); i++ {
			g.align(i, func(n *node) []int { return n.in })
		}
		for i := len(g.layers) - 2; i >= 0; i-- {
			g.align(i, func(n *node) []int { return n.out })
		}
	}
	g.shift()
}

// stack puts each layer's nodes under one another, around the middle.
func (g *layered) stack() {
	for _, layer := range g.layers {
		total := -float64(rowGap)
		for _, n := range layer {
			total += g.nodes[n].h + rowGap
		}
		y := -total / 2
		for _, n := range layer {
			g.nodes[n].y = y + g.nodes[n].h/2
			y += g.nodes[n].h + rowGap
		}
	}
}

// align moves the nodes of a layer towards the middle of their neighbours as
// far as their order and the gaps between them allow: the mean of pushing them
// down from the top and up from the bottom.
func (g *layered) align(i int, neighbours func(*node) []int) {
	layer := g.layers[i]
	want := make([]float64, len(layer))
	for k, n := range layer {
		near := neighbours(&g.nodes[n])
		want[k] = g.nodes[n].y
		if len(near) > 0 {
			sum := 0.0
			for _, m := range near {
				sum += g.nodes[m].y
			}
			want[k] = sum / float64(len(near))
		}
	}
	apart := func(a, b int) float64 { return (g.nodes[a].h+g.nodes[b].h)/2 + rowGap }
	down, up := slices.Clone(want), slices.Clone(want)
	for k := 1; k < len(layer); k++ {
		down[k] = math.Max(want[k], down[k-1]+apart(layer[k-1], layer[k]))
	}
	for k := len(layer) - 2; k >= 0; k-- {
		up[k] = math.Min(want[k], up[k+1]-apart(layer[k], layer[k+1]))
	}
	for k, n := range layer {
		g.nodes[n].y = (down[k] + up[k]) / 2
	}
}

// shift moves everything to positive coordinates and finds the height.
func (g *layered) shift() {
	top, bottom := math.Inf(1), math.Inf(-1)
	for _, n := range g.nodes {
		top, bottom = math.Min(top, n.y-n.h/2), math.Max(bottom, n.y+n.h/2)
	}
	for i := range g.nodes {
		g.nodes[i].y += margin - top
	}
	g.bottom = bottom - top + margin
	g.height = g.bottom + margin
	lanes := 0
	for _, l := range g.links {
		if l.back {
			lanes++
		}
	}
	if lanes > 0 {
		g.height += laneGap * float64(lanes)
		g.width += laneGap + 9*float64(lanes)
	}
}
