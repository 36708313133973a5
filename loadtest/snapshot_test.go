package loadtest

import (
	"math"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestSnapshot adds hits by hand, whose figures can be counted on one's fingers.
func TestSnapshot(t *testing.T) {
	l := newLive([]string{"a", "b"})
	const ms = time.Millisecond
	// 100 requests of 1 … 100 ms that ended within a second, every tenth failed.
	for i := 1; i <= 100; i++ {
		due := time.Duration(i) * 5 * ms
		l.begin(due, 0)
		h := Hit{Due: due, Sent: due + ms, Done: due + time.Duration(i)*ms}
		if i%10 == 0 {
			h.Outcome = TimedOut
		}
		l.add(&h)
		l.end(0)
	}
	l.add(&Hit{Due: 0, Done: 2 * time.Second, Part: true})   // on the way of a session
	l.add(&Hit{Due: 0, Done: 2 * time.Second, Outcome: Cut}) // counts as nothing
	l.begin(500*ms, 1)                                       // still in flight
	s := l.snapshot(2*time.Second, -time.Second, 10*time.Second)
	a := s.Workloads[0]
	for _, x := range []struct {
		what           string
		got, want, tol float64
	}{
		{"elapsed", s.Elapsed, 3, 0},
		{"left", s.Left, 8, 0},
		{"rate", a.Rate, 90.0 / 3, 1e-9},
		{"offered", a.Offered, 100.0 / 3, 1e-9},
		{"errors", a.ErrorShare, 0.1, 1e-12},
		{"p50", a.P50, 0.050, 0.001},
		{"p90", a.P90, 0.089, 0.0015},
		{"p99", a.P99, 0.099, 0.0015},
		{"max", a.Max, 0.099, 1e-9},
		{"late", a.Late, 0.001, 1e-12},
		{"ended", float64(a.Ended), 100, 0},
		{"failed", float64(a.Failed), 10, 0},
		{"timeouts", float64(a.Failures["timeout"]), 10, 0},
		{"sum", a.Sum, 4.5, 1e-9}, // 5.05 s less 0.55 s
		{"in flight", float64(s.All.InFlight), 1, 0},
		{"errors of all", s.All.ErrorShare, 0.1, 1e-12},
		{"p99 of all", s.All.P99, a.P99, 0},
		{"max of all", s.All.Max, 0.099, 1e-9},
		{"failed of all", float64(s.All.Failed), 10, 0},
	} {
		near(t, x.what, x.got, x.want, x.tol)
	}
	if b := s.Workloads[1]; !math.IsNaN(b.P99) || !math.IsNaN(b.ErrorShare) || !math.IsNaN(b.Max) {
		t.Errorf("of nothing: %+v", b)
	}
	last := a.Buckets[len(a.Buckets)-1]
	if last != (Bucket{Le: 0.1, Count: 90}) {
		t.Errorf("last bucket %+v", last)
	}
	for _, b := range a.Buckets { // below le ms there are le values, less the failed
		if want := math.Floor(b.Le*1000+1e-9) - math.Floor(b.Le*100+1e-9); math.Abs(float64(b.Count)-want) > 1 {
			t.Errorf("bucket %+v; want %v", b, want)
		}
	}
	// A window later all is history, and still counted.
	s = l.snapshot(20*time.Second, -time.Second, 10*time.Second)
	if a = s.Workloads[0]; a.Rate != 0 || !math.IsNaN(a.P99) || a.Ended != 100 || s.Phase != PhaseDraining {
		t.Errorf("afterwards: %s %+v", s.Phase, a)
	}
	if p := l.snapshot(-1, -time.Second, 1).Phase; p != PhaseWarmup {
		t.Errorf("phase %s", p)
	}
}

// TestWatch watches a run: the last snapshot has counted every hit.
func TestWatch(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	var mu sync.Mutex
	var seen []Snapshot
	path := filepath.Join(t.TempDir(), "hits")
	load(t, shop(evenly("visitors", 100, only(page))), url, Options{
		Warmup: 0.3, Duration: 0.7, Hits: path,
		Watch: func(s Snapshot) { mu.Lock(); seen = append(seen, s); mu.Unlock() },
	})
	if len(seen) == 0 || seen[len(seen)-1].Phase != PhaseDraining {
		t.Fatalf("%d snapshots", len(seen))
	}
	_, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	last := seen[len(seen)-1]
	if w := last.Workloads[0]; w.Name != "visitors" || w.Ended != int64(len(hits)) || w.InFlight != 0 || w.Buckets[len(w.Buckets)-1].Count != w.Ended-w.Failed {
		t.Errorf("last snapshot %+v; %d hits in the file", last, len(hits))
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].Elapsed < seen[i-1].Elapsed || seen[i].All.Ended < seen[i-1].All.Ended {
			t.Errorf("snapshot %d goes back", i)
		}
	}
}

// BenchmarkSnapshot is what watching costs a hit, and what a look costs.
func BenchmarkSnapshot(b *testing.B) {
	b.Run("hit", func(b *testing.B) {
		l := newLive([]string{"a"})
		h := Hit{Sent: time.Microsecond}
		b.ReportAllocs()
		for b.Loop() {
			h.Due += 200 * time.Microsecond
			h.Done = h.Due + 3*time.Millisecond
			l.begin(h.Due, 0)
			l.add(&h)
			l.end(0)
		}
	})
	b.Run("look", func(b *testing.B) {
		l := newLive([]string{"a"})
		for i := range 10000 {
			l.add(&Hit{Due: time.Duration(i) * 400 * time.Microsecond, Done: time.Duration(i) * 410 * time.Microsecond})
		}
		b.ReportAllocs()
		for b.Loop() {
			l.snapshot(4*time.Second, 0, time.Minute)
		}
	})
}
