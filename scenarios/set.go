package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Set overrides one value, as in "services.db.replicas=3" or
// "services.web.operations.checkout[0].cpu=exp(4ms)". The value is YAML on
// one line. A key that is missing is added where its parent exists.
func (s *Spec) Set(text string) Diagnostics {
	s.sets++
	s.parts = append(s.parts, []byte(text))
	o := override{text: text, source: &yamlx.Source{Name: "--set " + text, Order: s.sets, Lines: []string{text}, Bare: true}}
	path, value, ok := strings.Cut(text, "=")
	if !ok {
		o.fail(0, len(text), "", "write path=value, as services.db.replicas=3", "no = in this override")
		return o.diags
	}
	node := o.value(value, len(path)+1)
	if node != nil {
		o.put(s.root, path, node)
	}
	return o.diags
}

// override is one --set on its way into the tree.
type override struct {
	text   string
	source *yamlx.Source
	diags  Diagnostics
}

// fail points at a part of the override, given in bytes.
func (o *override) fail(from, to int, path, hint, format string, args ...any) {
	n := &yamlx.Node{
		Source: o.source, Line: 1, Column: 1 + len([]rune(o.text[:from])),
		Width: max(1, len([]rune(o.text[from:to]))),
	}
	d := atNode(n)
	d.Path, d.Msg, d.Hint = path, fmt.Sprintf(format, args...), hint
	o.diags = append(o.diags, d)
}

// value reads the value, which starts at a byte of the override.
func (o *override) value(text string, from int) *yamlx.Node {
	if strings.TrimSpace(text) == "" {
		o.fail(from, from, "", "write path=value, as services.db.replicas=3", "no value")
		return nil
	}
	root, _, problems := yamlx.Read("", []byte(text))
	shift := len([]rune(o.text[:from]))
	for _, p := range problems {
		p.Column += shift
		o.diags = append(o.diags, fromProblem(o.source, p))
	}
	if root != nil {
		o.adopt(root, shift)
	}
	return root
}

// adopt moves the places of a value to where it stands in the override.
func (o *override) adopt(n *yamlx.Node, shift int) {
	if n.Source == o.source { // reached twice, by an alias
		return
	}
	n.Source = o.source
	n.Column += shift
	for _, item := range n.Items {
		o.adopt(item, shift)
	}
	for _, e := range n.Entries {
		o.adopt(e.Key, shift)
		o.adopt(e.Value, shift)
	}
}

// put walks down the path and puts the value there.
func (o *override) put(at *yamlx.Node, path string, value *yamlx.Node) {
	done := 0 // bytes of the path walked so far
	for {
		step := o.entry
		if strings.HasPrefix(path[done:], "[") {
			step = o.item
		}
		next, width := step(at, path, done, value)
		if next == nil || done+width == len(path) {
			return
		}
		at, done = next, done+width
		if strings.HasPrefix(path[done:], ".") {
			done++
		} else if !strings.HasPrefix(path[done:], "[") {
			o.fail(done, len(path), path[:done], "", "expected . or [ here")
			return
		}
	}
}

// item steps into a list; at the end of the path it puts the value there.
func (o *override) item(at *yamlx.Node, path string, done int, value *yamlx.Node) (*yamlx.Node, int) {
	inner, _, closed := strings.Cut(path[done+1:], "]")
	width := len(inner) + 2
	i, err := strconv.Atoi(inner)
	if !closed || err != nil || i < 0 {
		o.fail(done, len(path), path[:done], "write [0] for the first", "not an index")
		return nil, 0
	}
	if at.Kind != yamlx.Sequence {
		o.fail(done, done+width, path[:done], "", "%s, not a list", found(at))
		return nil, 0
	}
	if i >= len(at.Items) {
		o.fail(done, done+width, path[:done], "the first is [0]", "a list of %d, which has no [%d]", len(at.Items), i)
		return nil, 0
	}
	if done+width == len(path) {
		at.Items[i] = value
	}
	return at.Items[i], width
}

// entry steps into a mapping; at the end of the path it puts the value there.
// Names of operations have a dot in them: the longest key that fits is taken.
func (o *override) entry(at *yamlx.Node, path string, done int, value *yamlx.Node) (*yamlx.Node, int) {
	rest := path[done:]
	if at.Kind != yamlx.Mapping {
		o.fail(done, len(path), strings.TrimSuffix(path[:done], "."), "", "%s, which has no keys", found(at))
		return nil, 0
	}
	best := -1
	for i, e := range at.Entries {
		k := e.Key.Text
		fits := k != "" && strings.HasPrefix(rest, k) && (len(rest) == len(k) || rest[len(k)] == '.' || rest[len(k)] == '[')
		if fits && (best < 0 || len(k) > len(at.Entries[best].Key.Text)) {
			best = i
		}
	}
	if best >= 0 {
		k := at.Entries[best].Key.Text
		if len(rest) == len(k) {
			at.Entries[best] = yamlx.Entry{Key: o.key(k, done), Value: value}
		}
		return at.Entries[best].Value, len(k)
	}
	return o.create(at, path, done, value)
}

// create adds a missing key. Its parent exists; only sections that a scenario
// may leave out come into being by themselves.
func (o *override) create(at *yamlx.Node, path string, done int, value *yamlx.Node) (*yamlx.Node, int) {
	rest := path[done:]
	key, more := rest, false
	if end := strings.IndexAny(rest, ".["); end >= 0 {
		key, more = rest[:end], true
	}
	if strings.HasPrefix(path[:done], "objectives.") && strings.Count(path[:done], ".") == 1 {
		// objectives.web.checkout.p99: all but the last word is the subject.
		if end := strings.LastIndexByte(rest, '.'); end > 0 {
			key, more = rest[:end], true
		}
	}
	section := done == 0 && slices.Contains([]string{"network", "objectives", "live"}, key)
	optional := section || strings.HasPrefix(path, "objectives.") && done > 0
	switch {
	case key == "":
		o.fail(done, len(path), strings.TrimSuffix(path[:done], "."), "", "a key is missing in the path")
		return nil, 0
	case more && !optional:
		var names []string
		for _, e := range at.Entries {
			names = append(names, e.Key.Text)
		}
		o.fail(done, done+len(key), path[:done+len(key)], didYouMean(key, names), "no key %q", shorten(key))
		return nil, 0
	case more:
		made := &yamlx.Node{Kind: yamlx.Mapping, Source: o.source, Line: 1, Column: 1, Width: 1}
		at.Entries = append(at.Entries, yamlx.Entry{Key: o.key(key, done), Value: made})
		return made, len(key)
	}
	at.Entries = append(at.Entries, yamlx.Entry{Key: o.key(key, done), Value: value})
	return value, len(key)
}

// key is a key as it stands in the override.
func (o *override) key(text string, from int) *yamlx.Node {
	return &yamlx.Node{
		Kind: yamlx.Scalar, Text: text, Tag: "!!str", Source: o.source,
		Line: 1, Column: 1 + len([]rune(o.text[:from])), Width: max(1, len([]rune(text))),
	}
}
