package reports

import (
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Comparison sets the results of one part of a system side by side.
type Comparison struct {
	Part      string   // "the whole system", or "one of 280 equal cells"
	Share     float64  // of the described system (1)
	Names     []string // of the results, in order
	Reference int      // index of the result that differences are taken from; -1 with one result
	Rows      []Row
}

// Row is one figure in every result.
type Row struct {
	Kind    string             // "workload", "service" or "topic"
	Subject string             // its name
	Metric  string             // as in the scenario language, as "p99" or "utilization"
	Values  []measure.Estimate // by result; not known where a result has none
	// Differences from the reference, by result; not known for the reference
	// itself and where one of the two has no figure.
	Differences []Difference
	unit        unit
}

// Difference is how far a figure is from that of the reference.
type Difference struct {
	Known bool
	// By is the relative difference, (figure − reference)/reference (1); of a
	// share of failed requests, which is often zero, the difference itself (1).
	By float64
	// Beyond is set when the two intervals do not overlap, so that chance does
	// not explain the difference. It is never set where neither has an interval,
	// nor for a sampled figure without one.
	Beyond bool
}

// Compare sets the results of a page side by side, part by part.
func Compare(p Page) []Comparison {
	var out []Comparison
	for _, x := range p.parts() {
		out = append(out, x.compare(p.Model))
	}
	return out
}

func (x *part) compare(m *scenarios.Model) Comparison {
	c := Comparison{Part: x.label(), Share: x.share, Reference: x.reference}
	for _, n := range x.results {
		c.Names = append(c.Names, n.Name)
	}
	names := x.subjects(m)
	for _, kind := range []string{kindWorkload, kindService, kindTopic, kindJob} {
		for _, subject := range names[kind] {
			for _, f := range figuresOf(kind) {
				row := Row{Kind: kind, Subject: subject, Metric: f.metric, unit: f.unit}
				known := false
				for _, n := range x.results {
					e := f.get(n.Result, subject)
					known = known || e.Known()
					row.Values = append(row.Values, e)
				}
				if known {
					row.difference(x)
					c.Rows = append(c.Rows, row)
				}
			}
		}
	}
	return c
}

// difference fills in the differences from the reference.
func (r *Row) difference(x *part) {
	reference := x.reference
	r.Differences = make([]Difference, len(r.Values))
	if reference < 0 || !r.Values[reference].Known() {
		return
	}
	ref := r.Values[reference]
	for i, e := range r.Values {
		if i == reference || !e.Known() {
			continue
		}
		by := e.Value - ref.Value
		if r.Metric != metricFailed && by != 0 {
			by /= math.Abs(ref.Value)
		}
		if math.IsInf(by, 0) || math.IsNaN(by) {
			continue
		}
		r.Differences[i] = Difference{Known: true, By: by, Beyond: x.certain(i, e) && x.certain(reference, ref) && apart(e, ref)}
	}
}

// certain reports whether it is known how sure a figure is: it has an interval,
// or comes from a formula. One that was sampled and has none may stray by any
// amount.
func (x *part) certain(i int, e measure.Estimate) bool {
	return e.Uncertain() || x.results[i].Result.Method == measure.Analytic
}

// apart reports whether two figures differ by more than their intervals explain.
func apart(a, b measure.Estimate) bool {
	return (a.Uncertain() || b.Uncertain()) && (a.Lo > b.Hi || b.Lo > a.Hi)
}

// text is a difference for people: percent, or points of a share of failures.
func (r *Row) text(d Difference) string {
	switch {
	case !d.Known:
		return ""
	case r.Metric == metricFailed && d.By == 0:
		return "0"
	case r.Metric == metricFailed:
		return points(d.By)
	}
	return percent(d.By)
}

// scale is the one that all values of a row are shown in.
func (r *Row) scale() scale {
	most := 0.0
	for _, e := range r.Values {
		if e.Known() && math.Abs(e.Value) > most {
			most = math.Abs(e.Value)
		}
	}
	return r.unit.scaleFor(most)
}

// Kinds of subject.
const (
	kindWorkload = "workload"
	kindService  = "service"
	kindTopic    = "topic"
	kindJob      = "job"
)

const metricFailed = "failed"

// subjects are the names that the results speak of, by kind: first those of
// the model in its order, then others sorted.
func (x *part) subjects(m *scenarios.Model) map[string][]string {
	out := map[string][]string{}
	if m != nil {
		for i := range m.Workloads {
			out[kindWorkload] = append(out[kindWorkload], m.Workloads[i].Name)
		}
		for i := range m.Services {
			out[kindService] = append(out[kindService], m.Services[i].Name)
		}
		for i := range m.Topics {
			out[kindTopic] = append(out[kindTopic], m.Topics[i].Name)
		}
		for i := range m.Jobs {
			out[kindJob] = append(out[kindJob], m.Jobs[i].Name)
		}
	}
	for kind, has := range x.named() {
		out[kind] = slices.DeleteFunc(out[kind], func(s string) bool { return !has[s] })
		var rest []string
		for name := range has {
			if !slices.Contains(out[kind], name) {
				rest = append(rest, name)
			}
		}
		slices.Sort(rest)
		out[kind] = append(out[kind], rest...)
	}
	return out
}

// named is every name that a result has figures for.
func (x *part) named() map[string]map[string]bool {
	out := map[string]map[string]bool{kindWorkload: {}, kindService: {}, kindTopic: {}, kindJob: {}}
	for _, n := range x.results {
		for name, w := range n.Result.Workloads {
			out[kindWorkload][name] = out[kindWorkload][name] || w != nil
		}
		for name, s := range n.Result.Services {
			out[kindService][name] = out[kindService][name] || s != nil
		}
		for name, t := range n.Result.Topics {
			out[kindTopic][name] = out[kindTopic][name] || t != nil
		}
		for name, j := range n.Result.Jobs {
			out[kindJob][name] = out[kindJob][name] || j != nil
		}
	}
	return out
}
