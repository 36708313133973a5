package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/holes"
)

// escape says how a value is written into a text.
type escape uint8

const (
	asItIs      escape = iota
	escapePath         // a segment of a path
	escapeQuery        // a value of a query or a form
	escapeHeader
	escapeAddress    // any part of a URL up to its path
	escapeJSON       // JSON: one of the two below, by where the hole is
	escapeJSONString // within a string
	escapeJSONValue  // elsewhere
	escapeXML
)

func bodyEscape(e scenarios.Escape) escape {
	switch e {
	case scenarios.EscapeJSON:
		return escapeJSON
	case scenarios.EscapeXML:
		return escapeXML
	case scenarios.EscapeForm:
		return escapeQuery
	}
	return asItIs
}

// text is a text with holes, each of which knows how it is escaped.
type text struct {
	pieces   []piece
	constant bool
	length   int // of what is literal (B)
}

type piece struct {
	holes.Piece
	escape escape
}

// compile reads a text and fills in what the environment has.
func (s *Source) compile(source string, how escape) (*text, error) {
	parsed, err := holes.Parse(source)
	if err != nil {
		return nil, err
	}
	t := &text{constant: true}
	inString := false
	for _, p := range parsed {
		one := piece{p, how}
		switch {
		case p.Kind == holes.Literal && how == escapeJSON:
			inString = endsInString(p.Text, inString)
		case p.Kind != holes.Literal && p.Raw:
			one.escape = asItIs
			if how == escapeHeader {
				one.escape = how // lines are never let in
			}
		case how == escapeJSON && inString:
			one.escape = escapeJSONString
		case how == escapeJSON:
			one.escape = escapeJSONValue
		}
		if p.Kind == holes.Data {
			if err := s.knows(p); err != nil {
				return nil, err
			}
		}
		if p.Kind == holes.Env {
			value, err := s.environment(p.Name)
			if err != nil {
				return nil, err
			}
			if one.Text, err = one.escape.apply(value); err != nil {
				return nil, fmt.Errorf("${env:%s} %w", p.Name, err)
			}
			one.Kind = holes.Literal
		}
		t.constant = t.constant && one.Kind == holes.Literal
		if one.Kind == holes.Literal {
			t.length += len(one.Text)
		}
		t.pieces = append(t.pieces, one)
	}
	return t, nil
}

// endsInString reports whether JSON text ends within a string, where it began
// within one or not.
func endsInString(text string, within bool) bool {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			within = !within
		case text[i] == '\\' && within:
			i++
		}
	}
	return within
}

// literal is the text of one without holes; nothing of one that is nil.
func (t *text) literal() string {
	if t == nil {
		return ""
	}
	out, err := t.fill(nil)
	if err != nil { // only holes can be wrong
		return ""
	}
	return string(out)
}

// fill writes the text with its holes filled; nothing of one that is nil.
func (t *text) fill(f *filling) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	out := make([]byte, 0, t.length+16*len(t.pieces))
	for i := range t.pieces {
		p := &t.pieces[i]
		if p.Kind == holes.Literal {
			out = append(out, p.Text...)
			continue
		}
		value, err := f.value(&p.Piece)
		if err != nil {
			return nil, err
		}
		value, err = p.escape.apply(value)
		if err != nil {
			return nil, fmt.Errorf("${%s} %w", p.Text, err)
		}
		out = append(out, value...)
	}
	return out, nil
}

// apply writes a value as its place asks for.
func (e escape) apply(value string) (string, error) {
	switch e {
	case escapePath:
		if value == "." || value == ".." {
			return strings.ReplaceAll(value, ".", "%2E"), nil // a name, not a way up
		}
		return url.PathEscape(value), nil
	case escapeQuery:
		return url.QueryEscape(value), nil
	case escapeAddress:
		if strings.HasPrefix(value, "[") && strings.Trim(value, "[]:.0123456789abcdefABCDEF") == "" {
			return value, nil // of IPv6, perhaps with a port
		}
		return strings.NewReplacer("+", "%20", "%3A", ":").Replace(url.QueryEscape(value)), nil
	case escapeHeader:
		if strings.ContainsAny(value, "\r\n\x00") {
			return "", errors.New("is of several lines, which a header cannot hold")
		}
		return value, nil
	case escapeJSONString:
		return strings.TrimSuffix(strings.TrimPrefix(jsonString(value), `"`), `"`), nil
	case escapeJSONValue:
		if isPlainJSON(value) {
			return value, nil
		}
		return jsonString(value), nil
	case escapeXML:
		return xmlEscaper.Replace(value), nil
	}
	return value, nil
}

// isPlainJSON reports whether a text is a number, true, false or null of JSON.
func isPlainJSON(text string) bool {
	return text != "" && !strings.ContainsAny(text[:1], "\"{[ \t\r\n") && json.Valid([]byte(text))
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// jsonString is a text as a string of JSON.
func jsonString(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil { // not possible for a string
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// cutQuery cuts a path at the first ? that is not within a hole.
func cutQuery(path string) (before, query string, found bool) {
	parsed, err := holes.Parse(path)
	if err != nil {
		return path, "", false // told by who compiles it
	}
	for _, p := range parsed {
		if p.Kind != holes.Literal || !strings.Contains(p.Text, "?") {
			continue
		}
		// The place in the path itself: escapes make the literal shorter than that.
		i := p.Offset + strings.Index(path[p.Offset:], "?")
		return path[:i], path[i+1:], true
	}
	return path, "", false
}

// quoteLiteral is a name of a query.
func quoteLiteral(name string) string { return holes.Quote(url.QueryEscape(name)) }

// escapeLiterals escapes what a value of a query has between its holes.
func escapeLiterals(value string) string {
	parsed, err := holes.Parse(value)
	if err != nil {
		return value // told by who compiles it
	}
	var b strings.Builder
	for _, p := range parsed {
		if p.Kind == holes.Literal {
			b.WriteString(quoteLiteral(p.Text))
			continue
		}
		b.WriteString("${" + p.Text + "}")
	}
	return b.String()
}
