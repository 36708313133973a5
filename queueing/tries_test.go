package queueing

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// TestTriesOfWaits compares with closed forms where the callee is an infinite
// server: answers are exponential of mean 1 s whatever the load, an attempt is
// late with probability q = e^−τ, attempts are geometric, and a good answer
// takes 1 − τq/(1−q).
func TestTriesOfWaits(t *testing.T) {
	const tau, attempts, backoff = 1.5, 4, 0.25
	r := solveText(t, `
services: {far: {operations: {get: [{wait: exp(1s)}]}}}
workloads:
  a: {arrivals: poisson(3/s), does: {steps: [{call: far.get, timeout: 1.5s, retry: {attempts: 4, backoff: 250ms}}]}}`)
	q := math.Exp(-tau)
	well := 1 - math.Pow(q, attempts)
	w := r.Workloads["a"]
	within(t, "failed", w.Failed.Value, 1-well, 1e-6)
	within(t, "calls", r.Operations["far.get"].Throughput.Value, 3*well/(1-q), 1e-6)
	failures := 0.0 // mean number before a success
	for k := range attempts {
		failures += float64(k) * math.Pow(q, float64(k)) * (1 - q) / well
	}
	within(t, "mean", w.Response.Mean.Value, failures*(tau+backoff)+1-tau*q/(1-q), 1e-3)
	// Within the first timeout only first attempts have been answered.
	half := -math.Log(1 - 0.5*well)
	within(t, "p50", w.Response.P50.Value, half, 2e-3)
	// The second attempt begins at τ + backoff: 99 % of the good ones are answered
	// in it where 0.99·well − (1−q) is what it must answer.
	need := (0.99*well - (1 - q)) / q
	if need > 1-q { // in the third, then
		need = (0.99*well - (1-q)*(1+q)) / (q * q)
		within(t, "p99", w.Response.P99.Value, 2*(tau+backoff)-math.Log(1-need), 5e-3)
	} else {
		within(t, "p99", w.Response.P99.Value, tau+backoff-math.Log(1-need), 5e-3)
	}
}

// TestHedgeOfWaits: of two exponential answers, the second asked for after h, the
// first has survival e^−t below h and e^−(2t−h) above: mean 1 − e^−h/2.
func TestHedgeOfWaits(t *testing.T) {
	r := solveText(t, `
services: {far: {operations: {get: [{wait: exp(1s)}]}}}
workloads:
  a: {arrivals: poisson(3/s), does: {steps: [{call: far.get, hedge: {after: 1s, copies: 2}}]}}`)
	w := r.Workloads["a"]
	within(t, "mean", w.Response.Mean.Value, 1-math.Exp(-1)/2, 2e-3)
	within(t, "p99", w.Response.P99.Value, (1+math.Log(100))/2, 5e-3)
	within(t, "calls", r.Operations["far.get"].Throughput.Value, 3*(1+math.Exp(-1)), 1e-3)
}

// TestFailingStep: what fails by itself is tried again, and a caller that does
// not try again fails with it.
func TestFailingStep(t *testing.T) {
	r := solveText(t, `
services:
  web: {cores: 4, operations: {page: [{call: db.read, retry: {attempts: 3}}], plain: [{call: db.read}, {call: db.count}]}}
  db: {cores: 4, operations: {read: [{cpu: exp(1ms)}, {fail: 20%}], count: [{cpu: 1us}]}}
workloads:
  a: {arrivals: poisson(10/s), does: web.page}
  b: {arrivals: poisson(10/s), does: web.plain}`)
	within(t, "failed with retries", r.Workloads["a"].Failed.Value, 0.008, 1e-6)
	within(t, "failed without", r.Workloads["b"].Failed.Value, 0.2, 1e-6)
	within(t, "reads", r.Operations["db.read"].Visits.Value*20, 10*1.24+10, 1e-6)
	within(t, "what follows", r.Operations["db.count"].Throughput.Value, 8, 1e-6)
}

// TestRetryBudget holds the mean number of retries to the budget.
func TestRetryBudget(t *testing.T) {
	r := solveText(t, `
services:
  db: {cores: 64, operations: {read: [{cpu: exp(1ms)}, {fail: 50%}]}}
workloads:
  a: {arrivals: poisson(10/s), does: {steps: [{call: db.read, retry: {attempts: 3, budget: 10%}}]}}`)
	within(t, "visits", r.Operations["db.read"].Visits.Value, 1.1, 1e-6)
	within(t, "failed", r.Workloads["a"].Failed.Value, 1-0.55, 1e-6)
}

// TestMetastable follows M/M/1 with one retry. With response times exponential of
// rate μ−Λ, the fixed point is Λ = λ(1 + e^−(μ−Λ)τ); it is solved here by
// bisection from below. The congested state exists when twice the load is more
// than the server can do.
func TestMetastableSolve(t *testing.T) {
	at := func(lambda float64) *measure.Result {
		return solveText(t, fmt.Sprintf(`
services: {db: {discipline: fifo, operations: {read: [{cpu: exp(10ms)}]}}}
workloads:
  a: {arrivals: poisson(%g/s), does: {steps: [{call: db.read, timeout: 100ms, retry: {attempts: 2}}]}}`, lambda))
	}
	metastable := func(r *measure.Result) bool {
		for _, c := range r.Caveats {
			if strings.Contains(c.What, "metastable") {
				return true
			}
		}
		return false
	}
	for _, lambda := range []float64{20, 45, 55, 70} {
		r := at(lambda)
		total := lambda
		for range 10000 {
			total = lambda * (1 + math.Exp(-(100-total)*0.1))
		}
		within(t, fmt.Sprintf("load at %g/s", lambda), r.Services["db"].Utilization.Value, total/100, 1e-3)
		if got, want := metastable(r), 2*lambda > 100; got != want || !r.Stable {
			t.Errorf("at %g/s: metastable %v, want %v; stable %v", lambda, got, want, r.Stable)
		}
	}
	// There is no good state where the line 1 + e^−(μ−Λ)τ is not crossed any
	// more: tangency at λτe^−(μ−Λ)τ = 1 gives the largest load that can be borne.
	limit := 0.0
	for lambda := 60.0; lambda < 100; lambda += 0.01 {
		total, settled := lambda, false
		for range 100000 {
			next := lambda * (1 + math.Exp(-(100-total)*0.1))
			if settled = math.Abs(next-total) < 1e-12; settled || next > 100 {
				break
			}
			total = next
		}
		if settled {
			limit = lambda
		}
	}
	within(t, "load that can be borne", at(20).Saturation["a"], limit, 0.01)
	if r := at(95); r.Stable {
		t.Error("95/s is borne, with retries on top")
	}
}
