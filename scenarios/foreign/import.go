package foreign

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios"
)

// Imported is a scenario made of a foreign file.
type Imported struct {
	Text  []byte           // the scenario, in the language
	Model *scenarios.Model // the same, compiled
	Notes []Note           // what the language cannot say, in order of place
}

// Import reads a foreign file into a scenario that is valid. The name is for
// messages and for the scenario. An error is [Mistakes].
func Import(format Format, name string, src []byte) (*Imported, error) {
	r := &report{file: name}
	d := newDraft(r)
	asked, ok := d.requests(format, src)
	if !ok {
		if root := parse(r, src); root != nil {
			d.read(format, root)
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return d.finish(func(text []byte) []byte {
		if asked != nil {
			text = append(text, asked.liveText()...)
		}
		return text
	})
}

// finish writes the scenario, with what else belongs to its text, and reads it
// again.
func (d *draft) finish(with func(text []byte) []byte) (*Imported, error) {
	r, name := d.report, d.file
	if d.m.Name == "" {
		d.m.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	d.m.Name = tidy(d.m.Name)
	text := with(d.text())
	m, diags := scenarios.Parse(name, text, nil)
	for _, one := range diags {
		r.fail(0, "the scenario made of this file is not valid: %s: %s", one.Path, one.Msg)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.notes, func(a, b Note) int { return a.Line - b.Line })
	return &Imported{Text: text, Model: m, Notes: r.notes}, nil
}

func (d *draft) read(format Format, root *element) {
	switch format {
	case JMVA:
		readJMVA(d, root)
	case JSIM:
		readJSIM(d, root)
	case LQN:
		readLQN(d, root)
	default:
		d.fail(0, "no format %q; known are %s", format, strings.Join(slices.Concat(Formats(), RequestFormats()), ", "))
	}
}
