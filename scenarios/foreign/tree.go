package foreign

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds on a file. They are far above any model in use, and low enough that a
// hostile one costs neither much memory nor the stack.
const (
	MaxSize     = 8 << 20 // of a file (B)
	maxDepth    = 100     // of elements within elements
	maxElements = 200_000
)

// element is an XML element as far as models use them.
type element struct {
	name  string
	attrs []xml.Attr
	text  string // its own text, without that of elements within
	kids  []*element
	line  int
}

// parse reads a file into its root element. Entities that the file defines
// itself are refused, so that it cannot unfold into more than its size.
func parse(r *report, src []byte) *element {
	if len(src) > MaxSize {
		r.fail(0, "the file has more than %d MiB", MaxSize>>20)
		return nil
	}
	p := parser{r: r, d: xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(src, []byte("\ufeff"))))}
	p.d.CharsetReader = charset
	for p.next() {
	}
	switch {
	case len(r.mistakes) > 0:
		return nil
	case p.root == nil:
		r.fail(0, "no XML element; is this a model?")
	}
	return p.root
}

type parser struct {
	r     *report
	d     *xml.Decoder
	root  *element
	open  []*element
	texts []*bytes.Buffer // of the open elements
	count int
}

// next takes one token; it reports whether there may be more.
func (p *parser) next() bool {
	tok, err := p.d.Token()
	line, _ := p.d.InputPos()
	switch {
	case errors.Is(err, io.EOF):
		return false
	case err != nil:
		p.bad(err, line)
		return false
	}
	switch t := tok.(type) {
	case xml.StartElement:
		return p.start(t, line)
	case xml.EndElement:
		last := len(p.open) - 1
		p.open[last].text = strings.TrimSpace(p.texts[last].String())
		p.open, p.texts = p.open[:last], p.texts[:last]
	case xml.CharData:
		if last := len(p.texts) - 1; last >= 0 {
			p.texts[last].Write(t)
		}
	case xml.Directive:
		if bytes.Contains(bytes.ToUpper(t), []byte("ENTITY")) {
			p.r.fail(line, "the file defines entities; such files are refused")
			return false
		}
	}
	return true
}

func (p *parser) start(t xml.StartElement, line int) bool {
	if p.count++; p.count > maxElements {
		p.r.fail(line, "more than %d elements", maxElements)
		return false
	}
	if len(p.open) == maxDepth {
		p.r.fail(line, "elements stand more than %d deep in one another", maxDepth)
		return false
	}
	e := &element{name: t.Name.Local, attrs: t.Attr, line: line}
	if len(p.open) > 0 {
		last := p.open[len(p.open)-1]
		last.kids = append(last.kids, e)
	} else if p.root == nil {
		p.root = e
	} else {
		p.r.fail(line, "a second root element, <%s>", shorten(e.name))
		return false
	}
	p.open, p.texts = append(p.open, e), append(p.texts, &bytes.Buffer{})
	return true
}

func (p *parser) bad(err error, line int) {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		p.r.fail(syntax.Line, "not well-formed XML: %s", shorten(syntax.Msg))
		return
	}
	p.r.fail(line, "%s", strings.TrimPrefix(err.Error(), "xml: "))
}

// charset decodes what the tools write besides UTF-8.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "us-ascii", "ascii":
		return &latin1{in: in}, nil
	}
	return nil, fmt.Errorf("encoding %q is not known; save the file as UTF-8", shorten(name))
}

// latin1 turns ISO-8859-1, whose bytes are the first 256 characters of
// Unicode, into UTF-8.
type latin1 struct {
	in   io.Reader
	left []byte
}

func (l *latin1) Read(p []byte) (int, error) {
	if len(l.left) == 0 {
		raw := make([]byte, 4096)
		n, err := l.in.Read(raw)
		for _, b := range raw[:n] {
			l.left = utf8.AppendRune(l.left, rune(b))
		}
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// attr is the value of an attribute, empty when there is none.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// child is the first element of a name within, nil when there is none; that of
// nil is nil.
func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// children are the elements of a name within.
func (e *element) children(name string) []*element {
	if e == nil {
		return nil
	}
	var out []*element
	for _, k := range e.kids {
		if k.name == name {
			out = append(out, k)
		}
	}
	return out
}
