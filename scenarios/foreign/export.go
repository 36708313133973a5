package foreign

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/headroom/headroom/scenarios"
)

// Exported is a foreign file made of a scenario.
type Exported struct {
	Text  []byte
	Notes []Note // what the format cannot say, in order of the model
}

// Export writes a model in a foreign format. An error is [Mistakes].
func Export(format Format, m *scenarios.Model) (*Exported, error) {
	m, left := m.Plain()
	x := &exporter{report: &report{}, m: m}
	for _, f := range left {
		x.lost(f.Where, f.What+" is not carried over", f.Effect)
	}
	var root *element
	switch format {
	case JMVA:
		root = x.jmva()
	case JSIM:
		root = x.jsim()
	case LQN:
		root = x.lqn()
	default:
		x.fail(0, "no format %q; known are %s", format, strings.Join(Formats(), ", "))
	}
	x.besides()
	if err := x.err(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	root.write(&b, 0)
	if b.Len() > MaxSize {
		x.fail(0, "as %s this scenario has %d MiB, more than the %d MiB that are read; export a smaller one, with fewer replicas by --set",
			format, b.Len()>>20, MaxSize>>20)
		return nil, x.err()
	}
	return &Exported{Text: b.Bytes(), Notes: x.notes}, nil
}

// exporter writes a model; its report has no file and no lines.
type exporter struct {
	*report
	m *scenarios.Model
}

func (x *exporter) lost(where, what, effect string) { x.note(0, where, what, effect) }

// besides notes the parts of a scenario that no format has a word for.
func (x *exporter) besides() {
	if len(x.m.Objectives) > 0 {
		x.lost("objectives", "objectives are not carried over", "judge the figures yourself")
	}
	for i := range x.m.Tests {
		x.lost("tests."+x.m.Tests[i].Name, "a load that changes is not carried over", "it is that of the scenario all the time")
	}
	if x.m.Live.Base != "" || len(x.m.Live.Operations) > 0 || x.m.Live.Cells > 1 {
		x.lost("live", "where the live system is, is not carried over", "")
	}
}

func (x *exporter) service(id scenarios.ServiceID) *scenarios.Service { return &x.m.Services[id] }

// where names a service in a note.
func where(s *scenarios.Service) string { return "services." + s.Name }

// tag makes an element; attributes come in pairs of name and value.
func tag(name string, pairs ...any) *element {
	e := &element{name: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		value := fmt.Sprint(pairs[i+1])
		if f, ok := pairs[i+1].(float64); ok {
			value = plain(f)
		}
		e.attrs = append(e.attrs, xml.Attr{Name: xml.Name{Local: fmt.Sprint(pairs[i])}, Value: value})
	}
	return e
}

// with puts elements into an element.
func (e *element) with(kids ...*element) *element {
	e.kids = append(e.kids, kids...)
	return e
}

// holding puts a text into an element.
func (e *element) holding(v any) *element {
	e.text = fmt.Sprint(v)
	if f, ok := v.(float64); ok {
		e.text = plain(f)
	}
	return e
}

func (e *element) write(b *bytes.Buffer, indent int) {
	pad := strings.Repeat("  ", indent)
	b.WriteString(pad + "<" + e.name)
	for _, a := range e.attrs {
		b.WriteString(" " + a.Name.Local + `="`)
		escape(b, a.Value)
		b.WriteByte('"')
	}
	if e.text == "" && len(e.kids) == 0 {
		b.WriteString("/>\n")
		return
	}
	b.WriteByte('>')
	escape(b, e.text)
	if len(e.kids) > 0 {
		b.WriteByte('\n')
		for _, k := range e.kids {
			k.write(b, indent+1)
		}
		b.WriteString(pad)
	}
	b.WriteString("</" + e.name + ">\n")
}

// escape writes a text into XML; a buffer takes everything.
func escape(b *bytes.Buffer, text string) { _ = xml.EscapeText(b, []byte(text)) }
