package message

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"regexp"
	"strings"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/jsonpath"
)

// check is a [scenarios.Check], compiled.
type check struct {
	scenarios.Check
	want       *text
	expression *regexp.Regexp
	path       jsonpath.Path
}

// capture is a [scenarios.Capture], compiled.
type capture struct {
	scenarios.Capture
	expression *regexp.Regexp
	path       jsonpath.Path
}

// judges compiles what an answer is judged by and what is kept of it.
func (r *Request) judges(from *scenarios.Request) error {
	for _, c := range from.Checks {
		one := check{Check: c}
		var err error
		switch {
		case c.How == scenarios.Matches:
			one.expression, err = regexp.Compile(c.Want)
		case c.Of == scenarios.CheckJSON:
			one.want, err = r.source.compile(c.Want, escapeJSON)
		case c.Of != scenarios.CheckSize:
			one.want, err = r.source.compile(c.Want, asItIs)
		}
		if err == nil && c.Of == scenarios.CheckJSON {
			one.path, err = jsonpath.Parse(c.Name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Path, err)
		}
		if c.Of != scenarios.CheckHeader {
			r.keep = MaxBody
		}
		r.checks = append(r.checks, one)
	}
	for _, c := range from.Captures {
		one := capture{Capture: c}
		var err error
		switch c.From {
		case scenarios.FromJSON:
			one.path, err = jsonpath.Parse(c.At)
			r.keep = MaxBody
		case scenarios.FromRegexp:
			one.expression, err = regexp.Compile(c.At)
			r.keep = MaxBody
		}
		if err != nil {
			return fmt.Errorf("capture %s: %w", c.Name, err)
		}
		r.captures = append(r.captures, one)
	}
	return nil
}

// judge says what is wrong with an answer, and keeps what is to be kept of one
// that is right.
func (r *Request) judge(f *filling, reply *Reply, set []*http.Cookie) error {
	if !r.expects(reply.Status) {
		if reply.Status == http.StatusServiceUnavailable && reply.Header.Get(RejectedHeader) == "1" {
			return driver.ErrRejected
		}
		return driver.ErrUnexpected
	}
	if len(r.checks)+len(r.captures) == 0 {
		return nil
	}
	a := &answered{Reply: reply, cookies: set, kept: r.keep}
	for i := range r.checks {
		if why := r.checks[i].fails(f, a); why != "" {
			return r.failed(r.checks[i].Path, why)
		}
	}
	for i := range r.captures {
		c := &r.captures[i]
		value, why := c.find(a)
		if why != "" {
			return r.failed("capture."+c.Name, why)
		}
		f.values.Set(c.Name, value)
	}
	return nil
}

func (r *Request) failed(where, why string) error {
	what := where + ": " + why
	r.source.problem(r.name, what)
	return fmt.Errorf("%w: %s", driver.ErrCheck, what)
}

func (r *Request) expects(status int) bool {
	for _, s := range r.statuses {
		if status >= s.Lo && status <= s.Hi {
			return true
		}
	}
	switch {
	case len(r.statuses) > 0:
		return false
	case r.status == 0:
		return status >= 200 && status <= 299
	}
	return status == r.status
}

// answered is an answer that is being judged. Its body is decompressed and read
// as JSON once, when something first asks for that.
type answered struct {
	*Reply
	cookies []*http.Cookie
	kept    int64

	plain    []byte
	plainErr string
	isPlain  bool
	json     any
	jsonErr  string
	isJSON   bool
}

// body is the body without its compression.
func (a *answered) body() ([]byte, string) {
	if !a.isPlain {
		a.isPlain = true
		a.plain, a.plainErr = a.decompressed()
	}
	return a.plain, a.plainErr
}

const tooLong = "the body is longer than 8 MiB"

