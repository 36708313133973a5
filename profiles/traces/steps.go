package traces

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// mostWays is how many ways of an operation are written as branches.
const mostWays = 12

// ways are the shapes of an operation, the most frequent first.
func (op *operation) ways() []*shape {
	keys := slices.Sorted(maps.Keys(op.shapes))
	out := make([]*shape, len(keys))
	for i, k := range keys {
		out[i] = op.shapes[k]
	}
	slices.SortStableFunc(out, func(a, b *shape) int { return cmp.Compare(b.n, a.n) })
	return out
}

func (s *stage) once() bool { return len(s.times) == 1 && s.times[1] > 0 }

// steps are those of an operation of a service.
func (w *writer) steps(op *operation) []scenarios.Step {
	name := w.d.Model().Operations[w.ids[op]].Name
	say := fmt.Sprintf("%d spans", op.visits)
	if op.name != strings.SplitN(name, ".", 2)[1] {
		say += " of " + strconv.QuoteToASCII(op.name[:min(len(op.name), 80)])
	}
	if op.cpu.n > 1 && op.cpu.mean > 0 {
		say += fmt.Sprintf("; itself %s ± %s, 95 %%", amount(op.cpu.mean), amount(op.cpu.half()))
	}
	w.d.Remark(name, say)
	cpu := op.cpu
	if cpu.n == 0 {
		cpu = op.failedCPU
	}
	shapes := op.ways()
	var out []scenarios.Step
	fails := failing(op)
	early := fails != nil && 2*op.early > op.blamed
	if early {
		out = append(out, fails)
	}
	if op.unshaped > 0 || len(shapes) > mostWays {
		out = append(out, demand(&cpu)...)
		out = append(out, w.waited(shapes)...)
		out = append(out, w.byCounts(op)...)
	} else {
		out = append(out, w.branched(op, shapes, &cpu)...)
	}
	if fails != nil && !early {
		out = append(out, fails)
	}
	return out
}

// failing is a step for the failures that no call explains.
func failing(op *operation) scenarios.Step {
	if op.blamed == 0 {
		return nil
	}
	return scenarios.Fail{P: round(float64(op.blamed) / float64(op.visits))}
}

func demand(s *stat) []scenarios.Step {
	if s.n == 0 || !(s.mean > 1e-9) {
		return nil
	}
	return []scenarios.Step{scenarios.CPU{Demand: fit(s)}}
}

// waited is the time that passed by itself in all shapes.
func (w *writer) waited(shapes []*shape) []scenarios.Step {
	var all stat
	for _, s := range shapes {
		all.merge(&s.wait)
	}
	if all.n == 0 || !(all.mean > 1e-9) {
		return nil
	}
	return []scenarios.Step{scenarios.Wait{Time: fit(&all)}}
}

// branched writes what the shapes have in common, and in between a choice of
// what they differ in, with a demand for each where that differs too.
func (w *writer) branched(op *operation, shapes []*shape, cpu *stat) []scenarios.Step {
	if len(shapes) == 0 {
		return demand(cpu)
	}
	apart := differ(shapes, cpu)
	var out []scenarios.Step
	if !apart || len(shapes) == 1 {
		apart = false
		out = append(out, demand(cpu)...)
	}
	return append(append(out, w.waited(shapes)...), w.factored(op, shapes, apart)...)
}

// factored are the stages of shapes.
func (w *writer) factored(op *operation, shapes []*shape, apart bool) []scenarios.Step {
	before, after := common(shapes)
	var out, tail []scenarios.Step
	for i := range before {
		out = append(out, w.stage(op, together(shapes, func(s *shape) *stage { return &s.stages[i] }))...)
	}
	for i := after; i > 0; i-- {
		tail = append(tail, w.stage(op, together(shapes, func(s *shape) *stage { return &s.stages[len(s.stages)-i] }))...)
	}
	if len(shapes) > 1 {
		total := 0
		for _, s := range shapes {
			total += s.n
		}
		var c scenarios.Choose
		rest := 1.0
		for k, s := range shapes {
			p := round(float64(s.n) / float64(total))
			if k == len(shapes)-1 {
				p = max(rest, 0)
			}
			rest -= p
			var steps []scenarios.Step
			if apart {
				steps = demand(&s.cpu)
			}
			for i := before; i < len(s.stages)-after; i++ {
				steps = append(steps, w.stage(op, &s.stages[i])...)
			}
			c.Branches = append(c.Branches, scenarios.Branch{P: neat(p), Steps: steps})
		}
		if slices.ContainsFunc(c.Branches, func(b scenarios.Branch) bool { return len(b.Steps) > 0 }) {
			out = append(out, c)
		}
	}
	return append(out, tail...)
}

