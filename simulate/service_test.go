package simulate

import (
	"context"
	"math"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// measured simulates a model for a while, in eight replications.
func measured(t *testing.T, m *scenarios.Model, warmup, duration float64) *measure.Result {
	t.Helper()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), m, Options{Seed: 3, Warmup: warmup, Duration: duration, Replications: 8, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// nearly holds a figure to a value within a share; run lengths are such that
// chance makes five figures of a thousand miss theirs.
func nearly(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)) {
		t.Errorf("%s is %.6g, want %.6g within %v %%", what, got, want, 100*rel)
	}
}

// Non-preemptive LIFO keeps the mean of FIFO, and spreads waits: the second
// moment of the wait is that of FIFO over 1 − ρ (Kleinrock, Queueing Systems II,
// 1976, section 3.4, with the first moments of the busy period). Of M/M/1 at
// ρ = 0.5: E[W²] = 4 s² under FIFO, and 8 s² under LIFO.
func TestLIFO(t *testing.T) {
	for _, c := range []struct {
		v      scenarios.Service
		second float64
	}{
		{scenarios.Service{Discipline: scenarios.FIFO, Backlog: scenarios.Unlimited}, 4},
		{scenarios.Service{Discipline: scenarios.LIFO, Backlog: scenarios.Unlimited}, 8},
		{scenarios.Service{Threads: 1, Backlog: scenarios.Unlimited, Guard: scenarios.Guard{Line: scenarios.LIFOLine}}, 8},
	} {
		r := measured(t, single(c.v, dist.Exponential(1), 0.5), 100, 1e5)
		w := r.Services["web"].WaitingTime
		nearly(t, "mean wait", w.Mean.Value, 1, 0.03)
		nearly(t, "second moment of the wait", w.Stddev.Value*w.Stddev.Value+w.Mean.Value*w.Mean.Value, c.second, 0.1)
	}
}

// A line by priority gives the waits of a server by priority (Cobham, 1954):
// W₁ = W₀/(1 − ρ₁), W₂ = W₁/(1 − ρ) with W₀ = ρ for exponential demands of 1 s;
// calls inherit the priority of the workload, through a service that has none.
func TestPriorityIsInherited(t *testing.T) {
	s := newSystem("priority")
	db := s.service(scenarios.Service{Name: "db", Threads: 1, Backlog: scenarios.Unlimited, Guard: scenarios.Guard{Line: scenarios.PriorityLine}})
	web := s.service(scenarios.Service{Name: "web", Backlog: scenarios.Unlimited})
	read := s.op(db, "read", s.cpu(dist.Exponential(1)))
	urgent, patient := s.op(web, "urgent", s.call(read)), s.op(web, "patient", s.call(read))
	s.poisson("urgent", 0.3, urgent)
	s.poisson("patient", 0.4, patient)
	s.Workloads[0].Priority, s.Workloads[1].Priority = 3, 7
	r := measured(t, s.Model, 100, 1e5)
	nearly(t, "urgent", r.Workloads["urgent"].Response.Mean.Value, 2, 0.03)
	nearly(t, "patient", r.Workloads["patient"].Response.Mean.Value, 1+1/0.3, 0.05)
}

// Whoever finds a replica down fails, and so does what is in progress there:
// with one replica, up for 9 s in 10, and a delay of 1 s in progress, a request
// is answered with probability 0.9·e^(−1/9) where times up are exponential.
func TestCrash(t *testing.T) {
	s := newSystem("crash")
	web := s.service(scenarios.Service{Name: "web", Backlog: scenarios.Unlimited, Failures: &scenarios.Failures{Up: dist.Exponential(9), Down: dist.Const(1)}})
	s.poisson("users", 5, s.op(web, "get", s.wait(dist.Const(1))))
	r := measured(t, s.Model, 10, 2e4)
	w := r.Workloads["users"]
	nearly(t, "answered", 1-w.Failed.Value, 0.9*math.Exp(-1./9), 0.01)
	nearly(t, "up", r.Services["web"].Replicas.Value, 0.9, 0.01)
	if n := w.Failures["down"]; n == 0 || len(w.Failures) != 1 {
		t.Errorf("failures %v", w.Failures)
	}
}

