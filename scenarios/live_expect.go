package scenarios

import (
	"errors"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
	"github.com/headroom/headroom/scenarios/jsonpath"
)

// fixed reads a text whose holes can be filled before the first request.
func (c *compiler) fixed(s spot) string {
	text, _ := c.withHoles(s, "a text")
	c.onlyEnv(s)
	return text
}

// onlyEnv refuses holes that are filled for each request anew.
func (c *compiler) onlyEnv(s spot) {
	t, err := holes.Parse(s.node.Text)
	if err != nil {
		return
	}
	for _, p := range t {
		if p.Kind != holes.Literal && p.Kind != holes.Env {
			c.failAt(s, p.Offset, "write ${env:NAME}", "only the environment is known before the first request")
		}
	}
}

// expect reads what a good answer is.
func (c *compiler) expect(s spot, r *Request) {
	f, ok := c.fields(s, expectKeys())
	if !ok {
		return
	}
	if v, ok := f["status"]; ok {
		c.statuses(v, r)
	}
	if v, ok := f["header"]; ok {
		for _, e := range c.entries(v, "a mapping from header names to what they are") {
			if c.headerName(e) {
				r.Checks = append(r.Checks, c.expectText(e)...)
			}
		}
	}
	if v, ok := f["body"]; ok {
		r.Checks = append(r.Checks, c.expectBody(v)...)
	}
}

// statuses reads one status, a class such as 2xx, or a list of those.
func (c *compiler) statuses(s spot, r *Request) {
	if s.node.Kind == yamlx.Sequence {
		if len(s.node.Items) == 0 {
			c.fail(s, "", "no status; want at least one")
		}
		for i := range s.node.Items {
			if one, ok := c.statusRange(s.item(i)); ok {
				r.Statuses = append(r.Statuses, one)
			}
		}
		return
	}
	one, ok := c.statusRange(s)
	switch {
	case !ok:
	case one.Lo == one.Hi:
		r.Status = one.Lo
	default:
		r.Statuses = []StatusRange{one}
	}
}

func (c *compiler) statusRange(s spot) (StatusRange, bool) {
	if s.node.Kind == yamlx.Scalar {
		class, isClass := strings.CutSuffix(strings.ToLower(s.node.Text), "xx")
		if isClass && len(class) == 1 && class[0] >= '1' && class[0] <= '5' {
			lo := 100 * int(class[0]-'0')
			return StatusRange{lo, lo + 99}, true
		}
	}
	n, ok := c.whole(s, 100, 599)
	return StatusRange{n, n}, ok
}

// expectText reads what a header is: a text, or a mapping with what it has.
func (c *compiler) expectText(e entry) []Check {
	place := "expect.header." + e.name
	if e.node.Kind == yamlx.Scalar {
		text, _ := c.withHoles(e.spot, "a text")
		return []Check{{Path: place, Of: CheckHeader, Name: e.name, Want: text}}
	}
	f, ok := c.fields(e.spot, expectTextKeys())
	if !ok {
		return nil
	}
	var out []Check
	if v, ok := f["contains"]; ok {
		text, _ := c.withHoles(v, "a text")
		out = append(out, Check{Path: place + ".contains", Of: CheckHeader, Name: e.name, How: Contains, Want: text})
	}
	if v, ok := f["matches"]; ok {
		out = append(out, Check{Path: place + ".matches", Of: CheckHeader, Name: e.name, How: Matches, Want: c.expression(v)})
	}
	return out
}

func (c *compiler) expectBody(s spot) []Check {
	f, ok := c.fields(s, expectBodyKeys())
	if !ok {
		return nil
	}
	var out []Check
	if v, ok := f["contains"]; ok {
		for _, one := range oneOrMore(v) {
			text, _ := c.withHoles(one, "a text")
			out = append(out, Check{Path: "expect.body.contains", Of: CheckBody, How: Contains, Want: text})
		}
	}
	if v, ok := f["matches"]; ok {
		for _, one := range oneOrMore(v) {
			out = append(out, Check{Path: "expect.body.matches", Of: CheckBody, How: Matches, Want: c.expression(one)})
		}
	}
	if v, ok := f["json"]; ok {
		for _, e := range c.entries(v, "a mapping from paths to values, as {$.ok: true}") {
			c.jsonPath(e.key)
			if c.holesWithin(e.spot) {
				out = append(out, Check{Path: "expect.body.json." + e.name, Of: CheckJSON, Name: e.name, Want: encodeJSON(e.node)})
			}
		}
	}
	if v, ok := f["size"]; ok {
		lo, hi := c.size(v)
		out = append(out, Check{Path: "expect.body.size", Of: CheckSize, Lo: lo, Hi: hi})
	}
	return out
}

// oneOrMore is a value by itself, or the values of a list.
func oneOrMore(s spot) []spot {
	if s.node.Kind != yamlx.Sequence {
		return []spot{s}
	}
	var out []spot
	for i := range s.node.Items {
		out = append(out, s.item(i))
	}
	return out
}

// size reads a length, or two with .. between; either may be left out (B).
func (c *compiler) size(s spot) (lo, hi int64) {
	const want = "a length in bytes, as 128, or from 1 to 4096 as 1..4096"
	text, ok := c.text(s, want)
	if !ok {
		return 0, 0
	}
	number := func(text string, missing int64) int64 {
		if text = strings.TrimSpace(text); text == "" {
			return missing
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			ok = false
		}
		return n
	}
	from, to, isRange := strings.Cut(text, "..")
	if lo, hi = number(from, 0), number(to, math.MaxInt64); !isRange {
		hi = lo
	}
	if !ok || lo > hi || strings.Trim(text, " .") == "" {
		c.fail(s, "", "%q; want %s", shorten(text), want)
	}
	return lo, hi
}

// expression reads a regular expression.
func (c *compiler) expression(s spot) string {
	text, ok := c.text(s, "a regular expression")
	if !ok {
		return ""
	}
	_, err := regexp.Compile(text)
	var e *syntax.Error
	if errors.As(err, &e) {
		c.failAt(s, max(strings.Index(text, e.Expr), 0), "", "not a regular expression: %s", e.Code)
	}
	return text
}

// jsonPath reads a path to a JSON value.
func (c *compiler) jsonPath(s spot) string {
	text, ok := c.text(s, "a path, as $.token")
	if !ok {
		return ""
	}
	_, err := jsonpath.Parse(text)
	var e *jsonpath.Error
	if errors.As(err, &e) {
		c.failAt(s, e.Offset, "", "%q is not a path: %s", shorten(text), e.Msg)
	}
	return text
}

// captures reads what is kept of an answer.
func (c *compiler) captures(s spot) []Capture {
	var out []Capture
	for _, e := range c.entries(s, "a mapping from names to where they are found") {
		c.liveName(e)
		if c.asking.captured == nil {
			c.asking.captured = map[string]bool{}
		}
		c.asking.captured[e.name] = true
		f, ok := c.fields(e.spot, captureKeys())
		if !ok {
			continue
		}
		if len(f) != 1 {
			c.fail(e.spot, "", "want one of json, header, cookie and regexp")
			continue
		}
		one := Capture{Name: e.name}
		switch {
		case f.has("json"):
			one.At = c.jsonPath(f["json"])
		case f.has("header"):
			one.From = FromHeader
			one.At, _ = c.text(f["header"], "the name of a header")
		case f.has("cookie"):
			one.From = FromCookie
			one.At, _ = c.text(f["cookie"], "the name of a cookie")
		default:
			one.From, one.At = FromRegexp, c.expression(f["regexp"])
		}
		out = append(out, one)
	}
	return out
}
