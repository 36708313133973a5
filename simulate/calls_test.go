package simulate

import (
	"bytes"
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// callers is a workload whose requests are one call, with options, of an
// operation of a service without limits; the answer to what is asked of it is
// known in closed form, as nothing queues.
func callers(t *testing.T, does, steps, more string) *scenarios.Model {
	t.Helper()
	text := "headroom: 1\nname: callers\nservices:\n  db: {replicas: 4, operations: {read: [" + steps + "]}}\n" + more +
		"workloads:\n  users: {arrivals: poisson(100/s), does: {" + does + "}}\n"
	m, diags := scenarios.Parse("callers.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

// lasting simulates 8 replications of a time.
func lasting(t *testing.T, m *scenarios.Model, duration float64) *measure.Result {
	t.Helper()
	r, err := Run(context.Background(), m, Options{Seed: 5, Duration: duration, Warmup: 20, Replications: 8, MaxTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near wants a figure within a relative distance; figures of these tests rest on
// 80 000 requests and more, so that one is off by more than four standard
// errors, and the test fails, for one seed in 15 000.
func near(t *testing.T, what string, got, want, rel float64) {
	t.Helper()
	if !(math.Abs(got-want) <= rel*math.Abs(want)) {
		t.Errorf("%s is %.6g, want %.6g ± %.2g %%", what, got, want, 100*rel)
	}
}

// TestTimeouts: of exponential times of mean 1 s, e⁻¹ are longer than a timeout
// of 1 s. A callee works on for its whole time, or until it is taken back.
func TestTimeouts(t *testing.T) {
	e := math.Exp(-1)
	for _, c := range []struct {
		name, does      string
		failed, visits  float64
		present, system float64 // for each request a second
	}{
		{"timeout", "call: db.read, timeout: 1s", e, 1, 1, 1 - e},
		{"cancel", "call: db.read, timeout: 1s, cancel: true", e, 1, 1 - e, 1 - e},
		{"retry", "call: db.read, timeout: 1s, retry: {attempts: 2, backoff: 500ms}", e * e, 1 + e, 1 + e, (1-e)*(1+e) + 0.5*e},
		{"retry and cancel", "call: db.read, timeout: 1s, cancel: true, retry: {attempts: 2, backoff: 500ms}", e * e, 1 + e, (1 - e) * (1 + e), (1-e)*(1+e) + 0.5*e},
		// The first of two copies, both sent at once, takes half as long.
		{"hedge", "call: db.read, hedge: {after: 0}", 0, 2, 2, 0.5},
		{"hedge and cancel", "call: db.read, hedge: {after: 0}, cancel: true", 0, 2, 1, 0.5},
		// The second copy is sent when the first takes longer than 1 s.
		{"late hedge", "call: db.read, hedge: {after: 1s}, cancel: true", 0, 1 + e, (1 - e) + 2*e*0.5, (1 - e) + e*0.5},
		{"fan-out", "fanout: {call: db.read, width: 3, join: 2}", 0, 3, 3, 1.0/3 + 1.0/2},
		{"fan-out and cancel", "fanout: {call: db.read, width: 3, join: 2}, cancel: true", 0, 3, 2, 1.0/3 + 1.0/2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := lasting(t, callers(t, c.does, "{wait: exp(1s)}", ""), 100)
			w, db := r.Workloads["users"], r.Services["db"]
			near(t, "the share that failed", w.Failed.Value, c.failed, 0.04)
			if n := w.Failures["timeout"]; (n > 0) != (c.failed > 0) || len(w.Failures) > 1 {
				t.Errorf("failures: %v", w.Failures)
			}
			near(t, "visits", r.Operations["db.read"].Visits.Value, c.visits, 0.02)
			near(t, "present", db.Present.Value, 100*c.present, 0.03)
			near(t, "requests in the system", w.InSystem.Value, 100*c.system, 0.03)
			for _, v := range r.Check(0.02) {
				t.Error(v)
			}
		})
	}
}

// TestCancelFrees: what is cancelled gives back its core, its thread and its
// place in line, here and below. Everything is a timetable, so that figures are
// exact: each second a request asks for 2 s of work and gives up after 0.5 s.
func TestCancelFrees(t *testing.T) {
	for _, c := range []struct{ name, service string }{
		{"ps", "cores: 1"}, {"fifo", "cores: 1, discipline: fifo"}, {"threads", "cores: 1, threads: 1, discipline: fifo"},
	} {
		text := `headroom: 1
name: cancel
services:
  db: {` + c.service + `, operations: {read: [{cpu: 2s}]}}
  web: {threads: 1, operations: {page: [{parallel: [{call: db.read}, [{wait: 0.1s}, {call: db.read}]]}]}}
workloads:
  users: {arrivals: constant(1/s), does: {call: web.page, timeout: 500ms, cancel: true}}
`
		m, diags := scenarios.Parse("cancel.yaml", []byte(text), nil)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		r, err := Run(context.Background(), m, Options{Seed: 1, Duration: 100, Warmup: 10.75})
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.name+": utilization", r.Services["db"].Utilization.Value, 0.5, 1e-9)
		near(t, c.name+": present", r.Services["db"].Present.Value, 0.9, 1e-9)
		near(t, c.name+": threads of web", r.Services["web"].ThreadsBusy.Value, 0.5, 1e-9)
		near(t, c.name+": failed", r.Workloads["users"].Failed.Value, 1, 0)
		near(t, c.name+": visits that failed", r.Operations["db.read"].Failed.Value, 1, 0)
	}
}

// TestBackoffs holds mean waits: a request that always fails is in the system
// for the sum of them.
func TestBackoffs(t *testing.T) {
	for retry, mean := range map[string]float64{
		"attempts: 2, backoff: 1s":                                             1,
		"attempts: 2, backoff: exp(1s)":                                        1,
		"attempts: 2, backoff: 1s, jitter: full":                               0.5,
		"attempts: 2, backoff: 1s, jitter: equal":                              0.75,
		"attempts: 2, backoff: 1s, jitter: decorrelated":                       2,                      // U(1, 3)
		"attempts: 3, backoff: 1s, jitter: decorrelated":                       2 + (1+3*2)/2.0,        // U(1, 3·last)
		`attempts: 3, backoff: "exponential(1s, 3, 2s)", jitter: decorrelated`: 1.75 + decorrelated2(), // at most 2 s
		`attempts: 4, backoff: "exponential(1s, 2, 3s)"`:                       1 + 2 + 3,
		`attempts: 4, backoff: "exponential(1s, 2)", jitter: full`:             3.5,
	} {
		r := lasting(t, callers(t, "call: db.read, retry: {"+retry+"}", "{fail: 100%}", ""), 100)
		near(t, retry, r.Workloads["users"].InSystem.Value/r.Workloads["users"].Offered.Value, mean, 0.02)
		if r.Workloads["users"].Failed.Value != 1 || r.Workloads["users"].Failures["failed"] == 0 {
			t.Errorf("%s: failed %v, %v", retry, r.Workloads["users"].Failed, r.Workloads["users"].Failures)
		}
	}
}

// decorrelated2 is the mean of the second wait of decorrelated jitter from 1 s
// with at most 2 s: of min(2, U(1, 3w)), w = min(2, U(1, 3)), by quadrature.
func decorrelated2() float64 {
	const n = 100_000
	sum := 0.0
	for i := range n {
		w := min(2, 1+2*(float64(i)+0.5)/n)
		width := 3*w - 1
		// of U(1, 1+width), the part beyond 2 counts as 2
		sum += (1.5 + 2*(width-1)) / width
	}
	return sum / n
}

// TestLoss: each of two messages is lost with probability 0.1.
func TestLoss(t *testing.T) {
	for options, reason := range map[string]string{"": "lost", ", timeout: 1s": "timeout", ", hedge: {after: 1s}": "lost"} {
		m := callers(t, "call: web.page", "{wait: 1ms}", "  web: {operations: {page: [{call: db.read"+options+"}]}}\nnetwork: {loss: 10%, latency: 1ms}\n")
		r := lasting(t, m, 200)
		w := r.Workloads["users"]
		near(t, options+": failed", w.Failed.Value, 1-0.9*0.9, 0.03)
		if len(w.Failures) != 1 || w.Failures[reason] == 0 {
			t.Errorf("%q: failures %v, want all %s", options, w.Failures, reason)
		}
		near(t, options+": visits", r.Operations["db.read"].Visits.Value, 0.9, 0.01)
	}
}

// TestBreaker: a callee that always fails is asked five times, and from then on
// once in 15 arrivals, which is how many come in the 5 s that the breaker is
// open for.
func TestBreaker(t *testing.T) {
	m := callers(t, "call: db.read, circuit-breaker: {minimum: 5, open: 4.9s}", "{fail: 100%}", "")
	m.Workloads[0].Arrivals = &scenarios.Arrivals{Kind: scenarios.Constant, Rate: 3, Gap: dist.Const(1.0 / 3)}
	r, err := Run(context.Background(), m, Options{Seed: 1, Warmup: 20, Duration: 1500})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "visits", r.Operations["db.read"].Visits.Value, 1.0/15, 0.01)
	f := r.Workloads["users"].Failures
	if f["failed"] != 300 || f["circuit-open"] != 4200 {
		t.Errorf("failures %v", f)
	}
}

// TestBreakerStates walks a breaker through its states.
func TestBreakerStates(t *testing.T) {
	m := callers(t, "call: db.read, circuit-breaker: {failures: 50%, minimum: 4, window: 10s, open: 5s, probes: 2}", "{wait: 1s}", "")
	p, err := compile(m)
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(p, streams{})
	f, _ := k.newFrame(client, nobody, 0)
	var errands []int32
	admit := func(want bool) {
		t.Helper()
		e := k.newErrand(f, 0)
		if got := k.admits(e); got != want {
			t.Errorf("at %v s: admits %v, want %v", k.now, got, want)
		}
		errands = append(errands, e)
	}
	answer := func(good ...bool) {
		for i, g := range good {
			k.observe(errands[i], g)
		}
		errands = errands[len(good):]
	}
	for range 6 {
		admit(true)
	}
	answer(true, false, false) // two of three: too few to say
	admit(true)
	answer(true) // two of four
	admit(false)
	k.now = 4.9
	admit(false)
	k.now = 5
	errands = errands[len(errands)-3:]
	errands = nil
	admit(true)
	admit(true)
	admit(false) // two probes are out
	answer(true)
	admit(false) // one is good, one is out
	errands = errands[:1]
	answer(true)
	admit(true) // closed
	errands = nil
	for range 4 {
		admit(true)
	}
	answer(false, false, false)
	k.now = 20 // the window has passed: three bad ones are forgotten
	answer(false)
	admit(true)
	errands = nil
	for range 3 {
		admit(true)
	}
	answer(false, false, false)
	admit(false)
	k.now = 26
	errands = nil
	admit(true)
	k.unjudged(errands[0]) // its caller is gone: another may probe
	errands = nil
	admit(true)
	answer(false)
	admit(false)
}

// TestStorm: a database of 300 queries a second that is asked for 320, each
// twice when it is late, has no steady state, and nothing good comes of it; one
// that is asked for 280 carries that, and might not for long.
func TestStorm(t *testing.T) {
	storm := func(rate string) *measure.Result {
		m, err := scenarios.Load("testdata/published/STRAT-08.yaml", scenarios.Options{Set: []string{"workloads.users.arrivals=poisson(" + rate + ")"}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(context.Background(), m, Options{Seed: 1, Replications: 8, Precision: 0.1, MaxEvents: 20_000_000, MaxTime: -1})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := storm("320/s")
	w := r.Workloads["users"]
	if r.Stable || w.Response != nil || len(r.Saturation) > 0 {
		t.Errorf("stable %v, saturation %v", r.Stable, r.Saturation)
	}
	near(t, "attempts", r.Operations["db.query"].Visits.Value, 2, 0.05)
	near(t, "failed", w.Failed.Value, 1, 0.05)
	if w.Throughput.Value > 20 || w.Failures["timeout"] == 0 {
		t.Errorf("throughput %v, failures %v", w.Throughput, w.Failures)
	}
	if !hasCaveat(r, "retries multiply the load") || hasCaveat(r, "vulnerable") {
		t.Errorf("caveats %v", r.Caveats)
	}
	r = storm("200/s")
	near(t, "throughput", r.Workloads["users"].Throughput.Value, 200, 0.02)
	if !r.Stable || !hasCaveat(r, "vulnerable to a storm of retries") || r.Workloads["users"].Failed.Value != 0 {
		t.Errorf("stable %v, caveats %v", r.Stable, r.Caveats)
	}
	if r = storm("140/s"); !r.Stable || hasCaveat(r, "vulnerable") {
		t.Errorf("stable %v, caveats %v", r.Stable, r.Caveats)
	}
}

// impatientShop is a system in which everything about calls happens.
func impatientShop(t *testing.T) *scenarios.Model {
	t.Helper()
	const text = `headroom: 1
name: impatient
services:
  web:
    replicas: 2
    threads: 20
    operations:
      page:
        - cpu: exp(2ms)
        - fanout: {call: db.read, width: 3, join: 2}
          timeout: 30ms
          cancel: true
          retry: {attempts: 3, backoff: "exponential(5ms, 2, 50ms)", jitter: full, budget: 20%}
        - {call: db.write, timeout: 20ms, hedge: {after: 5ms}, retry: {attempts: 2}, circuit-breaker: {minimum: 5, window: 1s, open: 100ms}}
  db: {replicas: 4, discipline: fifo, operations: {read: [{cpu: exp(4ms)}, {fail: 1%}], write: [{cpu: exp(3ms)}]}}
network: {latency: exp(0.2ms), loss: 0.5%}
workloads:
  users: {arrivals: poisson(120/s), does: {call: web.page, timeout: 20ms, cancel: true}}
`
	m, diags := scenarios.Parse("impatient.yaml", []byte(text), nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return m
}

func TestCallsAllocateNothing(t *testing.T) {
	p, err := compile(impatientShop(t))
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(p, streams{seed: 1})
	run := func(events int64) int64 {
		for goal := k.events + events; k.events < goal; {
			k.run(k.now + 10)
		}
		return k.events
	}
	start := run(500_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	events := run(500_000) - start
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; float64(n) > 1e-4*float64(events) {
		t.Errorf("%d allocations in %d events", n, events)
	}
	if err := k.checkLaws(); err != nil {
		t.Error(err)
	}
}

func TestCallsAreDeterministic(t *testing.T) {
	var first []byte
	for _, workers := range []int{1, 5} {
		r, err := Run(context.Background(), impatientShop(t), Options{Seed: 3, Duration: 20, Replications: 6, Workers: workers, MaxTime: -1})
		if err != nil {
			t.Fatal(err)
		}
		got := asJSON(t, r)
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Error("the result depends on the number of workers")
		}
		if len(r.Workloads["users"].Failures) == 0 || r.Operations["db.read"].Failed.Value == 0 {
			t.Error("nothing failed: the test shows nothing")
		}
	}
}
