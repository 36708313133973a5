package simulate

import (
	"context"
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// simulated is the result of a scenario at a fixed seed: 8 replications of a
// length (s), after a tenth of it.
func simulated(t *testing.T, length float64, services, rest string) *measure.Result {
	t.Helper()
	src := "headroom: 1\nname: test\nservices:\n" + services + rest
	m, diags := scenarios.Parse("test.yaml", []byte(src), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	r, err := Run(context.Background(), m, Options{Seed: 1, Duration: length, Warmup: length / 10, Replications: 8, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// holdsTo holds a figure to a value; tolerances are three standard deviations of
// the figure and more, so that fewer than one seed in 300 would miss one.
func holdsTo(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)) {
		t.Errorf("%s is %v, want %v within %v %%", what, got, want, 100*rel)
	}
}

const front = "  front: {operations: {send: [{publish: q}]}}\n"

// Each group is M/M/1 of its own: 1/(μ−λ).
func TestGroups(t *testing.T) {
	r := simulated(t, 4000, front+`  slow: {operations: {take: [{cpu: exp(50ms)}]}}
  fast: {operations: {take: [{cpu: exp(20ms)}]}}
`, `topics: {q: {consumers: [slow.take, fast.take]}}
workloads: {w: {arrivals: poisson(10/s), does: front.send}}
`)
	q := r.Topics["q"]
	holdsTo(t, "delay of slow", q.Groups["slow.take"].Delay.Mean.Value, 1.0/(20-10), 0.03)
	holdsTo(t, "delay of fast", q.Groups["fast.take"].Delay.Mean.Value, 1.0/(50-10), 0.02)
	holdsTo(t, "delay of both", q.Delay.Mean.Value, (0.1+0.025)/2, 0.03)
	holdsTo(t, "throughput", q.Throughput.Value, 20, 0.01)
	holdsTo(t, "offered", q.Offered.Value, 10, 0.01)
}

// A message every 400 ms: three fill a batch after 800 ms; a message every 10 s
// waits for as long as is lingered. Exact.
func TestLinger(t *testing.T) {
	const rest = "  done: {operations: {take: []}}\n"
	for rate, want := range map[string]float64{"2.5/s": 0.4, "0.1/s": 1} {
		r := simulated(t, 3000, front+rest, `topics: {q: {consumer: done.take, batch: 3, linger: 1s}}
workloads: {w: {arrivals: constant(`+rate+`), does: front.send}}
`)
		holdsTo(t, "delay at "+rate, r.Topics["q"].Delay.Mean.Value, want, 1e-3)
	}
}

// With one key all go to one partition of eight, which is M/M/1; without keys
// they are eight M/M/1 with an eighth of the load.
func TestKeys(t *testing.T) {
	const consumer = "  c: {replicas: 8, operations: {take: [{cpu: exp(100ms)}]}}\n"
	for keys, want := range map[string]float64{", keys: 1": 1.0 / (10 - 8), "": 1.0 / (10 - 1)} {
		r := simulated(t, 12_000, front+consumer, `topics: {q: {consumer: c.take, partitions: 8`+keys+`}}
workloads: {w: {arrivals: poisson(8/s), does: front.send}}
`)
		holdsTo(t, "delay with"+keys, r.Topics["q"].Delay.Mean.Value, want, 0.05)
	}
}

// What finds no room fails: M/M/1/K with the blocking probability
// (1−a) a^K / (1−a^(K+1)).
func TestRejectedPublish(t *testing.T) {
	r := simulated(t, 20_000, front+"  c: {operations: {take: [{cpu: exp(100ms)}]}}\n", `topics: {q: {consumer: c.take, capacity: 4, full: reject}}
workloads: {w: {arrivals: poisson(12/s), does: front.send}}
`)
	const a, room = 1.2, 5
	blocked := (1 - a) * math.Pow(a, room) / (1 - math.Pow(a, room+1))
	holdsTo(t, "failed", r.Workloads["w"].Failed.Value, blocked, 0.02)
	holdsTo(t, "rejected", r.Topics["q"].Rejected.Value, blocked, 0.02)
	if n := r.Workloads["w"].Failures["rejected"]; n == 0 || !r.Stable {
		t.Errorf("%d rejected, stable: %v", n, r.Stable)
	}
	if r.Saturation != nil {
		t.Errorf("a saturation %v, of a load that what is turned away bounds", r.Saturation)
	}
}

// Deliveries fail with probability f: without bound there are 1/(1−f) of a
// message; with two at most a share of f² is dead, and is found on the other topic.
func TestRedelivery(t *testing.T) {
	const services = front + "  c: {operations: {take: [{cpu: exp(10ms)}, {fail: 20%}]}}\n  grave: {operations: {take: []}}\n"
	const workload = "workloads: {w: {arrivals: poisson(20/s), does: front.send}}\n"
	r := simulated(t, 4000, services, "topics: {q: {consumer: c.take, delivery: at-least-once}}\n"+workload)
	holdsTo(t, "redelivered", r.Topics["q"].Redelivered.Value, 0.25, 0.02)
	holdsTo(t, "throughput", r.Topics["q"].Throughput.Value, 20, 0.01)
	r = simulated(t, 4000, services, "topics: {q: {consumer: c.take, delivery: at-least-once, attempts: 2, dead-letters: d}, d: {consumer: grave.take}}\n"+workload)
	holdsTo(t, "dead", r.Topics["q"].Dead.Value, 0.04, 0.03)
	holdsTo(t, "redelivered", r.Topics["q"].Redelivered.Value, 0.2, 0.02)
	holdsTo(t, "dead letters", r.Topics["d"].Throughput.Value, 0.8, 0.03)
}

// A delivery that is late works on beside the next: of a message of 3 s with an
// ack-timeout of 2 s there are two at work, the first ends it, and the second
// is a duplicate. Exact.
func TestLateDelivery(t *testing.T) {
	r := simulated(t, 10_000, front+"  c: {cores: 4, operations: {take: [{cpu: 3s}]}}\n", `topics: {q: {consumer: c.take, delivery: at-least-once, ack-timeout: 2s}}
workloads: {w: {arrivals: constant(0.1/s), does: front.send}}
`)
	q := r.Topics["q"]
	holdsTo(t, "delay", q.Delay.Mean.Value, 3, 1e-9)
	holdsTo(t, "redelivered", q.Redelivered.Value, 1, 1e-3)
	holdsTo(t, "duplicates", q.Duplicates.Value, 0.5, 1e-3)
	holdsTo(t, "cores busy", 4*r.Services["c"].Utilization.Value, 0.6, 1e-3)
}
