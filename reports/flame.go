package reports

import (
	"encoding/json"
	"fmt"

	"github.com/headroom/headroom/measure"
)

// Flame is a flame graph: boxes as wide as what was spent in a function and in
// all that it called, callers above those whom they call. HTML draws it; text
// and Markdown leave it out, since their tables say the same.
type Flame struct {
	Title string
	Lead  string // a sentence on what it shows
	Unit  string // of the figures of the tree: "s", "B" or "1"
	Per   string // what figures are of, as " a request", or empty
	Tree  *measure.CallTree
	// Against says what Base of the tree is, as "before"; empty where there is
	// nothing to compare with. Boxes are coloured by the difference then.
	Against string
}

type flameView struct {
	ID, Title, Lead, Data string
	Compared              bool
}

// flameData is a tree with its names in a table, since they come many times.
type flameData struct {
	Unit    string    `json:"unit"`
	Per     string    `json:"per"`
	Against string    `json:"against"`
	Names   []string  `json:"names"`
	Groups  []string  `json:"groups"` // one a name
	Tree    flameNode `json:"tree"`
}

// flameNode is [name, self, base, calls].
type flameNode [4]any

func (p *Page) flames() ([]flameView, error) {
	var out []flameView
	for i := range p.Flames {
		f := &p.Flames[i]
		if f.Tree == nil {
			continue
		}
		d := flameData{Unit: f.Unit, Per: f.Per, Against: f.Against}
		d.Tree = d.node(f.Tree, map[string]int{})
		data, err := json.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("reports: flame graph %q: %w", f.Title, err)
		}
		out = append(out, flameView{ID: fmt.Sprintf("flame%d", i), Title: f.Title, Lead: f.Lead, Data: string(data), Compared: f.Against != ""})
	}
	return out, nil
}

func (d *flameData) node(t *measure.CallTree, known map[string]int) flameNode {
	at, ok := known[t.Name]
	if !ok {
		at = len(d.Names)
		known[t.Name] = at
		d.Names, d.Groups = append(d.Names, t.Name), append(d.Groups, t.Group)
	}
	calls := []flameNode{}
	for _, c := range t.Calls {
		calls = append(calls, d.node(c, known))
	}
	return flameNode{at, t.Self, t.Base, calls}
}
