package lean_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/loadtest/driver/lean"
	"github.com/headroom/headroom/loadtest/driver/web"
)

// engines runs a test on every engine: what one does, the other does too.
func engines(t *testing.T, test func(t *testing.T, e web.Engine)) {
	for name, make := range map[string]func(web.Options) web.Engine{
		"standard": web.Standard,
		"lean":     func(o web.Options) web.Engine { return lean.New(o) },
	} {
		t.Run(name, func(t *testing.T) {
			e := make(web.Options{Connections: 8, Dial: new(net.Dialer).DialContext})
			defer e.Close()
			test(t, e)
		})
	}
}

// script is a server that answers on each connection the requests one after
// the other with these bytes, and then closes it. It hears whole requests, of
// which it counts the connections and keeps the last.
type script struct {
	answers     []string
	again       []string // those on any connection but the first, where they differ
	connections atomic.Int64
	last        atomic.Pointer[string]
}

func (s *script) serve(t *testing.T) string {
	t.Helper()
	return listen(t, func(c net.Conn) {
		answers := s.answers
		if s.connections.Add(1) > 1 && s.again != nil {
			answers = s.again
		}
		in := bufio.NewReader(c)
		for _, a := range answers {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(r.Body)
			text := r.Method + " " + r.RequestURI + " " + r.Host + " " + string(body)
			s.last.Store(&text)
			if _, err := io.WriteString(c, a); err != nil {
				return
			}
		}
	})
}

// listen serves connections on loopback, each on a goroutine, and closes them
// when the handler returns or the test ends.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(func() { end(); _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { _ = c.Close() })
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func request(t *testing.T, method, address string) *web.Request {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &web.Request{Method: method, URL: u, Header: http.Header{"User-Agent": {"test"}}, KeepHeader: true, KeepBody: 1 << 20}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// TestAnswers has every way in which an answer may say where it ends.
func TestAnswers(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	for _, c := range []struct {
		name, method, answer string
		status               int
		body                 string
		reused               bool // the connection serves the next request too
	}{
		{"length", "GET", ok, 200, "ok", true},
		{"empty", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true},
		{"no reason", "GET", "HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok", 200, "ok", true},
		{"bare newlines", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok", true},
		{"the length twice", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
		{"long", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + long, 200, long, true},
		{"chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, "ok0123456789", true},
		{"chunks with a trailer", "GET", "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n", 200, "ok", true},
		{"a long chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493E0\r\n" + long + "\r\n0\r\n\r\n", 200, long, true},
		{"to the end", "GET", "HTTP/1.1 200 OK\r\n\r\nok", 200, "ok", false},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
		{"HTTP/1.0 kept alive", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 200, "ok", true},
		{"close", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", 200, "", true},
		{"no content", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
		{"not modified", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, "", true},
		{"early hints", "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ok, 200, "ok", true},
		{"continue", "POST", "HTTP/1.1 100 Continue\r\n\r\n" + ok, 200, "ok", true},
		{"error", "GET", "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", 500, "no", true},
		{"redirect", "GET", "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", 302, "", true},
		{"a large header", "GET", "HTTP/1.1 200 OK\r\nX-Long: " + long + "\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
		{"many headers", "GET", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: b\r\n", 5000) + "Content-Length: 2\r\n\r\nok", 200, "ok", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, e web.Engine) {
				s := &script{answers: []string{c.answer, ok}, again: []string{ok}}
				if !c.reused {
					s.answers = s.answers[:1]
				}
				r := request(t, c.method, s.serve(t)+"/a?b=c")
				got, err := e.Exchange(t.Context(), 10*time.Second, r)
				if err != nil || got.Status != c.status || string(got.Body) != c.body || got.Bytes != int64(len(c.body)) {
					t.Fatalf("%v: status %d, %d bytes, body %.40q; want %d and %.40q", err, got.Status, got.Bytes, got.Body, c.status, c.body)
				}
				if !strings.HasPrefix(*s.last.Load(), c.method+" /a?b=c 127.0.0.1:") {
					t.Errorf("the server was asked %q", *s.last.Load())
				}
				if _, err := e.Exchange(t.Context(), 10*time.Second, request(t, "GET", r.URL.String())); err != nil {
					t.Fatal(err)
				}
				if n := s.connections.Load(); (n == 1) != c.reused {
					t.Errorf("%d connections for two requests", n)
				}
			})
		})
	}
}

// TestBadAnswers: what is no HTTP, or is not all there, is an error of the
// right kind, at once.
func TestBadAnswers(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		closed       bool // the error is that the connection ended
		status       int
	}{
		{"nothing", "", true, 0},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", true, 0},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true, 200},
		{"half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", true, 200},
		{"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", true, 200},
		{"another protocol", "SSH-2.0-OpenSSH_9.7\r\n", false, 0},
		{"no number", "HTTP/1.1 abc OK\r\n\r\n", false, 0},
		{"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", false, 0},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", false, 0},
		{"a length beyond all", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", false, 0},
		{"no name", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", false, 0},
		{"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", false, 0},
		{"a chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", false, 200},
		{"a chunk beyond all", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", false, 200},
		{"a chunk longer than it says", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n", false, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, e web.Engine) {
				s := &script{answers: []string{c.answer}}
				got, err := e.Exchange(t.Context(), 10*time.Second, request(t, "POST", s.serve(t)))
				if closed := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err == nil || closed != c.closed || got.Status != c.status {
					t.Errorf("status %d, %v; want %d and the connection closed: %v", got.Status, err, c.status, c.closed)
				}
			})
		})
	}
}

// TestEndless: heads and chunks without end are refused in time, with bounded memory.
func TestEndless(t *testing.T) {
	for name, line := range map[string]string{
		"headers": "X-Again: and again\r\n", "a header": strings.Repeat("x", 4000),
		"heads": "\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, e web.Engine) {
				sent := new(atomic.Int64)
				url := listen(t, func(c net.Conn) {
					_, _ = http.ReadRequest(bufio.NewReader(c))
					_, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n")
					more := []byte(strings.Repeat(line, 1000))
					for err == nil && sent.Load() < 1<<30 {
						_, err = c.Write(more)
						sent.Add(int64(len(more)))
					}
				})
				if _, err := e.Exchange(t.Context(), 20*time.Second, request(t, "GET", url)); err == nil {
					t.Error("an answer without end was taken for one")
				}
				if n := sent.Load(); n >= 1<<30 {
					t.Errorf("read %d bytes of it", n)
				}
			})
		})
	}
}

