package emulate

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// Of six requests at once, one gets the thread, two wait for it, and three are
// turned away; so is the request of a caller that fails because of it.
func TestRejections(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do}], twice: [{parallel: [{call: db.do}, {call: db.do}]}], one: [{parallel: [{call: db.no}, {call: db.do}], join: any}]}}
  db: {threads: 1, backlog: 2, operations: {do: [{cpu: 50ms}], no: [{cpu: 1ms}]}}
`)
	var r *measure.Result
	eventually(t, func() (err error) {
		r = measured(s, func() {
			err = errors.Join(
				count(t, askAll(t, s, "db.do", 6), map[int]int{http.StatusOK: 3, http.StatusServiceUnavailable: 3}),
				count(t, askAll(t, s, "web.do", 6), map[int]int{http.StatusOK: 3, http.StatusServiceUnavailable: 3}))
		})
		return err
	})
	db := r.Services["db"]
	about(t, "rejected", db.Rejected, 0.5, 0)
	about(t, "p_wait", db.PWait, 10.0/12, 0)
	about(t, "waiting time", db.WaitingTime.Mean, 0.050, 0.3)
	if got := r.Operations["web.do"].Response; got == nil || got.Max.Value < 0.110 {
		t.Error("a request that waits for a thread of a callee is not slow")
	}
}

// count holds the statuses of answers, and that those for want of room say so.
func count(t *testing.T, replies []reply, want map[int]int) error {
	t.Helper()
	got := map[int]int{}
	for _, r := range replies {
		got[r.status]++
		if (r.status != http.StatusOK) != r.rejected {
			t.Errorf("status %d, rejected: %v", r.status, r.rejected)
		}
	}
	for status, n := range want {
		if got[status] != n {
			return fmt.Errorf("statuses %v, want %v", got, want)
		}
	}
	return nil
}

// A join fails as soon as too few branches are left that could succeed, and not before.
func TestJoinsThatFail(t *testing.T) {
	s := start(t, "web.all", `
services:
  web:
    operations:
      all: [{parallel: [{call: full.do}, {call: slow.do}]}]
      any: [{parallel: [{call: full.do}, {call: slow.do}], join: any}]
  full: {threads: 1, backlog: 0, operations: {do: [{wait: 30s}]}}
  slow: {operations: {do: [{wait: 20ms}]}}
`)
	go func() {
		v := newVisit(s.services[1], s.model.Services[1].Operations[0])
		v.serve(s.clock.Now())
	}()
	for present := 0; present == 0; time.Sleep(time.Millisecond) {
		present = int(s.services[1].totals(s.clock.Now())[ofArrivals])
	}
	eventually(t, func() error {
		if r := ask(t, s, "web.all"); r.status != http.StatusServiceUnavailable || !r.rejected || r.after > slack {
			return fmt.Errorf("join of all: %+v, want a rejection at once", r)
		}
		return nil
	})
	if r := ask(t, s, "web.any"); r.status != http.StatusOK || r.after < 20*time.Millisecond {
		t.Errorf("join of any: %+v, want the other branch", r)
	}
}

// Branches are taken as often as their probabilities say: within 4.5 standard
// deviations of the binomial, which sound draws leave once in 150 000 tests.
func TestChances(t *testing.T) {
	s := start(t, "web.do", `
services:
  web:
    operations:
      do:
        - cache: {hit: 80%, then: [{call: b.hit}], else: [{call: b.miss}]}
        - choose: [{p: 20%, do: [{call: b.x}]}, {p: 30%, do: [{call: b.y}]}, {p: 50%, do: []}]
        - repeat: {count: 3, do: [{call: b.again}]}
  b: {operations: {hit: [], miss: [], x: [], y: [], again: []}}
`)
	const n = 400
	var seconds float64
	r := measured(s, func() {
		from := s.clock.Now()
		for range n / 8 {
			askAll(t, s, "web.do", 8)
		}
		seconds = s.clock.Now() - from
	})
	for op, p := range map[string]float64{"b.hit": 0.8, "b.miss": 0.2, "b.x": 0.2, "b.y": 0.3} {
		times := r.Operations[op].Throughput.Value * seconds
		if math.Abs(times-n*p) > 4.5*math.Sqrt(n*p*(1-p))+1 {
			t.Errorf("%s ran %.1f times of %d, want about %.0f", op, times, n, n*p)
		}
	}
	about(t, "repeats", measure.Exactly(r.Operations["b.again"].Throughput.Value*seconds), 3*n, 0.01)
}

// One message comes to an idle partition and is a batch of its own; those that
// come while that is in hand are taken four at a time.
func TestBatches(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{publish: mail}]}}
  mailer: {replicas: 2, operations: {send: [{wait: 20ms}, {repeat: {count: batch, do: [{call: post.send}]}}]}}
  post: {operations: {send: [{cpu: 1ms}]}}
topics:
  mail: {partitions: 1, consumer: mailer.send, batch: 4}
`)
	var r *measure.Result
	var mail *measure.Topic
	eventually(t, func() error {
		r = measured(s, func() {
			askAll(t, s, "web.do", 9)
			settled(t, s)
		})
		if mail = r.Topics["mail"]; mail.Batch.Value != 3 {
			return fmt.Errorf("batches of %v messages, want 3 on average", mail.Batch.Value)
		}
		// The first is done after 21 ms, four after 45 and four after 69; a
		// machine that is busy makes other batches of them.
		if got, want := mail.Delay.Mean.Value, (21+4*45+4*69)/9e3; math.Abs(got/want-1) > 0.1 {
			return fmt.Errorf("delay of %v s, want %v within 10 %%", got, want)
		}
		return nil
	})
	about(t, "Little's law", mail.Depth, mail.Throughput.Value*mail.Delay.Mean.Value, 0.05)
	about(t, "messages", r.Operations["post.send"].Throughput, mail.Throughput.Value, 1e-9)
	about(t, "batches", r.Operations["mailer.send"].Throughput, mail.Throughput.Value/3, 1e-9)
}

