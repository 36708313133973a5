package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/headroom/headroom/measure"
)

// run is one command line, its exit code and what it wrote.
func run(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = Main(args, Streams{In: strings.NewReader(""), Out: &o, Err: &e, Getenv: func(string) string { return "" }})
	return code, o.String(), e.String()
}

// TestLoadSeenAndKept puts a load on a server that publishes metrics, has its
// figures sent on, and reads its hits again in every form.
func TestLoadSeenAndKept(t *testing.T) {
	var pages, pushes atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			pages.Add(1)
		case "/metrics":
			_, _ = io.WriteString(w, "# TYPE process_open_fds gauge\nprocess_open_fds 10\nprocess_max_fds 100\n")
		case "/v1/metrics", "/write":
			pushes.Add(1)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	dir := t.TempDir()
	scenario := filepath.Join(dir, "shop.yaml")
	text := `headroom: 1
name: shop
services: {web: {operations: {page: [{cpu: 1ms}]}}}
workloads: {visitors: {arrivals: constant(200/s), does: web.page}}
objectives: {visitors: {errors: 50%}}
live: {base: "` + s.URL + `", operations: {web.page: {path: /page}}, observe: {metrics: "` + s.URL + `", every: 5s}}
`
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	hits, result := filepath.Join(dir, "run.hits"), filepath.Join(dir, "run.json")
	code, _, errs := run("load", scenario, "--duration", "1500ms", "--warmup", "200ms", "--hits", hits, "--format", "json", "-o", result,
		"--serve", ":0", "--otlp", s.URL+"/v1/metrics", "--remote-write", s.URL+"/write")
	busy := code == ExitFailed && strings.Contains(errs, "the measurement is not valid") // this machine had other things to do
	if code != ExitPassed && !busy || !strings.Contains(errs, "live figures on http://127.0.0.1:") || !strings.Contains(errs, "loading shop on "+s.URL) {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if pushes.Load() != 2 {
		t.Errorf("%d pushes; want one of each kind", pushes.Load())
	}
	r, err := readResult(result)
	if err != nil {
		t.Fatal(err)
	}
	if files := r.Target[measure.WholeTarget].Resources["descriptors"]; files.Utilization.Value != 0.1 {
		t.Errorf("descriptors %+v", files)
	}

	if code, out, errs := run("report", hits, "--format", "text"); code != ExitPassed || !strings.Contains(out, "descriptors") || !strings.Contains(out, "visitors") {
		t.Errorf("report: exit %d\n%s%s", code, out, errs)
	}
	if code, out, errs := run("report", hits, "--scenario", scenario, "--format", "text"); code != ExitPassed || !strings.Contains(out, "≤ 50 %") {
		t.Errorf("report with its objectives: exit %d\n%s%s", code, out, errs)
	}
	lines := func(args ...string) int {
		code, out, errs := run(append([]string{"hits", hits}, args...)...)
		if code != ExitPassed {
			t.Errorf("hits %v: exit %d, %s", args, code, errs)
		}
		return strings.Count(out, "\n")
	}
	if n := lines("--to", "csv"); n != int(pages.Load())+1 {
		t.Errorf("%d lines of CSV of %d pages", n, pages.Load())
	}
	if n := lines("--to", "jsonl", "--workload", "visitors"); n != int(pages.Load()) {
		t.Errorf("%d lines of JSON of %d pages", n, pages.Load())
	}
	if n := lines("--to", "hgrm"); n < 10 {
		t.Errorf("%d lines of percentiles", n)
	}
	other := filepath.Join(dir, "other.hits")
	content, err := os.ReadFile(hits)
	if err == nil {
		err = os.WriteFile(other, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(dir, "both.hits")
	if code, _, errs := run("hits", "merge", hits, other, "-o", both); code != ExitPassed {
		t.Errorf("merge: exit %d, %s", code, errs)
	}
	merged, err := readResult(both)
	if err != nil || merged.Run.Requests != 2*r.Run.Requests {
		t.Errorf("merged: %v, %v", merged.Run.Requests, err)
	}
}

func TestHitsUsage(t *testing.T) {
	for _, args := range [][]string{
		{"hits"}, {"hits", "a", "b"}, {"hits", "a", "--to", "xml"}, {"hits", "merge", "a", "-o", "c"}, {"hits", "merge", "a", "b"},
	} {
		if code, _, errs := run(args...); code != ExitUsage || errs == "" {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
	if code, _, errs := run("hits", filepath.Join(t.TempDir(), "none")); code == ExitPassed || !strings.Contains(errs, "no such file") {
		t.Errorf("exit %d, %q", code, errs)
	}
	scenario := filepath.Join(t.TempDir(), "s.yaml")
	text := "headroom: 1\nname: s\nservices: {w: {operations: {p: [{cpu: 1ms}]}}}\nworkloads: {v: {arrivals: constant(1/s), does: w.p}}\nlive: {base: http://127.0.0.1:1, operations: {w.p: {path: /}}}\n"
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--serve", "nowhere"}, {"--otlp", "localhost:1"}, {"--remote-write", "x"}} {
		if code, _, errs := run(append([]string{"load", scenario}, args...)...); code != ExitUsage {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}
