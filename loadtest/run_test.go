package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// TestEveryRequestThatIsDueIsSent checks the run against the schedule, which
// knows nothing of clocks, and the server, which knows nothing of the schedule.
func TestEveryRequestThatIsDueIsSent(t *testing.T) {
	noLeaks(t)
	var served [3]atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		served[slices.Index([]string{"/page", "/item", "/buy"}, r.URL.Path)].Add(1)
		_, _ = w.Write([]byte("hello"))
	})
	mix := []scenarios.Share{{Op: page, P: 0.5}, {Op: item, P: 0.5}}
	m := shop(poisson("visitors", 300, mix), evenly("robots", 100, only(buy)))
	path := filepath.Join(t.TempDir(), "hits")
	const warmup, duration = 0.5, 1.5
	r := load(t, m, url, Options{Seed: 4, Warmup: warmup, Duration: duration, Hits: path})

	var wanted [3]int64
	for i := range m.Workloads {
		w, counted := &m.Workloads[i], 0.0
		for due, op := range Schedule(w, 4, warmup+duration) {
			wanted[op]++
			if due >= warmup {
				counted++
			}
		}
		got := r.Workloads[w.Name]
		near(t, w.Name+" offered", got.Offered.Value, counted/duration, 1e-9)
		if got.Failed.Value != 0 || got.Response == nil || got.Response.Mean.Value <= 0 {
			t.Errorf("%s: %+v", w.Name, got)
		}
	}
	for op := range wanted {
		if n := served[op].Load(); n != wanted[op] {
			t.Errorf("operation %d: %d due, %d served", op, wanted[op], n)
		}
	}
	for _, op := range []string{"web.page", "web.item", "web.buy"} {
		if o := r.Operations[op]; o == nil || o.Response == nil || o.Visits.Value <= 0 {
			t.Errorf("operation %s: %+v", op, o)
		}
	}
	checkHits(t, path, m, url, r)
	for _, v := range r.Check(0.05) {
		t.Error(v)
	}
}

// checkHits compares what is on disk with the result.
func checkHits(t *testing.T, path string, m *scenarios.Model, url string, r *measure.Result) {
	t.Helper()
	head, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	if head.Scenario.Name != m.Name || head.Seed != 4 || head.Target != url || len(head.Workloads) != 2 {
		t.Errorf("head %+v", head)
	}
	counted := int64(0)
	for i, h := range hits {
		if h.Due >= 0 {
			counted++
		}
		if h.Outcome != Answered || h.Status != 200 || h.Bytes != 5 || h.Part {
			t.Fatalf("hit %d: %+v", i, h)
		}
	}
	if counted != r.Run.Requests {
		t.Errorf("%d hits counted, result says %d", counted, r.Run.Requests)
	}
	again, err := ResultOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := encode(t, r), encode(t, again); !bytes.Equal(a, b) {
		t.Errorf("the hits say\n%s\nthe run said\n%s", b, a)
	}
}

func encode(t *testing.T, r *measure.Result) []byte {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLittlesLaw: the mean number in the system, which is a sum over time,
// is throughput × mean response time, which are sums over requests.
func TestLittlesLaw(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(10 * time.Millisecond) })
	calmly(t, func(near func(what string, got, want, tol float64)) {
		r := load(t, shop(poisson("visitors", 400, only(page))), url, Options{Warmup: 0.3, Duration: 1.5})
		w := r.Workloads["visitors"]
		n, xr := w.InSystem.Value, w.Throughput.Value*w.Response.Mean.Value
		near("X·R/N", xr/n, 1, 0.05) // the ends: requests in the system when the time begins and ends
		if lo := w.Response.Mean.Value; lo < 0.010 {
			t.Errorf("mean response time %v s of a service of 10 ms", lo)
		}
		if s := w.Service.Mean.Value; s > w.Response.Mean.Value {
			t.Errorf("service time %v above response time %v", s, w.Response.Mean.Value)
		}
	})
}

func TestRequestsAreAsTheScenarioSays(t *testing.T) {
	type seen struct{ method, path, query, body, agent, token, host string }
	var mu sync.Mutex
	got := map[seen]int{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Vegeta") {
				t.Errorf("the system was sent %s", name)
			}
		}
		mu.Lock()
		got[seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.UserAgent(), r.Header.Get("X-Token"), r.Host}]++
		mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	})
	m := shop(evenly("visitors", 100, only(buy)))
	m.Live.Operations[buy] = scenarios.Request{
		Method: "POST", Path: "/a%2Fb/buy?x=1&y=2", Body: []byte(`{"n": 1}`), Status: 201,
		Headers: map[string]string{"x-token": "abc", "Host": "shop.example"},
	}
	r := load(t, m, url+"/api", Options{Duration: 0.3})
	want := seen{"POST", "/api/a%2Fb/buy", "x=1&y=2", `{"n": 1}`, "headroom-loadtest", "abc", "shop.example"}
	if len(got) != 1 || got[want] < 25 {
		t.Errorf("the system saw %v", got)
	}
	if f := r.Workloads["visitors"].Failed.Value; f != 0 {
		t.Errorf("%v of the requests failed: %v", f, r.Workloads["visitors"].Failures)
	}
}

