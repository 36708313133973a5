package queueing

import (
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// Published and computed values of Erlang-A.
func TestErlangA(t *testing.T) {
	for _, r := range []struct {
		lambda, service, patience float64
		c                         int
		present, line, abandon    float64
	}{
		{10, 1, 2, 10, 11.039132, 2.078264, 0.1039132},
		{12, 1, 1, 10, 12, 2.563588, 0.2136324},
	} {
		q, err := NewErlangA(r.lambda, r.service, r.patience, r.c)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "L", q.Figures().Present, r.present, 1e-6)
		near(t, "Lq", q.Figures().InLine, r.line, 1e-6)
		near(t, "P(abandon)", q.PAbandon(), r.abandon, 1e-6)
	}
	// the call centre of [MaZe07]: 50 agents, 48 calls a minute of a minute each, 2 minutes of patience
	q, _ := NewErlangA(0.8, 60, 120, 50)
	f := q.Figures()
	near(t, "abandoning", f.PLoss, 0.03091225, 1e-6)
	near(t, "average wait of all", q.WaitingOfAll().Mean(), 3.70947, 1e-6)
	near(t, "average line", f.InLine, 2.967576, 1e-6)
	near(t, "utilization", f.Utilization, 0.9303242, 1e-6)
	near(t, "P(wait)", f.PWait, 0.4677741, 1e-6)
}

// The distributions against the chain of one request in line, by matrix
// exponentials.
func TestErlangATimes(t *testing.T) {
	for _, r := range []struct {
		lambda, patience float64
		c                int
	}{{10, 2, 10}, {4, 0.5, 3}, {3, 5, 2}, {0.3, 1, 1}} {
		q, err := NewErlangA(r.lambda, 1, r.patience, r.c)
		if err != nil {
			t.Fatal(err)
		}
		const n = 90
		theta, drain := 1/r.patience, float64(r.c)
		var all []jump
		for i := range n + r.c - 1 {
			all = append(all, jump{i, i + 1, r.lambda}, jump{i + 1, i, float64(min(i+1, r.c)) + theta*float64(max(0, i+1-r.c))})
		}
		pi := luStationary(t, n+r.c, all)
		start, exit, serves := pi[r.c:], make([]float64, n), make([]float64, n)
		var jumps []jump
		for j := range n {
			exit[j] = theta
			if j == 0 {
				exit[0] += drain
				serves[0] = drain
			} else {
				jumps = append(jumps, jump{j, j - 1, drain + float64(j)*theta})
			}
		}
		chain := newAbsorbing(n, jumps, exit)
		served := chain.before(t, serves)
		share := dot(start, served)
		for i := range r.c {
			share += pi[i]
		}
		near(t, "P(abandon)", q.PAbandon(), 1-share, 1e-9)
		near(t, "W served", q.Waiting().Mean(), dot(start, chain.before(t, served))/share, 1e-9)
		near(t, "W all", q.WaitingOfAll().Mean(), dot(start, chain.before(t, ones(n))), 1e-9)
		for _, x := range []float64{0, 0.1, 0.7, 2} {
			near(t, "served", q.Waiting().Survival(x), chain.survival(start, served, x)/share, 1e-8)
			near(t, "all", q.WaitingOfAll().Survival(x), chain.survival(start, ones(n), x), 1e-8)
		}
		checkTime(t, "served", q.Waiting(), 1e-6)
		checkTime(t, "all", q.WaitingOfAll(), 1e-6)
		checkTime(t, "response", q.Response(), 1e-5)
	}
}

// Endless patience is M/M/c, and patience like the service M/M/∞.
func TestErlangALimits(t *testing.T) {
	q, _ := NewErlangA(2.5, 1, 1e8, 3)
	m, _ := NewMMc(2.5, 1, 3)
	near(t, "W", q.Figures().Waiting, m.Figures().Waiting, 1e-6)
	near(t, "p99", q.Waiting().Quantile(0.99), m.Waiting().Quantile(0.99), 1e-6)
	q, _ = NewErlangA(2.5, 1, 1, 3)
	inf, _ := NewMGInf(2.5, dist.Const(1))
	for n := range 9 {
		near(t, "p(n)", q.Present(n), inf.Present(n), 1e-12)
	}
	// far beyond what the servers can do, a share 1 − c/a leaves
	q, err := NewErlangA(1e6, 1, 10, 100)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "P(abandon)", q.PAbandon(), 1-100/1e6, 1e-9)
	near(t, "L", q.Figures().Present, 100+10*(1e6-100), 1e-9)
}
