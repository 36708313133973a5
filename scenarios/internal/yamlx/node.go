// Package yamlx reads a scenario's YAML into a small tree of its own, in which
// every node knows its line, its column and the text it stands in. It refuses
// what is not worth reading (binary files, alias bombs, endless nesting) and
// says where. It knows nothing of what a scenario means.
package yamlx

import "strings"

// Kind says what a [Node] is.
type Kind uint8

const (
	Null     Kind = iota // no value: "key:" or "key: ~"
	Scalar               // one text
	Mapping              // keys and values
	Sequence             // a list
)

// Node is a part of a document.
type Node struct {
	Kind   Kind
	Text   string // of a scalar, without quotes
	Quoted bool   // the scalar stood in quotes or in a block: it is text, whatever it looks like
	Tag    string // YAML's own reading of a plain scalar: "!!int", "!!float", "!!bool", "!!str"

	Line, Column int // from 1; the column counts characters
	Width        int // characters of the scalar on its line, at least 1
	Source       *Source

	Flow    bool    // a mapping or a list in braces or brackets
	Entries []Entry // of a mapping
	Broken  bool    // a mapping some of whose entries were refused
	Items   []*Node // of a sequence
}

// Entry is one key of a mapping with its value.
type Entry struct{ Key, Value *Node }

// Get returns the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// Source is a text that nodes stand in: a file, or one override.
type Source struct {
	Name  string
	Order int // sources are reported in this order
	Lines []string
	Bare  bool // a single line that needs no line number: an override

	last      int    // line that is not empty
	runes     []rune // of line runesLine: a file may be one long line
	runesLine int
}

// Runes returns the characters of line n, counted from 1; the caller must not
// change them.
func (s *Source) Runes(n int) []rune {
	if s.runesLine != n {
		s.runes, s.runesLine = []rune(s.Line(n)), n
	}
	return s.runes
}

// NewSource splits a text into lines as YAML does: at LF, CR LF and CR.
func NewSource(name, text string) *Source {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	s := &Source{Name: name, Lines: strings.Split(text, "\n")}
	s.last = len(s.Lines)
	for s.last > 1 && s.Lines[s.last-1] == "" {
		s.last--
	}
	return s
}

// Line returns line n, counted from 1, or "" when there is none.
func (s *Source) Line(n int) string {
	if s == nil || n < 1 || n > len(s.Lines) {
		return ""
	}
	return s.Lines[n-1]
}

// Problem is something wrong with the text itself.
type Problem struct {
	Line, Column, Width int // 0 where there is no place to point at
	Msg, Hint           string
}

func (n *Node) problem(msg, hint string) Problem {
	return Problem{Line: n.Line, Column: n.Column, Width: n.Width, Msg: msg, Hint: hint}
}