// Each partition is worked on by its own replica, and a batch that fails is
// dropped and told of.
func TestPartitionsAndDrops(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{repeat: {count: 40, do: [{publish: good}, {publish: bad}]}}]}}
  worker: {replicas: 4, operations: {good: [{cpu: 1ms}], bad: [{call: full.do}]}}
  full: {threads: 1, backlog: 0, operations: {do: [{wait: 50ms}]}}
topics:
  good: {partitions: 2, consumer: worker.good, batch: 1}
  bad: {partitions: 8, consumer: worker.bad, batch: 1}
`)
	r := measured(s, func() {
		ask(t, s, "web.do")
		settled(t, s)
	})
	worker := s.services[1]
	for i, x := range worker.replicas {
		if busy := x.cores.use(s.clock.Now()).busy; (busy > 0) != (i < 2) {
			t.Errorf("replica %d of 4 was busy %v s with two partitions", i, busy)
		}
	}
	if !slices.ContainsFunc(r.Caveats, func(c measure.Caveat) bool { return c.Where == "topics.bad" }) {
		t.Errorf("caveats %v, want one on topics.bad", r.Caveats)
	}
	if d := r.Topics["bad"].Depth.Value; d > 20 {
		t.Errorf("dropped messages stay: depth %v", d)
	}
}

// The series has a point for each full second and is in step with what is there.
func TestSeries(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 2 s")
	}
	s := start(t, "web.do", `
services: {web: {cores: 2, operations: {do: [{cpu: 30s}]}}}
`)
	web := s.services[0]
	go func() {
		v := newVisit(web, 0)
		v.serve(s.clock.Now())
	}()
	for present := 0; present == 0; time.Sleep(time.Millisecond) {
		present = int(web.totals(s.clock.Now())[ofArrivals])
	}
	s.Begin()
	time.Sleep(2050 * time.Millisecond)
	r := &measure.Result{
		Series:    &measure.Series{Interval: 1, Start: -3},
		Workloads: map[string]*measure.Workload{"some": {Throughput: measure.Exactly(5)}},
	}
	s.End(r)
	got := r.Series.Services["web"]
	if len(got.Utilization) != 5 || !math.IsNaN(got.Utilization[2]) || math.Abs(got.Utilization[3]-0.5) > 1e-6 || math.Abs(got.Present[4]-1) > 1e-6 {
		t.Errorf("series %v, want three unknown points and two of utilization 0.5 and one present", got)
	}
	about(t, "utilization of work in progress", r.Services["web"].Utilization, 0.5, 1e-6)
	if r.Bottleneck != "web" {
		t.Errorf("bottleneck %q", r.Bottleneck)
	}
}

// What is told out of order adds up as if it had been told in order.
func TestGauge(t *testing.T) {
	var g gauge
	g.add(1, 2)
	g.begin(2)
	g.add(5, -1)
	g.add(4, 1)
	g.add(1, 1) // before the time counted: there all the time
	if got, want := g.area(6), 2.0*4+1*2-1*1+1*4; got != want {
		t.Errorf("area %v, want %v", got, want)
	}
}

func TestTimes(t *testing.T) {
	var x times
	if x.report(measure.Estimate{}) != nil {
		t.Error("figures of no times")
	}
	for i := range 1000 {
		x.record(float64(i+1) / 1000)
	}
	r := x.report(measure.Estimate{})
	about(t, "mean", r.Mean, 0.5005, 1e-9)
	about(t, "stddev", r.Stddev, math.Sqrt((1e6-1)/12*1000/999)/1000, 1e-9)
	about(t, "p50", r.P50, 0.5, 2e-3)
	about(t, "p99", r.P99, 0.99, 2e-3)
	about(t, "max", r.Max, 1, 1e-9)
	for i, p := range r.Histogram {
		if i > 0 && (p.Le <= r.Histogram[i-1].Le || p.P <= r.Histogram[i-1].P) {
			t.Fatalf("the distribution function does not rise at point %d", i)
		}
		if math.Abs(p.P-p.Le) > 3e-3 {
			t.Errorf("P(T ≤ %v) = %v", p.Le, p.P)
		}
	}
	var constant times
	for range 10 {
		constant.record(3)
	}
	if r := constant.report(measure.Estimate{}); r.Stddev.Value != 0 || r.P99.Known() || len(r.Histogram) != 1 {
		t.Errorf("ten equal times: %+v", r)
	}
}

// One request after the other never finds the core busy, though each comes at
// the very instant at which the one before ends.
func TestOneAfterTheOther(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{repeat: {count: 100, do: [{call: fifo.do}, {call: ps.do}]}}]}}
  fifo: {discipline: fifo, operations: {do: [{cpu: exp(0.1ms)}]}}
  ps: {operations: {do: [{cpu: exp(0.1ms)}]}}
`)
	r := measured(s, func() { ask(t, s, "web.do") })
	for _, name := range []string{"fifo", "ps"} {
		if p := r.Services[name].PWait; !p.Known() || p.Value != 0 {
			t.Errorf("%s: p_wait %v of one request at a time", name, p.Value)
		}
	}
	total := r.Services["fifo"].ServiceTime.Mean.Value + r.Services["ps"].ServiceTime.Mean.Value
	about(t, "response", r.Operations["web.do"].Response.Mean, 100*total, 0.001)
}
