package pprof

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/headroom/headroom/measure"
)

// Capture is a profile with what the program did meanwhile.
type Capture struct {
	Profile    *Profile
	Requests   float64            // served while it was taken (1); 0 = not known
	Operations map[string]float64 // the same, by operation; nil = not known
	CPU        float64            // processor time of the process as its system counts it (s); 0 = not known
}

// Demand is what requests cost, by what they cost it for. Figures are a
// request's, in Unit, where the number of requests is known, else those of all
// captures together.
type Demand struct {
	Kind     Kind      `json:"kind"`
	Type     string    `json:"type"`
	Unit     string    `json:"unit"`
	Captures int       `json:"captures"`
	Length   float64   `json:"length,omitzero"`   // over which they were taken, together (s)
	Taken    time.Time `json:"taken,omitzero"`    // the first of them; zero where the files do not say
	Requests float64   `json:"requests,omitzero"` // served meanwhile (1); 0 = not known
	Samples  float64   `json:"samples,omitzero"`  // that it rests on (1); 0 = the files do not tell
	Seen     float64   `json:"seen,omitzero"`     // total of the profiles, in Unit (s, B or 1)
	Process  float64   `json:"process,omitzero"`  // the same as the system counted it (s); 0 = not known

	Total      measure.Estimate `json:"total,omitzero"`      // a request
	Classes    []Part           `json:"classes,omitzero"`    // what was garbage collection and runtime
	Operations []Part           `json:"operations,omitzero"` // sorted as all below, the largest first
	Packages   []Part           `json:"packages,omitzero"`
	Functions  []Part           `json:"functions,omitzero"`
	Label      string           `json:"label,omitzero"` // that operations were told by, or empty
	Caveats    []measure.Caveat `json:"caveats,omitzero"`
}

// Part is one of the things that requests cost something for.
type Part struct {
	Name    string           `json:"name"`
	Each    measure.Estimate `json:"each,omitzero"`    // a request of any kind, or all (Unit)
	Between measure.Estimate `json:"between,omitzero"` // as captures differ, where there are two or more
	Share   float64          `json:"share,omitzero"`   // of all (1)
	Samples float64          `json:"samples,omitzero"` // (1); 0 where the files do not tell
	Cum     float64          `json:"cum,omitzero"`     // with what it called, of functions and packages, in Unit (s, B or 1)

	// Of operations: what one request of it costs by itself, and with its share
	// of what cannot be told apart; absent where their number is not known.
	Own  measure.Estimate `json:"own,omitzero"`
	Full measure.Estimate `json:"full,omitzero"`
}

// Requested reports whether figures are a request's.
func (d *Demand) Requested() bool { return d.Requests > 0 }

// Unassigned is the operation of work that nothing tells the operation of.
const Unassigned = "(none told)"

// tally adds up one figure over captures, by name.
type tally struct {
	weight, events, cum map[string]float64
	each                []map[string]float64 // by capture, a request
}

func newTally(captures int) *tally {
	t := &tally{weight: map[string]float64{}, events: map[string]float64{}, cum: map[string]float64{}}
	for range captures {
		t.each = append(t.each, map[string]float64{})
	}
	return t
}

func (t *tally) add(capture int, name string, weight, events, per float64) {
	t.weight[name] += weight
	t.events[name] += events
	t.each[capture][name] += weight / per
}

// DemandOf adds up captures of the same program under the same load. The value
// is a column, empty for the one that matters; see [Profile.Figures].
func DemandOf(captures []Capture, value string, naming Naming) (*Demand, error) {
	a, err := newAdding(captures, value, naming)
	if err != nil {
		return nil, err
	}
	for k := range captures {
		a.capture(k)
	}
	return a.demand(), nil
}

// adding is a sum of captures under way.
type adding struct {
	captures []Capture
	figures  []*Figures
	naming   Naming
	label    string
	memory   map[string]string
	d        *Demand
	per      []float64 // requests of a capture, 1 where they are not known
	scale    []float64 // of what a profile saw to what the process used

	classes, operations, packages, functions *tally
}

