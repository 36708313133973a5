package queueing

import (
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// TestPrioritiesSolved compares a service by priority with the closed form of its
// classes, with Cobham's formula written out, and with a second service in order
// of arrival that the same requests go on to.
func TestPrioritiesSolved(t *testing.T) {
	for _, c := range []struct {
		discipline string
		high, low  float64 // mean waits (s)
	}{
		// λ 20 and 40 /s of 10 ms each, exponential: Σ λE[S²]/2 = 6 ms
		{"priority", 0.006 / 0.8, 0.006 / (0.8 * 0.4)},
		{"preemptive-priority", 0.002 / 0.8, 0.006/(0.8*0.4) + 0.01*0.2/0.8},
	} {
		r := solveText(t, `
services: {db: {replicas: 2, discipline: `+c.discipline+`, operations: {read: [{cpu: exp(10ms)}]}}}
workloads:
  urgent: {arrivals: poisson(40/s), does: db.read}
  rest: {arrivals: poisson(80/s), does: db.read, priority: 1}`)
		classes := []ServiceClass{{20, dist.Exponential(0.01)}, {40, dist.Exponential(0.01)}}
		by, err := NewMG1Priority(classes, c.discipline != "priority")
		if err != nil {
			t.Fatal(err)
		}
		high, low := r.Workloads["urgent"].Response, r.Workloads["rest"].Response
		within(t, c.discipline+" urgent", high.Mean.Value, c.high+0.01, 1e-9)
		within(t, c.discipline+" rest", low.Mean.Value, c.low+0.01, 1e-9)
		within(t, "p99 of the urgent", high.P99.Value, by[0].Response().Quantile(0.99), 1e-3)
		within(t, "at the service", r.Services["db"].Response.Mean.Value, (high.Mean.Value+2*low.Mean.Value)/3, 1e-9)
		if c.discipline == "priority" { // an interrupted wait depends on the service that it is part of
			within(t, "p99 of the rest", low.P99.Value, by[1].Response().Quantile(0.99), 1e-3)
		}
	}
}

// TestLastComeSolved: the mean is that of any order that looks at no sizes, the
// second moment of the wait 1/(1 − ρ) times that in order of arrival.
func TestLastComeSolved(t *testing.T) {
	r := solveText(t, `
services: {db: {discipline: lifo, operations: {read: [{cpu: exp(10ms)}]}}}
workloads: {a: {arrivals: poisson(60/s), does: db.read}}`)
	w := r.Services["db"].WaitingTime
	within(t, "mean", w.Mean.Value, 0.015, 1e-9)
	first := 2 * 0.6 / (40 * 40.0) // E[W²] of M/M/1: ρ·2/(μ−λ)²
	second := w.Stddev.Value*w.Stddev.Value + w.Mean.Value*w.Mean.Value
	within(t, "second moment", second, first/0.4, 1e-6)
}