// TestClosedWhileIdle: a connection that the server closed between two requests
// costs no failure where asking twice does no harm, and is not used for a
// request that must not be sent twice.
func TestClosedWhileIdle(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
		t.Run(method, func(t *testing.T) {
			engines(t, func(t *testing.T, e web.Engine) {
				answer := ok
				if method == "HEAD" {
					answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
				}
				s := &script{answers: []string{answer}} // and closed
				r := request(t, method, s.serve(t))
				for i := range 5 {
					if _, err := e.Exchange(t.Context(), 10*time.Second, r); err != nil {
						t.Fatalf("request %d: %v", i, err)
					}
					time.Sleep(20 * time.Millisecond) // the end of the connection is there
				}
				if n := s.connections.Load(); n != 5 {
					t.Errorf("%d connections; want 5", n)
				}
			})
		})
	}
}

// TestNeverSentTwice: a request that changes something and was received is not
// sent again when the connection ends without an answer.
func TestNeverSentTwice(t *testing.T) {
	engines(t, func(t *testing.T, e web.Engine) {
		var received atomic.Int64
		url := listen(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			for first := true; ; first = false {
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				if received.Add(1); !first {
					return
				}
				_, _ = io.WriteString(c, ok)
			}
		})
		r := request(t, "POST", url)
		r.Body = []byte("pay")
		if _, err := e.Exchange(t.Context(), 10*time.Second, r); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Exchange(t.Context(), 10*time.Second, r); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("no answer: %v", err)
		}
		if n := received.Load(); n != 2 {
			t.Errorf("two requests were received %d times", n)
		}
	})
}