func newAdding(captures []Capture, value string, naming Naming) (*adding, error) {
	n := len(captures)
	if n == 0 {
		return nil, errors.New("no profile to add up")
	}
	if naming.Known == nil { // then those that were asked for
		naming.Known = slices.Sorted(maps.Keys(captures[0].Operations))
	}
	a := &adding{
		captures: captures, naming: naming, label: naming.label(captures), memory: map[string]string{},
		d:       &Demand{Kind: captures[0].Profile.Kind(), Captures: n},
		classes: newTally(n), operations: newTally(n), packages: newTally(n), functions: newTally(n),
	}
	requested := true
	for i := range captures {
		c := &captures[i]
		if err := c.check(); err != nil {
			return nil, err
		}
		f, err := c.Profile.Figures(value)
		if err != nil {
			return nil, err
		}
		if i > 0 && (f.Type != a.figures[0].Type || f.Unit != a.figures[0].Unit) {
			return nil, fmt.Errorf("%s is of %s (%s) and %s of %s (%s): give profiles of one kind", captures[0].Profile.Name, a.figures[0].Type, a.figures[0].Unit, c.Profile.Name, f.Type, f.Unit)
		}
		a.figures = append(a.figures, f)
		requested = requested && c.Requests > 0
		a.d.Requests += c.Requests
		a.d.Length += c.Profile.Length
		if t := c.Profile.Taken; a.d.Taken.IsZero() || !t.IsZero() && t.Before(a.d.Taken) {
			a.d.Taken = t
		}
	}
	a.d.Type, a.d.Unit = a.figures[0].Type, a.figures[0].Unit
	if !requested {
		a.d.Requests = 0
	}
	a.measured(requested)
	a.d.Label = a.label
	return a, nil
}

// measured settles what figures are divided by and scaled with.
func (a *adding) measured(requested bool) {
	process := true
	for i := range a.captures {
		per, scale := 1.0, 1.0
		if requested {
			per = a.captures[i].Requests
		}
		weight, events := a.figures[i].total()
		a.d.Seen += weight
		a.d.Samples += events
		if cpu := a.captures[i].CPU; a.d.Type == "cpu" && cpu > 0 && weight > 0 {
			scale = cpu / weight
			a.d.Process += cpu
		} else {
			process = false
		}
		a.per, a.scale = append(a.per, per), append(a.scale, scale)
	}
	if math.IsNaN(a.d.Samples) {
		a.d.Samples = 0
	}
	if !process { // all or none: a mean of both would be neither
		a.d.Process = 0
		for i := range a.scale {
			a.scale[i] = 1
		}
	}
}

func (c *Capture) check() error {
	for _, x := range []struct {
		what string
		v    float64
	}{{"number of requests", c.Requests}, {"processor time of the process", c.CPU}} {
		if math.IsNaN(x.v) || math.IsInf(x.v, 0) || x.v < 0 {
			return fmt.Errorf("%s: a %s of %v; want one that is finite and not negative", c.Profile.Name, x.what, x.v)
		}
	}
	for op, n := range c.Operations {
		if math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
			return fmt.Errorf("%s: %v requests of %s; want a number that is finite and not negative", c.Profile.Name, n, op)
		}
	}
	return nil
}

