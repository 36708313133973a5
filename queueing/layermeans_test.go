package queueing

import (
	"context"
	"math"
	"testing"
)

// Users of one workload hold the only thread of a service while it calls another
// that has few as well: the Markov chain of it says how long they take. By the
// arrival approximation alone it would not be as near.
func TestMeansByLayers(t *testing.T) {
	worst, before := 0.0, 0.0
	for _, text := range []string{`
services:
  web: {threads: 1, operations: {get: [{cpu: exp(3ms)}, {call: db.read}, {call: db.read}]}}
  db: {threads: 2, operations: {read: [{cpu: exp(5ms)}, {call: disk.read}]}}
  disk: {operations: {read: [{cpu: exp(4ms)}]}}
workloads: {w: {users: 4, think: exp(20ms), does: web.get}}`, `
services:
  web: {threads: 2, operations: {get: [{cpu: exp(2ms)}, {call: db.read}], put: [{cpu: exp(6ms)}, {call: db.read}, {call: disk.read}]}}
  db: {threads: 1, operations: {read: [{cpu: exp(7ms)}, {call: disk.read}]}}
  disk: {operations: {read: [{cpu: exp(4ms)}]}}
workloads: {v: {users: 2, think: exp(10ms), does: web.get}, w: {users: 3, think: exp(20ms), does: web.put}}`} {
		m := parse(t, text)
		chain, err := SolveMarkov(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		r := solve(t, m)
		x, err := settledModel(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		old := x.report(bearing{factor: 1})
		for name, w := range r.Workloads {
			is := chain.Workloads[name]
			near(t, "mean of "+name, w.Response.Mean.Value, is.Response.Mean.Value, 0.08)
			near(t, "throughput of "+name, w.Throughput.Value, is.Throughput.Value, 0.08)
			worst = math.Max(worst, math.Abs(w.Response.Mean.Value/is.Response.Mean.Value-1))
			before = math.Max(before, math.Abs(old.Workloads[name].Response.Mean.Value/is.Response.Mean.Value-1))
			if p := w.Response.P99; !p.Known() || p.Value <= w.Response.Mean.Value {
				t.Errorf("p99 of %s: %v", name, p)
			}
		}
		found := false
		for _, c := range r.Caveats {
			found = found || c.Effect == closedByLayers
		}
		if !found {
			t.Errorf("no caveat says that means are by layers: %v", r.Caveats)
		}
	}
	t.Logf("at most %.2g off, by the arrival approximation %.2g", worst, before)
	if before < 1.5*worst {
		t.Errorf("at most %v off, and %v without layers: the systems do not tell", worst, before)
	}
}
