package scenarios

import (
	"net/url"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

func (c *compiler) live(s spot) {
	f, ok := c.fields(s, liveKeys())
	if !ok {
		return
	}
	if v, ok := f["base"]; ok {
		c.m.Live.Base = c.base(v)
	}
	if v, ok := f["cells"]; ok {
		if n, ok := c.whole(v, 1, maxCount); ok {
			c.m.Live.Cells = n
		}
	}
	if v, ok := f["operations"]; ok {
		c.m.Live.Operations = map[OpID]Request{}
		for _, e := range c.entries(v, "a mapping from operations to their requests") {
			if id, ok := c.opNamed(e.key, e.name); ok {
				c.m.Live.Operations[id] = c.request(e.spot)
			}
		}
	}
}

// base reads the URL of the system.
func (c *compiler) base(s spot) string {
	const want = "a URL, as http://localhost:8080"
	text, ok := c.text(s, want)
	if !ok {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		c.fail(s, "", "%q is not %s", shorten(text), want)
		return ""
	}
	return text
}

func (c *compiler) request(s spot) Request {
	r := Request{Method: "GET"}
	f, ok := c.fields(s, requestKeys())
	if !ok {
		return r
	}
	if v, ok := c.required(s, f, "path", "write path: /checkout"); ok {
		text, isText := c.text(v, "a path, as /checkout")
		if isText && !strings.HasPrefix(text, "/") {
			c.fail(v, "", "%q; want a path that starts with /", shorten(text))
		}
		r.Path = text
	}
	if v, ok := f["headers"]; ok {
		r.Headers = c.headers(v)
	}
	if v, ok := f["body"]; ok {
		r.Method = "POST"
		c.body(v, &r)
	}
	if v, ok := f["method"]; ok {
		r.Method, _ = c.word(v, methodWords())
	}
	if v, ok := f["expect"]; ok {
		if x, ok := c.fields(v, expectKeys()); ok && x.has("status") {
			r.Status, _ = c.status(x["status"])
		}
	}
	return r
}

func (c *compiler) status(s spot) (int, bool) {
	n, ok := c.whole(s, 100, 599)
	return n, ok
}

func (c *compiler) headers(s spot) map[string]string {
	out := map[string]string{}
	for _, e := range c.entries(s, "a mapping from header names to values") {
		text, ok := c.text(e.spot, "a text")
		switch {
		case !ok:
		case strings.ContainsAny(e.name, " \t\r\n:") || e.name == "":
			c.fail(e.key, "", "%q is not the name of a header", shorten(e.name))
		case strings.ContainsAny(text, "\r\n"):
			c.fail(e.spot, "", "a header of several lines")
		default:
			out[e.name] = text
		}
	}
	return out
}

// body reads the body of a request: a text, a file, or JSON.
func (c *compiler) body(s spot, r *Request) {
	if s.node.Kind == yamlx.Scalar {
		r.Body = []byte(s.node.Text)
		return
	}
	f, ok := c.fields(s, bodyKeys())
	if !ok {
		return
	}
	switch {
	case len(f) != 1:
		c.fail(s, "", "want one of file and json")
	case f.has("json"):
		r.Body = []byte(encodeJSON(f["json"].node))
		r.setDefault("Content-Type", "application/json")
	default:
		r.Body = c.besideFile(f["file"])
	}
}

func (r *Request) setDefault(header, value string) {
	for name := range r.Headers {
		if strings.EqualFold(name, header) {
			return
		}
	}
	if r.Headers == nil {
		r.Headers = map[string]string{}
	}
	r.Headers[header] = value
}

// besideFile reads a file that stands beside the scenario.
func (c *compiler) besideFile(s spot) []byte {
	name, ok := c.text(s, "the path of a file")
	if !ok {
		return nil
	}
	content, err := c.beside(name)
	if err != nil {
		c.fail(s, "the path is relative to the scenario", "%v", err)
	}
	return content
}
