package queueing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// oneHold is a model of one operation with the given steps.
func oneHold(t *testing.T, service, steps, workload string) *measure.Result {
	t.Helper()
	r := solveText(t, fmt.Sprintf("services: {s: {%s, operations: {o: [%s]}}}\nworkloads: {w: {%s, does: s.o}}\n", service, steps, workload))
	for name := range r.Services {
		if name != "s" && name != "db" {
			t.Errorf("a service that nobody wrote: %q", name)
		}
	}
	for name := range r.Operations {
		if name != "s.o" && name != "db.o" {
			t.Errorf("an operation that nobody wrote: %q", name)
		}
	}
	return r
}

// A lock that everybody waits for is M/M/1 or M/G/1, and a pool M/M/c or M/M/c/K:
// closed forms.
func TestHoldsAsQueues(t *testing.T) {
	r := oneHold(t, "cores: 8", "{lock: r, do: [{wait: exp(10ms)}]}", "arrivals: poisson(60/s)")
	near(t, "M/M/1", r.Workloads["w"].Response.Mean.Value, 0.01/(1-0.6), 1e-9)
	lock := r.Services["s"].Locks["r"]
	near(t, "asked", lock.Asked.Value, 60, 1e-12)
	near(t, "held", lock.Held.Value, 0.6, 1e-9)
	near(t, "waiting", lock.Waiting.Value, 0.9, 1e-9)
	near(t, "had to wait", lock.PWait.Value, 0.6, 1e-9)
	r = oneHold(t, "cores: 8", "{lock: r, do: [{wait: 10ms}]}", "arrivals: poisson(60/s)")
	near(t, "M/D/1", r.Workloads["w"].Response.Mean.Value, 0.01+0.6*0.01/(2*0.4), 1e-9)
	// ten keys, all alike, are ten such lines
	r = oneHold(t, "cores: 8", "{lock: r, keys: 10, do: [{wait: exp(10ms)}]}", "arrivals: poisson(600/s)")
	near(t, "ten M/M/1", r.Workloads["w"].Response.Mean.Value, 0.01/(1-0.6), 1e-9)

	r = oneHold(t, "pools: {p: 3}", "{acquire: p}, {wait: exp(10ms)}", "arrivals: poisson(240/s)")
	mean, pWait, _ := textbookMMc(240, 100, 3)
	near(t, "M/M/3", r.Workloads["w"].Response.Mean.Value, mean, 1e-9)
	near(t, "had to wait", r.Services["s"].Pools["p"].PWait.Value, pWait, 1e-9)
	r = oneHold(t, "pools: {p: {size: 3, backlog: 0}}", "{acquire: p}, {wait: exp(10ms)}, {release: p}", "arrivals: poisson(240/s)")
	near(t, "Erlang's loss", r.Workloads["w"].Failed.Value, ErlangB(3, 2.4), 1e-6)
	near(t, "Erlang's loss", r.Services["s"].Pools["p"].Failed.Value, ErlangB(3, 2.4), 1e-6)
}

// One core shared by those who hold one key and those who do not: held and
// released, the work is that of M/M/1 in processor sharing for the utilization.
func TestHoldersUseCores(t *testing.T) {
	r := oneHold(t, "cores: 2", "{cpu: exp(2ms)}, {lock: r, keys: 100, do: [{cpu: exp(3ms)}]}", "arrivals: poisson(200/s)")
	s := r.Services["s"]
	near(t, "utilization", s.Utilization.Value, 200*0.005/2, 1e-9)
	near(t, "service time", s.ServiceTime.Mean.Value, 0.005, 1e-6)
	near(t, "throughput", s.Throughput.Value, 200, 1e-9)
}

