package foreign

import (
	"cmp"
	"slices"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// maxWalked bounds the steps that a request is followed through.
const maxWalked = 200_000

// flow is how the requests of one workload go from one piece of work to the
// next: the mean number of times that one follows another, for each request.
// Calls are unfolded: a request is at one place at a time, and holds nothing
// elsewhere.
type flow struct {
	x      *exporter
	name   string // of the workload
	places []spot
	index  map[string]int
	moves  map[[2]int]float64 // (1)
	walked int
	branch string        // the parallel branch that steps belong to
	line   bool          // parallel branches are taken one after the other
	folded bool          // a number of rounds has become a probability of one more
	desks  map[int]*desk // of places that are work
}

// spot is a piece of work.
type spot struct {
	kind           spotKind
	service        scenarios.ServiceID // of work; −1 for a wait of the workload itself
	work           dist.Dist
	branch         string
	need, branches int // of a join
}

type spotKind uint8

const (
	begin spotKind = iota // where requests come from
	end                   // where they are done
	pass                  // nothing happens: taken out at the end
	cpuWork
	waitWork
	ways // where a parallel branch begins
	forks
	joins
)

// mass is the share of requests that have come to a place last.
type mass struct {
	at int
	p  float64 // (1)
}

// Places that every flow has.
const (
	source0 = 0
	sink0   = 1
)

// follow unfolds a workload.
func (x *exporter) follow(w *scenarios.Workload, line bool) *flow {
	f := &flow{x: x, name: w.Name, index: map[string]int{}, moves: map[[2]int]float64{}, desks: map[int]*desk{}, line: line}
	f.places = []spot{{kind: begin}, {kind: end}}
	switch cur := []mass{{source0, 1}}; {
	case w.Route != nil:
		f.route(w.Route)
	case len(w.Mix) > 0:
		var out []mass
		for _, s := range w.Mix {
			out = append(out, f.call(s.Op, scaled(cur, s.P), "", false)...)
		}
		f.to(merged(out), sink0)
	default:
		f.to(f.steps(w.Steps, cur, -1, ""), sink0)
	}
	f.shorten()
	return f
}

// route unfolds a Markov chain over operations: each is walked through once,
// by as many requests as come to it.
func (f *flow) route(r *scenarios.Route) {
	ops := routeOps(r)
	visits, ok := routeVisits(r, ops)
	if !ok {
		f.x.fail(0, "workloads.%s: its route never ends", f.name)
		return
	}
	in := func(op scenarios.OpID) int {
		return f.place("in "+f.x.m.Operations[op].Name, spot{kind: pass})
	}
	for _, s := range r.Start {
		f.move(source0, in(s.Op), s.P)
	}
	for i, op := range ops {
		out := f.call(op, []mass{{in(op), visits[i]}}, "", false)
		left := 1.0
		for _, s := range r.Next[op] {
			f.to(scaled(out, s.P), in(s.Op))
			left -= s.P
		}
		if left > 1e-9 {
			f.to(scaled(out, left), sink0)
		}
	}
}

// routeOps are the operations that a route goes on from, in order.
func routeOps(r *scenarios.Route) []scenarios.OpID {
	var ops []scenarios.OpID
	for id := range r.Next {
		ops = append(ops, id)
	}
	slices.Sort(ops)
	return ops
}

// routeVisits is how often a request comes to each operation: v = start + v·P.
func routeVisits(r *scenarios.Route, ops []scenarios.OpID) ([]float64, bool) {
	n := len(ops)
	m, b := make([][]float64, n), make([]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = 1
	}
	for i, op := range ops {
		for _, s := range r.Next[op] {
			k, _ := slices.BinarySearch(ops, s.Op)
			m[k][i] -= s.P
		}
	}
	for _, s := range r.Start {
		if k, ok := slices.BinarySearch(ops, s.Op); ok {
			b[k] += s.P
		}
	}
	return solve(m, b)
}

// place is the number of a place, made when it is not there yet.
func (f *flow) place(key string, s spot) int {
	i, ok := f.index[key]
	if !ok {
		i = len(f.places)
		f.index[key] = i
		f.places = append(f.places, s)
	}
	return i
}

func (f *flow) move(from, to int, p float64) {
	if p > 0 {
		f.moves[[2]int{from, to}] += p
	}
}

// to moves requests to a place and returns them there.
func (f *flow) to(cur []mass, place int) []mass {
	sum := 0.0
	for _, m := range cur {
		f.move(m.at, place, m.p)
		sum += m.p
	}
	return []mass{{place, sum}}
}

func scaled(cur []mass, p float64) []mass {
	out := slices.Clone(cur)
	for i := range out {
		out[i].p *= p
	}
	return out
}

// merged adds up masses at the same place.
func merged(cur []mass) []mass {
	slices.SortStableFunc(cur, func(a, b mass) int { return cmp.Compare(a.at, b.at) })
	var out []mass
	for _, m := range cur {
		if last := len(out) - 1; last >= 0 && out[last].at == m.at {
			out[last].p += m.p
		} else if m.p > 0 {
			out = append(out, m)
		}
	}
	return out
}

// shorten takes out the places where nothing happens: whoever comes goes on
// where those who leave go.
func (f *flow) shorten() {
	for i, s := range f.places {
		if s.kind != pass {
			continue
		}
		var in, out []mass
		total := 0.0
		for _, k := range f.sorted() {
			p := f.moves[k]
			switch {
			case k[0] == i && k[1] == i:
				// whoever stays goes on later, by the same shares
			case k[1] == i:
				in = append(in, mass{k[0], p})
			case k[0] == i:
				out = append(out, mass{k[1], p})
				total += p
			default:
				continue
			}
			delete(f.moves, k)
		}
		for _, a := range in {
			for _, b := range out {
				f.move(a.at, b.at, a.p*b.p/total)
			}
		}
	}
}

// sorted is the moves in an order that does not change from run to run.
func (f *flow) sorted() [][2]int {
	keys := make([][2]int, 0, len(f.moves))
	for k := range f.moves {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) })
	return keys
}
