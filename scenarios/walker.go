package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// spot is a value and where it is in the scenario.
type spot struct {
	node *yamlx.Node
	path string
}

func (s spot) child(key string, n *yamlx.Node) spot {
	if s.path == "" {
		return spot{n, key}
	}
	return spot{n, s.path + "." + key}
}

func (s spot) item(i int) spot {
	return spot{s.node.Items[i], fmt.Sprintf("%s[%d]", s.path, i)}
}

// fields are the entries of a mapping with known keys.
type fields map[string]spot

// has reports whether a key is there.
func (f fields) has(key string) bool { _, ok := f[key]; return ok }

// entry is one entry of a mapping whose keys are names.
type entry struct {
	name string
	key  spot // points at the name
	spot      // points at the value
}

// fail notes a problem of a value.
func (c *compiler) fail(s spot, hint, format string, args ...any) {
	d := atNode(s.node)
	if d.Pos.File == "" {
		d.Pos.File = c.file
	}
	d.Path, d.Msg, d.Hint = s.path, fmt.Sprintf(format, args...), hint
	c.diags = append(c.diags, d)
}

// failed reports whether anything was noted since mark.
func (c *compiler) failed(mark int) bool { return len(c.diags) > mark }

// mapping insists on a mapping.
func (c *compiler) mapping(s spot, what string) bool {
	if s.node.Kind == yamlx.Mapping {
		return true
	}
	c.fail(s, "", "%s; want %s", found(s.node), what)
	return false
}

// found says what a value is, for a message that says what it should be.
func found(n *yamlx.Node) string {
	switch n.Kind {
	case yamlx.Null:
		return "no value"
	case yamlx.Mapping:
		return "a mapping"
	case yamlx.Sequence:
		return "a list"
	}
	return fmt.Sprintf("%q", shorten(n.Text))
}

// shorten keeps a value that is quoted in a message readable.
func shorten(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// fields reads a mapping with known keys; ok is false when it is none.
func (c *compiler) fields(s spot, k keys) (fields, bool) {
	if !c.mapping(s, "a mapping with "+strings.Join(k.known, ", ")) {
		return nil, false
	}
	out := make(fields, len(s.node.Entries))
	for _, e := range s.node.Entries {
		name := e.Key.Text
		if !slices.Contains(k.known, name) {
			c.unknownKey(s.child(name, e.Key), name, k)
			continue
		}
		out[name] = s.child(name, e.Value)
	}
	return out, true
}

func (c *compiler) unknownKey(at spot, name string, k keys) {
	if slices.Contains(k.later, name) {
		c.later(at, name)
		return
	}
	c.fail(at, k.hint(name), "%s has no %s %q", k.what, cmp.Or(k.noun, "key"), shorten(name))
}

// hint finds what was meant by a word: the one that is spelled much like it,
// the one that others use for the same thing, or any of those there are.
func (k keys) hint(word string) string {
	all := slices.Concat(k.known, k.later)
	if meant, ok := k.means[strings.ToLower(word)]; ok && nearest(word, all) == "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	if nearest(word, all) == "" {
		return didYouMean(word, k.known)
	}
	return didYouMean(word, all)
}

// later refuses a part of the language that this version knows by name only:
// leaving it out in silence would answer another question than was asked.
func (c *compiler) later(at spot, word string) {
	c.fail(at, "remove it", "%q is in the language but this version does not interpret it yet", word)
}

// entries reads a mapping whose keys are names that the scenario gives.
func (c *compiler) entries(s spot, what string) []entry {
	if !c.mapping(s, what) {
		return nil
	}
	out := make([]entry, 0, len(s.node.Entries))
	for _, e := range s.node.Entries {
		name := e.Key.Text
		out = append(out, entry{name: name, key: s.child(name, e.Key), spot: s.child(name, e.Value)})
	}
	return out
}

// required returns a field that must be there.
func (c *compiler) required(of spot, f fields, key, hint string) (spot, bool) {
	s, ok := f[key]
	if !ok {
		c.fail(of, hint, "%q is missing", key)
	}
	return s, ok
}

// maxName is how long a name may be (characters).
const maxName = 64

// name checks the name of a service, operation, topic or workload.
func (c *compiler) name(at spot, name string) {
	const rule = "a name starts with a letter and goes on with letters, digits, - and _"
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		other := r >= '0' && r <= '9' || r == '-' || r == '_'
		if !letter && (i == 0 || !other) {
			c.fail(at, rule, "%q is not a name", shorten(name))
			return
		}
	}
	switch {
	case name == "":
		c.fail(at, rule, "an empty name")
	case len(name) > maxName:
		c.fail(at, "64 characters are enough", "a name of %d characters", len(name))
	}
}
