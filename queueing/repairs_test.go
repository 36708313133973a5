package queueing

import (
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/queueing/ctmc"
)

const failingService = `
services: {db: {discipline: %s, replicas: %d, mtbf: exp(%s), mttr: exp(%s), down: %s, operations: {read: [{cpu: %s}]}}}
workloads: {a: {arrivals: poisson(%d/s), does: db.read}}`

// TestPausesAreBreakdowns compares replicas that pause, picked at random, with
// the closed form of one of them, which the mean of one that is shared has too.
func TestPausesAreBreakdowns(t *testing.T) {
	q, err := NewMM1Breakdowns(50, 0.01, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, discipline := range []string{"fifo", "ps"} {
		r := solveText(t, fmt.Sprintf(failingService, discipline, 3, "20s", "1s", "pause", "exp(10ms)", 150))
		w := r.Workloads["a"].Response
		within(t, discipline+" mean", w.Mean.Value, q.Response().Mean(), 1e-6)
		if discipline == "fifo" {
			within(t, "p50", w.P50.Value, q.Response().Quantile(0.5), 1e-4)
			within(t, "p99", w.P99.Value, q.Response().Quantile(0.99), 1e-4)
			within(t, "p wait", r.Services["db"].PWait.Value, q.Figures().PWait, 1e-6)
		}
		within(t, "replicas", r.Services["db"].Replicas.Value, 3*20.0/21, 1e-9)
		within(t, "utilization", r.Services["db"].Utilization.Value, 0.525, 1e-9) // of those that are up
	}
}

// TestPausesOfOtherTimes holds the mean of constant demands and repairs to the
// formula of the completion time: E[V] = λE[C²]/(2(1−ρ)) + (1−A)E[D²]/(2E[D]).
func TestPausesOfOtherTimes(t *testing.T) {
	const lambda, s, up, d = 50.0, 0.01, 20.0, 1.0
	a := up / (up + d)
	c := s / a
	second := c*c + s/up*d*d // a Poisson number of repairs in a demand
	want := lambda*second/(2*(1-lambda*c)) + (1-a)*d/2 + c
	r := solveText(t, `
services: {db: {discipline: fifo, mtbf: exp(20s), mttr: const(1s), down: pause, operations: {read: [{cpu: 10ms}]}}}
workloads: {a: {arrivals: poisson(50/s), does: db.read}}`)
	within(t, "mean", r.Workloads["a"].Response.Mean.Value, want, 1e-6)
}

// TestCrashOfOneReplica compares with the geometric law of M/M/1 with
// catastrophes, at every load that it can have: arrivals while it is down fail,
// and those present when it fails.
func TestCrashOfOneReplica(t *testing.T) {
	const mu, fail, repair = 100.0, 1 / 20.0, 1.0
	for _, lambda := range []float64{20, 50, 95} {
		b := lambda + mu + fail
		root := (b - math.Sqrt(b*b-4*lambda*mu)) / (2 * mu)
		up := repair / (repair + fail)
		well := 1 - fail*root/(1-root)/lambda
		r := solveText(t, fmt.Sprintf(failingService, "fifo", 1, "20s", "1s", "fail", "exp(10ms)", int(lambda)))
		within(t, "failed", r.Workloads["a"].Failed.Value, 1-up*well, 1e-6)
		within(t, "mean", r.Workloads["a"].Response.Mean.Value, 1/(mu*(1-root)), 1e-6)
		within(t, "rejected", r.Services["db"].Rejected.Value, 1-up, 1e-9)
	}
}

// TestCrashOfSeveral compares with the Markov chain of one of two replicas
// and of whether the other is up, where all that is there is lost with it.
func TestCrashOfSeveral(t *testing.T) {
	const lambda, mu, fail, repair, most = 60.0, 100.0, 1 / 200.0, 1 / 10.0, 300
	// state 2n + j: n here, up, and j others up; then down with j others up
	down := 2 * (most + 1)
	chain := make([][]float64, down+2)
	for i := range chain {
		chain[i] = make([]float64, down+2)
	}
	for j := range 2 {
		for n := range most + 1 {
			from := 2*n + j
			if n < most {
				chain[from][from+2] += lambda / float64(1+j)
			}
			if n > 0 {
				chain[from][from-2] += mu
			}
			chain[from][down+j] += fail
			chain[from][2*n+1-j] += [2]float64{repair, fail}[j]
		}
		chain[down+j][j] += repair
		chain[down+j][down+1-j] += [2]float64{repair, fail}[j]
	}
	p := stationaryOf(t, chain)
	here, came := 0.0, 0.0
	for j := range 2 {
		for n := range most + 1 {
			here += 2 * float64(n) * p[2*n+j]
			came += 2 * lambda / float64(1+j) * p[2*n+j]
		}
	}
	failed := 1 - (came-fail*here)/lambda
	r := solveText(t, fmt.Sprintf(failingService, "fifo", 2, "200s", "10s", "fail", "exp(10ms)", int(lambda)))
	within(t, "failed", r.Workloads["a"].Failed.Value, failed, 2e-3)
	within(t, "mean", r.Workloads["a"].Response.Mean.Value, here/came, 5e-3)
	within(t, "none up", r.Services["db"].Rejected.Value, 1-came/lambda, 1e-6)
}

// TestClearedSeen compares several cores with the chain of the states.
func TestClearedSeen(t *testing.T) {
	const cores, a, delta, most = 3, 2.5, 0.1, 400
	chain := make([][]float64, most+1)
	for n := range chain {
		chain[n] = make([]float64, most+1)
		if n < most {
			chain[n][n+1] = a
		}
		if n > 0 {
			chain[n][n-1] += float64(min(n, cores))
			chain[n][0] += delta
		}
	}
	p := stationaryOf(t, chain)
	seen := clearedSeen(cores, a, delta)
	for n := range 30 {
		within(t, fmt.Sprintf("p_%d", n), seen[n], p[n], 1e-9)
	}
}

// stationaryOf solves a chain given by all its rates.
func stationaryOf(t *testing.T, rates [][]float64) []float64 {
	t.Helper()
	c, err := ctmc.New(len(rates), func(from int, add func(to int, rate float64)) {
		for to, rate := range rates[from] {
			if rate > 0 {
				add(to, rate)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFailuresAtExtremes holds solutions to the laws of results where replicas
// almost always or almost never are up.
func TestFailuresAtExtremes(t *testing.T) {
	for _, up := range []string{"1us", "1s", "100000000s"} {
		for _, down := range []string{"1us", "1s", "100000000s"} {
			for _, what := range []string{"pause", "fail"} {
				for _, replicas := range []int{1, 2, 900} {
					r := solveText(t, fmt.Sprintf(failingService, "ps", replicas, up, down, what, "exp(1ms)", replicas))
					if f := r.Workloads["a"].Failed.Value; r.Stable && !(f >= 0 && f <= 1) {
						t.Errorf("%d up %s, down %s, %s: failed %v", replicas, up, down, what, f)
					}
				}
			}
		}
	}
}
