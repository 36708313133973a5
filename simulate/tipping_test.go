package simulate

import (
	"context"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// stormy is a service of 10 ms a call at a load of a half, whose callers wait for
// a second.
func stormy(t *testing.T, retry string) *scenarios.Model {
	t.Helper()
	return parse(t, `headroom: 1
name: stormy
services:
  web: {operations: {get: [{call: db.read, timeout: 1s`+retry+`}]}}
  db: {discipline: fifo, operations: {read: [{cpu: 10ms}]}}
workloads:
  users: {arrivals: poisson(50/s), does: web.get}
`)
}

// As a fluid: a spike of x times the load that lasts for L leaves a line of
// (x·ρ − 1)·L, and what waits for more than the timeout of 1 s is tried again.
// With three attempts the load is then 1.5: more than there is, for ever. So the
// least x is a little above (1 + 1/L)/ρ, as calls must go on timing out for long
// enough that their retries come before the line is short again; the load that
// it never carries is 1/ρ; and once it is down, 1/(3·ρ) is what lets the line
// become shorter.
func TestTippingPointOfRetries(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	got, err := TippingPoint(context.Background(), stormy(t, ", retry: {attempts: 3}"), TippingOptions{Seed: 1, Runs: 3, Lengths: []float64{5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", got)
	for i, l := range []float64{1, 5} {
		s := got.Spikes[i]
		least := (1 + 1/l) / 0.5
		if s.Length != l || s.Breaks < 0.95*least || s.Breaks > 1.5*least || s.Holds >= s.Breaks || s.Breaks > closeBy*s.Holds {
			t.Errorf("spikes of %v s: %+v, want one a little above x%v", l, s, least)
		}
	}
	if math.Abs(got.BreaksAt-2) > 0.25 {
		t.Errorf("breaks at x%v, want x2", got.BreaksAt)
	}
	if got.ReturnsAt < 0.55 || got.ReturnsAt > 0.70 {
		t.Errorf("returns at x%v, want just below x%v", got.ReturnsAt, 2.0/3)
	}
}

// Without retries it comes back from every spike whose line is gone in time.
func TestNoTippingPoint(t *testing.T) {
	got, err := TippingPoint(context.Background(), stormy(t, ""), TippingOptions{Seed: 1, Runs: 2, Lengths: []float64{1}, Highest: 10})
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Spikes[0]; s.Breaks != 0 || s.Holds != 10 || got.ReturnsAt != 0 {
		t.Errorf("%+v", got)
	}
}

// One that does not carry its load has no tipping point, and says so.
func TestTippingPointRefuses(t *testing.T) {
	m := stormy(t, ", retry: {attempts: 3}")
	for _, o := range []TippingOptions{
		{Runs: -1}, {Lengths: []float64{0}}, {Lengths: []float64{math.NaN()}}, {Patience: -1}, {Patience: math.NaN()}, {Highest: 1}, {Highest: math.Inf(1)}, {MaxEvents: -1},
	} {
		if _, err := TippingPoint(context.Background(), m, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := TippingPoint(gone, m, TippingOptions{Runs: 1}); err == nil {
		t.Error("a search that was called off")
	}
	if _, err := TippingPoint(context.Background(), m, TippingOptions{Runs: 1, MaxEvents: 5000}); err == nil {
		t.Error("a search that was cut short")
	}
	over := parse(t, "headroom: 1\nname: over\nservices:\n  web: {operations: {get: [{cpu: 10ms}, {fail: 100%}]}}\nworkloads:\n  users: {arrivals: poisson(50/s), does: web.get}\n")
	if _, err := TippingPoint(context.Background(), over, TippingOptions{Runs: 1}); err == nil {
		t.Error("one that answers nothing")
	}
}