func (a *adding) capture(k int) {
	p, f := a.captures[k].Profile, a.figures[k]
	seen := map[string]bool{}
	for i := range p.Stacks {
		s := &p.Stacks[i]
		weight, events := f.Each[i]*a.scale[k], 0.0
		if f.Events != nil {
			events = f.Events[i]
		}
		of := class(s.Frames)
		a.classes.add(k, of.String(), weight, events, a.per[k])
		if of == Work {
			op := a.naming.operation(s, a.label, a.memory)
			if op == "" {
				op = Unassigned
			}
			a.operations.add(k, op, weight, events, a.per[k])
		}
		leaf := "(no stack)"
		if n := len(s.Frames); n > 0 {
			leaf = s.Frames[n-1].Function
		}
		a.functions.add(k, leaf, weight, events, a.per[k])
		a.packages.add(k, Package(leaf), weight, events, a.per[k])
		clear(seen)
		for j := range s.Frames {
			name := s.Frames[j].Function
			if pkg := "\x00" + Package(name); !seen[pkg] {
				seen[pkg] = true
				a.packages.cum[pkg[1:]] += weight
			}
			if !seen[name] {
				seen[name] = true
				a.functions.cum[name] += weight
			}
		}
	}
}

func (a *adding) demand() *Demand {
	d := a.d
	d.Classes, d.Packages, d.Functions = a.parts(a.classes), a.parts(a.packages), a.parts(a.functions)
	d.Operations = a.parts(a.operations)
	d.Total = a.totalEstimate()
	a.spread()
	a.caveats()
	return d
}

// all is the sum that shares are of.
func (a *adding) all() float64 {
	if a.d.Process > 0 {
		return a.d.Process
	}
	return a.d.Seen
}

func (a *adding) divisor() float64 {
	if a.d.Requests > 0 {
		return a.d.Requests
	}
	return 1
}

func (a *adding) parts(t *tally) []Part {
	names := map[string]bool{}
	for name := range t.weight {
		names[name] = true
	}
	for name := range t.cum {
		names[name] = true
	}
	var out []Part
	for name := range names {
		p := Part{Name: name, Samples: t.events[name], Cum: t.cum[name] / a.divisor()}
		if all := a.all(); all > 0 {
			p.Share = t.weight[name] / all
		}
		var values []float64
		for k := range t.each {
			values = append(values, t.each[k][name])
		}
		p.Each, p.Between = a.estimate(t.weight[name], p.Samples, values)
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y Part) int {
		return cmp.Or(cmp.Compare(y.Each.Value, x.Each.Value), cmp.Compare(y.Cum, x.Cum), cmp.Compare(x.Name, y.Name))
	})
	return out
}

// estimate is a weight a request with the wider of two intervals: that of
// samples, and that of captures.
func (a *adding) estimate(weight, events float64, values []float64) (each, among measure.Estimate) {
	v := weight / a.divisor()
	var sampled measure.Estimate
	if a.d.Samples > 0 {
		worth := a.all() / a.d.Samples / a.divisor()
		if events > 0 {
			worth = v / events
		}
		var lo, hi float64
		if a.d.Process > 0 {
			lo, hi = binomial(min(events, a.d.Samples), a.d.Samples)
			lo, hi = lo*a.d.Samples, hi*a.d.Samples
		} else {
			lo, hi = poisson(events)
		}
		sampled = measure.Between(v, worth*lo, worth*hi, confidence)
	}
	if a.d.Requests > 0 {
		among = between(values)
		if among.Known() { // around the mean of all requests, which captures of unlike length weigh unlike
			among = measure.Between(v, v-(among.Value-among.Lo), v+(among.Hi-among.Value), confidence)
		}
	}
	return hull(v, sampled, among), among
}

func (a *adding) totalEstimate() measure.Estimate {
	var values []float64
	for k := range a.captures {
		weight, _ := a.figures[k].total()
		values = append(values, weight*a.scale[k]/a.per[k])
	}
	if a.d.Process > 0 {
		v := a.d.Process / a.divisor()
		return hull(v, shifted(between(values), v, a.d.Requests > 0))
	}
	each, _ := a.estimate(a.d.Seen, a.d.Samples, values)
	return each
}

func shifted(e measure.Estimate, v float64, known bool) measure.Estimate {
	if !known || !e.Known() {
		return measure.Estimate{}
	}
	return measure.Between(v, v-(e.Value-e.Lo), v+(e.Hi-e.Value), confidence)
}

