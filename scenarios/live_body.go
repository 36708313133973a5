package scenarios

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// body reads the body of a request: a text, a file, a file with holes, JSON, or
// a form. Where no header says what it is, a Content-Type is guessed from that.
func (c *compiler) body(s spot, r *Request) {
	if s.node.Kind == yamlx.Scalar {
		if text, ok := c.withHoles(s, "a text"); ok {
			c.textBody(r, text, kindOfText(text))
		}
		return
	}
	f, ok := c.fields(s, bodyKeys())
	if !ok {
		return
	}
	if len(f) != 1 {
		c.fail(s, "", "want one of file, template, json and form")
		return
	}
	switch {
	case f.has("json"):
		c.jsonBody(f["json"], r)
	case f.has("form"):
		c.formBody(f["form"], r)
	case f.has("template"):
		v := f["template"]
		content := string(c.besideFile(v))
		if text, ok := c.fileWithHoles(v, content); ok {
			kind := kindOfFile(v.node.Text)
			if kind == binaryKind {
				kind = kindOfText(text)
			}
			c.textBody(r, text, kind)
		}
	default:
		r.Body = c.besideFile(f["file"])
		r.setDefault("Content-Type", kindOfFile(f["file"].node.Text))
	}
}

// textBody sets a body that may have holes, of a given type of content.
func (c *compiler) textBody(r *Request, text, kind string) {
	r.setDefault("Content-Type", kind)
	t, err := holes.Parse(text)
	if err == nil && t.Constant() {
		r.Body = []byte(t.Literal())
		return
	}
	r.Template, r.Escape = text, escapeFor(r.header("Content-Type"))
}

// jsonBody encodes a body.
func (c *compiler) jsonBody(s spot, r *Request) {
	text := jsonWithHoles(s.node)
	if c.holesWithin(s) {
		r.setDefault("Content-Type", jsonKind)
		t, err := holes.Parse(text)
		if err == nil && t.Constant() {
			r.Body = []byte(t.Literal())
			return
		}
		r.Template, r.Escape = text, EscapeJSON
	}
}

// holesWithin notes the holes of every text of a tree; false when any is wrong.
func (c *compiler) holesWithin(s spot) bool {
	mark := len(c.diags)
	switch s.node.Kind {
	case yamlx.Mapping:
		for _, e := range s.node.Entries {
			key := s.child(e.Key.Text, e.Key)
			_, _ = c.withHoles(key, "a name")
			c.holesWithin(s.child(e.Key.Text, e.Value))
		}
	case yamlx.Sequence:
		for i := range s.node.Items {
			c.holesWithin(s.item(i))
		}
	case yamlx.Scalar:
		_, _ = c.withHoles(s, "a text")
	}
	return !c.failed(mark)
}

// formBody encodes the fields of a form.
func (c *compiler) formBody(s spot, r *Request) {
	var b strings.Builder
	for i, p := range c.pairs(s, "a mapping from fields to values") {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(holes.Quote(url.QueryEscape(p.Name)) + "=" + escapeLiterals(p.Value))
	}
	r.setDefault("Content-Type", formKind)
	t, err := holes.Parse(b.String())
	if err == nil && t.Constant() {
		r.Body = []byte(t.Literal())
		return
	}
	r.Template, r.Escape = b.String(), EscapeForm
}

// escapeLiterals escapes what a text with holes has between them, as a value of
// a query.
func escapeLiterals(text string) string {
	t, err := holes.Parse(text)
	if err != nil {
		return "" // noted where it was read
	}
	var b strings.Builder
	for _, p := range t {
		if p.Kind == holes.Literal {
			b.WriteString(url.QueryEscape(p.Text))
			continue
		}
		b.WriteString("${" + p.Text + "}")
	}
	return b.String()
}

// Types of content.
const (
	jsonKind   = "application/json"
	xmlKind    = "application/xml"
	formKind   = "application/x-www-form-urlencoded"
	textKind   = "text/plain; charset=utf-8"
	binaryKind = "application/octet-stream"
)

// kindOfText guesses what a text is. Holes stand where values will: a text that
// begins as JSON does is taken for JSON.
func kindOfText(text string) string {
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["), trimmed != "" && json.Valid([]byte(trimmed)):
		return jsonKind
	case strings.HasPrefix(trimmed, "<"):
		return xmlKind
	}
	return textKind
}

// kindOfFile guesses what a file is by its name, the same on every machine.
func kindOfFile(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return jsonKind
	case ".xml":
		return xmlKind
	case ".form":
		return formKind
	case ".txt":
		return textKind
	case ".html", ".htm":
		return "text/html; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".jsonl", ".ndjson":
		return "application/x-ndjson"
	case ".yaml", ".yml":
		return "application/yaml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".pdf":
		return "application/pdf"
	}
	return binaryKind
}

// escapeFor is how values are written into content of a type.
func escapeFor(kind string) Escape {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	kind = strings.TrimSpace(kind)
	switch {
	case kind == jsonKind, kind == "application/x-ndjson", strings.HasSuffix(kind, "+json"):
		return EscapeJSON
	case kind == xmlKind, kind == "text/xml", kind == "text/html", strings.HasSuffix(kind, "+xml"):
		return EscapeXML
	case kind == formKind:
		return EscapeForm
	}
	return Verbatim
}

// header is the value of a header, "" when there is none.
func (r *Request) header(name string) string {
	for n, v := range r.Headers {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}
