package loop

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/emulate"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// TestIntervalsAgreeWithTheory drives an M/M/4 with Poisson arrivals forty times
// and counts how often the interval that a run reports of its mean, and of its
// 99th percentile, holds the truth: 36 times or more, as an interval of 95 %
// does in 95 % of such counts. Runs are as long as their load needs for blocks
// of time to be nearly independent, and demands such that the tenths of a
// millisecond that HTTP takes are little beside them. An hour.
func TestIntervalsAgreeWithTheory(t *testing.T) {
	if os.Getenv("HEADROOM_LIVE") == "" {
		t.Skip("set HEADROOM_LIVE=1 to drive a live system for an hour")
	}
	const cores, runs, service = 4, 40, 0.020
	loads := []struct{ rho, length float64 }{{0.5, 30}, {0.8, 60}, {0.9, 120}}
	means, tails := 0, 0
	for run := range runs {
		x := loads[run%len(loads)]
		m, diags := scenarios.Parse("mmc.yaml", fmt.Appendf(nil, `headroom: 1
name: mm%d
services:
  web: {cores: %d, discipline: fifo, operations: {page: [{cpu: exp(20ms)}]}}
workloads:
  visitors: {arrivals: poisson(%.17g/s), does: web.page}
`, cores, cores, x.rho*cores/service), nil)
		if diags != nil {
			t.Fatal(diags)
		}
		got := live(t, m, uint64(run+1), x.length/5, x.length)
		want := exactly(cores, x.rho) // of a service time of 5 ms
		scale := service / 0.005
		mean, tail := holds(got.Response.Mean, want.mean*scale), holds(got.Response.P99, want.p99*scale)
		t.Logf("run %2d, load %.1f: mean %6.2f ms (%.2f to %.2f), theory %6.2f %v; p99 %6.2f ms (%.2f to %.2f), theory %6.2f %v",
			run+1, x.rho, 1e3*got.Response.Mean.Value, 1e3*got.Response.Mean.Lo, 1e3*got.Response.Mean.Hi, 1e3*want.mean*scale, mean,
			1e3*got.Response.P99.Value, 1e3*got.Response.P99.Lo, 1e3*got.Response.P99.Hi, 1e3*want.p99*scale, tail)
		if mean {
			means++
		}
		if tail {
			tails++
		}
	}
	t.Logf("the interval holds the mean in %d of %d runs, the 99th percentile in %d", means, runs, tails)
	if means < 36 || tails < 36 {
		t.Error("want 36 or more")
	}
}

func holds(e measure.Estimate, want float64) bool { return e.Known() && e.Lo <= want && want <= e.Hi }

