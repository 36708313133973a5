package scenarios

import (
	"maps"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// maxRecords bounds how many records one request consumes.
const maxRecords = 1_000_000

// asked reads how an operation is asked for over another protocol than HTTP;
// false when it is over HTTP.
func (c *compiler) asked(s spot, f fields, r *Request) bool {
	words := waysToAsk()
	var said []string
	for _, w := range words {
		if f.has(w) {
			said = append(said, w)
		}
	}
	if len(said) == 0 || len(said) == 1 && said[0] == "path" {
		return false
	}
	if len(said) > 1 {
		c.fail(f[said[1]], "", "%s and %s; want one way to ask", said[0], said[1])
		return true
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if key != said[0] && key != "at" {
			c.fail(f[key], "", "%s is of HTTP, and not of %s", key, said[0])
		}
	}
	v := f[said[0]]
	switch said[0] {
	case "grpc":
		r.Ask = c.grpc(v)
	case "websocket":
		r.Ask = c.websocket(v)
	case "sql":
		r.Ask = c.sql(v)
	case "redis":
		words := c.texts(v, "a command, as [GET, \"${key}\"]")
		if v.node.Kind == yamlx.Sequence && len(v.node.Items) == 0 {
			c.fail(v, "", "no command")
		}
		r.Ask = &Redis{words}
	case "kafka":
		r.Ask = c.kafka(v)
	}
	return true
}

// waysToAsk are the keys of which a request has one.
func waysToAsk() []string { return []string{"path", "grpc", "websocket", "sql", "redis", "kafka"} }

func (c *compiler) grpc(s spot) *GRPC {
	g := &GRPC{}
	f, ok := c.fields(s, grpcKeys())
	if !ok {
		return g
	}
	if v, ok := c.required(s, f, "method", "write method: package.Service/Method"); ok {
		g.Method, ok = c.text(v, "a method, as shop.v1.Cart/Add")
		service, method, cut := strings.Cut(g.Method, "/")
		if ok && (!cut || service == "" || method == "" || strings.ContainsAny(method, "/ ") || strings.Contains(service, " ")) {
			c.fail(v, "", "%q; want a method, as shop.v1.Cart/Add", shorten(g.Method))
		}
	}
	if v, ok := f["message"]; ok {
		for _, one := range oneOrMore(v) {
			g.Messages = append(g.Messages, c.grpcMessage(one))
		}
	}
	if v, ok := f["metadata"]; ok {
		g.Metadata = c.pairs(v, "a mapping from names to values")
	}
	if v, ok := f["descriptors"]; ok {
		g.Descriptors = c.besideFile(v)
	}
	if v, ok := f["code"]; ok {
		g.Code, _ = c.whole(v, 0, 16)
	}
	return g
}

// grpcMessage reads a message: its fields, or a file of JSON with holes.
func (c *compiler) grpcMessage(s spot) string {
	switch s.node.Kind {
	case yamlx.Scalar:
		text, _ := c.fileWithHoles(s, string(c.besideFile(s)))
		return text
	case yamlx.Mapping:
		if c.holesWithin(s) {
			return jsonWithHoles(s.node)
		}
	default:
		c.fail(s, "", "%s; want the fields of a message, or a file of JSON", found(s.node))
	}
	return ""
}

func (c *compiler) websocket(s spot) *WebSocket {
	w := &WebSocket{}
	f, ok := c.fields(s, websocketKeys())
	if !ok {
		return w
	}
	if v, ok := f["path"]; ok {
		w.Path, ok = c.text(v, "a path, as /chat")
		if ok && !strings.HasPrefix(w.Path, "/") {
			c.fail(v, "", "%q; want a path that starts with /", shorten(w.Path))
		}
	}
	if v, ok := f["headers"]; ok {
		for _, e := range c.entries(v, "a mapping from header names to values") {
			if c.headerName(e) {
				w.Headers = append(w.Headers, Pair{e.name, c.fixed(e.spot)})
			}
		}
	}
	if v, ok := f["send"]; ok {
		for _, one := range oneOrMore(v) {
			w.Send = append(w.Send, c.websocketMessage(one))
		}
	}
	if v, ok := f["until"]; ok {
		w.Until = c.expression(v)
	}
	if v, ok := f["fresh"]; ok {
		w.Fresh, _ = c.yes(v)
	}
	return w
}

// websocketMessage reads a message: a text, or JSON.
func (c *compiler) websocketMessage(s spot) string {
	if s.node.Kind != yamlx.Mapping {
		text, _ := c.withHoles(s, "a text, or JSON")
		return text
	}
	if !c.holesWithin(s) {
		return ""
	}
	return jsonWithHoles(s.node)
}

func (c *compiler) sql(s spot) *SQL {
	q := &SQL{}
	f, ok := c.fields(s, sqlKeys())
	if !ok {
		return q
	}
	if v, ok := c.required(s, f, "query", "write query: select 1"); ok {
		q.Query, ok = c.text(v, "a query, as select 1")
		switch {
		case ok && strings.TrimSpace(q.Query) == "":
			c.fail(v, "", "no query")
		case ok && strings.Contains(q.Query, "${"):
			c.failAt(v, strings.Index(q.Query, "${"), "write $1, and the hole under args", "a query has no holes: what fills them could be a query of its own")
		}
	}
	if v, ok := f["args"]; ok {
		q.Args = c.texts(v, "a list of arguments, as [\"${users.id}\", 3]")
	}
	return q
}

// texts reads a list of texts with holes.
func (c *compiler) texts(s spot, want string) []string {
	if s.node.Kind != yamlx.Sequence {
		c.fail(s, "", "%s; want %s", found(s.node), want)
		return nil
	}
	var out []string
	for i := range s.node.Items {
		text, _ := c.withHoles(s.item(i), "a text")
		out = append(out, text)
	}
	return out
}

func (c *compiler) kafka(s spot) *Kafka {
	k := &Kafka{}
	f, ok := c.fields(s, kafkaKeys())
	if !ok {
		return k
	}
	if v, ok := c.required(s, f, "topic", "write topic: orders"); ok {
		k.Topic, ok = c.text(v, "a topic, as orders")
		// Kafka's own rule: Topic.validate in its source.
		if ok && (k.Topic == "" || len(k.Topic) > 249 || strings.Trim(k.Topic, ".") == "" || strings.ContainsFunc(k.Topic, notOfTopic)) {
			c.fail(v, "", "%q; want letters, digits, '.', '_' and '-', 249 at most", shorten(k.Topic))
		}
	}
	if v, ok := f["key"]; ok {
		if text, ok := c.withHoles(v, "a text"); ok {
			k.Key = &text
		}
	}
	if v, ok := f["value"]; ok {
		k.Value = c.websocketMessage(v)
	}
	if v, ok := f["consume"]; ok {
		k.Consume, _ = c.whole(v, 1, maxRecords)
	}
	switch {
	case f.has("consume") && (f.has("key") || f.has("value")):
		c.fail(f["consume"], "", "consume is to read records, key and value to write one; want one of both")
	case !f.has("consume") && !f.has("value"):
		c.fail(s, "write value: to produce a record, or consume: 1 to read one", "neither value nor consume")
	}
	return k
}

func notOfTopic(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
}

// jsonWithHoles encodes a value whose scalars may have holes. One that is one
// hole marked raw is filled in without quotes: a number, or a whole document.
func jsonWithHoles(n *yamlx.Node) string {
	return encodeJSONBy(n, func(n *yamlx.Node) string {
		if t, err := holes.Parse(n.Text); err == nil && len(t) == 1 && t[0].Kind != holes.Literal && t[0].Raw {
			return n.Text
		}
		return scalarJSON(n)
	})
}

func grpcKeys() keys {
	return keys{
		what: "grpc", known: []string{"method", "message", "metadata", "descriptors", "code"},
		means: map[string]string{"messages": "message", "headers": "metadata", "status": "code", "proto": "descriptors", "protoset": "descriptors", "data": "message"},
	}
}

func websocketKeys() keys {
	return keys{what: "websocket", known: []string{"path", "headers", "send", "until", "fresh"}, means: map[string]string{"message": "send", "url": "path", "expect": "until"}}
}

func sqlKeys() keys {
	return keys{what: "sql", known: []string{"query", "args"}, means: map[string]string{"statement": "query", "arguments": "args", "parameters": "args", "params": "args"}}
}

func kafkaKeys() keys {
	return keys{what: "kafka", known: []string{"topic", "key", "value", "consume"}, means: map[string]string{"message": "value", "records": "consume"}}
}
