package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Request is one request over HTTP. It may be read by any number of goroutines
// at once; nobody changes it after [Request.Prepare].
type Request struct {
	Method string // empty means GET
	URL    *url.URL
	Host   string // in the Host header, in place of the URL's
	Header http.Header
	Body   []byte

	KeepHeader bool // the reply is to have the header
	KeepBody   int  // so many bytes of the body at most

	wire  []byte        // as it is sent over HTTP/1.1
	plain *http.Request // as net/http has it
}

// Prepare checks the request, and writes it once for all times that it is sent.
func (r *Request) Prepare() error {
	wire, err := r.AppendWire(nil)
	if err != nil {
		return err
	}
	r.wire, r.plain = wire, r.standard()
	return nil
}

// Wire is the request as HTTP/1.1 sends it; nil before [Request.Prepare].
func (r *Request) Wire() []byte { return r.wire }

// AppendWire appends the request as HTTP/1.1 sends it ([FiNR22b]).
func (r *Request) AppendWire(b []byte) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	b = append(b, r.method()...)
	b = append(b, ' ')
	b = append(b, r.URL.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, r.host()...)
	b = append(b, "\r\n"...)
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		if !ours(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.Header[name] {
			b = append(b, name...)
			b = append(b, ": "...)
			b = append(b, value...)
			b = append(b, "\r\n"...)
		}
	}
	if r.tellsLength() {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.Body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, r.Body...), nil
}

// ours says of a header that the engine writes it, as net/http does.
func ours(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}

// tellsLength: methods that usually have a body say so when they have none.
func (r *Request) tellsLength() bool {
	switch r.method() {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return true
	}
	return len(r.Body) > 0
}

func (r *Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

func (r *Request) host() string {
	if r.Host == "" {
		return r.URL.Host
	}
	return r.Host
}

// Safe reports whether the request may be sent twice without changing more than
// once would: [FiNR22a], section 9.2.1. Methods that change things are never
// sent twice, even where sending them twice should do no harm.
func (r *Request) Safe() bool {
	switch r.method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// check finds what would make another request of this one on the wire.
func (r *Request) check() error {
	if r.URL == nil || r.URL.Host == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return fmt.Errorf("web: %v is no address; want a URL such as http://localhost:8080", r.URL)
	}
	if !token(r.method()) {
		return fmt.Errorf("web: method %q; want a word", r.Method)
	}
	if text := r.host() + r.URL.RequestURI(); strings.ContainsFunc(text, blank) {
		return fmt.Errorf("web: %q has blanks or control characters", text)
	}
	for name, values := range r.Header {
		if !token(name) {
			return fmt.Errorf("web: header %q; want a word", name)
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
				return fmt.Errorf("web: the value of header %s has control characters", name)
			}
		}
	}
	return nil
}

func blank(c rune) bool { return c <= ' ' || c == 0x7f }

// token reports whether s is a token of [FiNR22a], section 5.6.2.
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return blank(c) || c > 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}
