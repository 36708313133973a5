package loadtest

import (
	"maps"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// counter is a server that counts what it is asked for.
type counter struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counter) serve(t *testing.T, also http.HandlerFunc) string {
	c.seen = map[string]int{}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.seen[r.URL.Path]++
		c.mu.Unlock()
		if also != nil {
			also(w, r)
		}
	})
}

// visit makes steps that call operations one after the other.
func visit(path string, ops ...scenarios.OpID) []scenarios.Step {
	var out []scenarios.Step
	for i, op := range ops {
		out = append(out, scenarios.Call{At: scenarios.At(path + "/" + string(rune('a'+i))), Op: op})
	}
	return out
}

func session(name string, rate float64, steps ...scenarios.Step) scenarios.Workload {
	w := evenly(name, rate, nil)
	w.Steps = steps
	return w
}

func TestSessionRunsItsSteps(t *testing.T) {
	noLeaks(t)
	steps := []scenarios.Step{
		scenarios.Call{At: "s/0", Op: page},
		scenarios.Wait{At: "s/1", Time: dist.Const(0.02)},
		scenarios.Repeat{At: "s/2", Count: dist.Const(2.4), Steps: visit("s/2", item)},
		scenarios.Cache{At: "s/3", Hit: 1, Else: visit("s/3", buy)},
		scenarios.Cache{At: "s/4", Hit: 0, Then: visit("s/4", buy), Else: visit("s/4e", page)},
		scenarios.Choose{At: "s/5", Branches: []scenarios.Branch{{P: 1, Steps: visit("s/5", page)}, {P: 0, Steps: visit("s/5b", buy)}}},
		scenarios.Repeat{At: "s/6", PerMessage: true, Steps: visit("s/6", page)},
		scenarios.Parallel{At: "s/7", Need: 2, Branches: [][]scenarios.Step{visit("s/7a", item), visit("s/7b", item)}},
	}
	var c counter
	url := c.serve(t, nil)
	path := filepath.Join(t.TempDir(), "hits")
	r := load(t, shop(session("s", 50, steps...)), url, Options{Duration: 1, Hits: path})
	w := r.Workloads["s"]
	n := int(r.Run.Requests)
	if n < 49 || w.Failed.Value != 0 || w.Response.Mean.Value < 0.02 {
		t.Fatalf("%d sessions, %v", n, w.Failures)
	}
	if want := map[string]int{"/page": 4 * n, "/item": 4 * n}; !maps.Equal(c.seen, want) {
		t.Errorf("the system saw %v; want %v", c.seen, want)
	}
	near(t, "visits to web.page", r.Operations["web.page"].Visits.Value, 4, 0.2) // sessions at the end make the rest of theirs later
	_, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := slices.DeleteFunc(slices.Clone(hits), func(h Hit) bool { return h.Part })
	if len(whole) != n || len(hits) != 9*n || whole[0].Op != Session {
		t.Errorf("%d hits, %d of them sessions", len(hits), len(whole))
	}
}

// TestSessionEndsWithItsFirstFailure: what comes after a step that failed is
// not done, and the session has failed for the same reason.
func TestSessionEndsWithItsFirstFailure(t *testing.T) {
	var c counter
	url := c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/item" {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	path := filepath.Join(t.TempDir(), "hits")
	r := load(t, shop(session("s", 50, visit("s", page, item, buy)...)), url, Options{Duration: 0.3, Hits: path})
	w := r.Workloads["s"]
	if c.seen["/buy"] != 0 || w.Failed.Value != 1 || w.Failures["status"] != r.Run.Requests {
		t.Errorf("seen %v, failures %v", c.seen, w.Failures)
	}
	_, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hits {
		if h.Op == Session && (h.Status != http.StatusTeapot || h.Outcome != WrongStatus) {
			t.Fatalf("%+v", h)
		}
	}
}

// TestParallelGoesOn: with any of two, the session goes on after the fast one,
// and the slow one runs on and is waited for; with a failure, as soon as too
// few are left.
func TestParallelGoesOn(t *testing.T) {
	noLeaks(t)
	slow := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/item":
			time.Sleep(300 * time.Millisecond)
		case "/buy":
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
	race := func(need int, ops ...scenarios.OpID) scenarios.Step {
		p := scenarios.Parallel{At: "p", Need: need}
		for i, op := range ops {
			p.Branches = append(p.Branches, visit(string(rune('p'+i)), op))
		}
		return p
	}
	for _, x := range []struct {
		name   string
		step   scenarios.Step
		fails  float64
		atMost float64 // median response time, with slack for a busy machine (s)
		items  float64 // calls of the slow operation per session
	}{
		{"any, slow and fast", race(1, item, page), 0, 0.25, 1},
		{"all, slow and fast", race(2, item, page), 0, math.Inf(1), 1},
		{"all, one fails", race(2, item, buy), 1, 0, 1},
		{"any, one fails", race(1, buy, page), 0, 0.25, 0},
		{"two of three, one fails", race(2, buy, page, page), 0, 0.25, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			var c counter
			url := c.serve(t, slow)
			r := load(t, shop(session("s", 50, x.step)), url, Options{Duration: 0.4})
			w, n := r.Workloads["s"], float64(r.Run.Requests)
			if w.Failed.Value != x.fails || x.fails == 0 && w.Response.P50.Value > x.atMost {
				t.Errorf("failed %v, median %+v", w.Failed.Value, w.Response)
			}
			near(t, "slow calls per session", float64(c.seen["/item"])/n, x.items, 1e-9)
		})
	}
}

