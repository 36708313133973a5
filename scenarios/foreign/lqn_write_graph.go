package foreign

import (
	"fmt"
	"math"
	"strconv"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// graphWriter writes steps as the activity graph of one task.
type graphWriter struct {
	x       *exporter
	at      string // of the service or workload, for notes
	endless bool   // its processor has no end: a wait is a demand

	prefix     string // of the names of activities
	n          int
	activities []*element
	order      []*element // precedences
	replies    []*element
}

// entry writes an operation: as a phase where it is a single activity, else as
// a graph.
func (g *graphWriter) entry(e *element, name string, steps []scenarios.Step, replies bool) *element {
	g.prefix, g.n = name, 0
	if a, n := g.leading(steps); a != nil && n == len(steps) {
		return g.phase(e, a)
	}
	if len(steps) == 0 {
		return g.phase(e, g.idle())
	}
	e.attrs = append(e.attrs, tag("", "type", "NONE").attrs...)
	first, n := g.leading(steps)
	if first == nil {
		first = g.idle()
	}
	rest := steps[n:]
	g.name(first)
	first.attrs = append(first.attrs, tag("", "bound-to-entry", e.attr("name")).attrs...)
	last := g.chain(rest, first.attr("name"))
	if replies {
		g.replies = append(g.replies, tag("reply-entry", "name", e.attr("name")).with(tag("reply-activity", "name", last)))
	}
	return e
}

func (g *graphWriter) phase(e, a *element) *element {
	e.attrs = append(e.attrs, tag("", "type", "PH1PH2").attrs...)
	a.attrs = append(tag("", "name", g.prefix+"-1", "phase", 1).attrs, a.attrs...)
	return e.with(tag("entry-phase-activities").with(a))
}

// element is the graph, nothing when there is none.
func (g *graphWriter) element() []*element {
	if len(g.activities) == 0 {
		return nil
	}
	return []*element{tag("task-activities").with(g.activities...).with(g.order...).with(g.replies...)}
}

// name gives an activity its name and adds it to the graph.
func (g *graphWriter) name(a *element) string {
	g.n++
	name := g.prefix + "-" + strconv.Itoa(g.n)
	a.attrs = append(tag("", "name", name).attrs, a.attrs...)
	g.activities = append(g.activities, a)
	return name
}

// idle is an activity that does nothing: a joint of the graph.
func (g *graphWriter) idle() *element { return tag("activity", "host-demand-mean", 0) }

// activity is a step as one activity, nil where it takes more.
func (g *graphWriter) activity(s scenarios.Step) *element {
	switch s := s.(type) {
	case scenarios.CPU:
		return g.demand(s.Demand)
	case scenarios.Wait:
		if g.endless {
			return g.demand(s.Time)
		}
		if s.Time.Family() != dist.FamilyExponential && !s.Time.IsZero() {
			g.x.lost(g.at, "waits that are not exponential are carried over by their mean", "")
		}
		return tag("activity", "host-demand-mean", 0, "think-time", s.Time.Mean())
	case scenarios.Call:
		return tag("activity", "host-demand-mean", 0, "call-order", "DETERMINISTIC").with(g.synch(s.Op, 1))
	case scenarios.Publish:
		t := g.x.m.Topics[s.Topic]
		return tag("activity", "host-demand-mean", 0, "call-order", "DETERMINISTIC").with(tag("asynch-call", "dest", g.x.m.Operations[t.Consumer].Name, "calls-mean", 1))
	case scenarios.Repeat:
		return g.calls(s)
	}
	return nil
}

func (g *graphWriter) synch(op scenarios.OpID, mean float64) *element {
	return tag("synch-call", "dest", g.x.m.Operations[op].Name, "calls-mean", mean)
}

// calls is a loop of nothing but one call: so many calls of one activity.
func (g *graphWriter) calls(s scenarios.Repeat) *element {
	if len(s.Steps) != 1 || s.PerMessage {
		return nil
	}
	call, ok := s.Steps[0].(scenarios.Call)
	if !ok {
		return nil
	}
	n, random := rounds(s)
	switch {
	case random:
		return tag("activity", "host-demand-mean", 0).with(g.synch(call.Op, n))
	case s.Count.Variance() == 0:
		return tag("activity", "host-demand-mean", 0, "call-order", "DETERMINISTIC").with(g.synch(call.Op, n))
	}
	return nil
}

// rounds is the mean number of rounds of a loop (1), and whether it is geometric.
func rounds(s scenarios.Repeat) (mean float64, random bool) {
	mean = meanRounds(s)
	for _, digits := range []int{12, 15, 17} {
		short, err := strconv.ParseFloat(strconv.FormatFloat(mean, 'g', digits, 64), 64)
		if err == nil && short > 0 && geometric(short).String() == s.Count.String() {
			return short, true
		}
	}
	return mean, false
}

// demand is an activity with a demand: mean and squared coefficient of variation.
func (g *graphWriter) demand(d dist.Dist) *element {
	scv := d.SCV()
	a := tag("activity", "host-demand-mean", d.Mean())
	switch d.Family() {
	case dist.FamilyExponential:
		return a
	case dist.FamilyConst, dist.FamilyGamma:
		if cv, ok := arguments(d)["cv"]; ok {
			scv = cv * cv
		}
	default:
		g.x.lost(g.at, "demands that are neither exponential nor gamma are carried over by mean and variance", "")
	}
	if math.IsInf(scv, 0) {
		g.x.lost(g.at, "a demand without variance", "it is taken as exponential")
		return a
	}
	if d.IsZero() {
		return a
	}
	a.attrs = append(a.attrs, tag("", "host-demand-cvsq", scv).attrs...)
	return a
}

// chain writes steps behind an activity; it returns the last one.
func (g *graphWriter) chain(steps []scenarios.Step, prev string) string {
	for len(steps) > 0 {
		if a, n := g.leading(steps); a != nil {
			next := g.name(a)
			g.follows([]string{prev}, "pre", tag("post").with(tag("activity", "name", next)))
			prev, steps = next, steps[n:]
			continue
		}
		s := steps[0]
		steps = steps[1:]
		switch s := s.(type) {
		case scenarios.Choose:
			prev = g.alternatives(prev, s.Branches)
		case scenarios.Cache:
			prev = g.alternatives(prev, []scenarios.Branch{{P: s.Hit, Steps: s.Then}, {P: 1 - s.Hit, Steps: s.Else}})
		case scenarios.Parallel:
			prev = g.parallel(prev, s)
		case scenarios.Repeat:
			prev = g.loop(prev, s)
		}
	}
	return prev
}

// follows adds a precedence.
func (g *graphWriter) follows(before []string, kind string, post *element) *element {
	pre := tag(kind)
	for _, b := range before {
		pre.with(tag("activity", "name", b))
	}
	g.order = append(g.order, tag("precedence").with(pre, post))
	return pre
}

// begin is the first activity of a branch, and last what its last one is.
func (g *graphWriter) begin(steps []scenarios.Step) (first, last string) {
	if a, n := g.leading(steps); a != nil {
		first = g.name(a)
		return first, g.chain(steps[n:], first)
	}
	first = g.name(g.idle())
	return first, g.chain(steps, first)
}

func (g *graphWriter) alternatives(prev string, branches []scenarios.Branch) string {
	post := tag("post-OR")
	var ends []string
	g.follows([]string{prev}, "pre", post)
	for _, b := range branches {
		first, last := g.begin(b.Steps)
		post.with(tag("activity", "name", first, "prob", b.P))
		ends = append(ends, last)
	}
	joint := g.name(g.idle())
	g.follows(ends, "pre-OR", tag("post").with(tag("activity", "name", joint)))
	return joint
}

func (g *graphWriter) parallel(prev string, s scenarios.Parallel) string {
	post := tag("post-AND")
	var ends []string
	g.follows([]string{prev}, "pre", post)
	for _, b := range s.Branches {
		first, last := g.begin(b)
		post.with(tag("activity", "name", first))
		ends = append(ends, last)
	}
	joint := g.name(g.idle())
	pre := g.follows(ends, "pre-AND", tag("post").with(tag("activity", "name", joint)))
	if s.Need < len(s.Branches) {
		pre.attrs = tag("", "quorum", s.Need).attrs
	}
	return joint
}

func (g *graphWriter) loop(prev string, s scenarios.Repeat) string {
	n, random := rounds(s)
	switch {
	case s.PerMessage:
		n = 1
		g.x.lost(g.at, "work for each message of a batch is not carried over", "it is done once")
	case !random:
		g.x.lost(g.at, fmt.Sprintf("a loop of %s rounds becomes one of a random number", law(s.Count)), "of the same mean")
	}
	joint := g.name(g.idle())
	post := tag("post-LOOP", "end", joint)
	g.follows([]string{prev}, "pre", post)
	first, _ := g.begin(s.Steps)
	post.with(tag("activity", "name", first, "count", n))
	return joint
}
