package loadtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
)

// rejectedHeader is on the 503 of a service that had no room for the request.
const rejectedHeader = "X-Headroom-Rejected"

// template is how one operation is asked for over HTTP. It is made once and
// read by all.
type template struct {
	transport http.RoundTripper
	request   *http.Request // without a context and a body of its own
	body      []byte
	status    int // the status expected; 0 means any 2xx
}

var _ driver.Call = (*template)(nil)

// Do sends the request and reads the whole answer. It goes to the transport
// itself and not through a client, so no redirect is ever followed: it would
// put load on an address that nobody asked for.
func (t *template) Do(ctx context.Context, _ *driver.Values) driver.Answer {
	response, err := t.transport.RoundTrip(t.with(ctx))
	if err != nil {
		return driver.Answer{Err: err}
	}
	a := driver.Answer{Status: response.StatusCode}
	a.Bytes, a.Err = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close() // what matters of the answer has been read
	switch {
	case a.Err != nil || t.expects(a.Status):
	case a.Status == http.StatusServiceUnavailable && response.Header.Get(rejectedHeader) == "1":
		a.Err = driver.ErrRejected
	default:
		a.Err = driver.ErrUnexpected
	}
	return a
}

// with returns a request to be sent once.
func (t *template) with(ctx context.Context) *http.Request {
	r := t.request.WithContext(ctx) // shares URL and header, which a transport only reads
	if len(t.body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(t.body))
		r.ContentLength = int64(len(t.body))
	}
	return r
}

func (t *template) expects(status int) bool {
	if t.status == 0 {
		return status >= 200 && status <= 299
	}
	return status == t.status
}

// target resolves operations to requests.
type target interface {
	// template returns how op is asked for.
	template(op scenarios.OpID) (*template, error)
	// name says where the load goes.
	name() string
}

// targetOf picks the system the options and the model speak of.
func targetOf(m *scenarios.Model, o Options) (target, error) {
	switch {
	case o.Target != "":
		return newReal(m, "target", o.Target)
	case o.URL != nil:
		return emulated{m, o.URL}, nil
	case m.Live.Base != "":
		return newReal(m, "live.base", m.Live.Base)
	}
	return nil, fmt.Errorf("loadtest: %s: nothing to put the load on; say live.base in the scenario, or give a target", m.Name)
}

// emulated is the system that the emulator brought up.
type emulated struct {
	model *scenarios.Model
	url   func(scenarios.OpID) string
}

func (e emulated) name() string { return "emulated " + e.model.Name }

func (e emulated) template(op scenarios.OpID) (*template, error) {
	name := e.model.Operations[op].Name
	u, err := parseURL("the emulated address of "+name, e.url(op))
	if err != nil {
		return nil, err
	}
	return &template{request: newRequest(http.MethodGet, u)}, nil
}

// realSystem is a system that was there before.
type realSystem struct {
	model *scenarios.Model
	base  *url.URL
}

func newReal(m *scenarios.Model, what, base string) (realSystem, error) {
	u, err := parseURL(what, base)
	if err == nil && u.Path == "" {
		u.Path = "/" // JoinPath makes a relative path of it otherwise
	}
	return realSystem{m, u}, err
}

func (s realSystem) name() string { return strings.TrimSuffix(s.base.Redacted(), "/") }

func (s realSystem) template(op scenarios.OpID) (*template, error) {
	name := s.model.Operations[op].Name
	live, ok := s.model.Live.Operations[op]
	if !ok {
		return nil, fmt.Errorf("loadtest: live.operations does not say how %q is asked for; add  %s: {path: /…}", name, name)
	}
	path, err := url.Parse(live.Path)
	if err != nil {
		return nil, fmt.Errorf("loadtest: live.operations.%s.path: %w", name, err)
	}
	u := s.base.JoinPath(path.EscapedPath())
	u.RawQuery = path.RawQuery
	r := newRequest(live.Method, u)
	for k, v := range live.Headers {
		if strings.EqualFold(k, "Host") {
			r.Host = v
			continue
		}
		r.Header.Set(k, v)
	}
	return &template{request: r, body: live.Body, status: live.Status}, nil
}

func parseURL(what, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		err = fmt.Errorf("%q is no address", text)
	}
	if err != nil {
		return nil, fmt.Errorf("loadtest: %s: %w; want a URL such as http://localhost:8080", what, err)
	}
	return u, nil
}

// newRequest makes a request that says who asks: whoever finds the load in a
// log should be able to tell where it comes from.
func newRequest(method string, u *url.URL) *http.Request {
	if method == "" {
		method = http.MethodGet
	}
	return &http.Request{
		Method: method, URL: u, Host: u.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {"headroom-loadtest"}},
	}
}