func TestSessionsOfServicesAreRefused(t *testing.T) {
	for name, s := range map[string]scenarios.Step{
		"cpu":     scenarios.CPU{At: "s/0", Demand: dist.Const(1)},
		"publish": scenarios.Publish{At: "s/0"},
		"within":  scenarios.Repeat{At: "s/0", Count: dist.Const(1), Steps: []scenarios.Step{scenarios.CPU{At: "s/0/0"}}},
	} {
		_, err := Run(t.Context(), shop(session("s", 1, s)), Options{Target: "http://127.0.0.1:1"})
		if err == nil || !strings.Contains(err.Error(), "workloads.s: s/0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRoute walks page → item (half of the time) → page …: the number of pages
// in a walk is geometric with mean 1/(1 − 1/2) = 2, that of items one less.
func TestRoute(t *testing.T) {
	var c counter
	url := c.serve(t, nil)
	w := evenly("walkers", 400, nil)
	w.Route = &scenarios.Route{Start: only(page), Next: map[scenarios.OpID][]scenarios.Share{
		page: {{Op: item, P: 0.5}}, item: only(page),
	}}
	r := load(t, shop(w), url, Options{Duration: 1.5})
	n := float64(r.Run.Requests)
	if f := r.Workloads["walkers"].Failed.Value; f != 0 || n < 590 {
		t.Fatalf("%v failed of %v", f, n)
	}
	pages, items := float64(c.seen["/page"]), float64(c.seen["/item"])
	near(t, "pages in a walk", pages/n, 2, 3*math.Sqrt(2/n)) // the variance of a geometric number is (1-p)/p² = 2
	near(t, "walks", pages-items, n, 0)
}

// TestClosedLoad: N users who think Z and wait R make X = N/(R + Z) requests a
// second (Little's law), however the server behaves. Each begins with a think time.
func TestClosedLoad(t *testing.T) {
	noLeaks(t)
	var mu sync.Mutex
	now, most := 0, 0
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(15 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
	})
	m := shop(scenarios.Workload{Name: "staff", Users: 20, Think: constantly(0.035), Mix: []scenarios.Share{{Op: page, P: 0.5}, {Op: item, P: 0.5}}})
	path := filepath.Join(t.TempDir(), "hits")
	calmly(t, func(near func(what string, got, want, tol float64)) {
		r := load(t, m, url, Options{Warmup: 0.2, Duration: 1.5, Hits: path})
		w := r.Workloads["staff"]
		near("X(R + Z)", w.Throughput.Value*(w.Response.Mean.Value+0.035), 20, 1)
		near("X·R", w.Throughput.Value*w.Response.Mean.Value, w.InSystem.Value, 0.05*w.InSystem.Value+0.2)
		if most > 20 || w.Failed.Value != 0 || w.Response.Mean.Value < 0.015 {
			t.Errorf("%d at once, failed %v, mean %v s", most, w.Failures, w.Response.Mean.Value)
		}
	})
	_, hits, err := ReadHits(path)
	if err != nil {
		t.Fatal(err)
	}
	if first := slices.MinFunc(hits, func(a, b Hit) int { return int(a.Due - b.Due) }); first.Due < -200*time.Millisecond+35*time.Millisecond {
		t.Errorf("a user asked at %v, before having thought", first.Due)
	}
}

func TestOpenAndClosedTogether(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	m := shop(poisson("visitors", 100, only(page)), scenarios.Workload{Name: "staff", Users: 3, Think: dist.Exponential(0.02), Mix: only(item)})
	r := load(t, m, url, Options{Duration: 0.6})
	for name, atLeast := range map[string]float64{"visitors": 50, "staff": 20} {
		if w := r.Workloads[name]; w.Throughput.Value < atLeast || w.Failed.Value != 0 {
			t.Errorf("%s: throughput %v, failed %v", name, w.Throughput.Value, w.Failures)
		}
	}
}

// TestSessionThatOutlivesTheRun: a user who is still thinking when all time is
// up has not been failed by the system.
func TestSessionThatOutlivesTheRun(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	w := session("s", 400, append(visit("s", page),
		scenarios.Wait{At: "s/1", Time: dist.EmpiricalOf([]float64{0, 40}, []float64{0.99, 0.01})})...)
	r := load(t, shop(w), url, Options{Seed: 1, Duration: 0.5, Timeout: 0.1})
	if f := r.Workloads["s"]; f.Failed.Value != 0 || !hasCaveat(r, "cut at the end of the run") {
		t.Errorf("failed %v, caveats %v", f.Failures, r.Caveats)
	}
}