// neat takes the noise of a subtraction off a probability.
func neat(p float64) float64 { return math.Round(p*1e9) / 1e9 }

// common is how many stages all shapes begin with, and how many they end with.
func common(shapes []*shape) (before, after int) {
	least := len(shapes[0].stages)
	for _, s := range shapes {
		least = min(least, len(s.stages))
	}
	same := func(at func(s *shape) *stage) bool {
		key := stageKey(at(shapes[0]))
		for _, s := range shapes[1:] {
			if stageKey(at(s)) != key {
				return false
			}
		}
		return true
	}
	for before < least && same(func(s *shape) *stage { return &s.stages[before] }) {
		before++
	}
	for before+after < least && same(func(s *shape) *stage { return &s.stages[len(s.stages)-1-after] }) {
		after++
	}
	return before, after
}

// together is a stage of several shapes, with the rounds of them all.
func together(shapes []*shape, at func(s *shape) *stage) *stage {
	out := *at(shapes[0])
	if !out.single() {
		return &out
	}
	out.times = map[int]int{}
	for _, s := range shapes {
		for n, k := range at(s).times {
			out.times[n] += k
		}
	}
	return &out
}

// differ reports whether the demand depends on the shape: by more than 5 % and
// four standard errors in one of them.
func differ(shapes []*shape, all *stat) bool {
	for _, s := range shapes {
		d := math.Abs(s.cpu.mean - all.mean)
		if s.n >= 20 && d > 0.05*all.mean && d > 4*math.Sqrt(s.cpu.variance()/float64(s.n)) {
			return true
		}
	}
	return false
}

// stage is one call, as often as was seen, or several at once.
func (w *writer) stage(op *operation, s *stage) []scenarios.Step {
	if s.single() {
		one := w.item(op, s.branches[0][0])
		if one == nil {
			return nil
		}
		return repeated(s.times, []scenarios.Step{one})
	}
	p := scenarios.Parallel{}
	for _, b := range s.branches {
		var steps []scenarios.Step
		for _, it := range b {
			if one := w.item(op, it); one != nil {
				steps = append(steps, one)
			}
		}
		if len(steps) > 0 {
			p.Branches = append(p.Branches, steps)
		}
	}
	switch len(p.Branches) {
	case 0:
		return nil
	case 1:
		return p.Branches[0]
	}
	p.Need = len(p.Branches)
	return []scenarios.Step{p}
}

// item is one call or message; nil where its topic has no consumer.
func (w *writer) item(op *operation, it item) scenarios.Step {
	if it.op == nil {
		id, ok := w.topicIDs[it.topic]
		if !ok {
			w.unknown[it.topic] = true
			return nil
		}
		return scenarios.Publish{Topic: id}
	}
	id, ok := w.ids[it.op]
	if !ok {
		return nil
	}
	c := scenarios.Call{Op: id}
	if e := op.edges[it.op]; e != nil && e.attempts > 1 {
		c.Options.Retry = &scenarios.Retry{Attempts: min(e.attempts, 100), Backoff: dist.Const(round(e.backoff.mean)), Factor: 1}
	}
	return c
}

