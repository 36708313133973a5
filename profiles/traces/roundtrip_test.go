package traces_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/profiles/traces"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// TestRoundTrip simulates scenarios of the library at moderate load, learns a
// scenario from the traces alone, and solves both: mean response times,
// throughputs and utilizations agree within 5 %. The seed is fixed; with so many
// requests the standard error of a demand or a rate is below 1 %.
//
// Exceptions: what consumers of topics do is in no trace of a simulation, so that
// their services, and those that they ask, are not compared; and users who wait
// for answers become independent requests, which is why the closed scenario has
// users enough for that to matter little.
func TestRoundTrip(t *testing.T) {
	for _, one := range []struct {
		name     string
		sets     []string
		requests int
		only     []string // services to compare; all where none are named
	}{
		{name: "mm1", sets: []string{"workloads.customers.arrivals=poisson(100/s)"}, requests: 40_000},
		{name: "mmc", sets: []string{"workloads.customers.arrivals=poisson(1000/s)"}, requests: 40_000},
		{name: "jackson", sets: []string{"workloads.customers.arrivals=poisson(25/s)"}, requests: 40_000},
		{name: "closed", sets: []string{"workloads.staff.users=200", "workloads.staff.think=exp(10s)"}, requests: 40_000},
		{name: "checkout", requests: 20_000, only: []string{"web", "redis", "db", "stock", "price"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			m, err := scenarios.Load(one.name, scenarios.Options{Set: one.sets})
			if err != nil {
				t.Fatal(err)
			}
			tr, err := simulate.TraceOf(t.Context(), m, simulate.TraceOptions{Seed: 1, Warmup: 20, Requests: one.requests})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := tr.OTLP(&b); err != nil {
				t.Fatal(err)
			}
			learned, err := traces.ReadFrom(traces.OTLP, one.name, &b, traces.Options{})
			if err != nil {
				t.Fatal(err)
			}
			made, err := learned.Scenario(one.name)
			if err != nil {
				t.Fatal(err)
			}
			want, got := solved(t, m), solved(t, made.Model)
			for name, w := range want.Workloads {
				g, ok := got.Workloads[name]
				if !ok {
					t.Fatalf("no workload %s in\n%s", name, made.Text)
				}
				near(t, name+" mean", g.Response.Mean.Value, w.Response.Mean.Value)
				near(t, name+" throughput", g.Throughput.Value, w.Throughput.Value)
			}
			for name, w := range want.Services {
				if one.only != nil && !slices.Contains(one.only, name) {
					continue
				}
				near(t, name+" utilization", got.Services[name].Utilization.Value, w.Utilization.Value)
			}
			if t.Failed() {
				t.Logf("%s", made.Text)
			}
		})
	}
}

func solved(t *testing.T, m *scenarios.Model) *measure.Result {
	t.Helper()
	r, err := queueing.Solve(t.Context(), m, queueing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 0.05*want) {
		t.Errorf("%s: %.4g, and %.4g in the scenario that was simulated; want within 5 %%", what, got, want)
	}
}
