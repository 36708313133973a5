package foreign

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// readActivities reads the activity graph of a task.
func (l *lqnReader) readActivities(t *lqnTask) {
	g := t.e.child("task-activities")
	if g == nil {
		return
	}
	for _, a := range g.children("activity") {
		name := a.attr("name")
		if t.activities[name] != nil {
			l.fail(a.line, "two activities %q", shorten(name))
		}
		t.activities[name] = a
	}
	for _, p := range g.children("precedence") {
		for _, a := range before(p) {
			name := a.attr("name")
			if t.activities[name] == nil {
				l.fail(a.line, "there is no activity %q", shorten(name))
			} else if t.next[name] != nil {
				l.fail(a.line, "activity %q is followed by two things", shorten(name))
			}
			t.next[name] = p
		}
	}
	for _, r := range g.children("reply-entry") {
		for _, a := range r.children("reply-activity") {
			if t.next[a.attr("name")] != nil {
				l.note(a.line, "entry "+r.attr("name"), "work after the reply is not carried over", "it is done before the reply: response times are longer")
			}
		}
	}
}

// side finds what stands on one side of a precedence, and how it is called.
func side(p *element, names ...string) (*element, string) {
	for _, n := range names {
		if e := p.child(n); e != nil {
			return e, n
		}
	}
	return nil, ""
}

func before(p *element) []*element {
	e, _ := side(p, "pre", "pre-OR", "pre-AND")
	return e.children("activity")
}

// graphWalk turns an activity graph into steps: what lies between a fork and
// its join is a branch.
type graphWalk struct {
	l  *lqnReader
	t  *lqnTask
	on map[string]bool // activities on the way here
}

// graph is the steps of the activities from the first one on.
func (l *lqnReader) graph(t *lqnTask, first string) []scenarios.Step {
	w := graphWalk{l: l, t: t, on: map[string]bool{}}
	steps, end := w.from(first)
	if end != nil && len(l.mistakes) == 0 {
		l.fail(end.line, "task %s: a join without the fork that it belongs to", shorten(t.name))
	}
	return steps
}

// from is the steps from an activity on, up to a join, which is left to who
// forked, or to the end.
func (w graphWalk) from(name string) ([]scenarios.Step, *element) {
	a := w.t.activities[name]
	w.l.steps++
	switch {
	case a == nil:
		w.l.fail(w.t.e.line, "task %s: there is no activity %q", shorten(w.t.name), shorten(name))
		return nil, nil
	case w.on[name] || w.l.steps > maxForked || len(w.l.mistakes) > 0:
		if len(w.l.mistakes) == 0 {
			w.l.fail(a.line, "activity %q is come to again, or in more than %d ways; write a loop", shorten(name), maxForked)
		}
		return nil, nil
	}
	w.on[name] = true
	defer delete(w.on, name)
	steps := w.l.activity(w.t, a)
	p := w.t.next[name]
	if p == nil {
		return steps, nil
	}
	if len(before(p)) > 1 {
		return steps, p
	}
	rest, end := w.after(p)
	return slices.Concat(steps, rest), end
}

// after is the steps behind a precedence.
func (w graphWalk) after(p *element) ([]scenarios.Step, *element) {
	e, kind := side(p, "post", "post-OR", "post-AND", "post-LOOP")
	next := e.children("activity")
	switch {
	case e == nil:
		return nil, nil
	case len(next) == 0:
		w.l.fail(e.line, "task %s: nothing follows", shorten(w.t.name))
		return nil, nil
	case kind == "post-LOOP":
		return w.loop(e, next)
	case len(next) == 1 && kind != "post-OR":
		return w.from(next[0].attr("name"))
	case kind == "post-AND":
		return w.and(e, next)
	}
	return w.or(next)
}

// or is a choice. Where all branches meet again, what follows stands once
// behind them, otherwise in each.
func (w graphWalk) or(next []*element) ([]scenarios.Step, *element) {
	var c scenarios.Choose
	var ends []*element
	sum := 0.0
	for _, a := range next {
		p, _ := w.l.number(a.line, "prob of "+a.attr("name"), w.l.resolve(a.attr("prob")))
		steps, end := w.from(a.attr("name"))
		c.Branches = append(c.Branches, scenarios.Branch{P: p, Steps: steps})
		ends = append(ends, end)
		sum += p
	}
	if len(w.l.mistakes) == 0 && (sum < 1-1e-5 || sum > 1+1e-5) {
		w.l.fail(next[0].line, "task %s: probabilities add up to %s", shorten(w.t.name), plain(sum))
	}
	same := !slices.ContainsFunc(ends, func(e *element) bool { return e != ends[0] })
	if same && (ends[0] == nil || ends[0].child("pre-AND") != nil) {
		return []scenarios.Step{c}, ends[0]
	}
	if same {
		rest, end := w.after(ends[0])
		return append([]scenarios.Step{c}, rest...), end
	}
	var end *element
	for i, e := range ends {
		if e != nil {
			var rest []scenarios.Step
			rest, end = w.after(e)
			c.Branches[i].Steps = slices.Concat(c.Branches[i].Steps, rest)
		}
		if end != nil {
			w.l.fail(end.line, "task %s: a join that only some of the ways to it come to", shorten(w.t.name))
		}
	}
	return []scenarios.Step{c}, nil
}

// and is branches in parallel, up to their join.
func (w graphWalk) and(e *element, next []*element) ([]scenarios.Step, *element) {
	p := scenarios.Parallel{Need: len(next)}
	var join *element
	for i, a := range next {
		steps, end := w.from(a.attr("name"))
		p.Branches = append(p.Branches, steps)
		if i > 0 && end != join && len(w.l.mistakes) == 0 {
			w.l.fail(e.line, "task %s: parallel branches that do not end at one join", shorten(w.t.name))
		}
		join = end
	}
	if join == nil {
		return []scenarios.Step{p}, nil
	}
	if pre := join.child("pre-AND"); pre == nil {
		w.l.fail(join.line, "task %s: parallel branches end at a join of alternatives", shorten(w.t.name))
	} else if q := pre.attr("quorum"); q != "" && q != "0" {
		k, _ := w.l.whole(pre.line, "quorum", w.l.resolve(q), 1)
		p.Need = min(k, len(next))
	}
	rest, end := w.after(join)
	return append([]scenarios.Step{p}, rest...), end
}

// loop is a geometric number of rounds, each one of the activities, and what
// follows.
func (w graphWalk) loop(e *element, next []*element) ([]scenarios.Step, *element) {
	var c scenarios.Choose
	total := 0.0
	for _, a := range next {
		n, _ := w.l.number(a.line, "count of "+a.attr("name"), w.l.resolve(a.attr("count")))
		steps, end := w.from(a.attr("name"))
		if end != nil {
			w.l.fail(end.line, "task %s: a loop whose body ends at a join outside", shorten(w.t.name))
		}
		total += n
		c.Branches = append(c.Branches, scenarios.Branch{P: n, Steps: steps})
	}
	var out []scenarios.Step
	if total > 0 {
		for i := range c.Branches {
			c.Branches[i].P /= total
		}
		body := []scenarios.Step{c}
		if len(next) == 1 {
			body = c.Branches[0].Steps
		}
		out = append(out, scenarios.Repeat{Count: geometric(total), Steps: body})
	}
	if name := e.attr("end"); name != "" {
		rest, end := w.from(name)
		return append(out, rest...), end
	}
	return out, nil
}
