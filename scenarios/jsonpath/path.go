// Package jsonpath reads paths to one value of a JSON document, as
// $.items[0]["unit price"]: the singular queries of [Goes24] §2.3.5.1, which
// find one value or none.
package jsonpath

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Path leads to a value.
type Path struct {
	text  string
	steps []step
}

type step struct {
	name  string
	index int
	named bool // by name, not by index
}

// Error says what is wrong with a path, and where.
type Error struct {
	Offset int // in the path (bytes)
	Msg    string
}

// Error implements error.
func (e *Error) Error() string { return e.Msg }

// Parse reads a path. An error is an [*Error].
func Parse(text string) (Path, error) {
	p := Path{text: text}
	if !strings.HasPrefix(text, "$") {
		return Path{}, &Error{0, "a path starts with $, as $.token"}
	}
	for i := 1; i < len(text); {
		s, length, msg := next(text[i:])
		if msg != "" {
			return Path{}, &Error{i, msg}
		}
		p.steps = append(p.steps, s)
		i += length
	}
	return p, nil
}

// next reads the first step of a text that is not empty.
func next(text string) (s step, length int, msg string) {
	switch {
	case text[0] == '.':
		end := strings.IndexAny(text[1:], ".[")
		if end < 0 {
			end = len(text) - 1
		}
		name := text[1 : 1+end]
		if name == "" || name == "*" || strings.ContainsAny(name, " \t]'\"()?@") {
			return s, 0, "want a name after the dot; others are written [\"so\"], and a path leads to one value"
		}
		return step{name: name, named: true}, 1 + end, ""
	case strings.HasPrefix(text, `["`) || strings.HasPrefix(text, `['`):
		return quoted(text)
	case text[0] == '[':
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return s, 0, "[ without ]"
		}
		n, err := strconv.Atoi(strings.TrimSpace(text[1:end]))
		if err != nil {
			return s, 0, fmt.Sprintf("%.40q is not an index; a path leads to one value", text[1:end])
		}
		return step{index: n}, end + 1, ""
	}
	return s, 0, "want .name or [index]"
}

// quoted reads ["name"] or ['name'].
func quoted(text string) (s step, length int, msg string) {
	quote := text[1]
	var name strings.Builder
	for i := 2; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			name.WriteByte(text[i])
		case text[i] == quote:
			if !strings.HasPrefix(text[i+1:], "]") {
				return s, 0, "want ] after the name"
			}
			return step{name: name.String(), named: true}, i + 2, ""
		default:
			name.WriteByte(text[i])
		}
	}
	return s, 0, "a name without its closing quote"
}

// String is the path as it was written.
func (p Path) String() string { return p.text }

// Decode reads a document. Numbers stay as they are written.
func Decode(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("jsonpath: more than one document")
	}
	return v, nil
}

// Find returns the value that the path leads to in a decoded document, and
// whether there is one. A negative index counts from the end.
func (p Path) Find(v any) (any, bool) {
	for _, s := range p.steps {
		switch in := v.(type) {
		case map[string]any:
			found, ok := in[s.name]
			if !s.named || !ok {
				return nil, false
			}
			v = found
		case []any:
			i := s.index
			if i < 0 {
				i += len(in)
			}
			if s.named || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// Text is a value as a text: a string without its quotes, anything else as JSON.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil { // not possible for a decoded document
		return ""
	}
	return string(text)
}
