package loadtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// countingShop serves pages and publishes how many.
func countingShop(t *testing.T) string {
	var served atomic.Int64
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metrics":
			_, _ = fmt.Fprintf(w, "# TYPE pages_total counter\npages_total %d\n", served.Load())
		case "/debug/pprof/profile":
			_, _ = w.Write([]byte{0x1f, 0x8b, 0})
		default:
			served.Add(1)
		}
	})
}

// TestObserve watches a target that counts what it serves: what its monitor saw
// last is what the load has sent, and it is in the result.
func TestObserve(t *testing.T) {
	noLeaks(t)
	url := countingShop(t)
	m := shop(evenly("visitors", 200, only(page)))
	m.Live.Observe = []scenarios.Observation{
		{Metrics: []scenarios.MetricsSource{{URL: url}}, Every: 5, Port: 1}, // looks at the start and at the end, which no machine is too busy for
		{Service: "web", Pprof: url},
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "hits")
	r := load(t, m, url, Options{Warmup: 0.5, Duration: 2.1, Hits: path, Profiles: filepath.Join(dir, "run")})

	in, err := OpenHits(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	last, hits := 0.0, 0
	in.Note = func(text []byte) error {
		var n watch.Note
		if err := json.Unmarshal(text, &n); err != nil {
			return err
		}
		last = n.Values[0]
		return nil
	}
	for {
		if _, err := in.Next(); err != nil {
			break
		}
		hits++
	}
	if last != float64(hits) || hits < 500 {
		t.Errorf("the monitor saw %v pages of %d hits", last, hits)
	}
	pages, ok := r.Series.Target[measure.WholeTarget]["pages_total"]
	if !ok || len(pages.Values) != len(r.Series.Workloads["visitors"].Throughput) || !(pages.Values[1] > 0) {
		t.Errorf("series of the target: %+v", r.Series.Target)
	}
	if file := r.Target["web"].Profile; file != filepath.Join(dir, "run.web.cpu.pb.gz") {
		t.Errorf("profile %q", file)
	}
	told := false
	for _, c := range r.Caveats {
		told = told || strings.Contains(c.What, "processes on port 1: ") && strings.Contains(c.What, "nothing listens on port 1")
	}
	if !told {
		t.Errorf("nobody tells of the process that is not there: %v", r.Caveats)
	}

	again, err := ResultOf(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range pages.Values {
		near(t, "series read again", again.Series.Target[measure.WholeTarget]["pages_total"].Values[i], pages.Values[i], 0)
	}
	cutAnywhere(t, path)
}

// cutAnywhere reads a file that was cut at any of its last bytes, as a kill
// leaves it: in the middle of a hit, of a note, of the end.
func cutAnywhere(t *testing.T, path string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	for n := len(whole) - 1; n > len(whole)-1500; n -= 31 {
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := ResultOf(cut)
		if err != nil {
			t.Fatalf("cut %d bytes from the end: %v", len(whole)-n, err)
		}
		if !r.Interrupted || r.Run.Requests < 100 {
			t.Fatalf("cut %d bytes from the end: interrupted %v, %d requests", len(whole)-n, r.Interrupted, r.Run.Requests)
		}
	}
}

// TestObserveGuard keeps monitors from hosts that nobody allowed, and an
// emulated system from being watched where the real one is.
func TestObserveGuard(t *testing.T) {
	url := countingShop(t)
	m := shop(evenly("visitors", 100, only(page)))
	m.Live.Observe = []scenarios.Observation{{Vars: "http://192.0.2.1:80"}}
	_, err := Run(t.Context(), m, Options{Target: url, Duration: 0.1})
	if err == nil || !strings.Contains(err.Error(), "--allow 192.0.2.1") {
		t.Errorf("a monitor of another host: %v", err)
	}
	r, err := Run(t.Context(), m, Options{URL: func(scenarios.OpID) string { return url + "/page" }, Duration: 0.1})
	if err != nil || r.Target != nil {
		t.Errorf("emulated: %v, %v", r, err)
	}
}
