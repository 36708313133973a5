package loadtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

var testHead = Head{
	Scenario: measure.Scenario{Name: "shop", SHA256: "d1"}, Seed: 7, Warmup: 1, Duration: 4, Timeout: 30,
	Connections: 100, Target: "http://127.0.0.1:1",
	Workloads: []string{"visitors", "staff"}, Operations: []string{"web.page", "db.read"}, Direct: []bool{true, false},
}

// someHits are n hits 10 ms apart from the start of the warm-up on, each
// answered 3 ms after it was due.
func someHits(n int) []Hit {
	var out []Hit
	for i := range n {
		due := time.Duration(i)*10*time.Millisecond - time.Second
		out = append(out, Hit{
			Due: due, Sent: due + 100*time.Microsecond, Done: due + 3*time.Millisecond,
			Workload: i % 2, Op: scenarios.OpID(i%3 - 1), Part: i%5 == 4, Status: 200, Bytes: int64(i),
		})
	}
	return out
}

func writeHits(t testing.TB, hits []Hit, end *End) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hits")
	r, err := newRecorder(path, &testHead)
	if err != nil {
		t.Fatal(err)
	}
	for i := range hits {
		r.add(&hits[i])
	}
	if end == nil { // as a kill leaves it, had all been flushed
		close(r.stop)
		<-r.ended
		r.flush()
		err = r.file.Close()
	} else {
		err = r.finish(end)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHitsComeBack(t *testing.T) {
	want := someHits(1000)
	want[5].Bytes = 1 << 40 // more than fits
	path := writeHits(t, want, &End{Duration: 3})
	want[5].Bytes = 1<<32 - 1
	head, got, err := ReadHits(path)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%d hits came back of %d, %v", len(got), len(want), err)
	}
	if head.Seed != 7 || !slices.Equal(head.Workloads, testHead.Workloads) {
		t.Errorf("head %+v", head)
	}
	r, err := OpenHits(path)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Next()
	}
	if _, again := r.Next(); !errors.Is(err, io.EOF) || !errors.Is(again, io.EOF) || r.End() == nil || r.End().Duration != 3 {
		t.Errorf("%v, %v, end %+v", err, again, r.End())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if n := len((&Hit{}).append(nil)); n != recordSize {
		t.Errorf("a record has %d bytes", n)
	}
}

