package scenarios

import (
	"bytes"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// LoadSpec finds and reads a scenario as [Load] does, without compiling it: for
// those who want many variants of it ([Spec.With]). An error is a [Diagnostics].
func LoadSpec(name string, o Options) (*Spec, error) {
	file, src, d := find(name, o)
	if d != nil {
		return nil, Diagnostics{*d}
	}
	spec, diags := ReadSpec(file, src)
	if spec == nil {
		return nil, diags
	}
	for _, one := range o.Set {
		diags = append(diags, spec.Set(one)...)
	}
	if err := diags.sorted().Err(); err != nil {
		return nil, err
	}
	return spec, nil
}

// With returns a copy of the scenario with overrides on top of those it has.
// The scenario itself stays as it is: any number of goroutines may ask for
// variants of it at once, as long as none of them sets or compiles it.
func (s *Spec) With(set []string) (*Spec, Diagnostics) {
	out := &Spec{file: s.file, sets: s.sets, parts: make([][]byte, len(s.parts), len(s.parts)+len(set))}
	for i, p := range s.parts {
		out.parts[i] = bytes.Clone(p)
	}
	c := copier{made: map[*yamlx.Node]*yamlx.Node{}}
	out.root = c.node(s.root)
	var diags Diagnostics
	for _, one := range set {
		diags = append(diags, out.Set(one)...)
	}
	return out, diags
}

// copier copies a tree; a node that aliases reach in several ways stays one.
type copier struct {
	made  map[*yamlx.Node]*yamlx.Node
	spare []yamlx.Node // made at a time
}

func (c *copier) node(n *yamlx.Node) *yamlx.Node {
	if n == nil || n.Kind == yamlx.Scalar { // Set replaces scalars, and changes none
		return n
	}
	if known, ok := c.made[n]; ok {
		return known
	}
	if len(c.spare) == 0 {
		c.spare = make([]yamlx.Node, 128)
	}
	out := &c.spare[0]
	c.spare = c.spare[1:]
	*out = *n
	c.made[n] = out
	out.Items = make([]*yamlx.Node, len(n.Items))
	for i, item := range n.Items {
		out.Items[i] = c.node(item)
	}
	out.Entries = make([]yamlx.Entry, len(n.Entries))
	for i, e := range n.Entries {
		out.Entries[i] = yamlx.Entry{Key: e.Key, Value: c.node(e.Value)}
	}
	return out
}
