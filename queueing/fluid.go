package queueing

import (
	"context"
	"math"
	"sort"
)

// FluidNet is an open or closed network of stations whose contents change over
// time, as flows: of the numbers present only the means are followed.
//
// A station does work at the rate at which it would in the steady state with as
// many present as there are now. That is the pointwise-stationary fluid flow
// approximation ([WaTB96], [TiSu90]): the steady state is that of the
// station's formula exactly, a large backlog grows and drains as a fluid does,
// and only what lies between is approximate.
type FluidNet struct {
	Stations []FluidStation
	Nodes    []FluidNode
	Sources  []FluidSource
}

// FluidStation is Groups stations of Servers servers each, over which its
// requests are spread evenly. In a steady state with a busy servers, a group has
//
//	a + Spread·C(c, a)·a/(c − a)
//
// requests, C Erlang's formula: 1 for exponential times and processor sharing,
// (cₐ² + cₛ²)/2 in order of arrival ([Alle90]).
type FluidStation struct {
	Servers int
	Groups  int
	Spread  float64 // (1)
	// Speed is the speed that is left at an instant (1); nil: all of it.
	Speed func(t float64) float64
}

// FluidNode is a stage of a request: so much work at a station, on average, or,
// with Station −1, so much time.
type FluidNode struct {
	Station int
	Mean    float64 // (s)
	Source  int     // whose requests they are; −1 where nobody waits for them
	Next    []FluidMove
}

// FluidMove is where what leaves a node goes, and how many of it for each that
// leaves. To −1 is the end of a request.
type FluidMove struct {
	To int
	P  float64 // (1)
}

// FluidSource is where requests come from: at Rate (1/s), or from users of whom
// there are Users and who think for Think seconds.
type FluidSource struct {
	Start []FluidMove
	Rate  func(t float64) float64
	Users func(t float64) float64
	Think float64
}

// FluidSeries is what happened in each interval.
type FluidSeries struct {
	Present             [][]float64 // by source and interval (1)
	Last                [][]float64 // by source: present at the end of the interval (1)
	Offered, Throughput [][]float64 // by source and interval (1/s)
	Response            [][]float64 // of what ended there (s); NaN where nothing did
	Busy, AtStation     [][]float64 // by station and interval (1)
}

// Follow lets the network, empty at time 0, go through intervals of the given
// length (s); at the instants of breaks the rates may jump. Response times are
// read off the flows: what ends at t began when as many had come as have ended
// by t, in order of arrival.
//
//   - Domain: means > 0, c ≥ 1; at most a few hundred nodes.
//   - Accuracy: of the equations, 1e-4 of the numbers present.
//   - Source: [WaTB96], [TiSu90]; followed by [VSBH99].
func (n *FluidNet) Follow(ctx context.Context, interval float64, intervals int, breaks []float64) (*FluidSeries, error) {
	w := want{station: "fluid network"}
	w.positive("interval", interval)
	w.count("intervals", intervals, 1)
	w.count("nodes", len(n.Nodes), 1)
	for i := range n.Nodes {
		w.positive("mean", n.Nodes[i].Mean)
	}
	for i := range n.Stations {
		w.count("servers", n.Stations[i].Servers, 1)
		w.count("groups", n.Stations[i].Groups, 1)
		w.notNegative("spread", n.Stations[i].Spread)
	}
	if w.err != nil {
		return nil, w.err
	}
	f := newFluidFlow(n, intervals)
	return f.run(ctx, interval, breaks)
}

// fluidFlow is a network being followed.
type fluidFlow struct {
	n      *FluidNet
	curves []fluidCurve
	y      []float64 // present at the nodes
	out    *FluidSeries
	came   [][]xPoint // by source: requests come by an instant
	gone   [][]xPoint
}

// xPoint is a point of a cumulative flow.
type xPoint struct{ t, n float64 }

func newFluidFlow(n *FluidNet, intervals int) *fluidFlow {
	f := &fluidFlow{n: n, y: make([]float64, len(n.Nodes))}
	for i := range n.Stations {
		f.curves = append(f.curves, newFluidCurve(&n.Stations[i]))
	}
	table := func(rows int) [][]float64 { return matrix(rows, intervals) }
	s, k := len(n.Sources), len(n.Stations)
	f.out = &FluidSeries{Present: table(s), Last: table(s), Offered: table(s), Throughput: table(s), Response: table(s), Busy: table(k), AtStation: table(k)}
	f.came, f.gone = make([][]xPoint, s), make([][]xPoint, s)
	for i := range s {
		f.came[i], f.gone[i] = []xPoint{{}}, []xPoint{{}}
	}
	return f
}

