// Package reports shows results of headroom to people and to programs: one
// result by itself, or several of the same system side by side, as text,
// Markdown, JSON, CSV, or one self-contained HTML page with its figures.
//
// It reads a [Page] and writes to an io.Writer. It never runs an engine, never
// judges an objective (package reports/gate does), and computes no figure of
// its own beyond differences of figures that it was given.
package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Page is what a report shows. The zero Page with one result is enough.
type Page struct {
	// Title is the report's heading; empty takes the scenario's name.
	Title string
	// Model is the system as described (not a cell of it). It draws the
	// system's graph and puts names in the order of the scenario; nil leaves
	// the graph out.
	Model *scenarios.Model
	// Results are the results to show, in order. Those of the same part of the
	// system (measure.Scenario.Part: the whole, or one of its cells) are
	// compared with each other, and no others.
	Results []Named
	// Reference names the result that differences are taken from; empty, or
	// where a part has none of that name, takes its simulation, or its first.
	Reference string
	// Answer says in sentences what the page found, where that is not what its
	// results and their objectives say by themselves.
	Answer []string
	// Notes are sentences that a reader must have seen, such as "ran live as
	// one cell of 280".
	Notes []string
	// Chapters come after the results, such as an explanation of them.
	Chapters []Chapter
	// Flames are flame graphs, before the chapters.
	Flames []Flame
	// Command is the command line that makes this report again; empty leaves it out.
	Command string
	// Tolerance is how far a prediction may be off to be trusted; the zero
	// value takes 10 % for means and 15 % for tails.
	Tolerance Tolerance
	// Variants says that the results are meant to be of different scenarios, so
	// that nobody is warned of it.
	Variants bool
}

// Named is a result under the name that the report calls it by, such as
// "analytic", "simulated" or "measured"; empty takes that of its method.
type Named struct {
	Name   string
	Result *measure.Result
}

// Tolerance bounds the relative difference between prediction and measurement
// within which the report calls a model trustworthy.
type Tolerance struct {
	Mean float64 // of means (1)
	Tail float64 // of 90th and higher percentiles (1)
}

// defaultTolerance is 10 % for means and 15 % for tails: what a live run of a
// minute can be expected to repeat.
var defaultTolerance = Tolerance{Mean: 0.10, Tail: 0.15}

// part is the results of one part of the system, ready to be compared.
type part struct {
	share     float64 // of the described system
	results   []Named
	reference int // index of the reference, -1 with one result
}

// parts groups the results by the part of the system they are of, in order of
// first appearance, and gives each a name of its own.
func (p *Page) parts() []*part {
	var out []*part
	for _, n := range p.Results {
		if n.Result == nil {
			continue
		}
		share := n.Result.Scenario.Part
		if share <= 0 || math.IsNaN(share) {
			share = 1
		}
		i := slices.IndexFunc(out, func(x *part) bool { return x.share == share })
		if i < 0 {
			out = append(out, &part{share: share})
			i = len(out) - 1
		}
		if n.Name == "" {
			n.Name = methodName(n.Result.Method)
		}
		out[i].results = append(out[i].results, n)
	}
	for _, x := range out {
		x.uniqueNames()
		x.reference = x.findReference(p.Reference)
	}
	return out
}

func (x *part) uniqueNames() {
	seen := map[string]int{}
	for i := range x.results {
		name := x.results[i].Name
		if seen[name]++; seen[name] > 1 {
			x.results[i].Name = fmt.Sprintf("%s %d", name, seen[name])
		}
	}
}

func (x *part) findReference(name string) int {
	if len(x.results) < 2 {
		return -1
	}
	if i := slices.IndexFunc(x.results, func(n Named) bool { return n.Name == name }); i >= 0 {
		return i
	}
	if i := x.byMethod(measure.Simulation); i >= 0 {
		return i
	}
	return 0
}

// byMethod is the index of the first result of a method, or -1.
func (x *part) byMethod(m measure.Method) int {
	return slices.IndexFunc(x.results, func(n Named) bool { return n.Result.Method == m })
}

// label says which part this is: "the whole system" or "one of 280 equal cells".
func (x *part) label() string {
	if x.share >= 1 {
		return "the whole system"
	}
	if n := 1 / x.share; math.Abs(n-math.Round(n)) < 1e-6*n {
		return fmt.Sprintf("one of %.0f equal cells", n)
	}
	return fmt.Sprintf("%s of the system", share.text(x.share))
}

// describes is the model of this part, nil where the page has none.
func (x *part) describes(m *scenarios.Model) *scenarios.Model {
	if m == nil || x.share >= m.Part || m.Live.Cells <= 1 {
		return m
	}
	return m.Cell()
}

func methodName(m measure.Method) string {
	switch m {
	case measure.Analytic:
		return "analytic"
	case measure.Simulation:
		return "simulated"
	case measure.LoadTest:
		return "measured"
	default:
		return "result"
	}
}

func (p *Page) title() string {
	switch {
	case p.Title != "":
		return p.Title
	case p.Model != nil && p.Model.Name != "":
		return p.Model.Name
	}
	for _, n := range p.Results {
		if n.Result != nil && n.Result.Scenario.Name != "" {
			return n.Result.Scenario.Name
		}
	}
	return "headroom report"
}

func (p *Page) tolerance() Tolerance {
	if p.Tolerance == (Tolerance{}) {
		return defaultTolerance
	}
	return p.Tolerance
}
