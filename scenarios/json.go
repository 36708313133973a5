package scenarios

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// encodeJSON writes a value as JSON, keys in the order in which they stand.
func encodeJSON(n *yamlx.Node) string { return encodeJSONBy(n, scalarJSON) }

// encodeJSONBy is encodeJSON with another way to write single values.
func encodeJSONBy(n *yamlx.Node, scalar func(*yamlx.Node) string) string {
	var b strings.Builder
	writeJSON(&b, n, scalar)
	return b.String()
}

func writeJSON(b *strings.Builder, n *yamlx.Node, scalar func(*yamlx.Node) string) {
	switch n.Kind {
	case yamlx.Null:
		b.WriteString("null")
	case yamlx.Mapping:
		b.WriteByte('{')
		for i, e := range n.Entries {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteJSON(e.Key.Text) + ":")
			writeJSON(b, e.Value, scalar)
		}
		b.WriteByte('}')
	case yamlx.Sequence:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item, scalar)
		}
		b.WriteByte(']')
	default:
		b.WriteString(scalar(n))
	}
}

// scalarJSON keeps numbers, true and false, and quotes the rest.
func scalarJSON(n *yamlx.Node) string {
	if n.Quoted {
		return quoteJSON(n.Text)
	}
	switch n.Tag {
	case "!!int":
		if i, err := strconv.ParseInt(n.Text, 0, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
	case "!!float":
		if json.Valid([]byte(n.Text)) {
			return n.Text
		}
	case "!!bool":
		if text := strings.ToLower(n.Text); text == "true" || text == "false" {
			return text
		}
	}
	return quoteJSON(n.Text)
}

func quoteJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil { // not possible for a string
		return `""`
	}
	return string(quoted)
}
