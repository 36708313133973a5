package message

import (
	"context"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"github.com/headroom/headroom/loadtest/driver"
)

// redirect is the request that an answer asks for in place of the last, nil when
// it is the one to be judged. Methods change as [Fiel22] §15.4 says and browsers
// do. A host that may not be loaded is not asked.
func (r *Request) redirect(ctx context.Context, m *Message, reply *Reply, hop int) *Message {
	location := reply.Header.Get("Location")
	if hop >= r.follow || location == "" {
		return nil
	}
	next := &Message{Method: m.Method, Header: m.Header, Body: m.Body}
	switch reply.Status {
	case http.StatusMovedPermanently, http.StatusFound:
		if m.Method == http.MethodPost {
			next.Method = http.MethodGet
		}
	case http.StatusSeeOther:
		if m.Method != http.MethodHead {
			next.Method = http.MethodGet
		}
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	to, err := url.Parse(location)
	if err != nil {
		r.source.problem(r.name, "a redirect to what is no address")
		return nil
	}
	next.URL = m.URL.ResolveReference(to)
	next.URL.Fragment, next.URL.User = "", nil
	if next.URL.Scheme != "http" && next.URL.Scheme != "https" || next.URL.Host == "" {
		r.source.problem(r.name, "a redirect to what is no address of HTTP")
		return nil
	}
	same := next.URL.Host == m.URL.Host && next.URL.Scheme == m.URL.Scheme
	if !same && r.source.admits(ctx, next.URL) != nil {
		r.source.problem(r.name, "a redirect to a host that may not be loaded; allow it by name: --allow "+next.URL.Hostname())
		return nil
	}
	if same {
		next.Host = m.Host
	}
	var drop []string
	if next.Method != m.Method {
		next.Body = nil
		drop = append(drop, "Content-Type", "Content-Encoding", "Content-Language", "Content-Length")
	}
	if !same { // what was meant for one host is not another's to know
		drop = append(drop, "Authorization", "Cookie")
	}
	if len(drop) > 0 {
		next.Header = maps.Clone(m.Header)
		for _, name := range drop {
			next.Header.Del(name)
		}
	}
	return next
}

// admits asks once for each host whether it may be loaded.
func (s *Source) admits(ctx context.Context, u *url.URL) error {
	s.mu.Lock()
	err, known := s.admitted[u.Host]
	s.mu.Unlock()
	if known {
		return err
	}
	err = s.admit(ctx, u)
	if ctx.Err() == nil { // what was cut says nothing of the host
		s.mu.Lock()
		s.admitted[u.Host] = err
		s.mu.Unlock()
	}
	return err
}

// jarKey is where the cookies of a session are attached to its values.
type jarKey struct{}

func jarOf(values *driver.Values) http.CookieJar {
	jar, _ := values.Attach(jarKey{}, func() any {
		jar, err := cookiejar.New(nil)
		if err != nil { // not possible without options
			return nil
		}
		return jar
	}).(http.CookieJar)
	return jar
}

// withCookies adds the cookies of a session to a request.
func withCookies(m *Message, jar http.CookieJar) *Message {
	if jar == nil {
		return m
	}
	cookies := jar.Cookies(m.URL)
	if len(cookies) == 0 {
		return m
	}
	out := *m
	out.Header = m.Header.Clone()
	line := &http.Request{Header: out.Header}
	for _, c := range cookies {
		line.AddCookie(c)
	}
	return &out
}