// Published figures of one hot row (TXN-02: exact) and of k random items of D
// (TXN-04: simulated to 1 %, TXN-03: two-phase locking). N clients, no pause.
func TestTransactions(t *testing.T) {
	const work = "{wait: exp(1s)}"
	within := "{lock: r, keys: 500, do: [" + strings.Repeat(work+", {lock: r, do: [", 3) + work + strings.Repeat("]}", 3) + "]}"
	for _, c := range []struct {
		name, steps string
		users       int
		commits     float64 // (1/s)
		tol         float64
	}{
		{"OCC 2", "{lock: r, mode: optimistic, do: [" + work + "]}", 2, 1.333333, 5e-6},
		{"OCC 10", "{lock: r, mode: optimistic, do: [" + work + "]}", 10, 2.732079, 5e-6},
		{"OCC 50", "{lock: r, mode: optimistic, do: [" + work + "]}", 50, 5.852658, 1e-5},
		{"lock 10", "{lock: r, do: [" + work + "]}", 10, 1, 0.011},
		{"OCC 20 of 4 in 1000", "{lock: r, keys: 1000, count: 4, mode: optimistic, do: [" + work + "]}", 20, 16.02178, 0.01},
		{"OCC 50 of 8 in 1000", "{lock: r, keys: 1000, count: 8, mode: optimistic, do: [" + work + "]}", 50, 21.29209, 0.01},
		{"2PL 10 of 4 in 500", within, 10, 2.282359, 0.05},
		{"2PL 25 of 4 in 500", within, 25, 4.742369, 0.05},
	} {
		r := oneHold(t, "cores: 1", c.steps, fmt.Sprintf("users: %d, think: 0s", c.users))
		near(t, c.name, r.Workloads["w"].Throughput.Value, c.commits, c.tol)
	}
}

// Ramanujan's Q, as published for TXN-02.
func TestOptimisticAttempts(t *testing.T) {
	for n, want := range map[int]float64{1: 1, 2: 1.5, 10: 3.660216, 50: 8.543127} {
		near(t, "attempts", OptimisticAttempts(n), want, 2e-7)
	}
	if OptimisticAttempts(-3) != 1 {
		t.Error("nobody")
	}
}

// Simulated figures (to 1 % or better, seed 1): readers and writers, pools taken in
// one branch of two, pools of closed users, caches whose objects do not last.
func TestHoldsAgainstSimulation(t *testing.T) {
	rw := func(p int) string {
		return fmt.Sprintf("{choose: [{p: %d%%, do: [{lock: r, do: [{wait: exp(10ms)}]}]}, {p: %d%%, do: [{lock: r, mode: shared, do: [{wait: exp(10ms)}]}]}]}", p, 100-p)
	}
	for _, c := range []struct {
		name, service, steps, workload string
		mean, tol                      float64
	}{
		{"few writers", "cores: 8", rw(10), "arrivals: poisson(200/s)", 0.030003, 0.05},
		{"half writers", "cores: 8", rw(50), "arrivals: poisson(80/s)", 0.030037, 0.15},
		{"a fifth writers", "cores: 8", rw(20), "arrivals: poisson(130/s)", 0.030308, 0.12},
		{"popular keys", "cores: 8", "{lock: r, keys: 1000, skew: 0.9, do: [{wait: exp(10ms)}]}", "arrivals: poisson(500/s)", 0.011316, 0.01},
		{"a branch", "cores: 2, threads: 20, pools: {p: 3}", "{cpu: exp(1ms)}, {choose: [{p: 50%, do: [{acquire: p}]}, {p: 50%, do: [{cpu: exp(1ms)}]}]}, {wait: exp(10ms)}", "arrivals: poisson(250/s)", 0.011983, 0.01},
		{"users", "cores: 2, pools: {p: 3}", "{cpu: exp(1ms)}, {acquire: p}, {cpu: exp(2ms)}, {wait: exp(10ms)}, {release: p}, {cpu: exp(1ms)}", "users: 10, think: exp(20ms)", 0.02369, 0.02},
		{"time", "cores: 8", "{cache: {keys: 1000, skew: 0.8, ttl: exp(2s), else: [{wait: exp(10ms)}]}}", "arrivals: poisson(300/s)", 0.0045269, 0.01},
		{"time and size", "cores: 8", "{cache: {keys: 1000, skew: 0.8, size: 100, ttl: 2s, else: [{wait: exp(10ms)}]}}", "arrivals: poisson(300/s)", 0.0063156, 0.01},
	} {
		r := oneHold(t, c.service, c.steps, c.workload)
		near(t, c.name, r.Workloads["w"].Response.Mean.Value, c.mean, c.tol)
	}
}

