package watch

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// notes keeps what a watcher writes.
type notes struct {
	mu   sync.Mutex
	text [][]byte
}

func (n *notes) add(text []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = append(n.text, text)
}

func (n *notes) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.text)
}

func (n *notes) summary(t *testing.T) *Summary {
	t.Helper()
	s := &Summary{}
	for _, text := range n.text {
		if err := s.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// clock makes every look a second after the last, however long it took.
func clock() func() time.Duration {
	var n atomic.Int64
	return func() time.Duration { return time.Duration(n.Add(1)-1) * 500 * time.Millisecond }
}

// TestWatcher watches a page whose counter rises by 50 at each look: by the
// clock of the test, which makes two steps of half a second in a look and one
// after it, that is 50 in a second and a half.
func TestWatcher(t *testing.T) {
	var looks atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != metricsPath {
			http.NotFound(w, r)
			return
		}
		n := looks.Add(1)
		_, _ = fmt.Fprintf(w, "# TYPE asked_total counter\nasked_total{path=\"/\"} %d\n# TYPE lines gauge\nlines 7\nother 1\n", 50*n)
	})
	var kept notes
	w, err := New([]scenarios.Observation{{
		Service: "web", Every: 0.1, Metrics: []scenarios.MetricsSource{{URL: url, Only: []string{"asked_*", "lines"}}},
	}}, Options{Now: clock(), Note: kept.add})
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t.Context())
	for kept.count() < 4 {
		time.Sleep(10 * time.Millisecond)
	}
	if c := w.Stop(); len(c) > 0 && !strings.Contains(c[0].What, "took longer") { // by the clock of the test they did
		t.Errorf("caveats %v", c)
	}
	r := &measure.Result{Series: &measure.Series{Interval: 1}}
	s := kept.summary(t)
	for _, m := range s.monitors {
		m.every = 10 // the clock of the test runs faster than the looks were planned
	}
	s.Fill(r, Scale{Interval: 1, Start: 1, Count: 2, Span: 3})
	got := r.Series.Target["web"]
	if len(got) != 2 {
		t.Fatalf("figures %v", got)
	}
	c := got[`asked_total{path="/"}`]
	if c.Unit != "1/s" || len(c.Values) != 2 {
		t.Errorf("counter %+v", c)
	}
	for _, x := range c.Values {
		if math.Abs(x-50/2.0) > 1e-9 && math.Abs(x-50/1.5) > 1e-9 {
			t.Errorf("rates %v", c.Values)
		}
	}
	if g := got["lines"]; g.Values[0] != 7 || g.Values[1] != 7 {
		t.Errorf("gauge %+v", g)
	}
}

// TestFailingMonitors are told of and stop nothing.
func TestFailingMonitors(t *testing.T) {
	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	noPage := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>{") })
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	away := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
	})
	var kept notes
	w, err := New([]scenarios.Observation{{
		Metrics: []scenarios.MetricsSource{{URL: broken}, {URL: noPage}, {URL: gone.URL}, {URL: away}},
		Vars:    noPage, PID: 1 << 22, Every: 0.1, Pprof: broken,
	}}, Options{Now: func() time.Duration { return 0 }, Note: kept.add, Profile: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t.Context())
	w.Profile(t.Context(), time.Second)
	caveats := w.Stop()
	text := fmt.Sprint(caveats)
	for _, want := range []string{"418 I'm a teapot", "not a page of metrics", "refused", "302 Found", "not a page of expvar", "process", "too short for a profile"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing about %q in %s", want, text)
		}
	}
	if len(caveats) != 7 || kept.count() != 0 || caveats[0].Where != "live.observe" {
		t.Errorf("%d caveats, %d notes: %v", len(caveats), kept.count(), caveats)
	}
}

func TestAddresses(t *testing.T) {
	urls, err := URLs([]scenarios.Observation{
		{Metrics: []scenarios.MetricsSource{{URL: "http://a:1"}, {URL: "http://a:2/m?x=1"}}, Vars: "http://b/", Pprof: "https://c"},
	})
	if got, want := fmt.Sprint(urls, err), "[http://a:1/metrics http://a:2/m?x=1 http://b/debug/vars https://c/debug/pprof/profile] <nil>"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	for _, bad := range []string{"localhost:80", "ftp://x", "http://", "::"} {
		if _, err := New([]scenarios.Observation{{Vars: bad}}, Options{}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestProfile takes a profile of a server that has one to give.
func TestProfile(t *testing.T) {
	asked := make(chan string, 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.String()
		_, _ = w.Write([]byte{0x1f, 0x8b, 1, 2, 3})
	})
	prefix := filepath.Join(t.TempDir(), "run")
	w, err := New([]scenarios.Observation{{Service: "web", Pprof: url}}, Options{Profile: prefix})
	if err != nil {
		t.Fatal(err)
	}
	w.Profile(t.Context(), 1400*time.Millisecond)
	if got := <-asked; got != "/debug/pprof/profile?seconds=1" {
		t.Errorf("asked for %s", got)
	}
	if c := w.Stop(); c != nil {
		t.Error(c)
	}
	file := w.Profiles()["web"]
	if b, err := os.ReadFile(file); file != prefix+".web.cpu.pb.gz" || err != nil || len(b) != 5 {
		t.Errorf("%q: %d bytes, %v", file, len(b), err)
	}
}

// TestRoom keeps what there is room for and tells of the rest.
func TestRoom(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range mostFigures + 25 {
			_, _ = fmt.Fprintf(w, "x{n=\"%d\"} 1\n", i)
		}
	})
	var kept notes
	w, err := New([]scenarios.Observation{{Metrics: []scenarios.MetricsSource{{URL: url}}}}, Options{Now: func() time.Duration { return 0 }, Note: kept.add})
	if err != nil {
		t.Fatal(err)
	}
	w.Start(t.Context())
	if c := w.Stop(); len(c) != 1 || !strings.Contains(c[0].What, "25 more figures") {
		t.Errorf("%v", c)
	}
	if n := len(kept.summary(t).monitors[0].columns); n != mostFigures {
		t.Errorf("%d columns", n)
	}
}
