package layered

import (
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
	fan    bool // some state has several running
}

type graphState struct {
	running []int // pieces, one that runs twice is there twice
	replied bool
	begins  bool     // of no time: its only running may end at once (see burst)
	next    [][]jump // after each of running ends; if it begins, goes on or ends
}

type jump struct {
	p     float64
	state int // -1 is the end
}

// maxStates bounds a graph: twelve branches at once have 4096 states, and as many
// in which one of them begins.
const maxStates = 8194

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
	joint  []bool // pieces that run beside others
	many   bool   // states were too many
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
	g.explore(e.Start, len(t.Order))
	if b.err == nil && g.graph.fan {
		g.together()
		if !g.explore(e.Start, len(t.Order)) {
			g.joint = nil
			g.explore(e.Start, len(t.Order))
		}
	}
	if b.err == nil && g.many {
		g.b.problem(g.where(), "runs so many activities at once that its graph has more than %d states", maxStates)
	}
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
