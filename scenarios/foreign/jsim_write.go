package foreign

import (
	"cmp"
	"slices"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// jsimWriter writes a network for JMT's simulator.
type jsimWriter struct {
	*exporter
	flows  []*flow
	nodes  []*jsimOut
	byDesk map[*desk]*jsimOut
	links  [][2]string
}

// jsimOut is a node on its way into a file.
type jsimOut struct {
	name   string // without the number of the copy
	kind   nodeKind
	desk   *desk // of a station
	flow   *flow // of a fork, join or router
	place  int   // of these
	routes map[string][]target
}

// target is where requests go next, and how many (1).
type target struct {
	to *jsimOut
	p  float64
}

func (x *exporter) jsim() *element {
	j := &jsimWriter{exporter: x, byDesk: map[*desk]*jsimOut{}}
	for i := range x.m.Workloads {
		w := &x.m.Workloads[i]
		f := x.follow(w, false)
		if x.tangled(f) {
			f = x.follow(w, true)
		}
		j.flows = append(j.flows, f)
	}
	if len(x.mistakes) > 0 {
		return nil
	}
	desks := x.desks(j.flows)
	uniqueNames(desks, map[string]bool{"Source": true, "Sink": true, thinkStation: true})
	x.ordered(desks, j.flows)
	j.place(desks)
	sim := tag("sim", "name", x.m.Name, "seed", 1, "maxSamples", 1_000_000, "disableStatisticStop", false)
	for i := range x.m.Workloads {
		w := &x.m.Workloads[i]
		if w.Open() {
			sim.with(tag("userClass", "name", w.Name, "type", "open", "priority", 0, "referenceSource", "Source"))
		} else {
			sim.with(tag("userClass", "name", w.Name, "type", "closed", "priority", 0, "customers", w.Users, "referenceSource", thinkStation))
		}
	}
	for _, n := range j.nodes {
		sim.with(j.write(n)...)
	}
	for i, kind := range []string{"System Response Time", "System Throughput"} {
		sim.with(tag("measure", "name", []string{"R", "X"}[i], "type", kind, "alpha", 0.01, "precision", 0.03, "nodeType", "", "referenceNode", "", "referenceUserClass", "", "verbose", false))
	}
	for _, l := range j.links {
		sim.with(tag("connection", "source", l[0], "target", l[1]))
	}
	return sim
}

// tangled reports whether a station is visited in more than one parallel branch,
// or in one and outside: a network by stations cannot tell such visits apart.
func (x *exporter) tangled(f *flow) bool {
	for _, d := range x.quiet().desks([]*flow{f}) {
		if d.visits[f.name].mixed {
			return true
		}
	}
	return false
}

// quiet is an exporter whose notes nobody reads.
func (x *exporter) quiet() *exporter { return &exporter{report: &report{}, m: x.m} }

// ordered notes workloads whose way is more than a chain over stations.
func (x *exporter) ordered(desks []*desk, flows []*flow) {
	for _, f := range flows {
		folded := f.folded
		for _, d := range desks {
			if v := d.visits[f.name]; v != nil && v.places > 1 {
				folded = true
			}
		}
		if folded {
			x.lost("workloads."+f.name, "the order of visits is carried over in the mean only", "a request comes as often to each station, in a random order")
		}
	}
}

// place makes the nodes and says where requests go from each.
func (j *jsimWriter) place(desks []*desk) {
	src := &jsimOut{name: "Source", kind: source}
	snk := &jsimOut{name: "Sink", kind: sink}
	think := &jsimOut{name: thinkStation, kind: station}
	open, closed := false, false
	for i := range j.m.Workloads {
		open = open || j.m.Workloads[i].Open()
		closed = closed || !j.m.Workloads[i].Open()
	}
	if open {
		j.nodes = append(j.nodes, src, snk)
	}
	if closed {
		j.nodes = append(j.nodes, think)
	}
	taken := map[string]bool{"Source": true, "Sink": true, thinkStation: true}
	for _, d := range desks {
		n := &jsimOut{name: d.name, kind: station, desk: d}
		j.byDesk[d] = n
		j.nodes = append(j.nodes, n)
		for c := range d.copies {
			taken[d.called(c)] = true
		}
	}
	for i, f := range j.flows {
		first, last := src, snk
		if !j.m.Workloads[i].Open() {
			first, last = think, think
		}
		j.connect(f, j.joints(f, first, last, taken))
	}
	j.link()
}

// joints makes nodes of forks and joins, and maps each place to its node.
func (j *jsimWriter) joints(f *flow, first, last *jsimOut, taken map[string]bool) []*jsimOut {
	out := make([]*jsimOut, len(f.places))
	for i, p := range f.places {
		base, kind, suffix := f.name, tunnel, "-way"
		if p.service >= 0 {
			base = j.service(p.service).Name
		}
		switch p.kind {
		case begin:
			out[i] = first
			continue
		case end:
			out[i] = last
			continue
		case forks:
			kind, suffix = fork, ""
		case joins:
			kind, suffix = join, "-join"
		case ways:
			base = f.name
		default:
			if d := f.desks[i]; d != nil {
				out[i] = j.byDesk[d]
			}
			continue
		}
		d := &desk{name: base + suffix, copies: 1}
		uniqueNames([]*desk{d}, taken)
		out[i] = &jsimOut{name: d.name, kind: kind, flow: f, place: i}
	}
	return out
}

// connect says where the requests of a flow go from each node, and adds the
// nodes of its forks and joins.
func (j *jsimWriter) connect(f *flow, at []*jsimOut) {
	goes := map[int][]int{}
	for _, k := range f.sorted() {
		goes[k[0]] = append(goes[k[0]], k[1])
	}
	plain := func(to int) int { // a branch with one beginning needs no router
		if next := goes[to]; f.places[to].kind == ways && len(next) == 1 && (at[next[0]].desk == nil || at[next[0]].desk.copies == 1) {
			return next[0]
		}
		return to
	}
	used := map[*jsimOut]bool{}
	for _, k := range f.sorted() {
		from, to := k[0], plain(k[1])
		if at[from] == nil || f.places[from].kind == ways && plain(from) != from {
			continue
		}
		for _, n := range []*jsimOut{at[from], at[to]} {
			if n.flow != nil && !used[n] {
				used[n] = true
				j.nodes = append(j.nodes, n)
			}
		}
		at[from].send(f.name, at[to], f.moves[k])
	}
}

func (n *jsimOut) send(class string, to *jsimOut, p float64) {
	if n.routes == nil {
		n.routes = map[string][]target{}
	}
	list := n.routes[class]
	for i := range list {
		if list[i].to == to {
			list[i].p += p
			return
		}
	}
	n.routes[class] = append(list, target{to, p})
}

// names of a node: one a copy.
func (n *jsimOut) names() []string {
	if n.desk == nil {
		return []string{n.name}
	}
	var out []string
	for c := range n.desk.copies {
		out = append(out, n.desk.called(c))
	}
	return out
}

// link lists the connections, each once.
func (j *jsimWriter) link() {
	for _, n := range j.nodes {
		for _, from := range n.names() {
			var to []string
			for i := range j.m.Workloads {
				for _, t := range n.routes[j.m.Workloads[i].Name] {
					to = append(to, t.to.names()...)
				}
			}
			seen := map[string]bool{}
			for _, t := range to {
				if !seen[t] {
					j.links = append(j.links, [2]string{from, t})
				}
				seen[t] = true
			}
		}
	}
	if len(j.links) > maxElements {
		j.fail(0, "more than %d connections between stations; write fewer replicas", maxElements)
	}
	slices.SortStableFunc(j.nodes, func(a, b *jsimOut) int { return cmp.Compare(order(a), order(b)) })
}

// order of kinds in a file: where requests come from first.
func order(n *jsimOut) int {
	switch n.kind {
	case source:
		return 0
	case sink:
		return 2
	}
	return 1
}

// served is what a node does to a class; false where it never comes.
func (j *jsimWriter) served(n *jsimOut, w *scenarios.Workload) (law dist.Dist, v *visited, ok bool) {
	switch {
	case n.kind == source:
		if !w.Open() {
			return law, nil, false
		}
		return arrivalGap(w.Arrivals), nil, true
	case n.desk == nil:
		return w.Think, nil, !w.Open()
	}
	v = n.desk.visits[w.Name]
	if v == nil {
		return law, nil, false
	}
	return v.parts[0].d, v, true
}

func arrivalGap(a *scenarios.Arrivals) dist.Dist {
	switch a.Kind {
	case scenarios.Poisson:
		return dist.Exponential(reciprocal(a.Rate))
	case scenarios.Constant:
		return dist.Const(reciprocal(a.Rate))
	}
	return a.Gap
}