// TestAnswerBeforeTheBody: a server that refuses a long body answers and closes
// before it has read it.
func TestAnswerBeforeTheBody(t *testing.T) {
	engines(t, func(t *testing.T, e web.Engine) {
		url := listen(t, func(c net.Conn) {
			in := bufio.NewReader(c)
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, in)
		})
		r := request(t, "POST", url)
		r.Body = bytes.Repeat([]byte("x"), 4<<20)
		got, err := e.Exchange(t.Context(), 10*time.Second, r)
		if err != nil || got.Status != 413 {
			t.Errorf("status %d, %v", got.Status, err)
		}
	})
}

// TestLimits: the time given is kept, wherever an exchange hangs, and so is the
// end of the context; afterwards the engine is as good as before.
func TestLimits(t *testing.T) {
	for name, part := range map[string]string{
		"before the answer": "", "in the head": "HTTP/1.1 200 OK\r\nContent-", "in the body": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, e web.Engine) {
				url := listen(t, func(c net.Conn) {
					in := bufio.NewReader(c)
					for {
						r, err := http.ReadRequest(in)
						if err != nil {
							return
						}
						if r.URL.Path != "/hang" {
							_, _ = io.WriteString(c, ok)
							continue
						}
						_, _ = io.WriteString(c, part)
						_, _ = io.Copy(io.Discard, in)
						return
					}
				})
				good, hang := request(t, "GET", url), request(t, "GET", url+"/hang")
				exchange := func(ctx context.Context, limit time.Duration) error {
					if _, err := e.Exchange(t.Context(), 20*time.Second, good); err != nil {
						t.Fatal(err)
					}
					began := time.Now()
					_, err := e.Exchange(ctx, limit, hang)
					if took := time.Since(began); took < 50*time.Millisecond || took > 10*time.Second {
						t.Errorf("it took %v", took)
					}
					return err
				}
				var timeout net.Error
				if err := exchange(t.Context(), 60*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
					t.Errorf("beyond the limit: %v", err)
				}
				short, done := context.WithTimeout(t.Context(), 60*time.Millisecond)
				defer done()
				if err := exchange(short, 0); !errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &timeout) {
					t.Errorf("beyond the deadline of the context: %v", err)
				}
				ended, end := context.WithCancel(t.Context())
				time.AfterFunc(60*time.Millisecond, end)
				if err := exchange(ended, 20*time.Second); !errors.Is(err, context.Canceled) {
					t.Errorf("the context ended: %v", err)
				}
				if _, err := e.Exchange(ended, time.Second, good); !errors.Is(err, context.Canceled) {
					t.Errorf("the context had ended before: %v", err)
				}
			})
		})
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of the stranger below
	s.StartTLS()
	defer s.Close()
	trust := s.Client().Transport.(*http.Transport).TLSClientConfig
	o := web.Options{TLS: trust, Connections: 2}
	for name, e := range map[string]web.Engine{"standard": web.Standard(o), "lean": lean.New(o)} {
		for range 3 {
			got, err := e.Exchange(t.Context(), 10*time.Second, request(t, "GET", s.URL))
			if err != nil || string(got.Body) != "HTTP/1.1" {
				t.Errorf("%s: %q, %v", name, got.Body, err)
			}
		}
		e.Close()
	}
	stranger := lean.New(web.Options{Connections: 2})
	if _, err := stranger.Exchange(t.Context(), 10*time.Second, request(t, "GET", s.URL)); err == nil {
		t.Error("a certificate that nobody trusts was taken")
	}
}

// TestHTTP2 is of the standard engine alone.
func TestHTTP2(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	clear := httptest.NewUnstartedServer(echo)
	clear.Config.Protocols = new(http.Protocols)
	clear.Config.Protocols.SetUnencryptedHTTP2(true)
	clear.Start()
	defer clear.Close()
	secure := httptest.NewUnstartedServer(echo)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()
	trust := secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trust.NextProtos = nil
	for _, c := range []struct {
		url   string
		http2 bool
	}{{clear.URL, true}, {secure.URL, true}, {secure.URL, false}} {
		e := web.Standard(web.Options{HTTP2: c.http2, TLS: trust, Connections: 2})
		got, err := e.Exchange(t.Context(), 10*time.Second, request(t, "GET", c.url))
		if err != nil || string(got.Body) != "HTTP/2.0" {
			t.Errorf("%+v: %q, %v", c, got.Body, err)
		}
		e.Close()
	}
}

