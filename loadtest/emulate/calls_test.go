package emulate

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// endings asks n times, so many at once, and counts the answers by fault.
func endings(t *testing.T, s *System, op string, n, atOnce int) map[string]int {
	t.Helper()
	got := map[string]int{}
	for ; n > 0; n -= atOnce {
		for _, r := range askAll(t, s, op, min(n, atOnce)) {
			got[r.fault]++
		}
	}
	return got
}

// binomial fails unless so many of n are within 4.5 standard deviations of the
// binomial: sound draws leave that once in 150 000 tests.
func binomial(t *testing.T, what string, got, n int, p float64) {
	t.Helper()
	if math.Abs(float64(got)-float64(n)*p) > 4.5*math.Sqrt(float64(n)*p*(1-p))+1 {
		t.Errorf("%s: %d of %d, want about %.4g", what, got, n, float64(n)*p)
	}
}

// visits is how many requests an operation has had since the last Begin.
func visits(s *System, op string) int {
	id, _ := s.model.OpByName(op)
	sv := s.services[s.model.Operations[id].Service]
	sv.mu.Lock()
	defer sv.mu.Unlock()
	m := sv.meter.operations[id]
	return int(m.ended + m.failed)
}

// emptied waits until nothing is at a service any more.
func emptied(t *testing.T, s *System, name string) {
	t.Helper()
	at := -1
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		for _, sv := range s.services {
			if sv.model.Name == name {
				at = present(sv)
			}
		}
		if at == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%d requests are still at %s", at, name)
			return
		}
	}
}

func present(sv *service) int {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.meter.present.level
}

// A caller gives up what is late; the callee works on unless it is told, and
// then what it asked of others is taken back too: from a core, the line for a
// core, the line for a thread, a wait, a lock and the line for it.
func TestTimeoutAndCancel(t *testing.T) {
	s := start(t, "web.on", `
services:
  web: {operations: {on: [{call: mid.do, timeout: 100ms}], back: [{call: mid.do, timeout: 100ms, cancel: true}], quick: [{call: mid.quick, timeout: 20s}]}}
  mid: {operations: {do: [{call: db.work}], wait: [{wait: 30s}], quick: []}}
  db: {threads: 2, discipline: fifo, operations: {work: [{lock: row, do: [{cpu: 30s}]}]}}
`)
	if got := endings(t, s, "web.back", 5, 5); got["timeout"] != 5 {
		t.Errorf("five late answers: %v", got)
	}
	for _, name := range []string{"web", "mid", "db"} {
		emptied(t, s, name)
	}
	if got := endings(t, s, "web.on", 3, 3); got["timeout"] != 3 {
		t.Errorf("three late answers: %v", got)
	}
	emptied(t, s, "web")
	if n := present(s.services[2]); n != 3 {
		t.Errorf("%d of three works on", n)
	}
	if got := endings(t, s, "web.quick", 5, 5); got[""] != 5 {
		t.Errorf("five good answers: %v", got)
	}
}

// Of what fails half the time, an eighth fails three times, and 1+1/2+1/4
// attempts are made.
func TestRetries(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do, retry: {attempts: 3, backoff: exp(1ms), jitter: full}}]}}
  db: {operations: {do: [{fail: 50%}]}}
`)
	const n = 400
	s.Begin()
	got := endings(t, s, "web.do", n, 10)
	binomial(t, "failed", got["failed"], n, 1./8)
	binomial(t, "second attempts and third", visits(s, "db.do")-n, 2*n, 3./8)
	settled(t, s)
}

// With a budget of 10 % the first ten may be tried again, and then every tenth:
// the purse is counted anew here.
func TestRetryBudget(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do, retry: {attempts: 2, budget: 25%}}]}}
  db: {operations: {do: [{fail: 100%}]}}
`)
	const n = 60
	quarters, again := 40, 0 // in the purse
	for range n {
		if quarters = min(quarters+1, 40); quarters >= 4 {
			quarters -= 4
			again++
		}
	}
	s.Begin()
	endings(t, s, "web.do", n, 1)
	if got := visits(s, "db.do"); got != n+again {
		t.Errorf("%d attempts of %d calls, want %d", got, n, n+again)
	}
}

// Waits between attempts are those that the words say: constant ones add up,
// growing ones are bounded.
func TestBackoff(t *testing.T) {
	s := start(t, "web.flat", `
services:
  web:
    operations:
      flat: [{call: db.do, retry: {attempts: 4, backoff: 20ms}}]
      grown: [{call: db.do, retry: {attempts: 4, backoff: "exponential(10ms, 3, 40ms)"}}]
  db: {operations: {do: [{fail: 100%}]}}
`)
	for op, want := range map[string]float64{"web.flat": 0.060, "web.grown": 0.010 + 0.030 + 0.040} {
		id, _ := s.model.OpByName(op)
		o := newVisit(s.services[0], id)
		at := s.clock.Now()
		if end, why := o.serve(at); why != failed || math.Abs(end-at-want) > 1e-6 {
			t.Errorf("%s: %v after %.4f s by the model, want %.4f", op, why, end-at, want)
		}
	}
}

// A copy goes to another replica when the first is slow, and the slow one is
// taken back.
func TestHedges(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do, cancel: true, hedge: {after: 20ms, copies: 2}}]}}
  db: {replicas: 2, slow: {replicas: 1, speed: 0.01%}, operations: {do: [{cpu: 5ms}]}}
