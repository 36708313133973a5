package layered

import (
	"slices"
	"strconv"
	"strings"
)

// graph is an entry's activities as a Markov chain over which of them are
// running: in each state the running ones race, and the one that ends decides,
// perhaps at random, what runs next.
type graph struct {
	pieces []*piece
	names  []string
	states []graphState
	// work space of evaluate
	fan bool // some state has several running
}

type graphState struct {
	running []int // pieces, one that runs twice is there twice
	replied bool
	next    [][]jump // after each of running ends
}

type jump struct {
	p     float64
	state int // -1 is the end
}

// maxStates bounds a graph: twelve branches at once have 4096 states.
const maxStates = 8192

// grapher builds a graph by following tokens.
type grapher struct {
	b      *builder
	entry  *entry
	index  map[string]int // activity to piece
	order  []Precedence
	after  map[string]int // activity to the precedence that it leads into
	loops  map[string]int // last activity of a loop's body to its precedence
	acts   map[string]*piece
	graph  *graph
	states map[string]int
}

// tokens is what a state is made of: how many of each activity run, and how
// many have arrived at each join.
type tokens struct {
	running []int
	arrived []int
	replied bool
}

func (b *builder) graph(t *task, e *entry, acts map[string]*piece) *graph {
	g := &grapher{
		b: b, entry: e, index: map[string]int{}, order: t.Order, after: map[string]int{},
		loops: map[string]int{}, acts: acts, graph: &graph{}, states: map[string]int{},
	}
	g.resolve(e.Start)
	if b.err != nil {
		return g.graph
	}
	first := tokens{running: make([]int, len(g.graph.pieces)), arrived: make([]int, len(t.Order))}
	first.running[g.index[e.Start]]++
	g.state(first)
	if b.err == nil {
		g.graph.count()
	}
	return g.graph
}

func (g *grapher) where() string { return "entry " + g.entry.Name }

// resolve finds every activity reached from the first one.
func (g *grapher) resolve(start string) {
	for i, p := range g.order {
		for _, a := range p.From {
			if j, ok := g.after[a]; ok && j != i {
				g.b.problem(g.where(), "activity %s leads to two things; want one precedence after each", a)
			}
			g.after[a] = i
		}
		if p.Join == And && (p.Quorum < 0 || p.Quorum > len(p.From)) {
			g.b.problem(g.where(), "has a quorum of %d of %d", p.Quorum, len(p.From))
		}
		if p.Fork == Or {
			g.wantProbabilities(p)
		}
		if len(p.From) == 0 || p.Join == Sequence && len(p.From) != 1 || p.Join == Loop {
			g.b.problem(g.where(), "has a join of %d activities and kind %d", len(p.From), p.Join)
		}
		if p.Fork == Sequence && len(p.To) != 1 || len(p.To) == 0 {
			g.b.problem(g.where(), "has a fork to %d activities of kind %d", len(p.To), p.Fork)
		}
	}
	g.reach(start, -1)
}

func (g *grapher) wantProbabilities(p Precedence) {
	total := 0.0
	for _, to := range p.To {
		total += to.P
	}
	if !(total > 1-1e-6 && total < 1+1e-6) {
		g.b.problem(g.where(), "has a choice after %s with probabilities that sum to %g", strings.Join(p.From, ", "), total)
	}
}

// reach adds an activity and what follows it. loop is the loop whose body it
// is in, -1 outside.
func (g *grapher) reach(name string, loop int) {
	p := g.acts[name]
	if p == nil {
		g.b.problem(g.where(), "runs %q, which is no activity of its task", name)
		return
	}
	if _, ok := g.index[name]; ok {
		return
	}
	g.index[name] = len(g.graph.pieces)
	copied := *p // entries that share activities run them at different times
	g.graph.pieces = append(g.graph.pieces, &copied)
	g.graph.names = append(g.graph.names, name)
	i, ok := g.after[name]
	if !ok {
		if loop >= 0 {
			g.loops[name] = loop
		}
		return
	}
	for _, to := range g.order[i].To {
		inner := loop
		if g.order[i].Fork == Loop {
			inner = i
		}
		g.reach(to.Activity, inner)
	}
	if g.order[i].End != "" {
		g.reach(g.order[i].End, loop)
	} else if g.order[i].Fork == Loop && loop >= 0 {
		g.loops["end of "+strconv.Itoa(i)] = loop
	}
}

