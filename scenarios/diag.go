package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Pos is a place in a text. Line and Col count from 1, Col in characters; both
// are 0 where there is no place to point at. An override has no Line, since
// it is one line.
type Pos struct {
	File string // path of a file, or "--set services.db.replicas=3"
	Line int
	Col  int
}

// String returns "file:line:col", as far as it is known.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Diagnostic is one thing that is wrong with a scenario.
type Diagnostic struct {
	Pos    Pos
	Path   string // where in the scenario: "services.web.operations.checkout[3].call"
	Msg    string // what is wrong, and the value seen
	Hint   string // what would be right, may be empty
	Source string // the line of the text that Pos points into

	width int // characters to underline
	order int // of the text among the texts, for sorting
}

// Diagnostics is everything that is wrong with a scenario, in order of place.
// It is an error; its text shows each with its source line.
type Diagnostics []Diagnostic

// maxShown bounds how many diagnostics a message shows: the first ones are
// read, and a file that is wrong everywhere is not a scenario at all.
const maxShown = 50

// Error renders the diagnostics, the first fifty in full.
func (d Diagnostics) Error() string {
	var b strings.Builder
	for i, one := range d {
		if i == maxShown {
			fmt.Fprintf(&b, "and %d more\n", len(d)-maxShown)
			break
		}
		b.WriteString(one.String())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Err returns the diagnostics as an error, nil when there are none.
func (d Diagnostics) Err() error {
	if len(d) == 0 {
		return nil
	}
	return d
}

// sorted orders by place and drops what is said twice of one place.
func (d Diagnostics) sorted() Diagnostics {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return slices.CompactFunc(d, func(a, b Diagnostic) bool { return a.Pos == b.Pos && a.Msg == b.Msg })
}

// fromProblem places what the YAML reader found.
func fromProblem(s *yamlx.Source, p yamlx.Problem) Diagnostic {
	d := Diagnostic{Pos: Pos{File: s.Name, Line: p.Line, Col: p.Column}, Msg: p.Msg, Hint: p.Hint, width: p.Width, order: s.Order}
	d.Source = s.Line(p.Line)
	if s.Bare {
		d.Pos.Line, d.Source = 0, s.Line(1)
	}
	return d
}

// atNode makes a diagnostic that points at a node.
func atNode(n *yamlx.Node) Diagnostic {
	if n == nil || n.Source == nil {
		return Diagnostic{}
	}
	return fromProblem(n.Source, yamlx.Problem{Line: n.Line, Column: n.Column, Width: n.Width})
}
