package message

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
)

// Message is a request ready to be sent.
type Message struct {
	Method string
	URL    *url.URL
	Host   string      // of the request line or the Host header; empty = that of URL
	Header http.Header // shared between requests: to be read only
	Body   []byte      // to be read only
}

// Reply is what came back.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte // as sent, as much of it as was asked for
	Bytes  int64  // length of the whole body, as sent (B)
}

// Send makes one exchange: it sends the message, reads the whole answer, keeps
// the first so many bytes of its body, and follows no redirect. With an error
// the reply says what came before it; it may be nil.
type Send func(ctx context.Context, m *Message, keep int64) (*Reply, error)

// MaxBody is how much of a body is looked at (B). Longer ones fail the checks
// that look at them.
const MaxBody = 8 << 20

// RejectedHeader is on the 503 of a service that had no room for the request.
const RejectedHeader = "X-Headroom-Rejected"

// Request is how one operation is asked for, made once and used by all.
type Request struct {
	source *Source
	name   string // of the operation

	method   string
	base     *url.URL
	url      *url.URL // nil where it has holes
	path     *text    // up to the query
	query    *text    // nil = none
	host     string
	header   http.Header // those without holes
	filled   []field     // those with holes
	body     []byte
	template *text // in place of body
	auth     *authorizer

	follow   int
	cookies  bool
	status   int
	statuses []scenarios.StatusRange
	checks   []check
	captures []capture
	keep     int64
}

// field is a header with holes.
type field struct {
	name string
	text *text
}

// Plain reports whether a request is the same each time, is judged by one
// status alone, and leaves nothing: nothing here is needed for it.
func Plain(live *scenarios.Live, r *scenarios.Request) bool {
	if live.Auth != nil || live.Follow > 0 || live.Compress || live.Cookies || r.Auth != nil || r.Follow != nil ||
		r.Template != "" || len(r.Query)+len(r.Statuses)+len(r.Checks)+len(r.Captures) > 0 {
		return false
	}
	texts := append(slices.Collect(maps.Values(r.Headers)), r.Path)
	return !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, "${") })
}

// Compile makes a request of an operation of a system at a base URL. The header
// is what it has besides its own, and is not kept.
func (s *Source) Compile(name string, r *scenarios.Request, base *url.URL, header http.Header) (*Request, error) {
	out := &Request{
		source: s, name: name, method: r.Method, base: base, header: header.Clone(), body: r.Body,
		follow: s.live.Follow, cookies: s.live.Cookies, status: r.Status, statuses: r.Statuses,
	}
	if out.method == "" {
		out.method = http.MethodGet
	}
	if out.header == nil {
		out.header = http.Header{}
	}
	if r.Follow != nil {
		out.follow = *r.Follow
	}
	fail := func(what string, err error) (*Request, error) {
		return nil, fmt.Errorf("loadtest: live.operations.%s.%s: %w", name, what, err)
	}
	if err := out.address(r); err != nil {
		return fail("path", err)
	}
	if err := out.headers(r); err != nil {
		return fail("headers", err)
	}
	if r.Template != "" {
		var err error
		if out.template, err = s.compile(r.Template, bodyEscape(r.Escape)); err != nil {
			return fail("body", err)
		}
	}
	if err := out.authorize(s.live.Auth, r.Auth); err != nil {
		return fail("auth", err)
	}
	if s.live.Compress && out.header.Get("Accept-Encoding") == "" {
		out.header.Set("Accept-Encoding", "gzip")
	}
	if err := out.judges(r); err != nil {
		return fail("expect", err)
	}
	return out, nil
}

// headers compiles the headers: those without holes are made now.
func (r *Request) headers(from *scenarios.Request) error {
	for _, name := range slices.Sorted(maps.Keys(from.Headers)) {
		t, err := r.source.compile(from.Headers[name], escapeHeader)
		if err != nil {
			return err
		}
		switch {
		case !t.constant:
			r.header.Del(name)
			r.filled = append(r.filled, field{http.CanonicalHeaderKey(name), t})
		case strings.EqualFold(name, "Host"):
			r.host = t.literal()
		default:
			r.header.Set(name, t.literal())
		}
	}
	return nil
}

