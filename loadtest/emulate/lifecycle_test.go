package emulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/scenarios"
)

const chain = `
services:
  web: {operations: {do: [{parallel: [{call: db.do}, {call: db.do}], join: any}, {publish: log}], long: [{wait: 30s}], brief: [{wait: 200ms}]}}
  db: {operations: {do: [{cpu: exp(2ms)}]}}
topics: {log: {partitions: 3, consumer: db.do, batch: 10}}
network: {latency: exp(1ms)}
`

// settles fails unless the number of goroutines comes back to what it was.
func settles(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if runtime.NumGoroutine() <= before {
			return
		}
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func refused(t *testing.T, s *System) {
	t.Helper()
	for name, base := range s.Addresses() {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := net.DialTimeout("tcp", u.Host, time.Second); err == nil {
			_ = c.Close()
			t.Errorf("%s still listens on %s", name, u.Host)
		}
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	outside.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s, err := Start(t.Context(), parse(t, "web.do", chain), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Begin()
	for range 10 {
		askAll(t, s, "web.do", 10)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	refused(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	outside.CloseIdleConnections()
	settles(t, before)
	if lost := s.Lag().Lost; lost > 0 {
		t.Errorf("%d calls lost", lost)
	}
}

// What ends within the grace time is answered well, the rest is cut, and
// nothing new is taken.
func TestGrace(t *testing.T) {
	outside.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s, err := Start(t.Context(), parse(t, "web.do", chain), Options{Grace: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	brief, long := make(chan reply, 1), make(chan reply, 1)
	go func() { brief <- ask(t, s, "web.brief") }()
	go func() { long <- ask(t, s, "web.long") }()
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	time.Sleep(20 * time.Millisecond)
	if r := ask(t, s, "web.do"); r.status != http.StatusServiceUnavailable {
		t.Errorf("while closing: status %d, want 503", r.status)
	}
	if r := <-brief; r.status != http.StatusOK {
		t.Errorf("a request that ended within the grace time: status %d", r.status)
	}
	if r := <-long; r.status != http.StatusServiceUnavailable {
		t.Errorf("a request that was cut: status %d, want 503", r.status)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d < 390*time.Millisecond || d > 3*time.Second {
		t.Errorf("closed after %v, want the grace time of 400 ms", d)
	}
	outside.CloseIdleConnections()
	settles(t, before)
}

func TestContextEndsTheSystem(t *testing.T) {
	outside.CloseIdleConnections()
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, parse(t, "web.do", chain), Options{Grace: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	long := make(chan reply, 1)
	go func() { long <- ask(t, s, "web.long") }()
	time.Sleep(50 * time.Millisecond)
	cancel()
	select {
	case r := <-long:
		if r.status != http.StatusServiceUnavailable {
			t.Errorf("status %d, want 503", r.status)
		}
	case <-time.After(5 * time.Second):
		t.Error("a request outlives the context")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	refused(t, s)
	outside.CloseIdleConnections()
	settles(t, before)
}

func TestStartAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := Start(ctx, parse(t, "web.do", chain), Options{})
	if err == nil {
		_ = s.Close()
		t.Error("started on a context that has ended")
	}
}

// Each service has a port of its own on loopback, and answers there for its
// operations alone.
func TestAddresses(t *testing.T) {
	s := start(t, "web.do", chain)
	seen := map[string]bool{}
	for name, base := range s.Addresses() {
		u, err := url.Parse(base)
		if err != nil || !net.ParseIP(u.Hostname()).IsLoopback() || seen[u.Port()] {
			t.Errorf("%s listens on %s: %v", name, base, err)
		}
		seen[u.Port()] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d ports for 2 services", len(seen))
	}
	web := s.Addresses()["web"]
	if got, want := s.URL("web.do"), web+"/do"; got != want {
		t.Errorf("URL %q, want %q", got, want)
	}
	if got := s.URL("web.nothing"); got != "" {
		t.Errorf("URL of an operation that is not there: %q", got)
	}
	for path, want := range map[string]int{"/": 200, "/healthz": 200, "/do": 200, "/other": 404, "/do/": 404, "/query": 404} {
		res, err := outside.Get(web + path)
		if err != nil {
			t.Fatal(err)
		}
		var st status
		if path == "/healthz" {
			if err := json.NewDecoder(res.Body).Decode(&st); err != nil || st.Service != "web" || !slices.Contains(st.Operations, "/do") {
				t.Errorf("status %+v: %v", st, err)
			}
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, res.StatusCode, want)
		}
	}
}

// A header that no service of the system wrote does no harm.
func TestStrayHeaders(t *testing.T) {
	s := start(t, "web.do", chain)
	for _, h := range [][2]string{
		{HeaderDue, "soon"},
		{HeaderDue, "-1"},
		{HeaderDue, "NaN"},
		{HeaderDue, "1"},
		{HeaderBatch, "-7"},
		{HeaderBatch, "1e9"},
		{HeaderReplica, "99999"},
		{HeaderReplica, "-1"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL("db.do"), strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(h[0], h[1])
		res, err := outside.Do(req)
		if err != nil {
			t.Errorf("%v: %v", h, err)
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%v: status %d", h, res.StatusCode)
		}
	}
}

func TestListen(t *testing.T) {
	for host, want := range map[string]string{"": "127.0.0.1", "127.0.0.2": "127.0.0.2", "0.0.0.0": "127.0.0.1"} {
		s, err := Start(t.Context(), parse(t, "web.do", chain), Options{Listen: host})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(s.URL("web.do"))
		if err != nil || u.Hostname() != want {
			t.Errorf("listening on %q: reached at %v, want %s", host, u, want)
		}
		if r := ask(t, s, "web.do"); r.status != http.StatusOK {
			t.Errorf("listening on %q: status %d", host, r.status)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, host := range []string{"127.0.0.1:80", "no such host", "192.0.2.1"} {
		if s, err := Start(t.Context(), parse(t, "web.do", chain), Options{Listen: host}); err == nil {
			_ = s.Close()
			t.Errorf("listens on %q", host)
		}
	}
}

// A system too large for the machine is refused with the number of cells that
// would do, and a cell of that size is not.
func TestTooLarge(t *testing.T) {
	m, err := scenarios.Load("albumly", scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), m, Options{})
	var large *TooLargeError
	if !errors.As(err, &large) || !strings.Contains(err.Error(), "live.cells") {
		t.Fatalf("started 14 000 uploads a second: %v", err)
	}
	if large.Entries < 55_000 || large.Entries > 56_000 {
		t.Errorf("%v requests a second from outside, want (1.2e9 + 2.4e9 + 1.2e9)/day", large.Entries)
	}
	if n := m.Live.Cells; large.Cells > n {
		t.Errorf("a cell of 1/%d would be too large: %v", n, err)
	}
	if err := affordable(m.Cell(), 2); err != nil {
		t.Errorf("one cell: %v", err)
	}
}

// The traffic between services of each kind of step, worked out by hand.
func TestTraffic(t *testing.T) {
	for _, x := range []struct {
		steps string
		hops  float64 // by 100 requests a second
	}{
		{"{cpu: 1ms}", 0},
		{"{call: b.leaf}", 100},
		{"{call: b.node}", 200},
		{"{parallel: [{call: b.leaf}, {call: b.node}]}", 300},
		{"{cache: {hit: 90%, else: [{call: b.node}]}}", 20},
		{"{choose: [{p: 25%, do: [{call: b.leaf}]}, {p: 75%, do: []}]}", 25},
		{"{repeat: {count: 3, do: [{call: b.node}]}}", 600},
		{"{publish: log}", 200},
	} {
		m := parse(t, "a.do", fmt.Sprintf(`
services:
  a: {operations: {do: [%s]}}
  b: {operations: {leaf: [{cpu: 1ms}], node: [{call: b.leaf}]}}
topics: {log: {partitions: 3, consumer: b.node, batch: 10}}
`, x.steps)).Scale(100)
		if entries, hops := newTraffic(m).rates(); entries != 100 || hops < x.hops-1e-6 || hops > x.hops+1e-6 {
			t.Errorf("%s: %v and %v a second, want 100 and %v", x.steps, entries, hops, x.hops)
		}
	}
}

// A model filled in by hand that makes no sense is refused, never brought up.
func TestBadModels(t *testing.T) {
	for name, spoil := range map[string]func(*scenarios.Model){
		"no replicas":     func(m *scenarios.Model) { m.Services[0].Replicas = 0 },
		"no such call":    func(m *scenarios.Model) { m.Operations[0].Steps = []scenarios.Step{scenarios.Call{At: "x", Op: 77}} },
		"no step":         func(m *scenarios.Model) { m.Operations[0].Steps = []scenarios.Step{nil} },
		"many cores":      func(m *scenarios.Model) { m.Services[0].Replicas, m.Services[0].Cores = 1<<30, 1<<40 },
		"many keys":       func(m *scenarios.Model) { m.Services[0].Balancing, m.Services[0].HashKeys = scenarios.Hash, 1<<40 },
		"many partitions": func(m *scenarios.Model) { m.Topics[0].Partitions = 1 << 30 },
	} {
		m := parse(t, "web.do", chain)
		spoil(m)
		if s, err := Start(t.Context(), m, Options{}); err == nil {
			_ = s.Close()
			t.Errorf("%s: started", name)
		} else if !strings.HasPrefix(err.Error(), "emulate: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Start(t.Context(), nil, Options{}); err == nil {
		t.Error("started without a model")
	}
	if _, err := Start(t.Context(), parse(t, "web.do", chain), Options{Grace: -1}); err == nil {
		t.Error("started with a negative grace time")
	}
}