`)
	const n = 60
	s.Begin()
	if got := endings(t, s, "web.do", n, 1); got[""] != n {
		t.Errorf("%v, want %d good answers", got, n)
	}
	emptied(t, s, "db")
	// The first copy is at the slow replica half the time; a machine that is
	// late may send a few copies more.
	if again := visits(s, "db.do") - n; float64(again) < n*0.5-4.5*math.Sqrt(n*0.25) {
		t.Errorf("%d second copies of %d, want about half", again, n)
	}
}

// All copies at once go to replicas of their own: none is turned away by a
// replica that has room for one.
func TestCopiesAreApart(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do, hedge: {after: 0, copies: 3}}], all: [{fanout: db.do}]}}
  db: {replicas: 3, threads: 1, backlog: 0, operations: {do: [{wait: 5ms}, {fail: 100%}]}}
`)
	for _, op := range []string{"web.do", "web.all"} {
		s.Begin()
		got := map[string]int{}
		for range 20 {
			got[ask(t, s, op).fault]++
			emptied(t, s, "db")
		}
		if got["failed"] != 20 || visits(s, "db.do") != 60 {
			t.Errorf("%s: %v, and %d visits, want 60 that fail", op, got, visits(s, "db.do"))
		}
	}
}

// A circuit breaker opens after five bad answers, and lets one pass when its
// time is over.
func TestBreaker(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do, circuit-breaker: {failures: 50%, minimum: 5, window: 60s, open: 400ms, probes: 1}}]}}
  db: {operations: {do: [{fail: 100%}]}}
`)
	eventually(t, func() error {
		time.Sleep(450 * time.Millisecond)
		s.Begin()
		from := time.Now()
		got := endings(t, s, "web.do", 30, 1)
		if time.Since(from) > 350*time.Millisecond {
			return fmt.Errorf("thirty requests took %v", time.Since(from))
		}
		want := 5
		if got["failed"] == 1 { // opened before: this was the probe
			want = 1
		}
		if got["failed"] != want || got["circuit-open"] != 30-want || visits(s, "db.do") != want {
			return fmt.Errorf("%v, and %d visits, want %d", got, visits(s, "db.do"), want)
		}
		return nil
	})
	time.Sleep(450 * time.Millisecond)
	s.Begin()
	if got := endings(t, s, "web.do", 1, 1); got["failed"] != 1 {
		t.Errorf("the probe after a time: %v", got)
	}
}

// A fifth of the messages is lost: a call whose caller hears of it fails in
// 1-0.8² of the cases; one with a timeout hears nothing, and tries again.
func TestLoss(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{call: db.do}], again: [{call: db.do, timeout: 300ms, retry: {attempts: 2}}]}}
  db: {operations: {do: []}}
network: {loss: 20%}
`)
	const n = 300
	s.Begin()
	got := endings(t, s, "web.do", n, 10)
	binomial(t, "lost", got["lost"], n, 0.36)
	binomial(t, "done at the callee", visits(s, "db.do"), n, 0.8)
	got = endings(t, s, "web.again", 150, 50)
	binomial(t, "lost twice", got["timeout"], 150, 0.36*0.36)
}

// What is asked of a fan-out is taken back when enough have answered.
func TestFanOutCancels(t *testing.T) {
	s := start(t, "web.do", `
services:
  web: {operations: {do: [{fanout: {call: db.do, width: 3, join: 2}, cancel: true}]}}
  db: {replicas: 3, slow: {replicas: 1, speed: 0.01%}, operations: {do: [{cpu: 5ms}]}}
`)
	s.Begin()
	if got := endings(t, s, "web.do", 10, 1); got[""] != 10 {
		t.Errorf("%v, want ten good answers", got)
	}
	emptied(t, s, "db")
	// One that is taken back before it was sent is none.
	if n := visits(s, "db.do"); n < 20 || n > 30 {
		t.Errorf("%d calls of ten fan-outs to three", n)
	}
}

// A client that says so takes its request back by closing the connection; any
// other leaves the system at work for nobody.
func TestCancelFromOutside(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {operations: {do: [{wait: 30s}]}}}
`)
	leave := func(cancel string) {
		client := &http.Client{Timeout: 50 * time.Millisecond, Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL("web.do"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(HeaderCancel, cancel)
		if res, err := client.Do(req); err == nil {
			_ = res.Body.Close()
			t.Error("an answer after 50 ms")
		}
	}
	leave("1")
	emptied(t, s, "web")
	leave("0")
	time.Sleep(50 * time.Millisecond)
	if n := present(s.services[0]); n != 1 {
		t.Errorf("%d requests at work for nobody, want 1", n)
	}
}

// The words of a header that a caller made up do no harm.
func TestHeadersOfStrangers(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {replicas: 2, operations: {do: [{cpu: 1ms}]}}}
`)
	for _, value := range []string{"-1", "x", strconv.Itoa(math.MaxInt), "99999999999999999999", ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL("web.do"), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{HeaderBatch, HeaderReplica, HeaderPriority, HeaderAttempt, HeaderFrame, HeaderCancel} {
			req.Header.Set(name, value)
		}
		res, err := outside.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("headers of %q: status %d", value, res.StatusCode)
		}
	}
}
