package emulate

import (
	"context"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/simulate"
)

// Words at work together do what they do in simulated time. Figures rest on 600
// requests and more, and are held to about four standard errors; a machine that
// is late skips the test.
func TestAgainstSimulation(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 6 s")
	}
	const rate, seconds = 100, 6
	const text = `
services:
  web:
    replicas: 2
    balancing: power-of-two
    operations:
      do:
        - cpu: exp(2ms)
        - cache: {keys: 200, skew: 0.9, size: 40, else: [{call: db.read, timeout: 80ms, cancel: true, retry: {attempts: 2, backoff: exp(20ms), jitter: full}}]}
        - lock: row
          keys: 20
          do: [{wait: exp(20ms)}]
        - call: rank.sort
          hedge: {after: 60ms, copies: 2}
        - publish: news
  db:
    replicas: 2
    slow: {replicas: 1, speed: 50%}
    pools: {connections: 20}
    operations: {read: [{acquire: connections}, {wait: exp(30ms)}, {cpu: exp(5ms)}, {fail: 5%}]}
  rank: {replicas: 2, threads: 3, line: lifo, patience: exp(400ms), discipline: srpt, operations: {sort: [{wait: exp(25ms)}, {cpu: exp(2ms)}]}}
  log: {operations: {write: [{wait: 20ms}, {fail: 10%}]}}
topics: {news: {consumer: log.write, partitions: 3, batch: 10, linger: 30ms, delivery: at-least-once}}
network: {latency: exp(1ms), loss: 1%}
`
	m := parse(t, "web.do", text)
	m.Workloads[0].Arrivals = &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate, Gap: dist.Exponential(1.0 / rate)}
	want, err := simulate.Run(context.Background(), m, simulate.Options{Seed: 1, Duration: 100, Warmup: 5, Replications: 4, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "web.do", text)
	got := measured(s, func() { poisson(t, s, "web.do", rate, seconds*time.Second) })
	differ := func(format string, args ...any) {
		t.Helper()
		if lag := s.Lag().Wakes.P99; lag > 0.005 {
			t.Skipf("the machine is busy: one wake-up in a hundred came %.1f ms late; "+format, append([]any{1e3 * lag}, args...)...)
		}
		t.Errorf(format, args...)
	}

	for what, x := range map[string]struct {
		of        func(*measure.Result) float64
		tolerance float64
	}{
		"cache hits":        {func(r *measure.Result) float64 { return r.Services["web"].CacheHits.Value }, 0.15},
		"reads":             {func(r *measure.Result) float64 { return perDo(r, "db.read") }, 0.2},
		"sorts":             {func(r *measure.Result) float64 { return perDo(r, "rank.sort") }, 0.12},
		"waits for the row": {func(r *measure.Result) float64 { return r.Services["web"].Locks["row"].PWait.Value }, 0.4},
		"redelivered":       {func(r *measure.Result) float64 { return r.Topics["news"].Redelivered.Value }, 0.5},
		"batch":             {func(r *measure.Result) float64 { return r.Topics["news"].Batch.Value }, 0.15},
		"response":          {func(r *measure.Result) float64 { return r.Operations["web.do"].Response.Mean.Value }, 0.2},
		"present":           {func(r *measure.Result) float64 { return r.Services["web"].Present.Value }, 0.25},
		"db response":       {func(r *measure.Result) float64 { return r.Operations["db.read"].Response.Mean.Value }, 0.15},
	} {
		a, b := x.of(got), x.of(want)
		t.Logf("%s: emulated %.4g, simulated %.4g", what, a, b)
		if !(a > b*(1-x.tolerance) && a < b*(1+x.tolerance)) {
			differ("%s: emulated %.4g, simulated %.4g, want them within %v %%", what, a, b, 100*x.tolerance)
		}
	}
	for op, tolerance := range map[string]float64{"web.do": 0.04, "db.read": 0.06, "rank.sort": 0.06} {
		a, b := got.Operations[op].Failed.Value, want.Operations[op].Failed.Value
		t.Logf("%s failed: emulated %.4f, simulated %.4f", op, a, b)
		if a < b-tolerance || a > b+tolerance {
			differ("%s failed: emulated %.4f, simulated %.4f", op, a, b)
		}
	}
}

// perDo is how often an operation is asked for, for each request that ends well
// or not.
func perDo(r *measure.Result, op string) float64 {
	all := func(o *measure.Operation) float64 { return o.Throughput.Value / (1 - o.Failed.Value) }
	return all(r.Operations[op]) / all(r.Operations["web.do"])
}
