package yamlx

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// builder turns the library's nodes into ours: it writes aliases and merge
// keys out, within bounds, and puts together what flow style took apart.
type builder struct {
	source   *Source
	problems []Problem
	fatal    bool // the tree is not worth looking at

	outermost *yaml.Node          // alias being written out, if any
	expanded  int                 // values written out for aliases so far
	open      map[*yaml.Node]bool // anchors being written out
}

func (b *builder) build(n *yaml.Node) *Node {
	if b.outermost != nil {
		b.expanded++
	}
	if b.expanded > MaxExpanded {
		if !b.fatal {
			b.fatal = true
			b.add(b.outermost, fmt.Sprintf("aliases stand for more than %d values", MaxExpanded), "write out what is meant, without &anchors and *aliases")
		}
		return b.node(n, Null)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return b.alias(n)
	case yaml.MappingNode:
		return b.mapping(n)
	case yaml.SequenceNode:
		return b.sequence(n)
	}
	return b.scalar(n)
}

func (b *builder) node(n *yaml.Node, k Kind) *Node {
	line, column := b.source.inside(n.Line, n.Column)
	return &Node{Kind: k, Line: line, Column: column, Width: 1, Source: b.source}
}

func (b *builder) add(n *yaml.Node, msg, hint string) {
	b.problems = append(b.problems, b.node(n, Null).problem(msg, hint))
}

func (b *builder) alias(n *yaml.Node) *Node {
	if n.Alias == nil || b.open[n.Alias] {
		b.add(n, fmt.Sprintf("the alias *%s contains itself", n.Value), "")
		b.fatal = true
		return b.node(n, Null)
	}
	if b.open == nil {
		b.open = map[*yaml.Node]bool{}
	}
	if b.outermost == nil {
		b.outermost = n
		defer func() { b.outermost = nil }()
	}
	b.open[n.Alias] = true
	defer delete(b.open, n.Alias)
	return b.build(n.Alias)
}

func (b *builder) scalar(n *yaml.Node) *Node {
	out := b.node(n, Scalar)
	out.Text, out.Tag = n.Value, n.ShortTag()
	out.Quoted = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if n.Style&yaml.TaggedStyle != 0 {
		b.add(n, fmt.Sprintf("the tag %s has no meaning here", n.Tag), "remove it")
	}
	if out.Tag == "!!null" && !out.Quoted {
		out.Kind, out.Text = Null, ""
	}
	out.Width = b.width(n, out)
	return out
}

// width is how many characters a scalar takes on its first line.
func (b *builder) width(n *yaml.Node, out *Node) int {
	w := utf8.RuneCountInString(n.Value)
	if out.Quoted {
		w += 2
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		w = 1
	}
	rest := len(b.source.Runes(n.Line)) - n.Column + 1
	return max(1, min(w, rest))
}

func (b *builder) sequence(n *yaml.Node) *Node {
	out := b.node(n, Sequence)
	out.Flow = n.Style&yaml.FlowStyle != 0
	for _, c := range b.rejoinItems(n) {
		if b.fatal {
			break
		}
		out.Items = append(out.Items, b.build(c))
	}
	return out
}

func (b *builder) mapping(n *yaml.Node) *Node {
	out := b.node(n, Mapping)
	out.Flow = n.Style&yaml.FlowStyle != 0
	content := b.rejoinPairs(n)
	seen := make(map[string]*Node, len(content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(content); i += 2 {
		if k := content[i]; k.Tag == "!!merge" {
			merges = append(merges, content[i+1])
			continue
		}
		key := b.build(content[i])
		value := b.build(content[i+1])
		switch {
		case b.fatal:
			return out
		case key.Kind == Mapping || key.Kind == Sequence:
			out.Broken = true
			b.add(content[i], "a key must be a word", "a value that starts with { or [ goes in quotes")
			continue
		case key.Kind == Null:
			out.Broken = true
			b.add(content[i], "a key is missing", "write name: value")
			continue
		}
		if first := seen[key.Text]; first != nil {
			out.Broken = true
			b.problems = append(b.problems, key.problem(fmt.Sprintf("%q is here twice; it first stood in line %d", key.Text, first.Line), "keep one"))
			continue
		}
		seen[key.Text] = key
		out.Entries = append(out.Entries, Entry{Key: key, Value: value})
	}
	for _, m := range merges {
		b.merge(out, seen, m)
	}
	return out
}

// merge adds the entries that "<<: *anchor" stands for, unless they are there.
func (b *builder) merge(out *Node, seen map[string]*Node, n *yaml.Node) {
	from := b.build(n)
	sources := []*Node{from}
	if from.Kind == Sequence {
		sources = from.Items
	}
	for _, s := range sources {
		if s.Kind != Mapping {
			b.add(n, "<< takes a mapping, as in <<: *anchor", "")
			return
		}
		for _, e := range s.Entries {
			if seen[e.Key.Text] == nil {
				seen[e.Key.Text] = e.Key
				out.Entries = append(out.Entries, e)
			}
		}
	}
}

// unclosed counts the parentheses of a plain scalar that are still open.
func unclosed(n *yaml.Node) int {
	if n.Kind != yaml.ScalarNode || n.Style&^yaml.FlowStyle != 0 {
		return 0
	}
	return strings.Count(n.Value, "(") - strings.Count(n.Value, ")")
}
