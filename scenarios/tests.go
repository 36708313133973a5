package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Bounds on a test.
const (
	mostFactor = 1e6 // of the load (1)
	mostPhases = 10_000
)

// tests reads how the load changes over time, by name.
func (c *compiler) tests(s spot) {
	for _, e := range c.entries(s, "a mapping of tests by name") {
		c.name(e.key, e.name)
		c.m.Tests = append(c.m.Tests, c.test(e))
	}
}

func (c *compiler) test(e entry) Test {
	t := Test{Name: e.name}
	f, ok := c.fields(e.spot, testKeys())
	if !ok {
		return t
	}
	if v, ok := f["kind"]; ok {
		if word, ok := c.word(v, testKindWords()); ok {
			t.Kind = TestKind(slices.Index(testKindWords().known, word))
		}
	}
	if v, ok := f["workloads"]; ok {
		t.Workloads = c.testedWorkloads(v)
	}
	if v, ok := f["abort"]; ok {
		t.Abort = c.aborts(v)
	}
	v, ok := c.required(e.spot, f, "phases", "write phases: [{for: 60s}, {for: 30s, load: x5}, {for: 120s}]")
	if !ok {
		return t
	}
	mark := len(c.diags)
	if v.node.Kind != yamlx.Sequence || len(v.node.Items) == 0 {
		c.fail(v, "write [{for: 60s}, {for: 30s, load: x5}, {for: 120s}]", "%s; want a list of phases", found(v.node))
		return t
	}
	for i := range v.node.Items {
		t.Phases = append(t.Phases, c.phases(v.item(i))...)
	}
	switch d := t.Duration(); {
	case c.failed(mark):
	case len(t.Phases) > mostPhases:
		c.fail(v, "", "%d phases; want at most %d", len(t.Phases), mostPhases)
	case d > maxTime:
		c.fail(v, "is the unit right?", "a test of %.3g s is more than 30 years", d)
	case t.Peak() == 0:
		c.fail(v, "give one of the phases a load", "there is no load in any phase")
	}
	return t
}

// testedWorkloads reads the names of the workloads that a test is about.
func (c *compiler) testedWorkloads(s spot) []int {
	var out []int
	for _, v := range c.nameList(s, "a workload") {
		at := slices.IndexFunc(c.m.Workloads, func(w Workload) bool { return w.Name == v.node.Text })
		switch {
		case at < 0:
			names := make([]string, len(c.m.Workloads))
			for i := range names {
				names[i] = c.m.Workloads[i].Name
			}
			c.fail(v, didYouMean(v.node.Text, names), "no workload %q", shorten(v.node.Text))
		case slices.Contains(out, at):
			c.fail(v, "", "%q twice", v.node.Text)
		default:
			out = append(out, at)
		}
	}
	return out
}

// nameList reads one name or a list of them.
func (c *compiler) nameList(s spot, what string) []spot {
	if s.node.Kind == yamlx.Scalar {
		return []spot{s}
	}
	if s.node.Kind != yamlx.Sequence || len(s.node.Items) == 0 {
		c.fail(s, "", "%s; want %s or a list of them", found(s.node), what)
		return nil
	}
	var out []spot
	for i := range s.node.Items {
		if _, ok := c.text(s.item(i), what); ok {
			out = append(out, s.item(i))
		}
	}
	return out
}

// phases reads one phase, or the phases that steps stand for.
func (c *compiler) phases(s spot) []Phase {
	f, ok := c.fields(s, phaseKeys())
	if !ok {
		return nil
	}
	if v, ok := f["steps"]; ok {
		if len(f) > 1 {
			c.fail(v, "put them into a phase of their own", "steps stand alone in a phase")
		}
		return c.stairs(v)
	}
	p := Phase{From: 1, To: 1}
	if v, ok := c.required(s, f, "for", "say how long it lasts, as for: 60s"); ok {
		p.For = c.length(v)
	}
	if v, ok := f["load"]; ok {
		c.load(v, &p)
	}
	return []Phase{p}
}

// length reads a duration of more than nothing.
func (c *compiler) length(s spot) float64 {
	d, ok := c.duration(s)
	switch {
	case !ok:
	case d <= 0:
		c.fail(s, "", "%s; want more than 0", s.node.Text)
	case d > maxTime:
		c.fail(s, "is the unit right?", "%.3g s is more than 30 years", d)
	default:
		return d
	}
	return 0
}

