package loadtest

import (
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The tests of this file each hold a known fault of load generators, vegeta
// among them, against ours.

// TestStallIsCharged is the test for coordinated omission: at 200/s for 4 s a
// server that otherwise answers at once freezes for half a second. Of 800
// requests those that were due within x of the thaw waited x: 100 in all, so
// p95 = 0.3 s and p99 = 0.46 s, whatever the cap on connections. From the time
// of sending, a capped generator would see but as many slow ones as it has
// connections.
func TestStallIsCharged(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 4 s")
	}
	for _, c := range []struct {
		name        string
		connections int
		engine      Engine
	}{{"capped", 4, Vegeta}, {"free", 0, Vegeta}, {"lean", 4, Lean}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calmly(t, func(near func(what string, got, want, tol float64)) {
				r := load(t, shop(evenly("visitors", 200, only(page))), freezing(t), Options{Duration: 4, MaxConnections: c.connections, Engine: c.engine})
				w := r.Workloads["visitors"]
				near("p95 (s)", w.Response.P95.Value, 0.3, 0.03)
				near("p99 (s)", w.Response.P99.Value, 0.46, 0.046)
				near("max (s)", w.Response.Max.Value, 0.5, 0.05)
				if reached := hasCaveat(r, "cap of 4 requests"); reached != (c.connections == 4) {
					t.Errorf("caveats %v", r.Caveats)
				}
				if c.connections == 0 {
					if w.Queue != nil || w.Target != nil {
						t.Error("there is a queue of a cap that was not reached")
					}
					return
				}
				// Without what the cap's own queue adds, it is as if there were no cap.
				near("p95 from the time of sending (s)", w.Service.P95.Value, 0, 0.1)
				near("p95 of the target (s)", w.Target.P95.Value, 0.3, 0.015)
				near("p99 of the target (s)", w.Target.P99.Value, 0.46, 0.023)
			})
		})
	}
}

// freezing is a server that freezes for half a second at its 200th request.
func freezing(t *testing.T) string {
	var served atomic.Int64
	var thaw atomic.Pointer[time.Time]
	return serve(t, func(http.ResponseWriter, *http.Request) {
		if served.Add(1) == 200 {
			at := time.Now().Add(500 * time.Millisecond)
			thaw.Store(&at)
		}
		if at := thaw.Load(); at != nil {
			time.Sleep(time.Until(*at))
		}
	})
}

// TestOneAttackAfterTheOther: a vegeta Attacker is good for one attack; each
// run has its own.
func TestOneAttackAfterTheOther(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	m := shop(evenly("visitors", 500, only(page)))
	for i := range 4 {
		r := load(t, m, url, Options{Duration: 0.2})
		near(t, "requests sent", float64(r.Run.Requests), 100, 1)
		if f := r.Workloads["visitors"].Failed.Value; f != 0 {
			t.Errorf("run %d: %v failed", i, f)
		}
	}
}

// TestCapHolds: never more requests at the target than the cap.
func TestCapHolds(t *testing.T) {
	var now, most atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(30 * time.Millisecond)
		now.Add(-1)
	})
	r := load(t, shop(evenly("visitors", 500, only(page))), url, Options{Duration: 0.5, MaxConnections: 5})
	if n := most.Load(); n > 5 {
		t.Errorf("%d requests at once; the cap is 5", n)
	}
	if n := r.Run.Requests; n < 240 {
		t.Errorf("%d requests counted of 250 due", n)
	}
	if !hasCaveat(r, "do not trust this run") {
		t.Errorf("a generator this late is trusted: %v", r.Caveats)
	}
}

// TestBytesAreCountedAndNotKept: bodies are read whole, counted, and dropped.
func TestBytesAreCountedAndNotKept(t *testing.T) {
	body := []byte(strings.Repeat("x", 1<<20))
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	path := filepath.Join(t.TempDir(), "hits")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	load(t, shop(evenly("visitors", 100, only(page))), url, Options{Duration: 1, Hits: path})
	runtime.ReadMemStats(&after)
	_, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, h := range hits {
		if h.Outcome == Answered {
			total += h.Bytes
		}
		if h.Outcome == Answered && h.Bytes != 1<<20 {
			t.Fatalf("%d bytes counted of %d", h.Bytes, 1<<20)
		}
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; total < 50<<20 || allocated > uint64(total)/2 {
		t.Errorf("%d bytes allocated to read %d", allocated, total)
	}
}

// TestRateHasNoOffByOne: the rate is requests over time, not over the time
// between the first and the last.
func TestRateHasNoOffByOne(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	calmly(t, func(near func(what string, got, want, tol float64)) {
		r := load(t, shop(evenly("visitors", 4, only(page))), url, Options{Warmup: 0.125, Duration: 1})
		w := r.Workloads["visitors"]
		near("offered (1/s)", w.Offered.Value, 4, 1e-9)
		near("throughput (1/s)", w.Throughput.Value, 4, 1e-9)
		if w.Response.P50.Known() {
			t.Error("a median of 4 values is told")
		}
	})
}

// TestRedirectsAreNotFollowed: neither is the other host asked, nor is a
// redirect taken for an answer.
func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Int64
	other := serve(t, func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) })
	r := load(t, shop(evenly("visitors", 100, only(page))), url, Options{Duration: 0.2})
	w := r.Workloads["visitors"]
	if elsewhere.Load() != 0 || w.Failures["status"] == 0 || w.Failed.Value != 1 {
		t.Errorf("%d requests went elsewhere; failures %v", elsewhere.Load(), w.Failures)
	}
}

// TestPacing: requests leave one by one when they are due. A generator that
// sleeps in whole milliseconds sends 2000/s in pairs: half of the gaps nearly
// nothing, the others a millisecond. The bound is far above what an idle
// machine shows (CV 0.2) and below that (CV 1).
func TestPacing(t *testing.T) {
	if testing.Short() {
		t.Skip("wants a machine that is not too busy")
	}
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	calmly(t, func(near func(what string, got, want, tol float64)) {
		path := filepath.Join(t.TempDir(), "hits")
		load(t, shop(evenly("visitors", 2000, only(page))), url, Options{Warmup: 0.2, Duration: 1, Hits: path})
		_, hits, err := ReadHits(path)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(hits, func(a, b Hit) int { return int(a.Sent - b.Sent) })
		var gaps []float64
		for i := 1; i < len(hits); i++ {
			gaps = append(gaps, seconds(hits[i].Sent-hits[i-1].Sent))
		}
		mean, sd := moments(gaps)
		near("the mean gap (s)", mean, 1.0/2000, 0.00002)
		near("the CV of the gaps", sd/mean, 0, 0.7)
	})
}

// TestManyAtOnce starts more workers than there are at first, and drains them
// as fast as they come.
func TestManyAtOnce(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(300 * time.Millisecond) })
	calmly(t, func(near func(what string, got, want, tol float64)) {
		r := load(t, shop(evenly("visitors", 800, only(page))), url, Options{Warmup: 0.4, Duration: 0.5})
		w := r.Workloads["visitors"]
		if w.Failed.Value != 0 || w.Response.Mean.Value < 0.3 {
			t.Errorf("failed %v, mean %v s", w.Failures, w.Response.Mean.Value)
		}
		near("in the system", w.InSystem.Value, 240, 24)
	})
}