func (a *answered) decompressed() ([]byte, string) {
	if a.Bytes > a.kept {
		return nil, tooLong
	}
	var in io.Reader
	var err error
	switch encoding := strings.ToLower(a.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return a.Body, ""
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(bytes.NewReader(a.Body))
	case "deflate":
		in, err = zlib.NewReader(bytes.NewReader(a.Body))
	default:
		return nil, "the body is compressed in a way that is not known here"
	}
	if errors.Is(err, io.EOF) && len(a.Body) == 0 {
		return nil, "" // nothing, which was not compressed either
	}
	if err != nil {
		return nil, "the body is not compressed as its header says"
	}
	plain, err := io.ReadAll(io.LimitReader(in, MaxBody+1))
	switch {
	case err != nil:
		return nil, "the body is not compressed as its header says"
	case len(plain) > MaxBody:
		return nil, tooLong
	}
	return plain, ""
}

// document is the body as JSON.
func (a *answered) document() (any, string) {
	if !a.isJSON {
		a.isJSON = true
		body, why := a.body()
		if why == "" {
			var err error
			if a.json, err = jsonpath.Decode(body); err != nil {
				why = "the body is not JSON"
			}
		}
		a.jsonErr = why
	}
	return a.json, a.jsonErr
}

// fails says why a check fails, "" when it does not.
func (c *check) fails(f *filling, a *answered) string {
	want, err := c.want.fill(f)
	if err != nil {
		return err.Error()
	}
	switch c.Of {
	case scenarios.CheckHeader:
		values := a.Header.Values(c.Name)
		if len(values) == 0 {
			return "no such header"
		}
		for _, v := range values {
			if c.holds([]byte(v), want) {
				return ""
			}
		}
		return "another header than expected"
	case scenarios.CheckJSON:
		return c.failsJSON(want, a)
	}
	body, why := a.body()
	switch {
	case why != "":
		return why
	case c.Of == scenarios.CheckSize:
		if n := int64(len(body)); n < c.Lo || n > c.Hi {
			return "a body of another length than expected"
		}
		return ""
	case !c.holds(body, want):
		return "another body than expected"
	}
	return ""
}

func (c *check) holds(found, want []byte) bool {
	switch c.How {
	case scenarios.Matches:
		return c.expression.Match(found)
	case scenarios.Contains:
		return bytes.Contains(found, want)
	}
	return bytes.Equal(found, want)
}

func (c *check) failsJSON(want []byte, a *answered) string {
	document, why := a.document()
	if why != "" {
		return why
	}
	found, ok := c.path.Find(document)
	if !ok {
		return "no such value"
	}
	wanted, err := jsonpath.Decode(want)
	if err != nil {
		return "what is expected is not JSON once its holes are filled"
	}
	if !same(found, wanted) {
		return "another value than expected"
	}
	return ""
}

// same compares two values of JSON: numbers by what they are, not by how they
// are written.
func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			w, ok := y[k]
			if !ok || !same(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case fmt.Stringer: // a json.Number
		y, ok := b.(fmt.Stringer)
		return ok && sameNumber(x.String(), y.String())
	}
	return a == b
}

func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	const most = 40 // digits: a number such as 1e999999999 would fill the memory
	if len(a) > most || len(b) > most || bigExponent(a) || bigExponent(b) {
		return false
	}
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && x.Cmp(y) == 0
}

func bigExponent(number string) bool {
	_, exponent, ok := strings.Cut(strings.ToLower(number), "e")
	return ok && len(strings.TrimLeft(exponent, "+-0")) > 3
}

// find is what is to be kept of an answer, or why there is nothing.
func (c *capture) find(a *answered) (value, why string) {
	switch c.From {
	case scenarios.FromHeader:
		if len(a.Header.Values(c.At)) == 0 {
			return "", "no such header"
		}
		return a.Header.Get(c.At), ""
	case scenarios.FromCookie:
		for i := len(a.cookies) - 1; i >= 0; i-- {
			if a.cookies[i].Name == c.At {
				return a.cookies[i].Value, ""
			}
		}
		return "", "no such cookie is set"
	case scenarios.FromJSON:
		document, why := a.document()
		if why != "" {
			return "", why
		}
		found, ok := c.path.Find(document)
		if !ok {
			return "", "no such value"
		}
		return jsonpath.Text(found), ""
	}
	body, why := a.body()
	if why != "" {
		return "", why
	}
	groups := c.expression.FindSubmatch(body)
	if groups == nil {
		return "", "nothing matches"
	}
	return string(groups[min(1, len(groups)-1)]), ""
}