// TestInterrupted has both halves of an interruption: requests that end soon
// are waited for, those that hang are cut, and both at once.
func TestInterrupted(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/item" {
			select {
			case <-r.Context().Done():
			case <-release:
			}
		}
	})
	defer close(release)
	mix := []scenarios.Share{{Op: page, P: 0.95}, {Op: item, P: 0.05}}
	m := shop(poisson("visitors", 200, mix), scenarios.Workload{Name: "staff", Users: 3, Mix: only(page)})
	m.Workloads[1].Think = constantly(0.01)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(800*time.Millisecond, cancel)
	began := time.Now()
	r, err := Run(ctx, m, Options{Warmup: 0.2, Duration: 60, Target: url})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if !r.Interrupted || r.Run.Duration > 5 || r.Run.Duration < 0.1 {
		t.Errorf("interrupted %v after %v s", r.Interrupted, r.Run.Duration)
	}
	w := r.Workloads["visitors"]
	if w.Throughput.Value <= 0 || w.Failed.Value != 0 {
		t.Errorf("visitors: throughput %v, failed %v, %v", w.Throughput.Value, w.Failed.Value, w.Failures)
	}
	if !hasCaveat(r, "cut at the end of the run") {
		t.Errorf("nothing is said of the requests cut: %v", r.Caveats)
	}
}

// TestStopDoesNotWaitForThePacer: at one request in 100 s, an interruption
// must not wait for the next one (vegeta's own pacers do).
func TestStopDoesNotWaitForThePacer(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	for name, warmup := range map[string]float64{"measuring": 0, "warming up": 100} {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		began := time.Now()
		r, err := Run(ctx, shop(evenly("visitors", 0.01, only(page))), Options{Warmup: warmup, Duration: 1000, Target: url})
		cancel()
		if err != nil || !r.Interrupted {
			t.Fatalf("%s: %v, %+v", name, err, r)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: stopping took %v", name, took)
		}
		encode(t, r)
	}
}

// TestTheEndIsWaitedForThatLong: a system that never answers fails every
// request, and the run ends.
func TestTheEndIsWaitedForThatLong(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	began := time.Now()
	r := load(t, shop(evenly("visitors", 400, only(page))), url, Options{Duration: 0.5, Timeout: 0.3, MaxConnections: 10})
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	w := r.Workloads["visitors"]
	if w.Response != nil || w.Failed.Value != 1 || w.Failures["timeout"] < 10 || w.Failures["unsent"] == 0 {
		t.Errorf("failed %v: %v", w.Failed.Value, w.Failures)
	}
	near(t, "requests accounted for", float64(w.Failures["timeout"]+w.Failures["unsent"]), 200, 1)
	if !hasCaveat(r, "never sent") || !hasCaveat(r, "cap of 10 requests") {
		t.Errorf("caveats %v", r.Caveats)
	}
	if r.Stable {
		t.Error("a system that answers nothing is said to be stable")
	}
}

type observer struct{ calls []string }

func (o *observer) Begin() { o.calls = append(o.calls, "begin") }
func (o *observer) Stop()  { o.calls = append(o.calls, "stop") }
func (o *observer) End(r *measure.Result) {
	o.calls = append(o.calls, "end")
	r.Bottleneck = "web"
}

func TestObserver(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	o := &observer{}
	m := shop(evenly("visitors", 100, only(page)))
	var progress []float64
	r := load(t, m, url, Options{
		Warmup: 0.2, Duration: 0.4, Observer: o,
		Progress: func(done float64, _ string) { progress = append(progress, done) },
	})
	if !slices.Equal(o.calls, []string{"begin", "stop", "end"}) || r.Bottleneck != "web" {
		t.Errorf("calls %v, bottleneck %q", o.calls, r.Bottleneck)
	}
	if !slices.IsSorted(progress) || progress[0] < 0 || progress[len(progress)-1] != 1 {
		t.Errorf("progress %v", progress)
	}

	quiet := &observer{}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Run(ctx, m, Options{Warmup: 10, Target: url, Observer: quiet}); err != nil {
		t.Fatal(err)
	}
	if len(quiet.calls) != 0 {
		t.Errorf("interrupted in the warm-up: %v", quiet.calls)
	}
}

func hasCaveat(r *measure.Result, text string) bool {
	return slices.ContainsFunc(r.Caveats, func(c measure.Caveat) bool {
		return strings.Contains(c.What, text) || strings.Contains(c.Effect, text)
	})
}

// TestEmulatedTarget asks each operation where the emulator says.
func TestEmulatedTarget(t *testing.T) {
	var seen sync.Map
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen.Store(r.URL.Path, true) })
	m := shop(evenly("visitors", 100, []scenarios.Share{{Op: page, P: 0.5}, {Op: buy, P: 0.5}}))
	m.Live.Operations = nil // an emulated system needs none
	at := func(op scenarios.OpID) string { return url + "/emulated/" + m.Operations[op].Name }
	r, err := Run(t.Context(), m, Options{Duration: 0.3, URL: at})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []string{"web.page", "web.buy"} {
		if _, ok := seen.Load("/emulated/" + op); !ok {
			t.Errorf("%s was never asked for", op)
		}
	}
	if r.Run.Target != "emulated shop" {
		t.Errorf("target %q", r.Run.Target)
	}
	if _, err := Run(t.Context(), m, Options{URL: func(scenarios.OpID) string { return "" }}); err == nil {
		t.Error("an operation without an address was loaded")
	}
}
