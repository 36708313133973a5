package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
)

// liveNames are the names that live requests use, to be looked at when all that
// gives names has been read.
type liveNames struct {
	uses     []holeUse
	captured map[string]bool
	broken   map[string]bool // feeders whose file could not be read
}

// holeUse is a hole and where it stands.
type holeUse struct {
	spot
	piece holes.Piece
}

// withHoles reads a text with holes.
func (c *compiler) withHoles(s spot, want string) (string, bool) {
	text, ok := c.text(s, want)
	if !ok {
		return "", false
	}
	t, err := holes.Parse(text)
	if err != nil {
		c.badHole(s, err)
		return "", false
	}
	for _, p := range t {
		if p.Kind == holes.Variable || p.Kind == holes.Data {
			c.asking.uses = append(c.asking.uses, holeUse{s, p})
		}
	}
	return text, true
}

// fileWithHoles looks at a file that a value names; places are told by line.
func (c *compiler) fileWithHoles(s spot, content string) (string, bool) {
	t, err := holes.Parse(content)
	var e *holes.Error
	if errors.As(err, &e) {
		line := 1 + strings.Count(content[:e.Offset], "\n")
		c.fail(s, e.Hint, "line %d of the file: %s", line, e.Msg)
		return "", false
	}
	for _, p := range t {
		if p.Kind == holes.Variable || p.Kind == holes.Data {
			p.Offset = -1 // not in the scenario
			c.asking.uses = append(c.asking.uses, holeUse{s, p})
		}
	}
	return content, true
}

// badHole notes what is wrong with a text with holes, at the hole.
func (c *compiler) badHole(s spot, err error) {
	var e *holes.Error
	if errors.As(err, &e) {
		c.failAt(s, e.Offset, e.Hint, "%s", e.Msg)
	}
}

// failAt notes a problem of a part of a value, at the byte where it begins.
func (c *compiler) failAt(s spot, offset int, hint, format string, args ...any) {
	at := *s.node
	if skip := offsetIn(s.node, offset); skip >= 0 {
		at.Column += skip
		at.Width = wordWidth(s.node.Text[min(offset, len(s.node.Text)):])
	}
	c.fail(spot{&at, s.path}, hint, format, args...)
}

// checkHoles holds every hole against what can fill it.
func (c *compiler) checkHoles() {
	for _, u := range c.asking.uses {
		p := u.piece
		if p.Kind == holes.Variable {
			if !c.asking.captured[p.Name] {
				c.failAt(u.spot, p.Offset, c.variableHint(p.Name), "no request captures ${%s}", shorten(p.Name))
			}
			continue
		}
		i := slices.IndexFunc(c.m.Live.Data, func(d Feed) bool { return d.Name == p.Name })
		switch {
		case c.asking.broken[p.Name]:
		case i < 0:
			c.failAt(u.spot, p.Offset, didYouMean(p.Name, c.feedNames()), "live.data has no %q", shorten(p.Name))
		case !slices.Contains(c.m.Live.Data[i].Columns, p.Column):
			c.failAt(u.spot, p.Offset, didYouMean(p.Column, c.m.Live.Data[i].Columns), "the data %s have no column %q", p.Name, shorten(p.Column))
		}
	}
}

func (c *compiler) feedNames() []string {
	var out []string
	for _, d := range c.m.Live.Data {
		out = append(out, d.Name)
	}
	return out
}

// variableHint knows the usual slips: a column without its data, the
// environment without its prefix.
func (c *compiler) variableHint(name string) string {
	for _, d := range c.m.Live.Data {
		if d.Name == name && len(d.Columns) > 0 {
			return fmt.Sprintf("that is a data file; write ${%s.%s}", name, d.Columns[0])
		}
	}
	var known []string
	for n := range c.asking.captured {
		known = append(known, n)
	}
	slices.Sort(known)
	if nearest(name, known) == "" && strings.ToUpper(name) == name {
		return "of the environment is ${env:" + name + "}"
	}
	return didYouMean(name, append(known, holes.Words()...))
}

// pairs reads names with texts.
func (c *compiler) pairs(s spot, what string) []Pair {
	var out []Pair
	for _, e := range c.entries(s, what) {
		if text, ok := c.withHoles(e.spot, "a text"); ok {
			out = append(out, Pair{e.name, text})
		}
	}
	return out
}

// secret reads a text that must not stand in a scenario: it has a hole.
func (c *compiler) secret(s spot) string {
	text, ok := c.withHoles(s, "a text with a hole, as ${env:PASSWORD}")
	if !ok {
		return ""
	}
	if t, err := holes.Parse(text); err == nil && t.Constant() {
		c.fail(s, "write ${env:NAME} and set it where the load is started", "a secret in a scenario is none")
	}
	return text
}
