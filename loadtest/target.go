package loadtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/headroom/headroom/loadtest/driver/web"
	"github.com/headroom/headroom/scenarios"
)

// target resolves operations to requests.
type target interface {
	// template returns how op is asked for, and the status expected; 0 means any 2xx.
	template(op scenarios.OpID) (*web.Request, int, error)
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
	case m.Addressed():
		base, err := ownAddress(m)
		return realSystem{m, base}, err
	}
	return nil, fmt.Errorf("loadtest: %s: nothing to put the load on; say live.base in the scenario, or give a target", m.Name)
}

// emulated is the system that the emulator brought up.
type emulated struct {
	model *scenarios.Model
	url   func(scenarios.OpID) string
}

func (e emulated) name() string { return "emulated " + e.model.Name }

func (e emulated) template(op scenarios.OpID) (*web.Request, int, error) {
	name := e.model.Operations[op].Name
	u, err := parseURL("the emulated address of "+name, e.url(op))
	return newRequest(http.MethodGet, u), 0, err
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

func (s realSystem) template(op scenarios.OpID) (*web.Request, int, error) {
	name := s.model.Operations[op].Name
	live, ok := s.model.Live.Operations[op]
	if !ok {
		return nil, 0, fmt.Errorf("loadtest: live.operations does not say how %q is asked for; add  %s: {path: /…}", name, name)
	}
	base, err := s.baseOf(op)
	if err != nil {
		return nil, 0, err
	}
	path, err := url.Parse(live.Path)
	if err != nil {
		return nil, 0, fmt.Errorf("loadtest: live.operations.%s.path: %w", name, err)
	}
	u := base.JoinPath(path.EscapedPath())
	u.RawQuery = path.RawQuery
	r := newRequest(live.Method, u)
	r.Body = live.Body
	for k, v := range live.Headers {
		if strings.EqualFold(k, "Host") {
			r.Host = v
			continue
		}
		r.Header.Set(k, v)
	}
	return r, live.Status, nil
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

const userAgent = "headroom-loadtest"

// newRequest makes a request that says who asks: whoever finds the load in a
// log should be able to tell where it comes from.
func newRequest(method string, u *url.URL) *web.Request {
	return &web.Request{Method: method, URL: u, Header: http.Header{"User-Agent": {userAgent}}}
}
