package loadtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOutcomes has a server for each way in which a request can end.
func TestOutcomes(t *testing.T) {
	noLeaks(t)
	hang := func(r *http.Request) { <-r.Context().Done() }
	hijack := func(w http.ResponseWriter, text string) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(c, text)
		_ = c.Close()
	}
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		want   Outcome
		status int
	}{
		{"ok", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, Answered, 204},
		{"error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, WrongStatus, 500},
		{"missing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, WrongStatus, 404},
		{"unavailable", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, WrongStatus, 503},
		{"rejected", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Headroom-Rejected", "1")
			w.WriteHeader(503)
		}, Rejected, 503},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { hang(r) }, TimedOut, 0},
		{"hangs within the body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			hang(r)
		}, TimedOut, 200},
		{"closes", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, NoConnection, 0},
		{"closes within the body", func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		}, NoConnection, 200},
		{"is no HTTP", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "SSH-2.0-OpenSSH\r\n") }, NoNetwork, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			timeout := 20.0
			if c.want == TimedOut {
				timeout = 0.15
			}
			path := filepath.Join(t.TempDir(), "hits")
			r := load(t, shop(evenly("visitors", 50, only(page))), serve(t, c.serve), Options{Duration: 0.2, Timeout: timeout, Hits: path})
			_, hits, err := ReadHits(path)
			if err != nil || len(hits) < 9 {
				t.Fatalf("%d hits, %v", len(hits), err)
			}
			for _, h := range hits {
				if h.Outcome != c.want || h.Status != c.status {
					t.Fatalf("%v with status %d; want %v with %d", h.Outcome, h.Status, c.want, c.status)
				}
			}
			w := r.Workloads["visitors"]
			if c.want == Answered {
				if w.Failures != nil || w.Response == nil {
					t.Errorf("%+v", w)
				}
			} else if n := w.Failures[c.want.String()]; n != int64(len(hits)) || w.Failed.Value != 1 || w.Response != nil {
				t.Errorf("%d of %d failures counted; failed %v", n, len(hits), w.Failed.Value)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // its port is now one where nobody listens
	r := load(t, shop(evenly("visitors", 50, only(page))), "http://"+l.Addr().String(), Options{Duration: 0.2})
	if w := r.Workloads["visitors"]; w.Failures["connection"] < 9 {
		t.Errorf("failures %v", w.Failures)
	}
}

func TestClassify(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	late, tooLate := context.WithCancelCause(t.Context())
	tooLate(errTooLate)
	on := t.Context()
	for _, c := range []struct {
		run, request context.Context
		err          error
		want         Outcome
	}{
		{on, on, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, NoConnection},
		{on, on, fmt.Errorf("read: %w", syscall.ECONNRESET), NoConnection},
		{on, on, errors.New("http: server closed idle connection"), NoConnection},
		{on, on, &net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}, Unsent},
		{on, on, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}, Unsent},
		{on, on, &net.DNSError{Err: "no such host", Name: "nowhere", IsNotFound: true}, NoNetwork},
		{on, on, &net.DNSError{Err: "slow", Name: "nowhere", IsTimeout: true}, TimedOut},
		{on, on, os.NewSyscallError("connect", syscall.EHOSTUNREACH), NoNetwork},
		{on, ended, errors.New("anything"), TimedOut},
		{ended, ended, errors.New("anything"), Cut},
		{late, late, errors.New("anything"), TimedOut},
	} {
		if got := classify(c.run, c.request, c.err); got != c.want {
			t.Errorf("%v is %v; want %v", c.err, got, c.want)
		}
	}
}

func TestOnlyThisMachineIsLoaded(t *testing.T) {
	m := shop(evenly("visitors", 50, only(page)))
	for _, target := range []string{"http://192.0.2.1", "http://192.0.2.1:8080/api", "https://[2001:db8::1]/", "http://0.0.0.0:80"} {
		_, err := Run(t.Context(), m, Options{Target: target, Duration: 0.1})
		if err == nil || !strings.Contains(err.Error(), "--allow") {
			t.Errorf("%s: %v", target, err)
		}
	}
	m.Live.Base = "http://192.0.2.7"
	if _, err := Run(t.Context(), m, Options{Duration: 0.1, Allow: []string{"192.0.2.1"}}); err == nil {
		t.Error("another host than the one allowed was put under load")
	}
	for _, text := range []string{"http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.9.9.9"} {
		u, err := parseURL("target", text)
		if err != nil {
			t.Fatal(err)
		}
		if err := (guard{}).admit(t.Context(), u); err != nil {
			t.Error(err)
		}
	}
	u, err := parseURL("target", "http://Shop.example:8080")
	if err != nil {
		t.Fatal(err)
	}
	if err := (guard{[]string{"shop.EXAMPLE"}}).admit(t.Context(), u); err != nil {
		t.Errorf("a host that is allowed: %v", err)
	}
}

// TestDialerLooksAgain: a name that was a loopback one when it was admitted
// and is another's when it is dialled gets no connection.
func TestDialerLooksAgain(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := (guard{}).dialer()(ctx, "tcp", "192.0.2.1:80")
	if err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("dialled 192.0.2.1: %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	good := shop(evenly("visitors", 50, only(page)))
	good.Live.Base = "http://127.0.0.1:1"
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Duration: -1}, "duration of -1 s"},
		{Options{Duration: 1e300}, "duration"},
		{Options{Warmup: -1}, "warm-up of -1 s"},
		{Options{Timeout: -2}, "timeout of -2 s"},
		{Options{MaxConnections: -1}, "connections"},
		{Options{Target: "localhost:80"}, "want a URL"},
		{Options{Target: "ftp://localhost"}, "want a URL"},
		{Options{Target: "://"}, "want a URL"},
		{Options{Hits: t.TempDir()}, "hits"},
	} {
		if _, err := Run(t.Context(), good, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v; want %q", c.o, err, c.want)
		}
	}
	nowhere := shop(evenly("visitors", 50, only(page)))
	if _, err := Run(t.Context(), nowhere, Options{}); err == nil || !strings.Contains(err.Error(), "live.base") {
		t.Errorf("no target: %v", err)
	}
	unsaid := shop(evenly("visitors", 50, only(page)))
	delete(unsaid.Live.Operations, page)
	if _, err := Run(t.Context(), unsaid, Options{Target: "http://127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), `"web.page"`) {
		t.Errorf("an operation that nobody says how to ask for: %v", err)
	}
	if _, err := Run(t.Context(), shop(), Options{Target: "http://127.0.0.1:1"}); err == nil {
		t.Error("a load without workloads")
	}
}

// TestHitsThatCannotBeKept: a disk that takes no more ends the run, with the error.
func TestHitsThatCannotBeKept(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	_, err := Run(t.Context(), shop(evenly("visitors", 50, only(page))), Options{
		Target: serve(t, func(http.ResponseWriter, *http.Request) {}), Duration: 60, Hits: "/dev/full",
	})
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("hits on a full disk: %v", err)
	}
}