// load reads x5, x1..x4, sine(x0.5, x1.5, period=60s) or diurnal(x0.3, x1.5).
func (c *compiler) load(s spot, p *Phase) {
	const want = "a factor of the load, as x5, x1..x4 or sine(x0.5, x1.5, period=60s)"
	text, ok := c.text(s, want)
	if !ok {
		return
	}
	name, rest, isCall := strings.Cut(text, "(")
	name = strings.TrimSpace(name)
	switch {
	case isCall && (name == "sine" || name == "diurnal"):
		argument, closed := strings.CutSuffix(strings.TrimRight(rest, " "), ")")
		if !closed {
			c.fail(s, "write sine(x0.5, x1.5, period=60s)", "%q is not complete", shorten(text))
			return
		}
		c.swing(inside(s, len(text)-len(rest), argument), name, p)
	case strings.Contains(text, ".."):
		from, to, _ := cut(s, "..")
		p.From, p.To = c.factor(from), c.factor(to)
	default:
		p.From = c.factor(s)
		p.To = p.From
	}
}

// swing reads low, high and the period of a sine.
func (c *compiler) swing(s spot, name string, p *Phase) {
	const day = 86400
	args := split(s)
	example := "sine(x0.5, x1.5, period=60s)"
	least := 3
	if name == "diurnal" {
		example, least, p.Period = "diurnal(x0.3, x1.5)", 2, day
	}
	if len(args) < least || len(args) > 3 {
		c.fail(s, "write "+example, "%s takes the lowest and the highest load and the period", name)
		return
	}
	p.From, p.To = c.factor(args[0]), c.factor(args[1])
	if p.From > p.To {
		c.fail(args[0], "write the lower load first", "%s is more than %s", args[0].node.Text, args[1].node.Text)
	}
	if len(args) == 3 {
		p.Period = c.length(c.named(args[2], "period"))
	}
}

// factor reads x5: so many times the load of the scenario.
func (c *compiler) factor(s spot) float64 {
	const want = "a factor of the load, as x5"
	text, ok := c.text(s, want)
	if !ok {
		return 0
	}
	digits, marked := strings.CutPrefix(text, "x")
	x, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(digits, "xXpP_"):
		c.fail(s, "", "%q is not %s", shorten(text), want)
	case !marked:
		c.fail(s, "write x"+text, "%q is not %s", shorten(text), want)
	case x < 0 || x > mostFactor:
		c.fail(s, "", "%s; want x0 to x%g", text, mostFactor)
	default:
		return x
	}
	return 0
}

// stairs reads a load that goes up or down in steps: {from: x1, to: x5, step:
// x0.5, every: 60s}.
func (c *compiler) stairs(s spot) []Phase {
	f, ok := c.fields(s, stairsKeys())
	if !ok {
		return nil
	}
	mark := len(c.diags)
	var from, to, step, every float64
	for _, x := range []struct {
		key   string
		value *float64
		read  func(spot) float64
	}{{"from", &from, c.factor}, {"to", &to, c.factor}, {"step", &step, c.factor}, {"every", &every, c.length}} {
		if v, ok := c.required(s, f, x.key, "write steps: {from: x1, to: x5, step: x0.5, every: 60s}"); ok {
			*x.value = x.read(v)
		}
	}
	if c.failed(mark) {
		return nil
	}
	n := math.Round(math.Abs(to-from)/step) + 1
	if !(step > 0) || !(n <= mostPhases) {
		c.fail(s, "", "%s from x%g to x%g; want a step of more than 0 and at most %d of them", f["step"].node.Text, from, to, mostPhases)
		return nil
	}
	if off := math.Abs(math.Abs(to-from) - (n-1)*step); off > 1e-6*step {
		c.fail(f["to"], "", "no whole number of steps of x%g leads from x%g to x%g", step, from, to)
		return nil
	}
	out := make([]Phase, int(n))
	for i := range out {
		load := from + math.Copysign(float64(i)*step, to-from)
		load, _ = strconv.ParseFloat(fmt.Sprintf("%.12g", load), 64) // x1.3, not x1.3000000000000003
		out[i] = Phase{For: every, From: load, To: load}
	}
	return out
}
