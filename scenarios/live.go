package scenarios

import (
	"net/url"
	"strings"
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
	c.liveWide(f)
	if v, ok := f["services"]; ok {
		c.liveServices(v)
	}
	if v, ok := f["observe"]; ok {
		c.observe(v)
	}
	if v, ok := f["operations"]; ok {
		c.m.Live.Operations = map[OpID]Request{}
		for _, e := range c.entries(v, "a mapping from operations to their requests") {
			if id, ok := c.opNamed(e.key, e.name); ok {
				mark := len(c.diags)
				r := c.request(e.spot)
				c.m.Live.Operations[id] = r
				if !c.failed(mark) {
					c.addressed(e.key, id, &r)
				}
			}
		}
	}
	c.checkHoles()
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
	if v, ok := f["at"]; ok {
		r.At = c.address(v, schemesFor(f))
	}
	if c.asked(s, f, &r) {
		return r
	}
	if v, ok := c.required(s, f, "path", "write path: /checkout"); ok {
		text, isText := c.withHoles(v, "a path, as /checkout")
		if isText && !strings.HasPrefix(text, "/") {
			c.fail(v, "", "%q; want a path that starts with /", shorten(text))
		}
		r.Path = text
	}
	if v, ok := f["query"]; ok {
		r.Query = c.pairs(v, "a mapping from parameters to values")
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
	if v, ok := f["auth"]; ok {
		r.Auth = c.auth(v)
	}
	if v, ok := f["follow"]; ok {
		if n, ok := c.whole(v, 0, maxFollow); ok {
			r.Follow = &n
		}
	}
	if v, ok := f["expect"]; ok {
		c.expect(v, &r)
	}
	if v, ok := f["capture"]; ok {
		r.Captures = c.captures(v)
	}
	return r
}

func (c *compiler) headers(s spot) map[string]string {
	out := map[string]string{}
	for _, e := range c.entries(s, "a mapping from header names to values") {
		text, ok := c.withHoles(e.spot, "a text")
		switch {
		case !ok:
		case !c.headerName(e):
		case strings.ContainsAny(text, "\r\n"):
			c.fail(e.spot, "", "a header of several lines")
		default:
			out[e.name] = text
		}
	}
	return out
}

// headerName checks the name of a header.
func (c *compiler) headerName(e entry) bool {
	bad := strings.ContainsAny(e.name, " \t\r\n:") || e.name == ""
	if bad {
		c.fail(e.key, "", "%q is not the name of a header", shorten(e.name))
	}
	return !bad
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
