package queueing

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// TestBreakerCycle compares with cycles that can be written down: where every
// call is bad a breaker opens at the answer that makes up the minimum; where a
// share is, and one answer is enough, after a geometric number.
func TestBreakerCycle(t *testing.T) {
	const calls, answer = 50.0, 0.01
	always := letsPass(&scenarios.Breaker{Failures: 0.5, Minimum: 20, Window: 10, Open: 5, Probes: 1},
		breakerLoad{calls: calls, attempts: 1, bad: 1, answer: answer})
	// it never closes again: one probe for each time it is open
	within(t, "always bad", always, 1/(calls*(5+1/calls+answer)), 1e-9)
	const bad = 0.1
	one := letsPass(&scenarios.Breaker{Failures: 1e-6, Minimum: 1, Window: 10, Open: 5, Probes: 1},
		breakerLoad{calls: calls, attempts: 1, bad: bad, answer: answer})
	closed := 1/bad/calls + answer
	trials := 1 / (1 - bad)
	want := (calls*closed + trials) / (calls * (closed + trials*(5+1/calls+answer)))
	within(t, "first bad answer", one, want, 1e-6)
	for _, l := range []breakerLoad{{calls: calls, attempts: 1}, {bad: 1}} {
		if p := letsPass(&scenarios.Breaker{Failures: 0.5, Minimum: 20, Window: 10, Open: 5, Probes: 1}, l); p != 1 {
			t.Errorf("%+v: passes %v, want all", l, p)
		}
	}
}

// TestPassage compares passage times with the gambler's: from 0 to n with steps up
// and down of one rate n(n+1)/2 of their mean time, and with the formula for any two.
func TestPassage(t *testing.T) {
	within(t, "even", passage(0, 7, func(int) float64 { return 1 }, func(j int) float64 { return math.Min(1, float64(j)) }), 28, 1e-12)
	// up at 1, down at d: Σ_j Σ_(i≤j) d^i
	const d = 0.5
	want := 0.0
	for j := range 7 {
		want += (1 - math.Pow(d, float64(j+1))) / (1 - d)
	}
	within(t, "uneven", passage(0, 7, func(int) float64 { return 1 }, func(int) float64 { return d }), want, 1e-12)
}

// TestBreakerSimulated holds solutions to simulations of 100000 s each, whose
// shares stopped are known to 3 % with 95 % confidence.
func TestBreakerSimulated(t *testing.T) {
	for _, c := range []struct {
		fail, rate int
		breaker    string
		failed     float64
	}{
		{60, 50, "failures: 50%, minimum: 20, window: 10s, open: 5s", 0.9845},
		{40, 50, "failures: 50%, minimum: 20, window: 10s, open: 5s", 0.4001},
		{30, 20, "failures: 40%, minimum: 10, window: 10s, open: 3s, probes: 2", 0.3142},
		{45, 3, "failures: 50%, minimum: 20, window: 5s, open: 5s, probes: 2", 0.6102},
	} {
		r := solveText(t, fmt.Sprintf(`
services: {db: {cores: 4, operations: {read: [{cpu: exp(10ms)}, {fail: %d%%}]}}}
workloads: {a: {arrivals: poisson(%d/s), does: {steps: [{call: db.read, circuit-breaker: {%s}}]}}}`, c.fail, c.rate, c.breaker))
		w := r.Workloads["a"]
		within(t, c.breaker, w.Failed.Value, c.failed, 0.025)
		well := 1 - float64(c.fail)/100
		within(t, "calls", r.Operations["db.read"].Visits.Value, (1-w.Failed.Value)/well, 1e-4)
	}
}

// TestBreakerOfLateCalls: where answers are late because of the load the breaker
// is left out, and that is said; the rest is as without it.
func TestBreakerOfLateCalls(t *testing.T) {
	const text = `
services: {db: {discipline: fifo, operations: {read: [{cpu: exp(10ms)}]}}}
workloads: {a: {arrivals: poisson(60/s), does: {steps: [{call: db.read, timeout: 60ms%s}]}}}`
	with := solveText(t, fmt.Sprintf(text, ", circuit-breaker: {failures: 5%, minimum: 20}"))
	without := solveText(t, fmt.Sprintf(text, ""))
	within(t, "failed", with.Workloads["a"].Failed.Value, without.Workloads["a"].Failed.Value, 1e-9)
	said := func(r *measure.Result) bool {
		return slices.ContainsFunc(r.Caveats, func(c measure.Caveat) bool {
			return strings.Contains(c.What, "not modelled: circuit breakers")
		})
	}
	if !said(with) || said(without) {
		t.Errorf("caveats %v and %v; want the first to name the circuit breaker", with.Caveats, without.Caveats)
	}
}

// TestBreakerAtExtremes: whatever is asked of it, a breaker lets a share pass.
func TestBreakerAtExtremes(t *testing.T) {
	for _, minimum := range []int{1, 100, 700, 1000000} {
		for _, share := range []float64{1e-9, 0.5, 1} {
			for _, calls := range []float64{1e-9, 1, 1e9} {
				for _, bad := range []float64{1e-12, 0.5, 1} {
					p := letsPass(&scenarios.Breaker{Failures: share, Minimum: minimum, Window: 10, Open: 5, Probes: 3},
						breakerLoad{calls: calls, attempts: 1, bad: bad, answer: 0.01})
					if !(p >= 0 && p <= 1) {
						t.Errorf("minimum %d, %v bad of %v/s, open at %v: passes %v", minimum, bad, calls, share, p)
					}
				}
			}
		}
	}
}