// What cannot be a layer is left out with a caveat that names it; what saturates
// is named; an exact solution is refused.
func TestHoldsCaveats(t *testing.T) {
	has := func(r *measure.Result, where, what string) {
		t.Helper()
		for _, c := range r.Caveats {
			if strings.Contains(c.Where, where) && strings.Contains(c.What, what) {
				return
			}
		}
		t.Errorf("no caveat about %q at %q in %v", what, where, r.Caveats)
	}
	r := oneHold(t, "cores: 2, pools: {p: 3}", "{acquire: p}, {choose: [{p: 50%, do: [{release: p}]}, {p: 50%, do: [{wait: 1ms}]}]}, {wait: 1ms}", "arrivals: poisson(10/s)")
	has(r, "services.s", `pool "p", given back where it was not taken`)
	r = oneHold(t, "cores: 2, pools: {p: 3}", "{acquire: p, timeout: 1s}, {wait: exp(1ms)}", "arrivals: poisson(10/s)")
	has(r, "services.s", `timeout of pool "p"`)
	r = oneHold(t, "cores: 8", "{lock: row, do: [{wait: exp(10ms)}]}", "arrivals: poisson(200/s)")
	has(r, "services.s lock 'row'", "offered 2 times")
	has(r, "services.s", `what saturates first is lock "row"`)
	if r.Stable || r.Bottleneck != "s" {
		t.Errorf("stable: %v, bottleneck %q", r.Stable, r.Bottleneck)
	}
	near(t, "bears", r.Saturation["w"], 100, 1e-6)
	_, err := Solve(context.Background(), parse(t, "services: {s: {operations: {o: [{lock: r, do: [{cpu: exp(1ms)}]}]}}}\nworkloads: {w: {arrivals: poisson(1/s), does: s.o}}\n"), Options{Exact: true})
	if !errors.Is(err, ErrInexact) {
		t.Errorf("exact: %v", err)
	}
	// three keys within each other that would have to be held for longer and longer
	r = oneHold(t, "cores: 8", "{lock: r, keys: 10, count: 3, do: [{wait: exp(10ms)}]}", "arrivals: poisson(400/s)")
	if r.Stable {
		t.Error("stable")
	}
}

// An explanation names services of the scenario only.
func TestHoldsExplained(t *testing.T) {
	m := parse(t, "services: {s: {cores: 2, pools: {p: 2}, operations: {o: [{cpu: exp(1ms)}, {acquire: p}, {call: db.o}]}}, db: {cores: 2, operations: {o: [{cpu: exp(5ms)}]}}}\nworkloads: {w: {arrivals: poisson(200/s), does: s.o}}\n")
	e, err := Explain(context.Background(), m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	written := func(name string) {
		t.Helper()
		if name != "s" && name != "db" {
			t.Errorf("a service that nobody wrote: %q", name)
		}
	}
	pools := 0
	for _, l := range e.Limits {
		written(l.Service)
		if l.Resource == `pool "p"` {
			pools++
		}
	}
	if pools != 1 {
		t.Errorf("limits: %v", e.Limits)
	}
	for _, d := range e.Demands {
		written(d.Service)
	}
	if len(e.Demands) != 2 {
		t.Errorf("demands: %v", e.Demands)
	}
	near(t, "demand", e.Demands[0].CoreTime, 0.001, 1e-12)
	for _, s := range e.Sensitivities {
		written(s.Service)
	}
	for _, m := range e.Methods {
		for _, s := range m.Services {
			written(s)
		}
	}
}
