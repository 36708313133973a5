package queueing

import (
	"math"
	"testing"
)

// Mean times in the limit of many servers, of an independent computation, and
// what a simulation of 100 servers found.
func TestPowerOfChoices(t *testing.T) {
	for _, r := range []struct {
		rho     float64
		d       int
		limit   float64
		hundred float64 // 0 where there is none
	}{
		{0.5, 2, 1.265686, 1.26769},
		{0.7, 2, 1.614454, 1.61949},
		{0.8, 2, 1.947363, 1.95701},
		{0.9, 2, 2.614057, 2.64333},
		{0.95, 2, 3.383046, 3.45793},
		{0.99, 2, 5.431997, 5.97382},
		{0.9, 3, 2.027856, 0},
		{0.99, 3, 3.857847, 0},
		{0.9, 1, 10, 0},
	} {
		const service = 0.25
		q, err := NewPowerOfChoices(r.rho/service, service, r.d)
		if err != nil {
			t.Fatal(err)
		}
		f := q.Figures()
		closeTo(t, "response", f.Response, r.limit*service, 3e-7)
		if r.hundred > 0 && !(f.Response < r.hundred*service && f.Response > 0.9*r.hundred*service) {
			t.Errorf("ρ = %v: %v is not just below the %v of a hundred", r.rho, f.Response, r.hundred*service)
		}
		closeTo(t, "mean", q.Response().Mean(), f.Response, 1e-12)
		closeTo(t, "wait", q.Waiting().Mean(), f.Waiting, 1e-12)
		checkTime(t, "response", q.Response(), 1e-6)
	}
}

// The fixed point found by iteration finds the same; and many choices are
// the limit in which hardly anybody waits.
func TestPowerOfChoicesTail(t *testing.T) {
	for _, rho := range []float64{0.3, 0.8, 0.95} {
		q, err := NewPowerOfChoices(rho, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		seen, _ := pairChoice(1, rho) // cut off below psTail
		found := 1.0
		for i, p := range seen {
			if off := math.Abs(q.found(i) - found); off > psTail {
				t.Errorf("ρ = %v: finds %d or more off by %g", rho, i, off)
			}
			found -= p
		}
		near(t, "wait of all", q.Waiting().Survival(0), rho*rho, 1e-12)
	}
	q, _ := NewPowerOfChoices(0.9, 1, 1000)
	closeTo(t, "many choices", q.Figures().Response, 1, 1e-15)
	// balance: an arrival that finds i − 1 for each departure from i
	q, _ = NewPowerOfChoices(0.7, 1, 5)
	for i := 1; i < 4; i++ {
		d := float64(q.choices)
		up := 0.7 * (math.Pow(q.Tail(i-1), d) - math.Pow(q.Tail(i), d))
		closeTo(t, "balance", up, q.Tail(i)-q.Tail(i+1), 1e-12)
	}
}

// With one choice it is M/M/1, and its times end.
func TestPowerOfChoicesEdges(t *testing.T) {
	q, _ := NewPowerOfChoices(0.8, 1, 1)
	closeTo(t, "99 % of M/M/1", q.Response().Quantile(0.99), 5*math.Log(100), 1e-12)
	q, _ = NewPowerOfChoices(0, 2, 2)
	closeTo(t, "alone", q.Response().Quantile(0.5), 2*math.Ln2, 1e-12)
	q, _ = NewPowerOfChoices(1-1e-15, 1, 2)
	r := q.Response()
	if s := r.Survival(math.Inf(1)); s != 0 {
		t.Errorf("survival at the end is %v", s)
	}
	if m := r.Quantile(0.999); !(m > r.Mean() && m < 1000) {
		t.Errorf("99.9 %% at the brink: %v, mean %v", m, r.Mean())
	}
}
