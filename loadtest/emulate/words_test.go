package emulate

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// everything has most words of the language in it.
const everything = `
services:
  web:
    replicas: 3
    threads: 8
    line: {codel: {target: 5ms, interval: 20ms}}
    patience: exp(50ms)
    rate-limit: {rate: 2000/s, burst: 500}
    autoscale: {metric: present, target: 2, min: 2, max: 6, interval: 20ms, delay: 10ms, cooldown: 40ms}
    operations:
      do:
        - cache: {keys: 100, size: 20, ttl: exp(100ms), else: [{call: db.read, timeout: 10ms, cancel: true, retry: {attempts: 3, backoff: exp(2ms), jitter: decorrelated, budget: 50%}}]}
        - parallel: [{call: db.read, hedge: {after: 3ms, copies: 3}}, {fanout: {call: rank.sort, join: any}, cancel: true}, {wait: exp(10ms)}]
          join: any
        - publish: news
  db:
    replicas: 3
    mtbf: 100ms
    mttr: 30ms
    discipline: preemptive-priority
    slow: {replicas: 1, speed: 10%}
    pools: {connections: {size: 3, backlog: 5}}
    operations: {read: [{acquire: connections, timeout: 20ms}, {lock: row, keys: 3, count: 2, do: [{cpu: exp(3ms)}, {call: rank.sort, circuit-breaker: {failures: 20%, minimum: 5, window: 1s, open: 30ms, probes: 1}}]}]}
  rank: {replicas: 3, discipline: srpt, operations: {sort: [{lock: page, mode: optimistic, retry: {attempts: 3}, do: [{cpu: exp(1ms)}]}, {fail: 2%}]}}
  log: {replicas: 2, operations: {write: [{cpu: 2ms}, {fail: 20%}], bury: []}}
  copies: {replicas: 3, replication: {mode: quorum, write: 2, read: 2, lag: exp(3ms), writes: [put], reads: [get]}, operations: {put: [], get: []}}
topics:
  news: {consumers: [log.write, log.bury], partitions: 3, batch: 5, linger: 5ms, capacity: 50, delivery: at-least-once, ack-timeout: 40ms, attempts: 3, dead-letters: odd, keys: 20}
  odd: {consumer: log.bury}
network: {latency: exp(0.5ms), loss: 1%}
faults:
  - {kill: rank, replicas: 2, at: 50ms, for: 100ms}
  - {pause: log, at: 100ms, for: 50ms}
  - {partition: [web, db], at: 200ms, for: 30ms}
  - {lose: 30%, at: 250ms, for: 50ms}
`

// With everything going on at once, the books balance, nothing is left in
// progress when the load is over, and closing leaves nothing behind.
func TestEverythingAtOnce(t *testing.T) {
	s := start(t, "web.do", everything)
	load := func() {
		done := make(chan struct{})
		for _, op := range []string{"web.do", "copies.put", "copies.get"} {
			go func() {
				defer func() { done <- struct{}{} }()
				poisson(t, s, op, 150, time.Second)
			}()
		}
		for range 3 {
			<-done
		}
	}
	r := measured(s, load)
	settled(t, s)
	for _, sv := range s.services {
		if n := present(sv); n != 0 {
			t.Errorf("%d requests are left at %s", n, sv.model.Name)
		}
		sv.mu.Lock()
		for _, r := range sv.replicas {
			if r.present != 0 || r.threads.held != 0 || len(r.visits) != 0 || len(r.line.waiting) != 0 || r.cores.use(s.clock.Now()).jobs != 0 {
				t.Errorf("%s, replica %d: %d present, %d threads held, %d visits, %d in line", sv.model.Name, r.index, r.present, r.threads.held, len(r.visits), len(r.line.waiting))
			}
			for _, p := range r.pools {
				if p.units.held != 0 || len(p.line) != 0 {
					t.Errorf("%s: %d of a pool held, %d wait", sv.model.Name, p.units.held, len(p.line))
				}
			}
		}
		if len(sv.copies) != 0 {
			t.Errorf("%s: copies of %d attempts are left", sv.model.Name, len(sv.copies))
		}
		sv.mu.Unlock()
		s.holding.Lock()
		for _, l := range sv.locks {
			if l.meter.held.level != 0 || l.meter.waiting.level != 0 {
				t.Errorf("%s: lock %s is held by %d, %d wait", sv.model.Name, l.name, l.meter.held.level, l.meter.waiting.level)
			}
		}
		if len(s.holding.named) != 0 {
			t.Errorf("%d frames are left", len(s.holding.named))
		}
		s.holding.Unlock()
	}
	for _, tp := range s.topics {
		for _, g := range tp.groups {
			if g.waiting != 0 || g.meter.depth.level != 0 {
				t.Errorf("%s: %d messages wait, %d are not done", tp.model.Name, g.waiting, g.meter.depth.level)
			}
		}
	}
	if len(s.begins.told) != 0 || s.Lag().Lost != 0 {
		t.Errorf("%d batches are left, %d calls were lost on the machine", len(s.begins.told), s.Lag().Lost)
	}
	if r.Operations["web.do"].Throughput.Value == 0 || r.Services["db"].Pools["connections"].Asked.Value == 0 || r.Topics["news"].Groups["log.bury"].Throughput.Value == 0 {
		t.Errorf("nothing went on: %+v", r.Operations["web.do"])
	}
}

// A system that is closed in the middle of it all leaves no port, no goroutine.
func TestCloseInTheMiddle(t *testing.T) {
	outside.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s, err := Start(t.Context(), parse(t, "web.do", everything), Options{Grace: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s.Begin()
	for range 100 {
		go func() {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.URL("web.do"), nil)
			if err != nil {
				return
			}
			if res, err := outside.Do(req); err == nil { // or it was too late to be taken
				_ = res.Body.Close()
			}
		}()
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	refused(t, s)
	outside.CloseIdleConnections()
	settles(t, before)
}

// A calm system has no faults, and says so.
func TestCalm(t *testing.T) {
	m := parse(t, "web.do", "services: {web: {operations: {do: []}}}\nfaults: [{kill: web, at: 0s, for: 30s}]")
	if left := LeftOut(m); len(left) != 0 {
		t.Errorf("%v is left out", left)
	}
	s, err := Start(t.Context(), m, Options{Calm: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	r := measured(s, func() {
		time.Sleep(20 * time.Millisecond)
		if got := endings(t, s, "web.do", 3, 1); got[""] != 3 {
			t.Errorf("three requests without faults: %v", got)
		}
	})
	if !slices.ContainsFunc(r.Caveats, func(c measure.Caveat) bool { return c.Where == "faults" }) {
		t.Errorf("no caveat of faults: %v", r.Caveats)
	}
}

// What workloads do is not the affair of the services.
func TestLeftOut(t *testing.T) {
	if left := LeftOut(parse(t, "web.do", everything)); len(left) != 0 {
		t.Errorf("left out: %v", left)
	}
	all := ofServices([]scenarios.Feature{{Word: scenarios.WordMMPP, Where: "workloads.some"}, {Word: scenarios.WordJobs, Where: "jobs.x"}, {Word: scenarios.WordLock, Where: "services.web"}})
	if len(all) != 1 || all[0].Word != scenarios.WordLock {
		t.Errorf("of services: %v", all)
	}
}
