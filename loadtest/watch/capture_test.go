package watch

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestCapture asks for each kind of profile where net/http/pprof serves it.
func TestCapture(t *testing.T) {
	asked := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.String()
		if strings.HasSuffix(r.URL.Path, "/block") {
			_, _ = w.Write([]byte("<html>"))
			return
		}
		_, _ = w.Write([]byte{0x1f, 0x8b, 8})
	}))
	defer server.Close()
	for _, c := range []struct{ at, kind, want string }{
		{"", "cpu", "/debug/pprof/profile?seconds=3"},
		{"/debug/pprof", "mutex", "/debug/pprof/mutex?seconds=3"},
		{"/debug/pprof/profile", "allocs", "/debug/pprof/allocs?seconds=3"},
		{"/inner/debug/pprof/?token=x", "heap", "/inner/debug/pprof/heap?token=x"},
		{"/", "goroutine", "/debug/pprof/goroutine"},
	} {
		data, err := Capture(t.Context(), nil, server.URL+c.at, c.kind, 3)
		if err != nil || len(data) != 3 {
			t.Errorf("%s of %q: %v", c.kind, c.at, err)
			continue
		}
		if got := <-asked; got != c.want {
			t.Errorf("%s of %q asks for %s, want %s", c.kind, c.at, got, c.want)
		}
	}
	for _, c := range []struct {
		at, kind string
		seconds  int
		want     string
	}{
		{server.URL, "block", 1, "6 bytes that are no profile"},
		{server.URL, "cpu", 0, "want 1 s or more"},
		{server.URL, "wall", 1, `there is no profile "wall"; want one of cpu, mutex`},
		{"localhost:6060", "cpu", 1, "is no address"},
		{"http://127.0.0.1:1", "cpu", 1, "refused"},
	} {
		if _, err := Capture(t.Context(), nil, c.at, c.kind, c.seconds); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v, want %q", c.at, c.kind, err, c.want)
		}
	}
}

// TestProcessorTimeOfPort finds this process by a port that it listens on.
func TestProcessorTimeOfPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are watched on Linux only")
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	before, err := ProcessorTime(t.Context(), port)
	if err != nil {
		t.Fatal(err)
	}
	x := 1.0
	for began := time.Now(); time.Since(began) < 200*time.Millisecond; {
		x *= 1.0000001
	}
	after, err := ProcessorTime(t.Context(), port)
	if err != nil || after < before || after-before > 10+x*0 {
		t.Errorf("%v s, then %v s: %v", before, after, err)
	}
	if _, err := ProcessorTime(t.Context(), 1); err == nil {
		t.Error("somebody listens on port 1")
	}
}
