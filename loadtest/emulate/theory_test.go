package emulate

import (
	"math"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// about fails unless got is want within a share of it.
func about(t *testing.T, what string, got measure.Estimate, want, tolerance float64) {
	t.Helper()
	if !got.Known() || math.Abs(got.Value-want) > tolerance*math.Abs(want) {
		t.Errorf("%s: %v, want %v within %v %%", what, got.Value, want, 100*tolerance)
	}
}

// Live runs of M/M/1 and M/M/2 at a load of 0.6 of the cores, 2 ms a request,
// for 6 s. The tolerances are about three standard errors of the figures over
// so many requests; arrivals and demands are fixed by the seed, and what is left
// to chance is how late the machine is.
//
// Theory for M/M/c: Erlang's C formula gives p_wait, 0.6 for one server and
// 0.45 for two; the mean response time is S + p_wait·S/(c·(1-ρ)), for one
// server under processor sharing and in turn alike.
func TestAgainstTheory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 6 s")
	}
	s := start(t, "one.do", `
services:
  one: {discipline: fifo, operations: {do: [{cpu: exp(2ms)}]}}
  two: {cores: 2, balancing: shared, discipline: fifo, operations: {do: [{cpu: exp(2ms)}]}}
  ps: {operations: {do: [{cpu: exp(2ms)}]}}
`)
	r := undisturbed(t, s, func() {
		done := make(chan struct{})
		for op, rate := range map[string]float64{"one.do": 300, "two.do": 600, "ps.do": 300} {
			go func() {
				defer func() { done <- struct{}{} }()
				poisson(t, s, op, rate, 6*time.Second)
			}()
		}
		for range 3 {
			<-done
		}
	})
	for name, want := range map[string]struct {
		response, wait float64
		fifo           bool
	}{
		"one": {0.005, 0.6, true},
		"two": {0.003125, 0.45, true},
		"ps":  {0.005, 0.6, false},
	} {
		sv := r.Services[name]
		about(t, name+" utilization", sv.Utilization, 0.6, 0.1)
		about(t, name+" response", sv.Response.Mean, want.response, 0.2)
		about(t, name+" p_wait", sv.PWait, want.wait, 0.15)
		about(t, name+" p_idle", sv.PIdle, 1-want.wait, 0.15)
		about(t, name+" service time", sv.ServiceTime.Mean, 0.002, 0.08)
		if want.fifo {
			about(t, name+" waiting time", sv.WaitingTime.Mean, want.response-0.002, 0.35)
			about(t, name+" Little's law in line", sv.Waiting, sv.Throughput.Value*sv.WaitingTime.Mean.Value, 0.05)
		}
		laws(t, name, sv, map[string]float64{"one": 1, "two": 2, "ps": 1}[name])
	}
}

// undisturbed measures f while the machine does little else: after a stop of
// several service times requests come in another order than the schedule's. It
// skips the test when the machine stops again and again.
func undisturbed(t *testing.T, s *System, f func()) *measure.Result {
	t.Helper()
	var lag Lag
	for range 3 {
		r := measured(s, f)
		lag = s.Lag()
		t.Logf("wake-ups: median %.0f µs, 99 %% %.0f µs", 1e6*lag.Wakes.Median, 1e6*lag.Wakes.P99)
		if lag.Wakes.P99 < 0.005 {
			return r
		}
	}
	t.Skipf("the machine is busy: one wake-up in a hundred came %.1f ms late", 1e3*lag.Wakes.P99)
	return nil
}

// laws holds the meters of a service against the utilization law U = X·S/c and
// Little's law N = X·R, which hold over any time but for what it cuts at its ends.
func laws(t *testing.T, name string, sv *measure.Service, cores float64) {
	t.Helper()
	about(t, name+" utilization law", sv.Utilization, sv.Throughput.Value*sv.ServiceTime.Mean.Value/cores, 0.02)
	about(t, name+" Little's law", sv.Present, sv.Throughput.Value*sv.Response.Mean.Value, 0.02)
	about(t, name+" threads", sv.ThreadsBusy, sv.Present.Value, 1e-9) // unlimited: nobody waits for one
}
