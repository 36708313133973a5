package layered

import (
	"slices"
	"strconv"
	"strings"
)

// tokens is what a state is made of: how many of each activity run, and how
// many have arrived at each join.
type tokens struct {
	running []int
	begun   []int // of running, who may yet end at once
	arrived []int
	replied bool
}

func (t tokens) clone() tokens {
	return tokens{slices.Clone(t.running), slices.Clone(t.begun), slices.Clone(t.arrived), t.replied}
}

// explore finds all states, or reports that they are too many.
func (g *grapher) explore(start string, orders int) bool {
	g.graph.states, g.states, g.many = nil, map[string]int{}, false
	n := len(g.graph.pieces)
	first := tokens{running: make([]int, n), begun: make([]int, n), arrived: make([]int, orders)}
	g.begin(&first, start)
	g.state(first)
	return !g.many
}

// begin lets an activity run.
func (g *grapher) begin(t *tokens, name string) {
	a := g.index[name]
	t.running[a]++
	if g.joint != nil && g.joint[a] {
		t.begun[a]++
	}
}

// together finds who runs beside others.
func (g *grapher) together() {
	g.joint = make([]bool, len(g.graph.pieces))
	for _, s := range g.graph.states {
		for _, a := range s.running {
			g.joint[a] = g.joint[a] || len(s.running) > 1
		}
	}
}

// state is the number of a state, whose successors it finds if it is new; -1
// if nothing runs any more.
func (g *grapher) state(t tokens) int {
	var key strings.Builder
	any := false
	for _, n := range slices.Concat(t.running, t.begun, t.arrived) {
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
		g.many = true
		return -1
	}
	g.states[key.String()] = i
	g.graph.states = append(g.graph.states, graphState{running: running, replied: t.replied})
	if a := slices.IndexFunc(t.begun, func(n int) bool { return n > 0 }); a >= 0 {
		t = t.clone()
		t.begun[a]--
		next := [][]jump{{{1, g.state(t)}}, g.finish(t, a)}
		g.graph.states[i] = graphState{running: []int{a}, replied: t.replied, begins: true, next: next}
		return i
	}
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
	t = t.clone()
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
		n := t.clone()
		for _, a := range names {
			g.begin(&n, a)
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
