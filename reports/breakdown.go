package reports

import (
	"cmp"
	"maps"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// partHeads are what parts of a response time are called in a table.
var partHeads = map[string]string{
	"thread": "for a thread", "core": "for a core", "service": "in service", "wait": "in waits", "network": "network",
	"lock": "locks", "pool": "pools", "publish": "topics", "copies": "copies", "barrier": "barrier", "retry": "retries",
}

// Breakdowns are tables of where the mean response time of each workload goes,
// the service that takes most of it first; none for a result that does not say.
// Workloads are in the order of the model, where one is given.
func Breakdowns(m *scenarios.Model, r *measure.Result) []Chapter {
	if r == nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(r.Workloads))
	if m != nil {
		names = names[:0]
		for i := range m.Workloads {
			names = append(names, m.Workloads[i].Name)
		}
	}
	var out []Chapter
	for _, name := range names {
		if w := r.Workloads[name]; w != nil && w.Breakdown != nil && w.Breakdown.Total() > 0 {
			out = append(out, breakdownOf(name, w.Breakdown))
		}
	}
	return out
}

// place is where a request spends time.
type place struct {
	name  string
	parts *measure.Parts
}

func breakdownOf(name string, b *measure.Breakdown) Chapter {
	var places []place
	for s, p := range b.Services {
		places = append(places, place{s, p})
	}
	if b.Session != nil {
		places = append(places, place{"(session)", b.Session})
	}
	slices.SortFunc(places, func(x, y place) int {
		return cmp.Or(cmp.Compare(y.parts.Total(), x.parts.Total()), cmp.Compare(x.name, y.name))
	})
	sums := make(map[string]float64)
	for _, p := range places {
		for part, e := range p.parts.Each() {
			sums[part] += e.Value
		}
	}
	whole := b.Total()
	c := Chapter{Title: "Where the time of " + name + " goes", Columns: []ChapterColumn{{Head: "service"}, {Head: "all", Numeric: true}, {Head: "share", Numeric: true}}}
	var kept []string
	for part := range (&measure.Parts{}).Each() {
		if sums[part] > 0 {
			kept = append(kept, part)
			c.Columns = append(c.Columns, ChapterColumn{Head: partHeads[part], Numeric: true})
		}
	}
	for _, p := range places {
		row := []string{p.name, Seconds(p.parts.Total()), Share(p.parts.Total() / whole)}
		for part, e := range p.parts.Each() {
			if slices.Contains(kept, part) {
				text := missing
				if e.Known() {
					text = Seconds(e.Value)
				}
				row = append(row, text)
			}
		}
		c.Rows = append(c.Rows, row)
	}
	row := []string{"all", Seconds(whole), Share(1)}
	for _, part := range kept {
		row = append(row, Seconds(sums[part]))
	}
	c.Rows = append(c.Rows, row)
	c.Sentences = []string{"Of requests answered well, along the critical path: the rows add up to the mean response time."}
	return c
}