// live emulates a model and drives it as it is.
func live(t *testing.T, m *scenarios.Model, seed uint64, warmup, length float64) *measure.Workload {
	t.Helper()
	system, err := emulate.Start(t.Context(), m, emulate.Options{Seed: seed, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := system.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := loadtest.Run(t.Context(), m, loadtest.Options{
		Seed: seed, Warmup: warmup, Duration: length, Observer: system, Clock: system.Clock(),
		URL: func(op scenarios.OpID) string { return system.URL(m.Operations[op].Name) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Workloads[m.Workloads[0].Name]
}

// TestSpikesAgree drives ten scenarios, those of the library that can be and
// random ones: as they are, against their simulation (mean within 10 %, p99
// within 15 %), and through a spike to 1.6 times what they can bear, three times
// (the mean time to recover within 20 %, or within the second that a measured
// series is divided by). The spike is such that what piles up is much beside what
// comes by chance. Three quarters of an hour on a quiet machine.
func TestSpikesAgree(t *testing.T) {
	if os.Getenv("HEADROOM_LIVE") == "" {
		t.Skip("set HEADROOM_LIVE=1 to drive ten live systems for three quarters of an hour")
	}
	const spikes = 3
	t.Log("| scenario | mean | p99 | recovery, simulated | measured |")
	for _, m := range tenScenarios(t) {
		out, err := Run(t.Context(), m, Options{Seed: 1, Precision: 0.02, MaxTime: 20 * time.Second, Warmup: 3 * time.Second, Duration: 30 * time.Second, Progress: silent{}})
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		if out.Cell.Measured == nil {
			t.Errorf("%s was not driven: %v", m.Name, out.Notes)
			continue
		}
		mean, tail := 0.0, 0.0
		for name, want := range out.Cell.Simulated.Workloads {
			got := out.Cell.Measured.Workloads[name]
			mean = max(mean, math.Abs(got.Response.Mean.Value/want.Response.Mean.Value-1))
			tail = max(tail, math.Abs(got.Response.P99.Value/want.Response.P99.Value-1))
		}
		test := &scenarios.Test{Name: "spike", Kind: scenarios.SpikeTest}
		peak := 1.6 * guess(t.Context(), m, test)
		test.Phases = []scenarios.Phase{{For: 20, From: 1, To: 1}, {For: 6, From: peak, To: peak}, {For: 40, From: 1, To: 1}}
		simulated, measured, n := 0.0, 0.0, 0.0
		for seed := range uint64(spikes) {
			x, err := RunTest(t.Context(), m, TestOptions{Test: test, Seed: seed + 1, Predict: true, MaxTime: time.Minute, Emulate: true, Force: true, Progress: silent{}})
			if err != nil {
				t.Errorf("%s: %v", m.Name, err)
				continue
			}
			a, b := slowestRecovery(x.Predicted), slowestRecovery(x.Measured)
			if a > 0 && b > 0 {
				simulated, measured, n = simulated+a, measured+b, n+1
			}
		}
		simulated, measured = simulated/n, measured/n
		t.Logf("| %s | %+.1f %% | %+.1f %% | %.2f s | %.2f s (%+.0f %%) |", m.Name, 100*mean, 100*tail, simulated, measured, 100*(measured/simulated-1))
		if !(mean <= 0.10 && tail <= 0.15 && math.Abs(measured-simulated) <= max(0.20*simulated, 1)) {
			t.Errorf("%s: mean off by %.1f %%, p99 by %.1f %%, recovery by %.0f %%", m.Name, 100*mean, 100*tail, 100*(measured/simulated-1))
		}
	}
}

// slowestRecovery is the longest time of any workload to recover (s); 0 where
// one did not.
func slowestRecovery(r *measure.Result) float64 {
	longest := 0.0
	for _, x := range r.Test.Recovery {
		if x.Recovered < 1 || !x.Time.Known() {
			return 0
		}
		longest = max(longest, x.Time.Value)
	}
	return longest
}

// tenScenarios are those of the library that the live services act out in full
// and that open workloads alone drive, and random ones to make ten.
func tenScenarios(t *testing.T) []*scenarios.Model {
	t.Helper()
	var out []*scenarios.Model
	for _, e := range scenarios.Library() {
		m, err := scenarios.Load(e.Name, scenarios.Options{})
		if err != nil {
			t.Fatal(err)
		}
		open := len(m.Workloads) > 0 && len(m.Features()) == 0
		for i := range m.Workloads {
			open = open && m.Workloads[i].Open()
		}
		if g := guess(context.Background(), m, &scenarios.Test{}); open && g > 1 {
			out = append(out, m)
		}
	}
	for r := rand.New(rand.NewPCG(17, 4)); len(out) < 10; {
		out = append(out, random(t, r, len(out)))
	}
	return out
}

// random is a chain of services, each asked once or by a share of the requests,
// the busiest at 60 % of what it can bear.
func random(t *testing.T, r *rand.Rand, number int) *scenarios.Model {
	t.Helper()
	n := 2 + r.IntN(3)
	text := fmt.Sprintf("headroom: 1\nname: random-%d\nservices:\n", number)
	busiest, visits := 0.0, 1.0
	for i := range n {
		demand, cores := 4+12*r.Float64(), 1+r.IntN(3) // (ms)
		discipline := []string{"ps", "fifo"}[r.IntN(2)]
		law := []string{"exp(%.3gms)", "erlang(mean=%.3gms, k=2)", "lognormal(mean=%.3gms, cv=1.5)"}[r.IntN(3)]
		share := 1.0
		next := ""
		if i < n-1 {
			if share = 0.3 + 0.7*r.Float64(); share > 0.8 {
				share = 1
			}
			next = fmt.Sprintf(", {choose: [{p: %.3f, do: [{call: s%d.do}]}, {p: %.3f, do: []}]}", share, i+1, 1-share)
			if share == 1 {
				next = fmt.Sprintf(", {call: s%d.do}", i+1)
			}
		}
		text += fmt.Sprintf("  s%d: {cores: %d, discipline: %s, operations: {do: [{cpu: \"%s\"}%s]}}\n", i, cores, discipline, fmt.Sprintf(law, demand), next)
		busiest = max(busiest, visits*demand/1000/float64(cores))
		visits *= share
	}
	text += fmt.Sprintf("workloads:\n  w: {arrivals: poisson(%.4g/s), does: s0.do}\n", 0.6/busiest)
	m, diags := scenarios.Parse("random.yaml", []byte(text), nil)
	if diags != nil {
		t.Fatalf("%v\n%s", diags, text)
	}
	return m
}

// TestRandomScenariosParse holds that the study has ten scenarios to drive.
func TestRandomScenariosParse(t *testing.T) {
	models := tenScenarios(t)
	for _, m := range models {
		if g := guess(t.Context(), m, &scenarios.Test{}); !(g > 1) {
			t.Errorf("%s can grow to %v times its load", m.Name, g)
		}
	}
	if len(models) != 10 {
		t.Errorf("%d scenarios", len(models))
	}
}
