package simulate

import (
	"context"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// TestFanOutTargets holds the replicas that fan-outs ask to be different, and
// every pair of them to be as likely as any other.
func TestFanOutTargets(t *testing.T) {
	p, err := compile(callers(t, "fanout: {call: db.read, width: 2}", "{wait: 1s}", ""))
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(p, streams{seed: 1})
	const n = 12_000
	seen := map[[2]int32]int{}
	for range n {
		seen[[2]int32{k.target(&p.parallels[0], 0), k.target(&p.parallels[0], 1)}]++
	}
	chi := 0.0
	for pair, got := range seen {
		if pair[0] == pair[1] {
			t.Errorf("replica %d is asked twice", pair[0])
		}
		off := float64(got) - n/12
		chi += off * off / (n / 12)
	}
	if len(seen) != 12 || chi > 31.3 { // exceeded by one seed in a thousand
		t.Errorf("%d pairs, chi-squared of %v with 11 degrees of freedom", len(seen), chi)
	}
}

// apartText is a system in which a request finds four idle servers; where two
// copies of it met at one, one of them would wait.
const apartText = `headroom: 1
name: apart
services:
  db: {replicas: 4, discipline: fifo, balancing: BALANCING, operations: {read: [{cpu: 1s}]}}
  web: {operations: {page: [{STEP}]}}
network: {latency: LATENCY}
workloads:
  users: {arrivals: constant(0.1/s), does: web.page}
`

// TestCopiesApart holds that copies of one call go to different replicas, as
// long as there are enough, however requests are balanced.
func TestCopiesApart(t *testing.T) {
	for _, c := range []struct {
		step, balancing, latency string
		waiting                  float64 // copies that wait at another, on average
	}{
		{"call: db.read, hedge: {after: 0}", "random", "0s", 0},
		{"call: db.read, hedge: {after: 0, copies: 4}", "random", "10ms", 0},
		{"call: db.read, hedge: {after: 500ms, copies: 4}", "round-robin", "0s", 0},
		{"call: db.read, hedge: {after: 0, copies: 3}", "power-of-two", "0s", 0},
		{"call: db.read, hedge: {after: 0, copies: 3}", "{hash: {keys: 10}}", "0s", 0},
		{"call: db.read, hedge: {after: 0, copies: 5}", "random", "0s", 0.1},
		{"fanout: {call: db.read, width: 3}", "random", "0s", 0},
		{"fanout: {call: db.read, width: 4, join: any}", "hash", "0s", 0},
		{"fanout: db.read", "least-requests", "10ms", 0},
	} {
		r := lonely(t, c.step, c.balancing, c.latency)
		if got := r.Services["db"].Waiting.Value; got < c.waiting-1e-9 || got > c.waiting+1e-9 {
			t.Errorf("%s, %s: %v wait, want %v", c.step, c.balancing, got, c.waiting)
		}
	}
}

func lonely(t *testing.T, step, balancing, latency string) *measure.Result {
	t.Helper()
	if balancing == "hash" {
		balancing = "{hash: {keys: 10}}"
	}
	text := strings.NewReplacer("STEP", step, "BALANCING", balancing, "LATENCY", latency).Replace(apartText)
	m, diags := scenarios.Parse("apart.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	r, err := Run(context.Background(), m, Options{Seed: 1, Warmup: 5, Duration: 2000})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFanOutSaturates: each of four replicas is asked by every request, for 4 ms.
func TestFanOutSaturates(t *testing.T) {
	r := lasting(t, callers(t, "fanout: db.read", "{cpu: exp(4ms)}", ""), 20)
	near(t, "saturation", r.Saturation["users"], 250, 1e-9)
	near(t, "utilization", r.Services["db"].Utilization.Value, 0.4, 0.03)
}
