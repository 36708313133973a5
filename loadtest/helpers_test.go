package loadtest

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// shop is a model of one service with the operations page, item and buy, for
// workloads to be added to.
func shop(workloads ...scenarios.Workload) *scenarios.Model {
	m := &scenarios.Model{
		Name: "shop", Digest: "d1", Part: 1,
		Services:  []scenarios.Service{{Name: "web", Replicas: 1, Cores: 1, Backlog: scenarios.Unlimited, Operations: []scenarios.OpID{0, 1, 2}}},
		Workloads: workloads,
		Live:      scenarios.Live{Operations: map[scenarios.OpID]scenarios.Request{}},
	}
	for i, name := range []string{"page", "item", "buy"} {
		m.Operations = append(m.Operations, scenarios.Operation{Name: "web." + name})
		m.Live.Operations[scenarios.OpID(i)] = scenarios.Request{Path: "/" + name}
	}
	return m
}

const (
	page scenarios.OpID = iota
	item
	buy
)

func only(op scenarios.OpID) []scenarios.Share { return []scenarios.Share{{Op: op, P: 1}} }

func poisson(name string, rate float64, mix []scenarios.Share) scenarios.Workload {
	return scenarios.Workload{
		Name: name, Mix: mix,
		Arrivals: &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1 / rate)},
	}
}

func evenly(name string, rate float64, mix []scenarios.Share) scenarios.Workload {
	return scenarios.Workload{
		Name: name, Mix: mix,
		Arrivals: &scenarios.Arrivals{Kind: scenarios.Constant, Rate: rate, Gap: dist.Const(1 / rate)},
	}
}

// serve starts a server on loopback for the length of the test.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// load runs m against url and fails the test on any error.
func load(t *testing.T, m *scenarios.Model, url string, o Options) *measure.Result {
	t.Helper()
	o.Target = url
	r, err := Run(t.Context(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near fails the test unless got is within tol of want.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %v; want %v ± %v", what, got, want, tol)
	}
}

// calmly tries a test of timing up to three times, each with figures to check
// by near, and passes with the first try in which all are near. A machine that
// is too busy with something else for any of them skips the test.
func calmly(t *testing.T, try func(near func(what string, got, want, tol float64))) {
	t.Helper()
	var missed []string
	foreign := 0.0
	for range 3 {
		missed = missed[:0]
		began, before := time.Now(), readMachine()
		try(func(what string, got, want, tol float64) {
			if !(math.Abs(got-want) <= tol) {
				missed = append(missed, fmt.Sprintf("%s is %v; want %v ± %v", what, got, want, tol))
			}
		})
		if len(missed) == 0 {
			return
		}
		for _, c := range pressure(before, readMachine(), time.Since(began).Seconds()) {
			t.Logf("%s (%s)", c.What, c.Effect)
			foreign++
		}
		time.Sleep(200 * time.Millisecond)
	}
	if foreign > 0 {
		t.Skip("no time can be measured on a machine this busy: ", missed)
	}
	t.Error(missed)
}

// noLeaks fails the test when it leaves goroutines behind.
func noLeaks(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(deadline) {
				stacks := make([]byte, 1<<16)
				t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
				return
			}
		}
	})
}

// constantly is a time that is always the same (s).
func constantly(x float64) dist.Dist { return dist.Const(x) }
