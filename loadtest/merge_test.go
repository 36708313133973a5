package loadtest

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/scenarios"
)

// TestMerge deals the hits of a run out to two files, one of which has its names
// in another order, and wants the run's own result of both together.
func TestMerge(t *testing.T) {
	var n int
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/item" {
			http.NotFound(w, r)
		}
	})
	m := shop(poisson("a", 150, only(page)), poisson("b", 100, only(item)))
	m.Live.Observe = []scenarios.Observation{{Metrics: []scenarios.MetricsSource{{URL: url}}}}
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	load(t, m, url, Options{Warmup: 0.5, Duration: 1.5, Hits: whole})

	in, err := OpenHits(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	head := in.Head
	turned := head
	turned.Workloads = []string{"b", "a"}
	turned.Operations = []string{head.Operations[1], head.Operations[0], head.Operations[2]}
	turned.Direct = []bool{head.Direct[1], head.Direct[0], head.Direct[2]}
	paths := []string{filepath.Join(dir, "one"), filepath.Join(dir, "two")}
	one, err := newRecorder(paths[0], &head)
	if err != nil {
		t.Fatal(err)
	}
	two, err := newRecorder(paths[1], &turned)
	if err != nil {
		t.Fatal(err)
	}
	notes := 0
	for {
		h, err := in.Next()
		if err != nil {
			break
		}
		if n++; n%3 == 0 {
			h.Workload = 1 - h.Workload
			h.Op = 1 - h.Op
			two.add(&h)
		} else {
			one.add(&h)
		}
	}
	for _, r := range []*recorder{one, two} {
		text, err := json.Marshal(&watch.Note{Part: "web", Every: 1e9, Columns: []watch.Column{{Name: "x", Kind: watch.Gauge}}, Values: []float64{1}})
		if err != nil {
			t.Fatal(err)
		}
		r.note(text)
		if err := r.finish(in.End()); err != nil {
			t.Fatal(err)
		}
	}
	both := filepath.Join(dir, "both")
	if err := MergeHits(both, paths...); err != nil {
		t.Fatal(err)
	}
	merged, err := OpenHits(both)
	if err != nil {
		t.Fatal(err)
	}
	defer merged.Close()
	merged.Note = func([]byte) error { notes++; return nil }
	last := Hit{Done: -time.Hour}
	for i := range n {
		h, err := merged.Next()
		if err != nil || h.Done < last.Done-time.Second { // a file is in order but for what ended at once
			t.Fatalf("hit %d: %v after %v, %v", i, h.Done, last.Done, err)
		}
		last = h
	}
	if _, err := merged.Next(); err == nil || notes != 2 {
		t.Errorf("%v, %d notes", err, notes)
	}
	if merged.Head.Connections != 2*head.Connections {
		t.Errorf("%d connections", merged.Head.Connections)
	}

	want, err := ResultOf(whole)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ResultOf(both)
	if err != nil {
		t.Fatal(err)
	}
	if c := got.Caveats[len(got.Caveats)-1]; !strings.Contains(c.What, "2 files were merged") {
		t.Errorf("last caveat %v", c)
	}
	if diff := cmp.Diff(want.Workloads, got.Workloads); diff != "" {
		t.Errorf("of the whole and of the merged (+):\n%s", diff)
	}
	if diff := cmp.Diff(want.Operations, got.Operations); diff != "" {
		t.Errorf("of the whole and of the merged (+):\n%s", diff)
	}
	cut(t, paths[0])
	if err := MergeHits(both, paths...); err != nil {
		t.Fatal(err)
	}
	if r, err := ResultOf(both); err != nil || !r.Interrupted {
		t.Errorf("with one of a killed run: %v, %v", r, err)
	}
}

// cut takes the end off a file.
func cut(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()-3)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestMergeRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, warmup float64) string {
		path := filepath.Join(dir, name)
		r, err := newRecorder(path, &Head{Workloads: []string{"a"}, Warmup: warmup, Duration: 1})
		if err == nil {
			err = r.finish(&End{Duration: 1})
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b, other := file("a", 1), file("b", 1), file("other", 2)
	out := filepath.Join(dir, "out")
	for want, in := range map[string][]string{
		"two files": {a}, "do not add up": {a, other}, "no such file": {a, filepath.Join(dir, "none")}, "not a file of hits": {a, os.Args[0]},
	} {
		if err := MergeHits(out, in...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %q", in, err, want)
		}
	}
	if err := MergeHits(b, a, b); err == nil || !strings.Contains(err.Error(), "at once") {
		t.Errorf("into one of its own: %v", err)
	}
}