func (f *fluidFlow) run(ctx context.Context, interval float64, breaks []float64) (*FluidSeries, error) {
	intervals := 0
	if len(f.out.Present) > 0 {
		intervals = len(f.out.Present[0])
	}
	breaks = append([]float64(nil), breaks...)
	sort.Float64s(breaks)
	r := &rosenbrock{f: f.slope, tolerance: 1e-4, small: 1e-3}
	t := 0.0
	for j := range intervals {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		end := interval * float64(j+1)
		for t < end {
			to := end
			for _, b := range breaks {
				if b > t*(1+1e-12)+1e-12*interval && b < to {
					to = b
				}
			}
			if err := r.follow(t, to, f.y, func(from, to float64, before, after []float64) { f.step(j, interval, from, to, before, after) }); err != nil {
				return nil, err
			}
			t = to
		}
		for s := range f.n.Sources {
			f.out.Last[s][j] = f.present(s, f.y)
		}
	}
	f.responses(interval)
	return f.out, nil
}

// slope is dy/dt.
func (f *fluidFlow) slope(t float64, y, dy []float64) {
	leaves := f.leaving(t, y)
	for i := range dy {
		dy[i] = -leaves[i]
	}
	for i := range f.n.Nodes {
		for _, m := range f.n.Nodes[i].Next {
			if m.To >= 0 {
				dy[m.To] += m.P * leaves[i]
			}
		}
	}
	for s := range f.n.Sources {
		rate := f.entering(s, t, y)
		for _, m := range f.n.Sources[s].Start {
			if m.To >= 0 {
				dy[m.To] += m.P * rate
			}
		}
	}
}

// entering is the rate at which requests of a source begin (1/s).
func (f *fluidFlow) entering(s int, t float64, y []float64) float64 {
	src := &f.n.Sources[s]
	if src.Rate != nil {
		return src.Rate(t)
	}
	return math.Max(0, src.Users(t)-f.present(s, y)) / src.Think
}

// present is the number of requests of a source in progress.
func (f *fluidFlow) present(s int, y []float64) float64 {
	sum := 0.0
	for i := range f.n.Nodes {
		if f.n.Nodes[i].Source == s {
			sum += y[i]
		}
	}
	return sum
}

// leaving is the rate at which each node is left (1/s): its share of the work
// that the station does.
func (f *fluidFlow) leaving(t float64, y []float64) []float64 {
	at := f.atStations(y)
	share := make([]float64, len(at))
	for k := range at {
		if at[k] > 0 {
			share[k] = f.busy(k, t, at[k]) / at[k]
		} else {
			share[k] = 1 // as for little
		}
	}
	out := make([]float64, len(y))
	for i := range y {
		node := &f.n.Nodes[i]
		x := math.Max(0, y[i])
		if node.Station >= 0 {
			x *= share[node.Station]
		}
		out[i] = x / node.Mean
	}
	return out
}

func (f *fluidFlow) atStations(y []float64) []float64 {
	out := make([]float64, len(f.n.Stations))
	for i := range y {
		if k := f.n.Nodes[i].Station; k >= 0 {
			out[k] += math.Max(0, y[i])
		}
	}
	return out
}

// busy is the work that a station does with q present (1): servers that are
// busy, times the speed that is left.
func (f *fluidFlow) busy(k int, t, q float64) float64 {
	st := &f.n.Stations[k]
	g := float64(st.Groups)
	x := g * f.curves[k].busy(q/g)
	if st.Speed != nil {
		x *= st.Speed(t)
	}
	return x
}

// step adds a step to the interval that it lies in, by the trapezoidal rule.
func (f *fluidFlow) step(j int, interval, from, to float64, before, after []float64) {
	h := (to - from) / interval / 2
	inside := 1e-9 * (to - from) // rates jump at the ends of a stretch
	for _, end := range []struct {
		t float64
		y []float64
	}{{from + inside, before}, {to - inside, after}} {
		for k, q := range f.atStations(end.y) {
			f.out.AtStation[k][j] += h * q
			f.out.Busy[k][j] += h * f.busy(k, end.t, q)
		}
		leaves := f.leaving(end.t, end.y)
		for s := range f.n.Sources {
			f.out.Present[s][j] += h * f.present(s, end.y)
			f.out.Offered[s][j] += h * f.entering(s, end.t, end.y)
			f.out.Throughput[s][j] += h * f.ending(s, leaves)
		}
	}
	h *= interval
	for s := range f.n.Sources {
		in := f.entering(s, from+inside, before) + f.entering(s, to-inside, after)
		now := f.came[s][len(f.came[s])-1].n + h*in
		f.came[s] = append(f.came[s], xPoint{to, now})
		f.gone[s] = append(f.gone[s], xPoint{to, now - f.present(s, after)})
	}
}

