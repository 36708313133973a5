package simulate

import (
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// faulty is a scenario with a fault, and an even load that is followed.
func faulty(t *testing.T, services, workload, faults string) *scenarios.Model {
	t.Helper()
	text := "headroom: 1\nname: faulty\nservices: {" + services + "}\nworkloads: {w: {" + workload + "}}\nfaults: [" + faults + "]\n" +
		"tests: {t: {phases: [{for: 100s}]}}\n"
	m, diags := scenarios.Parse("faulty.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

func sumOf(v measure.Values, from, to int) float64 {
	sum := 0.0
	for _, x := range v[from:to] {
		sum += x
	}
	return sum
}

// TestPause is a queue of even flows in closed form: 800/s come and 1000/s are
// served. Ten seconds of standing still leave 8000, which take 40 s to drain;
// the longest delay is 10 s. Shared cores have as much work
// to catch up with.
func TestPause(t *testing.T) {
	for _, discipline := range []string{"fifo", "ps"} {
		m := faulty(t, "db: {discipline: "+discipline+", operations: {write: [{cpu: 1ms}]}}", "arrivals: constant(800/s), does: db.write", "{pause: db, at: 20s, for: 10s}")
		r := played(t, m, "t", Options{Replications: 1, Interval: 0.5})
		x := r.Test.Recovery[0]
		if x.After != "pause db" || x.Began != 20 || x.Ended != 30 || discipline == "fifo" && math.Abs(x.Worst.Value-8000) > 2 || math.Abs(x.Time.Value-40) > 0.51 {
			t.Errorf("%s: %+v", discipline, x)
		}
		if longest := r.Workloads["w"].Response.Max.Value; discipline == "fifo" && math.Abs(longest-10) > 0.01 {
			t.Errorf("the longest delay is %v s", longest)
		}
		if n := sumOf(r.Series.Workloads["w"].Throughput, 41, 60); n != 0 {
			t.Errorf("%s: %v requests end while it stands still", discipline, n)
		}
	}
}

// TestSlow is the same with half the speed left: 300/s pile up, and drain in 15 s.
func TestSlow(t *testing.T) {
	for _, discipline := range []string{"fifo", "ps", "lifo", "srpt"} {
		m := faulty(t, "db: {discipline: "+discipline+", operations: {write: [{cpu: 1ms}]}}", "arrivals: constant(800/s), does: db.write", "{slow: db, to: 50%, at: 20s, for: 10s}")
		r := played(t, m, "t", Options{Replications: 1, Interval: 0.5})
		x := r.Test.Recovery[0]
		if discipline != "ps" && math.Abs(x.Worst.Value-3000) > 2 || math.Abs(x.Time.Value-15) > 0.51 {
			t.Errorf("%s: %+v", discipline, x)
		}
		v := r.Series.Workloads["w"].Throughput
		if discipline != "ps" && math.Abs(sumOf(v, 40, 60)/20-500) > 1 || discipline != "ps" && math.Abs(sumOf(v, 62, 88)/26-1000) > 1 {
			t.Errorf("%s: %v/s while slow and %v/s after", discipline, sumOf(v, 40, 60)/20, sumOf(v, 62, 88)/26)
		}
	}
}

// TestKill takes one of two replicas away, and then both: what was in progress
// is lost, the other serves all, and with none every request fails.
func TestKill(t *testing.T) {
	m := faulty(t, "db: {replicas: 2, operations: {write: [{wait: 1s}]}}", "arrivals: constant(100/s), does: db.write",
		"{kill: db, replicas: 1, at: 20.2s, for: 10s}, {kill: db, at: 50.2s, for: 10s}")
	r := played(t, m, "t", Options{Seed: 1, Replications: 20, Interval: 1})
	w := r.Series.Workloads["w"]
	if b := w.Failed; sumOf(b, 1, 20) != 0 || sumOf(b, 22, 50) != 0 || sumOf(b, 51, 60) < 8.99 || sumOf(b, 62, 100) != 0 {
		t.Errorf("failed: %v", b)
	}
	// Of the 100 in progress half are lost, and then all, and 1000 find nobody.
	lost := r.Workloads["w"].Failures["down"]
	if want := 20.0 * (50 + 100 + 1000); math.Abs(float64(lost)-want) > 20*15 {
		t.Errorf("%d lost, want %v", lost, want)
	}
	if s := r.Series.Services["db"]; math.Abs(s.Present[25]-100) > 1 || s.Present[55] != 0 {
		t.Errorf("%v and %v present", s.Present[25], s.Present[55])
	}
}

// TestNetworkFaults cut two services off from each other, or lose some of their
// messages: a call crosses twice.
func TestNetworkFaults(t *testing.T) {
	m := faulty(t, "web: {operations: {page: [{call: db.read}, {call: cache.get}]}}, db: {operations: {read: [{wait: 1ms}]}}, cache: {operations: {get: [{wait: 1ms}]}}",
		"arrivals: constant(1000/s), does: web.page",
		"{partition: [web, db], at: 20s, for: 10s}, {lose: 20%, between: [cache], at: 50s, for: 10s}, {lose: 10%, at: 80s, for: 10s}, {partition: [db, cache], at: 95s, for: 1s}")
	r := played(t, m, "t", Options{Seed: 1, Replications: 4, Interval: 1})
	failed := r.Series.Workloads["w"].Failed
	for _, c := range []struct {
		from, to int
		want     float64
	}{{0, 20, 0}, {21, 30, 1}, {31, 50, 0}, {51, 60, 1 - 0.8*0.8}, {61, 80, 0}, {81, 90, 1 - math.Pow(0.9, 4)}, {91, 100, 0}} {
		// Of 36 000 requests: 5 standard deviations are below 0.0135.
		if got := sumOf(failed, c.from, c.to) / float64(c.to-c.from); math.Abs(got-c.want) > 0.0135 {
			t.Errorf("from %d to %d s: %v failed, want %v", c.from, c.to, got, c.want)
		}
	}
	if r.Workloads["w"].Failures["lost"] == 0 {
		t.Errorf("failures %v", r.Workloads["w"].Failures)
	}
}

// TestFaultsWithoutTime holds that a steady state says that it has no faults.
func TestFaultsWithoutTime(t *testing.T) {
	m := faulty(t, "db: {operations: {write: [{cpu: 1ms}]}}", "arrivals: poisson(500/s), does: db.write", "{pause: db, at: 20s, for: 10s}")
	r := played(t, m, "", Options{Seed: 1, Precision: 0.1})
	found := false
	for _, c := range r.Caveats {
		found = found || c.Where == "faults"
	}
	if !found || math.Abs(r.Workloads["w"].Response.Mean.Value-2e-3) > 3e-4 {
		t.Errorf("%v, mean %v", r.Caveats, r.Workloads["w"].Response.Mean)
	}
}

// TestTwoFaults holds that each disturbance is told from the other: the usual
// time of the second lies between them.
func TestTwoFaults(t *testing.T) {
	m := faulty(t, "db: {discipline: fifo, operations: {write: [{cpu: 1ms}]}}", "arrivals: constant(800/s), does: db.write",
		"{pause: db, at: 10s, for: 2s}, {pause: db, at: 60s, for: 5s}")
	r := played(t, m, "t", Options{Replications: 2, Interval: 0.5})
	if len(r.Test.Recovery) != 2 {
		t.Fatalf("%+v", r.Test.Recovery)
	}
	for i, want := range []struct{ worst, time float64 }{{1600, 8}, {4000, 20}} {
		x := r.Test.Recovery[i]
		if math.Abs(x.Usual-1e-3) > 1e-6 || math.Abs(x.Worst.Value-want.worst) > 2 || math.Abs(x.Time.Value-want.time) > 0.51 {
			t.Errorf("%+v; want %+v", x, want)
		}
	}
}
