package yamlx

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// In flow style a comma ends a plain value, so that YAML reads
//
//	{cpu: lognormal(mean=9ms, cv=1.8)}
//
// as the two entries "cpu: lognormal(mean=9ms" and "cv=1.8):". A scenario
// means one value: as long as a parenthesis is open, what follows the comma
// belongs to it. The two functions here put such values together again.

// rejoinPairs returns the keys and values of a mapping.
func (b *builder) rejoinPairs(n *yaml.Node) []*yaml.Node {
	if n.Style&yaml.FlowStyle == 0 {
		return n.Content
	}
	var out []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		depth := unclosed(value)
		if depth > 0 {
			parts := []*yaml.Node{value}
			for ; depth > 0 && i+3 < len(n.Content) && isScrap(n.Content[i+2], n.Content[i+3]); i += 2 {
				parts = append(parts, n.Content[i+2])
				depth += unclosed(n.Content[i+2])
			}
			value = b.join(parts)
		}
		out = append(out, key, value)
	}
	return out
}

// isScrap reports whether a pair is a piece of a value: a bare word without a
// value of its own.
func isScrap(key, value *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Style&^yaml.FlowStyle == 0 &&
		value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null" && value.Value == ""
}

// rejoinItems returns the items of a list.
func (b *builder) rejoinItems(n *yaml.Node) []*yaml.Node {
	if n.Style&yaml.FlowStyle == 0 {
		return n.Content
	}
	var out []*yaml.Node
	for i := 0; i < len(n.Content); i++ {
		item := n.Content[i]
		last := lastValue(item)
		if depth := unclosed(*last); depth > 0 {
			parts := []*yaml.Node{*last}
			for ; depth > 0 && i+1 < len(n.Content) && n.Content[i+1].Kind == yaml.ScalarNode && n.Content[i+1].Style&^yaml.FlowStyle == 0; i++ {
				parts = append(parts, n.Content[i+1])
				depth += unclosed(n.Content[i+1])
			}
			joined := b.join(parts)
			if *last == item {
				item = joined
			} else {
				pair := *item
				pair.Content = []*yaml.Node{item.Content[0], joined}
				item = &pair
			}
		}
		out = append(out, item)
	}
	return out
}

// lastValue is the place of what a comma may have cut in an item: the item
// itself, or the value of a pair without braces, as in [cpu: exp(1ms)].
func lastValue(item *yaml.Node) **yaml.Node {
	if item.Kind == yaml.MappingNode && len(item.Content) == 2 &&
		item.Line == item.Content[0].Line && item.Column == item.Content[0].Column {
		return &item.Content[1]
	}
	return &item
}

// join makes one scalar of several: the text between their ends when it is on
// one line, so that places within it are right.
func (b *builder) join(parts []*yaml.Node) *yaml.Node {
	first, last := parts[0], parts[len(parts)-1]
	joined := *first
	joined.Tag = "!!str"
	line := b.source.Runes(first.Line)
	from, to := first.Column-1, last.Column-1+utf8.RuneCountInString(last.Value)
	if first.Line == last.Line && from >= 0 && from <= to && to <= len(line) {
		joined.Value = string(line[from:to])
		return &joined
	}
	joined.Value = ""
	for i, p := range parts {
		if i > 0 {
			joined.Value += ", "
		}
		joined.Value += p.Value
	}
	return &joined
}