// Of two replicas, balancing avoids the one that is down: requests that take no
// time fail only when both are, with probability 0.1².
func TestBalancingAvoidsWhoIsDown(t *testing.T) {
	for b := scenarios.Random; b <= scenarios.Hash; b++ {
		v := scenarios.Service{
			Replicas: 2, Balancing: b, HashKeys: 10, Threads: 100, Backlog: scenarios.Unlimited,
			Failures: &scenarios.Failures{Up: dist.Exponential(9), Down: dist.Exponential(1)},
		}
		r := measured(t, single(v, dist.Const(0), 10), 10, 1e4)
		nearly(t, "failed", r.Workloads["users"].Failed.Value, 0.01, 0.15)
	}
}

// An autoscaler that looks at the rate settles at rate over target; the cost is
// that of the replicas that are there.
func TestAutoscale(t *testing.T) {
	v := scenarios.Service{
		Replicas: 1, Backlog: scenarios.Unlimited, Cost: 0.5,
		Scaling: &scenarios.Autoscale{Metric: scenarios.ScaleByRate, Target: 10, Min: 1, Max: 20, Interval: 10, Delay: 5, Cooldown: 60},
	}
	r := measured(t, single(v, dist.Exponential(0.05), 77), 500, 2000)
	s := r.Services["web"]
	nearly(t, "replicas", s.Replicas.Value, 8, 0.02)
	nearly(t, "cost", s.Cost.Value, 4, 0.02)
	nearly(t, "utilization", s.Utilization.Value, 77*0.05/8, 0.02)
}

// Overload with a managed line: CoDel keeps waits about as short as its target
// asks, at the price of drops; so does shedding. Both carry what cores can.
func TestOverloadIsShed(t *testing.T) {
	for name, g := range map[string]scenarios.Guard{
		"codel": {Line: scenarios.CoDel, Target: 0.05, Interval: 0.5},
		"shed":  {Shed: 0.2},
	} {
		v := scenarios.Service{Threads: 1, Backlog: scenarios.Unlimited, Guard: g}
		r := measured(t, single(v, dist.Exponential(0.01), 120), 200, 500)
		w, s := r.Workloads["users"], r.Services["web"]
		nearly(t, name+": throughput", w.Throughput.Value, 100, 0.03)
		if n := w.Failures["shed"]; n == 0 || len(w.Failures) != 1 {
			t.Errorf("%s: failures %v", name, w.Failures)
		}
		if mean := s.WaitingTime.Mean.Value; mean > 0.5 {
			t.Errorf("%s: a mean wait of %v s", name, mean)
		}
	}
}

// Adaptive LIFO under overload serves the newest at once while the old wait:
// the median wait stays near what it is without a line, and FIFO's grows.
func TestAdaptiveLIFO(t *testing.T) {
	v := scenarios.Service{Threads: 1, Backlog: 200, Guard: scenarios.Guard{Line: scenarios.AdaptiveLIFO, Target: 0.1}}
	adaptive := measured(t, single(v, dist.Exponential(0.01), 130), 50, 300)
	v.Guard = scenarios.Guard{}
	fifo := measured(t, single(v, dist.Exponential(0.01), 130), 50, 300)
	a, f := adaptive.Services["web"].WaitingTime.P50.Value, fifo.Services["web"].WaitingTime.P50.Value
	if a > 0.1 || f < 1.5 {
		t.Errorf("median waits of %v s and %v s; want below 0.1 s, and FIFO near 2 s", a, f)
	}
}

// No words of this kind cost memory while a simulation goes on.
func TestRulesAllocateNothing(t *testing.T) {
	v := scenarios.Service{
		Replicas: 4, Threads: 3, Backlog: 50, Discipline: scenarios.SRPT, Balancing: scenarios.PowerOfTwo, Choices: 3,
		Guard:    scenarios.Guard{Line: scenarios.PriorityLine, Patience: dist.Exponential(3), Rate: 3.9, Burst: 5, Shed: 10},
		Failures: &scenarios.Failures{Up: dist.Exponential(50), Down: dist.Exponential(5)},
		Scaling:  &scenarios.Autoscale{Target: 0.7, Min: 2, Max: 6, Interval: 20, Delay: 5, Cooldown: 50},
	}
	p, err := compile(single(v, dist.Exponential(1), 3.8))
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(p, streams{seed: 1})
	k.run(20_000)
	if n := testing.AllocsPerRun(3, func() { k.run(k.now + 1000) }); n > 2 {
		t.Errorf("%v allocations in 1000 s", n)
	}
	if err := k.checkLaws(); err != nil {
		t.Error(err)
	}
}