// served is the number of requests by operation over all captures, where every
// capture tells it.
func (a *adding) served() map[string]float64 {
	out := map[string]float64{}
	for _, c := range a.captures {
		if c.Operations == nil {
			return nil
		}
		for op, n := range c.Operations {
			out[op] += n
		}
	}
	return out
}

// spread gives operations their own cost and their share of what belongs to
// all: of garbage collection in proportion to their own, since most garbage is
// made where most is done; of the scheduler, of the rest of the runtime and of
// work whose operation nothing tells, one share a request.
func (a *adding) spread() {
	served := a.served()
	if len(served) == 0 {
		return
	}
	d := a.d
	sum := func(parts []Part, names ...string) (v float64) {
		for _, p := range parts {
			if slices.Contains(names, p.Name) {
				v += p.Each.Value
			}
		}
		return v * a.divisor()
	}
	gc := sum(d.Classes, Garbage.String())
	rest := sum(d.Classes, Scheduler.String(), Runtime.String()) + sum(d.Operations, Unassigned)
	own, requests := 0.0, 0.0
	for _, p := range d.Operations {
		if p.Name != Unassigned {
			own += p.Each.Value * a.divisor()
			requests += served[p.Name]
		}
	}
	for i := range d.Operations {
		p := &d.Operations[i]
		n := served[p.Name]
		if p.Name == Unassigned || !(n > 0) || !(own > 0) {
			continue
		}
		p.Own = p.Each.Times(a.divisor() / n)
		v := p.Own.Value*(1+gc/own) + rest/requests
		// What is spread is known as well as the own part, which it follows.
		p.Full = p.Own.Times(v / p.Own.Value)
	}
}

func (a *adding) caveats() {
	d := a.d
	note := func(what, effect string) { d.Caveats = append(d.Caveats, measure.Caveat{What: what, Effect: effect}) }
	if d.Requests == 0 {
		note("the number of requests is not known", "figures are those of the whole capture; give --requests, --throughput or --run")
	}
	if d.Process > 0 {
		if off := d.Seen/d.Process - 1; math.Abs(off) > 0.05 {
			note(fmt.Sprintf("the profile saw %.1f s of the %.1f s of processor time that the process used (%+.0f %%)", d.Seen, d.Process, 100*off),
				"its shares are applied to what the process used; on a machine whose time is taken away, timers miss")
		}
	}
	if d.Samples > 0 && d.Samples < fewSamples {
		note(fmt.Sprintf("%.0f samples", d.Samples), "intervals are wide; take 30 s or more, or several captures")
	}
	nameless := 0.0
	for _, c := range a.captures {
		nameless = max(nameless, c.Profile.Nameless)
	}
	if nameless > 0.2 {
		note(fmt.Sprintf("%.0f %% of the places have no name", 100*nameless), "they appear as the file they are in; take the profile where symbols are")
	}
	if d.Kind == CPU {
		a.unassigned(note)
	}
}

// fewSamples is how many make a total good to ±10 %.
const fewSamples = 400

func (a *adding) unassigned(note func(what, effect string)) {
	d := a.d
	named, none := 0.0, 0.0
	for _, p := range d.Operations {
		if p.Name == Unassigned {
			none += p.Share
		} else {
			named += p.Share
		}
	}
	switch {
	case named == 0 && (len(a.naming.Patterns) > 0 || a.naming.Label != ""):
		note("no stack has the label or a function of the operations asked for", "nothing can be said by operation")
	case named > 0 && none > 0.1*(named+none):
		note(fmt.Sprintf("%.0f %% of the work belongs to no operation that is named", 100*none/(named+none)), "each request bears an equal part of it")
	}
	served := a.served()
	for _, op := range slices.Sorted(maps.Keys(served)) {
		if served[op] > 0 && named > 0 && !slices.ContainsFunc(d.Operations, func(p Part) bool { return p.Name == op }) {
			note(fmt.Sprintf("%s was asked %.0f times and no stack is its own", op, served[op]), "its demand is not known")
		}
	}
}