// TestBadRequests: what would be another request on the wire is refused.
func TestBadRequests(t *testing.T) {
	for _, r := range []web.Request{
		{Method: "GET /admin HTTP/1.1\r\nX:", URL: &url.URL{Scheme: "http", Host: "h"}},
		{URL: &url.URL{Scheme: "http", Host: "h"}, Header: http.Header{"X": {"a\r\nY: b"}}},
		{URL: &url.URL{Scheme: "http", Host: "h"}, Header: http.Header{"X\r\nY": {"a"}}},
		{URL: &url.URL{Scheme: "http", Host: "h"}, Host: "h\r\nX: y"},
		{URL: &url.URL{Scheme: "http", Host: "h", RawQuery: "a b"}},
		{URL: &url.URL{Scheme: "gopher", Host: "h"}},
		{},
	} {
		if err := r.Prepare(); err == nil {
			t.Errorf("%+v was taken", r)
		}
		engines(t, func(t *testing.T, e web.Engine) {
			if _, err := e.Exchange(t.Context(), time.Second, &r); err == nil {
				t.Errorf("%+v was sent", r)
			}
		})
	}
}

func TestJudged(t *testing.T) {
	engines(t, func(t *testing.T, e web.Engine) {
		s := &script{answers: []string{ok, "HTTP/1.1 503 No\r\nX-Headroom-Rejected: 1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"}}
		c, err := web.NewCall(e, &web.Request{URL: request(t, "GET", s.serve(t)).URL}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []error{nil, driver.ErrRejected, driver.ErrUnexpected} {
			if a := c.Do(t.Context(), nil); !errors.Is(a.Err, want) || a.Err != nil && want == nil {
				t.Errorf("answer %d: %+v; want %v", i, a, want)
			}
		}
	})
}

// TestNothingIsAllocated: an exchange on a connection that is kept alive
// allocates nothing.
func TestNothingIsAllocated(t *testing.T) {
	answer := []byte("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok")
	address := listen(t, func(c net.Conn) {
		b := make([]byte, 1024)
		for {
			if _, err := c.Read(b); err != nil {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
	e := lean.New(web.Options{Connections: 1})
	defer e.Close()
	r := &web.Request{URL: request(t, "GET", address).URL}
	if err := r.Prepare(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	n := testing.AllocsPerRun(200, func() {
		if _, err := e.Exchange(ctx, 10*time.Second, r); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations an exchange", n)
	}
}

// TestHeadsAlike: answers whose heads are nearly the same are told apart, on
// a connection that remembers the last.
func TestHeadsAlike(t *testing.T) {
	engines(t, func(t *testing.T, e web.Engine) {
		s := &script{}
		var want []string
		for i := range 40 {
			body := strings.Repeat("x", i%3)
			head := "HTTP/1.1 200 OK\r\nX: a\r\n"
			if i%7 == 6 {
				head = "HTTP/1.1 202 OK\r\nX: a\r\n"
			}
			answer := head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
			if i%5 == 4 {
				answer = head + "Transfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n\r\n"
				body = "y"
			}
			s.answers = append(s.answers, answer, answer)
			status := strings.Fields(head)[1]
			want = append(want, status+" "+body, status+" "+body)
		}
		r := request(t, "GET", s.serve(t))
		r.KeepHeader = false
		for i := range want {
			got, err := e.Exchange(t.Context(), 10*time.Second, r)
			if text := fmt.Sprintf("%d %s", got.Status, got.Body); err != nil || text != want[i] {
				t.Fatalf("answer %d is %q, %v; want %q", i, text, err, want[i])
			}
		}
		if n := s.connections.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}
