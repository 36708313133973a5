package yamlx

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	// MaxSize is the largest text that is read (B).
	MaxSize = 1 << 20
	// MaxDepth is how deep lists and mappings may be nested.
	MaxDepth = 100
	// MaxExpanded is how many values the aliases of a document may stand for
	// in all.
	MaxExpanded = 100_000
)

// Read parses one document. The tree is nil when there are problems with the
// text that leave nothing to look at.
func Read(name string, src []byte) (*Node, *Source, []Problem) {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if p, bad := unreadable(src); bad {
		return nil, &Source{Name: name}, []Problem{p}
	}
	source := NewSource(name, string(src))
	doc, problem := load(src)
	if problem != nil {
		return nil, source, []Problem{*problem}
	}
	b := builder{source: source}
	root := b.build(doc)
	if len(b.problems) > 0 && b.fatal {
		root = nil
	}
	return root, source, b.problems
}

// TooLarge is the problem of a text of more than [MaxSize] bytes; size is -1
// when nobody knows how large it is.
func TooLarge(size int64) Problem {
	what := "the file has more than 1 MiB"
	if size >= 0 {
		what = fmt.Sprintf("the file has %s", human(size))
	}
	return Problem{Msg: what + "; a scenario has at most 1 MiB", Hint: "is this the right file?"}
}

func human(size int64) string {
	const mib = 1 << 20
	if size >= 10*mib {
		return fmt.Sprintf("%d MiB", size/mib)
	}
	return fmt.Sprintf("%.1f MiB", float64(size)/mib)
}

// load hands the text to the YAML library and insists on exactly one document.
func load(src []byte) (*yaml.Node, *Problem) {
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth))))
	if err != nil {
		return nil, &Problem{Msg: err.Error()}
	}
	var doc, more yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return nil, empty()
	case err != nil:
		return nil, explain(src, err)
	}
	switch err := loader.Load(&more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, explain(src, err)
	default:
		return nil, &Problem{
			Line: more.Line, Column: more.Column, Width: 1,
			Msg:  "a second document starts here; a scenario is one document",
			Hint: "put it in a file of its own, or remove the line ---",
		}
	}
	root := &doc
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		root = doc.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, empty()
	}
	return root, nil
}

func empty() *Problem {
	return &Problem{Line: 1, Column: 1, Width: 1, Msg: "the file is empty", Hint: "`headroom init` writes a small scenario to start from"}
}
