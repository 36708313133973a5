package queueing

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

func chained(t *testing.T, text string) *measure.Result {
	t.Helper()
	r, err := SolveMarkov(context.Background(), parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Check(1e-8) {
		t.Error(v)
	}
	return r
}

// Two threads on two cores with a backlog of three are M/M/2/5.
func TestMarkovMMcK(t *testing.T) {
	for _, discipline := range []string{"ps", "fifo"} {
		r := chained(t, `
services: {s: {cores: 2, threads: 2, backlog: 3, discipline: `+discipline+`, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(500/s), does: s.do}}`)
		q, err := NewMMcK(500, 0.005, 2, 5)
		if err != nil {
			t.Fatal(err)
		}
		f, w, s := q.Figures(), r.Workloads["w"], r.Services["s"]
		near(t, "failed", w.Failed.Value, f.PLoss, 1e-10)
		near(t, "throughput", w.Throughput.Value, f.Throughput, 1e-10)
		near(t, "response", w.Response.Mean.Value, f.Response, 1e-10)
		near(t, "in line", s.Waiting.Value, f.InLine, 1e-10)
		near(t, "utilization", s.Utilization.Value, f.Utilization, 1e-10)
		near(t, "rejected", s.Rejected.Value, f.PLoss, 1e-10)
	}
}

// Six machines and two repairers: p_n ∝ C(6,n)·n!/(2!·2^(n−2))·(S/Z)^n.
func TestMarkovMachineRepair(t *testing.T) {
	r := chained(t, `
services: {s: {cores: 2, discipline: fifo, operations: {do: [{cpu: exp(10ms)}]}}}
workloads: {w: {users: 6, think: exp(40ms), does: s.do}}`)
	p, sum, busy, present := 1.0, 0.0, 0.0, 0.0
	for n := range 7 {
		if n > 0 {
			p *= float64(7-n) / 40e-3 / (float64(min(n, 2)) / 10e-3)
		}
		sum += p
		busy += p * float64(min(n, 2))
		present += p * float64(n)
	}
	near(t, "throughput", r.Workloads["w"].Throughput.Value, busy/sum/10e-3, 1e-10)
	near(t, "response", r.Workloads["w"].Response.Mean.Value, present/busy*10e-3, 1e-10)
}

// With as many threads as users a layered system is in product form, and
// convolution has its means.
func TestMarkovModelProductForm(t *testing.T) {
	const text = `
services:
  web: {cores: 2, operations: {page: [{cpu: exp(4ms)}, {call: db.read}, {choose: [{30%: {call: db.read}}, {70%: [{wait: exp(7ms)}]}]}]}}
  db: {discipline: fifo, operations: {read: [{cpu: exp(6ms)}]}}
workloads: {w: {users: 5, think: exp(30ms), does: web.page}}`
	r, want := chained(t, text), solveText(t, text)
	near(t, "throughput", r.Workloads["w"].Throughput.Value, want.Workloads["w"].Throughput.Value, 1e-9)
	for _, s := range []string{"web", "db"} {
		near(t, s+" present", r.Services[s].Present.Value, want.Services[s].Present.Value, 1e-9)
		near(t, s+" response", r.Services[s].Response.Mean.Value, want.Services[s].Response.Mean.Value, 1e-9)
	}
}

// One thread that is held during a call serves in two phases: for two users the
// states are: none there; one in phase 1 or 2; two, the first in phase 1 or 2.
func TestMarkovHeldThread(t *testing.T) {
	r := chained(t, `
services:
  web: {threads: 1, operations: {page: [{cpu: exp(4ms)}, {call: db.read}]}}
  db: {operations: {read: [{cpu: exp(6ms)}]}}
workloads: {w: {users: 2, think: exp(20ms), does: web.page}}`)
	const a, b, z = 250.0, 1 / 6e-3, 50.0
	q := [][]float64{
		{-2 * z, 2 * z, 0, 0, 0},
		{0, -a - z, a, z, 0},
		{b, 0, -b - z, 0, z},
		{0, 0, 0, -a, a},
		{0, b, 0, 0, -b},
	}
	balance, rhs := mat.NewDense(5, 5, nil), mat.NewVecDense(5, []float64{0, 0, 0, 0, 1})
	for i := range 5 {
		for j := range 4 {
			balance.Set(j, i, q[i][j])
		}
		balance.Set(4, i, 1)
	}
	var p mat.VecDense
	if err := p.SolveVec(balance, rhs); err != nil {
		t.Fatal(err)
	}
	x := b * (p.AtVec(2) + p.AtVec(4))
	near(t, "throughput", r.Workloads["w"].Throughput.Value, x, 1e-10)
	near(t, "response", r.Workloads["w"].Response.Mean.Value, 2/x-0.020, 1e-10)
	near(t, "in line", r.Services["web"].Waiting.Value, p.AtVec(3)+p.AtVec(4), 1e-10)
	near(t, "threads", r.Services["web"].ThreadsBusy.Value, 1-p.AtVec(0), 1e-10)
	near(t, "db", r.Services["db"].Response.Mean.Value, 6e-3, 1e-10)
}

// Replicas picked at random without a backlog are M/M/1/1 each; a page whose
// read is turned away fails, and its thread is free again.
func TestMarkovTurnedAway(t *testing.T) {
	r := chained(t, `
services: {s: {replicas: 2, threads: 1, backlog: 0, operations: {do: [{cpu: exp(10ms)}]}}}
workloads: {w: {arrivals: poisson(200/s), does: s.do}}`)
	near(t, "failed", r.Workloads["w"].Failed.Value, 0.5, 1e-10)

	// By hand: states are (requests at the cores of web, at db), all rates 100/s,
	// and the balances p00 = p01, 2·p10 = p00 + p11, 2·p20 = p10,
	// 2·p01 = p10 + p11, 2·p11 = 2·p20 + p01 are met by 1, 1, ½, 1, 1 of 4½.
	r = chained(t, `
services:
  web: {cores: 2, threads: 2, backlog: 0, operations: {page: [{cpu: exp(10ms)}, {call: db.read}]}}
  db: {threads: 1, backlog: 0, operations: {read: [{cpu: exp(10ms)}]}}
workloads: {w: {arrivals: poisson(100/s), does: web.page}}`)
	w := r.Workloads["w"]
	near(t, "what ends well", w.Throughput.Value, 100*2/4.5, 1e-10)
	near(t, "turned away by web", r.Services["web"].Rejected.Value, 1.5/4.5, 1e-10)
	near(t, "load of db", r.Services["db"].Utilization.Value, 2/4.5, 1e-10)
	near(t, "offered", w.Offered.Value, 100, 1e-10)
	if w.Response != nil || r.Services["db"].Rejected.Value <= 0 {
		t.Errorf("times %v of what fails on the way", w.Response)
	}
}

// The case lqn-2tier of testdata/models, as LQSim 5.32 has it: twelve clients
// think for 2.5 s and call a server of three threads, which computes for 0.11 s
// in all, before, between and after a geometric number of calls to a database,
// 1.7 in the mean. Throughputs are simulated to within 0.7 %, times to about 1 %.
func TestMarkovLayered(t *testing.T) {
	const calls = 1.7
	g, err := newMarkovProgram(parse(t, `
services:
  server: {threads: 3, discipline: fifo, operations: {srv: [{cpu: exp(110ms)}, {call: db.q}]}}
  db: {discipline: fifo, operations: {q: [{cpu: exp(60ms)}]}}
workloads: {client: {users: 12, think: exp(2.5s), does: server.srv}}`))
	if err != nil {
		t.Fatal(err)
	}
	srv := slices.IndexFunc(g.m.Operations, func(o scenarios.Operation) bool { return o.Name == "server.srv" })
	call := g.code[srv][1]
	g.code[srv] = []instruction{
		{kind: compute, mean: 0.110 / (calls + 1)},
		{kind: turn, branch: []way{{calls / (calls + 1), 2}, {1 / (calls + 1), 4}}},
		call,
		{kind: turn, branch: []way{{1, 0}}},
	}
	r, err := g.solve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	server, db := r.Services["server"], r.Services["db"]
	near(t, "throughput", r.Workloads["client"].Throughput.Value, 4.18926, 0.0072)
	near(t, "response", r.Workloads["client"].Response.Mean.Value, 0.363773, 0.03)
	near(t, "threads", server.ThreadsBusy.Value, 1.34971, 0.02)
	near(t, "held for", server.ThreadsBusy.Value/server.Throughput.Value, 0.322027, 0.01)
	near(t, "server", server.Utilization.Value, 0.461095, 0.01)
	near(t, "db", db.Utilization.Value, 0.427539, 0.01)
}

// What has no chain is named.
func TestMarkovRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"endless line": {`
services: {s: {operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {arrivals: poisson(10/s), does: s.do}}`, "services.s: any number"},
		"constant": {`
services: {s: {operations: {do: [{cpu: 5ms}]}}}
workloads: {w: {users: 2, think: exp(1s), does: s.do}}`, "s.do: 5ms is not exponential"},
		"think": {`
services: {s: {operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {users: 2, think: 1s, does: s.do}}`, "workloads.w: think times"},
		"network": {`
services: {s: {operations: {do: [{cpu: exp(5ms)}]}}}
network: {latency: 1ms}
workloads: {w: {users: 2, think: exp(1s), does: s.do}}`, "network: messages take time"},
		"parallel": {`
services: {s: {operations: {do: [{parallel: [{call: b.do}, {call: b.do}]}]}}, b: {operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {users: 2, think: exp(1s), does: s.do}}`, "s.do: parallel"},
		"replicas": {`
services: {s: {replicas: 100000, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {users: 2, think: exp(1s), does: s.do}}`, "model: more than 1000 replicas"},
		"turns": {`
services: {s: {operations: {do: [` + strings.Repeat("{choose: [{50%: {wait: exp(1ms)}}, {50%: []}]}, ", 22) + `{cpu: exp(5ms)}]}}}
workloads: {w: {users: 30, think: exp(1s), does: s.do}}`, "model: more than 20000 states"},
		"turns without time": {`
services: {s: {operations: {do: [` + strings.Repeat("{choose: [{50%: {call: s.no}}, {50%: []}]}, ", 22) + `{cpu: exp(5ms)}], no: []}}}
workloads: {w: {users: 2, think: exp(1s), does: s.do}}`, "model: requests turn too often"},
		"size": {`
services: {s: {replicas: 6, operations: {do: [{cpu: exp(5ms)}]}}}
workloads: {w: {users: 60, think: exp(1s), does: s.do}}`, "model: more than 20000 states"},
	} {
		_, err := SolveMarkov(context.Background(), parse(t, c.text))
		if !errors.Is(err, ErrNoChain) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	if _, err := SolveMarkov(context.Background(), nil); err == nil {
		t.Error("no error without a model")
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := SolveMarkov(ctx, library(t, "closed")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want that it was cancelled", err)
	}
}