// TestKilledRun cuts a file at every length there is: all whole records are
// read, and a result is made of them.
func TestKilledRun(t *testing.T) {
	want := someHits(40)
	whole, err := os.ReadFile(writeHits(t, want, &End{Duration: 4}))
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.LastIndexByte(whole[:300+len(magic)], '}') + 1
	for i := range whole[:len(whole)-1] {
		r, err := newHitReader("cut", bytes.NewReader(whole[:i]))
		if i < first {
			if err == nil || !strings.Contains(err.Error(), "cut") {
				t.Fatalf("%d bytes, within the head: %v", i, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", i, err)
		}
		n := 0
		for ; err == nil; n++ {
			_, err = r.Next()
		}
		if n--; !errors.Is(err, io.EOF) || n != min((i-first)/recordSize, len(want)) || r.End() != nil {
			t.Fatalf("%d bytes: %d hits, %v, end %v", i, n, err, r.End())
		}
	}

	path := writeHits(t, someHits(300), nil) // the last is done at 1.993 s
	r, err := ResultOf(path)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the duration of a run that was killed", r.Run.Duration, 1.993, 1e-9)
	if !r.Interrupted || !hasCaveat(r, "killed") || r.Run.Requests != 160 {
		t.Errorf("interrupted %v, %d requests, %v", r.Interrupted, r.Run.Requests, r.Caveats)
	}
	encode(t, r)
}

func TestDamagedHits(t *testing.T) {
	good := someHits(3)
	for name, damage := range map[string]func(*Hit){
		"workload":  func(h *Hit) { h.Workload = 2 },
		"operation": func(h *Hit) { h.Op = 2 },
		"op":        func(h *Hit) { h.Op = -2 },
		"outcome":   func(h *Hit) { h.Outcome = numOfOutcomes },
		"sent":      func(h *Hit) { h.Sent = h.Due - 1 },
		"done":      func(h *Hit) { h.Done = h.Sent - 1 },
		"early":     func(h *Hit) { h.Due = -1 << 62 },
		"late":      func(h *Hit) { h.Done = 1 << 62 },
	} {
		hits := slices.Clone(good)
		damage(&hits[1])
		path := writeHits(t, hits, &End{Duration: 3})
		if _, _, err := ReadHits(path); err == nil || !strings.Contains(err.Error(), "hit 1 is damaged") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ResultOf(path); err == nil {
			t.Errorf("%s: a result of damaged hits", name)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "text": "due,sent,done\n", "old": "headroom-hits/0\n\x02\x00\x00\x00{}",
		"no workloads": magic + "\x02\x00\x00\x00{}", "huge head": magic + "\xff\xff\xff\xff{}", "no JSON": magic + "\x02\x00\x00\x00[[",
	} {
		path := filepath.Join(t.TempDir(), "hits")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadHits(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := ReadHits(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
	if _, err := ResultOf(writeHits(t, good, &End{Duration: -1})); err == nil {
		t.Error("a run of negative duration")
	}
}

// TestFlushedWithinASecond: what was added is on disk soon, without any end.
func TestFlushedWithinASecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hits")
	r, err := newRecorder(path, &testHead)
	if err != nil {
		t.Fatal(err)
	}
	hits := someHits(10)
	for i := range hits {
		r.add(&hits[i])
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, got, err := ReadHits(path); err != nil || len(got) == len(hits) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("hits are not on disk after 10 s")
		}
	}
	if err := r.finish(&End{Duration: 1}); err != nil {
		t.Error(err)
	}
}

// TestKill runs a load in a process of its own and kills it in the middle:
// all but the last second of its hits are on disk.
func TestKill(t *testing.T) {
	const path, url = "HEADROOM_TEST_HITS", "HEADROOM_TEST_URL"
	if file := os.Getenv(path); file != "" {
		o := Options{Hits: file, Target: os.Getenv(url), Warmup: 0.2, Duration: 60}
		t.Fatal(Run(t.Context(), shop(evenly("visitors", 100, only(page))), o)) // never comes this far
	}
	file := filepath.Join(t.TempDir(), "hits")
	var mu sync.Mutex
	var last time.Time // when the system answered for the last time
	served := 0
	killed := exec.Command(os.Args[0], "-test.run=^TestKill$")
	enough := make(chan struct{})
	killed.Env = append(os.Environ(), path+"="+file, url+"="+serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if last, served = time.Now(), served+1; served == 200 {
			close(enough)
		}
	}))
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	<-enough
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it was killed
	head, hits, err := ReadHits(file)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	reach := last.Sub(head.Started) // since a little before the load began
	kept := hits[len(hits)-1].Done + 200*time.Millisecond
	t.Logf("%d of %d hits were kept, up to %v of %v", len(hits), served, kept, reach)
	if reach-kept > time.Second+time.Duration(lead) || len(hits) < 50 {
		t.Errorf("%d of %d hits were kept, up to %v of %v", len(hits), served, kept, reach)
	}
	r, err := ResultOf(file)
	if err != nil || !r.Interrupted || r.Workloads["visitors"].Throughput.Value < 20 {
		t.Errorf("%v, %+v", err, r)
	}
}

func FuzzHits(f *testing.F) {
	for _, end := range []*End{nil, {Duration: 4, InFlight: 3}} {
		b, err := os.ReadFile(writeHits(f, someHits(20), end))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-30])
	}
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "hits")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		head, hits, err := ReadHits(path)
		if err != nil {
			return
		}
		r, err := ResultOf(path)
		if err != nil {
			return // its end is no end
		}
		encode(t, r)
		if n := r.Run.Requests; n > int64(len(hits)) {
			t.Errorf("%d requests of %d hits", n, len(hits))
		}
		for name, w := range r.Workloads {
			if f := w.Failed; f.Known() && !(f.Lo >= 0 && f.Lo <= f.Value && f.Value <= f.Hi && f.Hi <= 1) {
				t.Errorf("%s: failed %+v", name, f)
			}
			if !slices.Contains(head.Workloads, name) {
				t.Errorf("workload %q from nowhere", name)
			}
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	r, err := newRecorder(filepath.Join(b.TempDir(), "hits"), &testHead)
	if err != nil {
		b.Fatal(err)
	}
	h := someHits(1)[0]
	b.ReportAllocs()
	for b.Loop() {
		r.add(&h)
	}
	if err := r.finish(&End{Duration: 1}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkResultOf is the time to make a result, per hit.
func BenchmarkResultOf(b *testing.B) {
	path := writeHits(b, someHits(500), &End{Duration: 4})
	for b.Loop() {
		if _, err := ResultOf(path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/hit")
}