// state is the number of a state, whose successors it finds if it is new; -1
// if nothing runs any more.
func (g *grapher) state(t tokens) int {
	var key strings.Builder
	any := false
	for _, n := range slices.Concat(t.running, t.arrived) {
		key.WriteString(strconv.Itoa(n))
		key.WriteByte(' ')
	}
	var running []int
	for i, n := range t.running {
		for range n {
			running = append(running, i)
			any = true
		}
	}
	if !any {
		return -1
	}
	if t.replied {
		key.WriteByte('r')
	}
	if i, ok := g.states[key.String()]; ok {
		return i
	}
	i := len(g.graph.states)
	if i >= maxStates {
		g.b.problem(g.where(), "runs so many activities at once that its graph has more than %d states", maxStates)
		return -1
	}
	g.states[key.String()] = i
	g.graph.states = append(g.graph.states, graphState{running: running, replied: t.replied})
	g.graph.fan = g.graph.fan || len(running) > 1
	next := make([][]jump, len(running))
	for j, a := range running {
		if j > 0 && running[j-1] == a {
			next[j] = next[j-1]
			continue
		}
		next[j] = g.finish(t, a)
	}
	g.graph.states[i].next = next
	return i
}

// finish is where a state leads when an activity in it ends.
func (g *grapher) finish(t tokens, a int) []jump {
	t = tokens{slices.Clone(t.running), slices.Clone(t.arrived), t.replied}
	t.running[a]--
	name := g.graph.names[a]
	for i := range g.entry.task.Activities {
		act := &g.entry.task.Activities[i]
		if act.Name == name && slices.Contains(act.Replies, g.entry.Name) {
			t.replied = true
		}
	}
	if i, ok := g.after[name]; ok {
		return g.join(t, i)
	}
	if i, ok := g.loops[name]; ok {
		return g.fork(t, i)
	}
	return []jump{{1, g.state(t)}}
}

// join lets an activity arrive at a precedence.
func (g *grapher) join(t tokens, i int) []jump {
	p := g.order[i]
	if p.Join != And {
		return g.fork(t, i)
	}
	enough := len(p.From)
	if p.Quorum > 0 {
		enough = p.Quorum
	}
	t.arrived[i]++
	fire := t.arrived[i] == enough
	if t.arrived[i] == len(p.From) {
		t.arrived[i] = 0
	}
	if fire {
		return g.fork(t, i)
	}
	return []jump{{1, g.state(t)}}
}

// fork begins what follows a precedence.
func (g *grapher) fork(t tokens, i int) []jump {
	p := g.order[i]
	begin := func(names ...string) int {
		n := tokens{slices.Clone(t.running), slices.Clone(t.arrived), t.replied}
		for _, a := range names {
			n.running[g.index[a]]++
		}
		return g.state(n)
	}
	var out []jump
	switch p.Fork {
	case And, Sequence:
		var all []string
		for _, to := range p.To {
			all = append(all, to.Activity)
		}
		return []jump{{1, begin(all...)}}
	case Or:
		for _, to := range p.To {
			if to.P > 0 {
				out = append(out, jump{to.P, begin(to.Activity)})
			}
		}
		return out
	}
	total := 1.0
	for _, to := range p.To {
		total += to.Count
	}
	for _, to := range p.To {
		if to.Count > 0 {
			out = append(out, jump{to.Count / total, begin(to.Activity)})
		}
	}
	return append(out, g.leave(t, i, 1/total, begin)...)
}

// leave ends a loop.
func (g *grapher) leave(t tokens, i int, p float64, begin func(...string) int) []jump {
	if end := g.order[i].End; end != "" {
		return []jump{{p, begin(end)}}
	}
	if outer, ok := g.loops["end of "+strconv.Itoa(i)]; ok {
		out := g.fork(t, outer)
		for j := range out {
			out[j].p *= p
		}
		return out
	}
	return []jump{{p, g.state(t)}}
}