// ending is the rate at which requests of a source end (1/s).
func (f *fluidFlow) ending(s int, leaves []float64) float64 {
	sum := 0.0
	for i := range f.n.Nodes {
		if f.n.Nodes[i].Source != s {
			continue
		}
		for _, m := range f.n.Nodes[i].Next {
			if m.To == -1 {
				sum += m.P * leaves[i]
			}
		}
	}
	return sum
}

// responses reads the mean response times of what ended in each interval off
// the cumulative flows: the area between them over the number that ended.
func (f *fluidFlow) responses(interval float64) {
	for s := range f.n.Sources {
		for j := range f.out.Response[s] {
			a, b := interval*float64(j), interval*float64(j+1)
			f.out.Response[s][j] = betweenFlows(f.came[s], f.gone[s], a, b)
		}
	}
}

// betweenFlows is the mean of t − A⁻¹(D(t)) over what ends from a to b; NaN
// where that is nothing to speak of.
func betweenFlows(came, gone []xPoint, a, b float64) float64 {
	const parts = 16
	sum, weight := 0.0, 0.0
	before := flowAt(gone, a)
	for i := range parts {
		t := a + (b-a)*float64(i+1)/parts
		now := flowAt(gone, t)
		mid := (before + now) / 2
		if d := now - before; d > 0 && mid > 0 {
			at := t - (b-a)/parts/2
			sum += d * math.Max(0, at-flowInverse(came, mid))
			weight += d
		}
		before = now
	}
	if weight < 1e-9 {
		return math.NaN()
	}
	return sum / weight
}

// flowAt is the value of a cumulative flow at an instant.
func flowAt(p []xPoint, t float64) float64 {
	i := sort.Search(len(p), func(i int) bool { return p[i].t >= t })
	switch {
	case i == 0:
		return p[0].n
	case i == len(p):
		return p[i-1].n
	}
	u, v := p[i-1], p[i]
	return u.n + (v.n-u.n)*(t-u.t)/(v.t-u.t)
}

// flowInverse is when a cumulative flow came to n.
func flowInverse(p []xPoint, n float64) float64 {
	i := sort.Search(len(p), func(i int) bool { return p[i].n >= n })
	switch {
	case i == 0:
		return p[0].t
	case i == len(p):
		return p[i-1].t
	}
	u, v := p[i-1], p[i]
	if v.n <= u.n {
		return v.t
	}
	return u.t + (v.t-u.t)*(n-u.n)/(v.n-u.n)
}

// fluidCurve is how many servers of a group are busy, by how many are present,
// at points that lie close and then in a straight line from one to the next.
type fluidCurve struct {
	present, idle []float64 // at rising loads
	servers       float64
	spread        float64
}

// curvePoints is how many points a curve has; between two of them the load
// changes by less than a hundredth of what is left to full.
const curvePoints = 2000

func newFluidCurve(s *FluidStation) fluidCurve {
	c := fluidCurve{servers: float64(s.Servers), spread: s.Spread}
	for i := range curvePoints + 1 {
		left := math.Pow(1e-8, float64(i)/curvePoints) // 1 − ρ, from 1 down
		a := c.servers * (1 - left)
		c.present = append(c.present, a+s.Spread*ErlangC(s.Servers, a)*(1-left)/left)
		c.idle = append(c.idle, c.servers*left)
	}
	return c
}

// busy is how many of the servers are busy with q present.
func (c *fluidCurve) busy(q float64) float64 {
	last := len(c.present) - 1
	if q >= c.present[last] {
		return c.servers
	}
	if q <= 0 {
		return 0
	}
	i := sort.SearchFloat64s(c.present, q)
	u, v := c.present[i-1], c.present[i]
	if v <= u {
		return c.servers - c.idle[i]
	}
	return c.servers - (c.idle[i-1] + (c.idle[i]-c.idle[i-1])*(q-u)/(v-u))
}