// address compiles the path and the query.
func (r *Request) address(from *scenarios.Request) error {
	path, query, hasQuery := cutQuery(from.Path)
	var err error
	if r.path, err = r.source.compile(path, escapePath); err != nil {
		return err
	}
	for i, p := range from.Query {
		if i > 0 || hasQuery && query != "" {
			query += "&"
		}
		query += quoteLiteral(p.Name) + "=" + escapeLiterals(p.Value)
		hasQuery = true
	}
	if hasQuery {
		if r.query, err = r.source.compile(query, escapeQuery); err != nil {
			return err
		}
	}
	if r.path.constant && (r.query == nil || r.query.constant) {
		r.url, err = r.join(r.path.literal(), r.query.literal())
	}
	return err
}

// join is the base with a path and a query.
func (r *Request) join(path, query string) (*url.URL, error) {
	path, _, _ = strings.Cut(path, "#")
	if _, err := url.PathUnescape(path); err != nil {
		return nil, errors.New("a % that escapes nothing")
	}
	u := r.base.JoinPath(path)
	u.RawQuery = query
	return u, nil
}

// Ask makes the request, follows where it is sent, judges the answer and keeps
// what is to be kept of it. Values that are nil stand for none.
func (r *Request) Ask(ctx context.Context, send Send, values *driver.Values) driver.Answer {
	session := values != nil
	if !session {
		values = &driver.Values{} // so that one request is filled from one row of data
	}
	f := &filling{source: r.source, values: values}
	m, err := r.fill(f)
	if err != nil {
		return driver.Answer{Err: r.source.unfilled(r.name, err)}
	}
	var jar http.CookieJar
	if r.cookies && session {
		jar = jarOf(values)
	}
	var a driver.Answer
	var reply *Reply
	var set []*http.Cookie
	for hop := 0; ; hop++ {
		reply, err = send(ctx, withCookies(m, jar), r.keep)
		if reply != nil {
			a.Status = reply.Status
			a.Bytes += reply.Bytes
		}
		if err != nil {
			a.Err = err
			return a
		}
		cookies := (&http.Response{Header: reply.Header}).Cookies()
		set = append(set, cookies...)
		if jar != nil && len(cookies) > 0 {
			jar.SetCookies(m.URL, cookies)
		}
		next := r.redirect(ctx, m, reply, hop)
		if next == nil {
			break
		}
		m = next
	}
	a.Err = r.judge(f, reply, set)
	return a
}

// unfilled says why a request could not be filled in.
func (s *Source) unfilled(name string, err error) error {
	if errors.Is(err, driver.ErrExhausted) {
		return err
	}
	s.problem(name, err.Error())
	return fmt.Errorf("%w: %w", driver.ErrCheck, err)
}

// fill makes a message.
func (r *Request) fill(f *filling) (*Message, error) {
	m := &Message{Method: r.method, URL: r.url, Host: r.host, Header: r.header, Body: r.body}
	if m.URL == nil {
		path, err := r.path.fill(f)
		if err != nil {
			return nil, err
		}
		query, err := r.query.fill(f)
		if err != nil {
			return nil, err
		}
		if m.URL, err = r.join(string(path), string(query)); err != nil {
			return nil, err
		}
	}
	if len(r.filled) > 0 || r.auth != nil {
		m.Header = maps.Clone(m.Header)
	}
	for _, h := range r.filled {
		value, err := h.text.fill(f)
		if err != nil {
			return nil, err
		}
		if h.name == "Host" {
			m.Host = string(value)
			continue
		}
		m.Header[h.name] = []string{string(value)}
	}
	if r.template != nil {
		body, err := r.template.fill(f)
		if err != nil {
			return nil, err
		}
		m.Body = body
	}
	if r.auth != nil {
		value, err := r.auth.value(f)
		if err != nil {
			return nil, err
		}
		m.Header["Authorization"] = []string{value}
	}
	return m, nil
}
