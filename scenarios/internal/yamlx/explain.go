package yamlx

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// explain puts an error of the YAML library into our words, with its place.
func explain(src []byte, err error) *Problem {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		return &Problem{Msg: "this is not YAML: " + err.Error()}
	}
	p := &Problem{Line: le.Mark.Line, Column: le.Mark.Column, Width: 1, Msg: "this is not YAML: " + le.Message}
	for _, known := range sayings() {
		if strings.Contains(le.Message, known.contains) {
			p.Msg, p.Hint = known.msg, known.hint
			if known.atStart && le.ContextMark.Line > 0 {
				p.Line, p.Column = le.ContextMark.Line, le.ContextMark.Column
			}
			break
		}
	}
	source := NewSource("", string(src))
	if strings.Contains(le.Message, "cannot start any token") {
		p.Msg, p.Hint = badStart(source.Line(p.Line), p.Column)
	}
	p.Line, p.Column = source.inside(p.Line, p.Column)
	return p
}

// badStart explains a character that YAML does not let a value start with.
func badStart(line string, column int) (msg, hint string) {
	r := []rune(line)
	if column < 1 || column > len(r) {
		return "this is not YAML: something cannot start here", ""
	}
	if r[column-1] == '\t' {
		return "a tab; YAML indents with spaces", "replace the tab by spaces"
	}
	return "a value cannot start with " + string(r[column-1]), "put it in quotes"
}

// inside moves a place past the end of the text (an unclosed bracket is found
// there) back to after the last character.
func (s *Source) inside(line, column int) (int, int) {
	if line > s.last {
		return s.last, len(s.Runes(s.last)) + 1
	}
	line = max(line, 1)
	return line, min(max(column, 1), len(s.Runes(line))+1)
}

type saying struct {
	contains, msg, hint string
	atStart             bool // point at where the construct began
}

func sayings() []saying {
	return []saying{
		{contains: "exceeded max depth", msg: "lists and mappings are nested more than 100 deep", hint: "nothing in a scenario needs that"},
		{contains: "found unexpected end of stream", msg: "the quote that opens here is never closed", atStart: true},
		{contains: "mapping values are not allowed", msg: "a colon is not expected here", hint: "is the line indented by mistake, or a quote missing around a text with \": \" in it?"},
		{contains: "did not find expected ',' or '}'", msg: "this { is not closed, or a comma is missing in it", atStart: true},
		{contains: "did not find expected ',' or ']'", msg: "this [ is not closed, or a comma is missing in it", atStart: true},
		{contains: "did not find expected key", msg: "a key is expected here, as in \"name: value\"", hint: "is the line indented by mistake?"},
		{contains: "did not find expected '-' indicator", msg: "a list item starting with - is expected here", hint: "is the line indented by mistake?"},
		{contains: "could not find expected ':'", msg: "a colon is missing after this key", atStart: true},
		{contains: "did not find expected node content", msg: "a value is expected here"},
		{contains: "incompatible YAML document", msg: "a %YAML directive", hint: "remove the line"},
		{contains: "unknown anchor", msg: "an alias to an anchor that is not there", hint: "put a text that starts with * in quotes"},
		{contains: "found undefined tag handle", msg: "a value cannot start with !", hint: "put it in quotes"},
	}
}