// repeated are steps as often as was counted, with nothing for none.
func repeated(times map[int]int, steps []scenarios.Step) []scenarios.Step {
	total, sum := 0, 0.0
	for n, k := range times {
		total += k
		sum += float64(n) * float64(k)
	}
	if total == 0 {
		return nil
	}
	ns := slices.Sorted(maps.Keys(times))
	p := func(k int) float64 { return round(float64(k) / float64(total)) }
	switch {
	case len(ns) == 1 && ns[0] == 0:
		return nil
	case len(ns) == 1 && ns[0] == 1:
		return steps
	case len(ns) == 2 && ns[0] == 0 && ns[1] == 1:
		return []scenarios.Step{scenarios.Choose{Branches: []scenarios.Branch{
			{P: p(times[1]), Steps: steps}, {P: neat(1 - p(times[1]))},
		}}}
	}
	text := plain(float64(ns[0]))
	if len(ns) > 1 {
		var values []string
		if len(ns) > 16 { // the mean between two whole numbers
			mean := sum / float64(total)
			low := math.Floor(mean)
			ns = []int{int(low), int(low) + 1}
			times = map[int]int{int(low) + 1: int(math.Round(1e6 * (mean - low)))}
			times[int(low)] = 1_000_000 - times[int(low)+1]
			total = 1_000_000
		}
		for _, n := range ns {
			if times[n] > 0 {
				values = append(values, strconv.FormatFloat(100*float64(times[n])/float64(total), 'g', 10, 64)+"%:"+strconv.Itoa(n))
			}
		}
		text = "empirical(" + strings.Join(values, ", ") + ")"
	}
	d, err := dist.Parse(text, dist.Count)
	if err != nil {
		d = dist.Const(0)
	}
	return []scenarios.Step{scenarios.Repeat{Count: d, Steps: steps}}
}

// byCounts writes calls one after the other as often as each was counted, where
// an operation went too many ways to write them all.
func (w *writer) byCounts(op *operation) []scenarios.Step {
	name := op.service.name + "." + op.name
	w.d.Note("operation "+name, fmt.Sprintf("it went more than %d different ways", min(len(op.shapes), mostWays)), "its calls are written one after the other, each as often as it was counted")
	if op.parallel {
		w.d.Note("operation "+name, "some of its calls overlap", "predicted response times are too long")
	}
	callees := make([]*operation, 0, len(op.edges))
	for _, o := range w.operations {
		if _, ok := op.edges[o]; ok && op.edges[o].n > 0 {
			callees = append(callees, o)
		}
	}
	place := func(o *operation) float64 { return op.edges[o].place / float64(op.edges[o].n) }
	slices.SortStableFunc(callees, func(a, b *operation) int { return cmp.Compare(place(a), place(b)) })
	var out []scenarios.Step
	for _, o := range callees {
		times := maps.Clone(op.edges[o].counts)
		some := 0
		for _, k := range times {
			some += k
		}
		if none := op.cpu.n - some; none > 0 {
			times[0] = none
		}
		if one := w.item(op, item{op: o}); one != nil {
			out = append(out, repeated(times, []scenarios.Step{one})...)
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(op.publishes)) {
		mean := float64(op.publishes[topic]) / float64(max(op.cpu.n, 1))
		if one := w.item(op, item{topic: topic}); one != nil {
			k := int(math.Round(1e6 * (mean - math.Floor(mean))))
			out = append(out, repeated(map[int]int{int(mean): 1_000_000 - k, int(mean) + 1: k}, []scenarios.Step{one})...)
		}
	}
	return out
}

// sessionSteps are those of a client, whose own time is one of waiting.
func (w *writer) sessionSteps(op *operation, shapes []*shape) []scenarios.Step {
	var out []scenarios.Step
	if !op.service.told {
		if steps := demand(&op.cpu); len(steps) > 0 {
			out = append(out, scenarios.Wait{Time: steps[0].(scenarios.CPU).Demand})
		}
	}
	out = append(out, w.waited(shapes)...)
	switch {
	case len(shapes) == 0:
	case op.unshaped > 0 || len(shapes) > mostWays:
		out = append(out, w.byCounts(op)...)
	default:
		out = append(out, w.factored(op, shapes, false)...)
	}
	return withoutPublish(out)
}

// withoutPublish leaves out what a session cannot do.
func withoutPublish(steps []scenarios.Step) []scenarios.Step {
	return slices.DeleteFunc(steps, func(s scenarios.Step) bool {
		_, ok := s.(scenarios.Publish)
		return ok
	})
}
