package loadtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// engines runs a test once with each engine.
func engines(t *testing.T, test func(t *testing.T, e Engine)) {
	for _, e := range []Engine{Vegeta, Lean} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// rawServer serves connections on loopback, each on a goroutine that owns it.
func rawServer(t *testing.T, handle func(c *net.TCPConn, in *bufio.Reader, served *atomic.Int64)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(func() { end(); _ = l.Close() })
	served := new(atomic.Int64) // for the handlers to count
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { _ = c.Close() })
			go func() {
				defer c.Close()
				handle(c.(*net.TCPConn), bufio.NewReader(c), served)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// TestFaultyTargets: whatever a target does, each engine says the same of it,
// every request that is due is recorded once, and nothing hangs.
func TestFaultyTargets(t *testing.T) {
	hear := func(in *bufio.Reader) bool {
		_, err := http.ReadRequest(in)
		return err == nil
	}
	for _, c := range []struct {
		name   string
		handle func(c *net.TCPConn, in *bufio.Reader, served *atomic.Int64)
		want   []Outcome // any of these, and at least one of the first
	}{
		{"reset", func(c *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) {
			hear(in)
			_ = c.SetLinger(0)
		}, []Outcome{NoConnection}},
		{"reset within the body", func(c *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) {
			hear(in)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			time.Sleep(10 * time.Millisecond)
			_ = c.SetLinger(0)
		}, []Outcome{NoConnection}},
		{"half-closed", func(c *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) {
			hear(in)
			_ = c.CloseWrite()
			_, _ = io.Copy(io.Discard, in)
		}, []Outcome{NoConnection}},
		{"stalled", func(_ *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) { _, _ = io.Copy(io.Discard, in) }, []Outcome{TimedOut}},
		{"slow", func(c *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) { // a byte now and then: each read makes progress, the answer none
			hear(in)
			for _, b := range []byte("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000)) {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}, []Outcome{TimedOut}},
		{"malformed", func(c *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) {
			hear(in)
			_, _ = io.WriteString(c, "HTTP/1.1 2x0 OK\r\n\r\n")
		}, []Outcome{NoNetwork}},
		{"endless headers", func(c *net.TCPConn, in *bufio.Reader, _ *atomic.Int64) {
			hear(in)
			_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for more := []byte(strings.Repeat("X-Again: "+strings.Repeat("and again ", 400)+"\r\n", 10)); err == nil; {
				_, err = c.Write(more)
			}
		}, []Outcome{NoNetwork}},
		{"killed", func(c *net.TCPConn, in *bufio.Reader, served *atomic.Int64) { // in the middle of the run, with all its connections
			for hear(in) && served.Add(1) < 10 {
				_, _ = io.WriteString(c, fine)
			}
			_ = c.SetLinger(0)
		}, []Outcome{Answered, NoConnection}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, e Engine) {
				noHang := time.AfterFunc(60*time.Second, func() { panic(c.name + " hangs") })
				defer noHang.Stop()
				path := filepath.Join(t.TempDir(), "hits")
				m := shop(evenly("visitors", 50, only(page)), scenarios.Workload{Name: "staff", Users: 2, Mix: only(item)})
				m.Workloads[1].Think = constantly(0.05)
				timeout := 20.0
				if c.want[0] == TimedOut {
					timeout = 0.2
				}
				began := time.Now()
				load(t, m, rawServer(t, c.handle), Options{Duration: 0.4, Timeout: timeout, Hits: path, Engine: e})
				if took := time.Since(began); took > 30*time.Second {
					t.Errorf("it took %v", took)
				}
				_, hits, err := ReadHits(path)
				if err != nil {
					t.Fatal(err)
				}
				due, seen := 0, map[Outcome]int{}
				for _, h := range hits {
					if h.Workload == 0 {
						due++
					}
					seen[h.Outcome]++
				}
				want := 0
				for range Schedule(&m.Workloads[0], 0, 0.4) {
					want++
				}
				if due != want {
					t.Errorf("%d requests were due and %d recorded", want, due)
				}
				for o, n := range seen {
					if !slices.Contains(c.want, o) {
						t.Errorf("%d times %v; want %v", n, o, c.want)
					}
				}
				if seen[c.want[0]] == 0 {
					t.Errorf("outcomes %v; want %v", seen, c.want)
				}
			})
		})
	}
}

// TestEnginesAgree: the same schedule, the same requests at the target, the
// same hits, whoever sends them.
func TestEnginesAgree(t *testing.T) {
	mix := []scenarios.Share{{Op: page, P: 0.5}, {Op: item, P: 0.5}}
	m := shop(poisson("visitors", 500, mix), evenly("robots", 100, only(buy)))
	m.Live.Operations[buy] = scenarios.Request{Method: "POST", Path: "/buy?x=1", Body: []byte("a basket"), Headers: map[string]string{"x-token": "abc", "Host": "shop.example"}}
	type seen map[string]int
	asked := func(e Engine) (seen, []Hit) {
		got := make(chan string, 10_000)
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			header := ""
			for _, name := range []string{"User-Agent", "X-Token", "Content-Length", "Accept-Encoding", "X-Vegeta-Seq"} {
				header += fmt.Sprintf(" %s=%v", name, r.Header[name])
			}
			host := r.Host
			if strings.HasPrefix(host, "127.0.0.1:") {
				host = "here"
			}
			got <- r.Method + " " + r.RequestURI + " " + host + header + " " + string(body)
			_, _ = io.WriteString(w, "hello")
		})
		path := filepath.Join(t.TempDir(), "hits")
		load(t, m, url, Options{Seed: 3, Duration: 1, Hits: path, Engine: e})
		close(got)
		all := seen{}
		for text := range got {
			all[text]++
		}
		_, hits, err := ReadHits(path)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(hits, func(a, b Hit) int { return int(a.Due - b.Due) })
		return all, hits
	}
	ours, hits := asked(Vegeta)
	theirs, other := asked(Lean)
	if fmt.Sprint(ours) != fmt.Sprint(theirs) {
		t.Errorf("by vegeta the target was asked\n%v\nby the lean engine\n%v", ours, theirs)
	}
	if len(hits) < 500 || len(hits) != len(other) {
		t.Fatalf("%d hits and %d", len(hits), len(other))
	}
	for i := range hits {
		a, b := hits[i], other[i]
		if a.Due != b.Due || a.Op != b.Op || a.Outcome != Answered || b.Outcome != Answered || a.Status != b.Status || a.Bytes != b.Bytes {
			t.Fatalf("hit %d: %+v and %+v", i, a, b)
		}
	}
}

// TestCrew has few connections and more than they can carry: everything is
// sent, in order, and never more at once than the cap.
func TestCrew(t *testing.T) {
	noLeaks(t)
	for _, connections := range []int{1, 2, 7} {
		m := shop(evenly("visitors", 5000, only(page)))
		var now, most, sent atomic.Int64
		last := atomic.Int64{}
		a := &attack{plan: newPlan(m, nil, 1, 0.2), connections: connections, catchUp: CatchUp{Policy: Burst}}
		a.now = func() time.Duration { return time.Second }
		a.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		a.carry = func(due time.Duration, _ request) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			if connections == 1 && int64(due) <= last.Swap(int64(due)) {
				t.Error("out of order")
			}
			time.Sleep(10 * time.Microsecond)
			sent.Add(1)
			now.Add(-1)
		}
		a.run(t.Context(), Lean)
		if sent.Load() != 999 || most.Load() > int64(connections) || a.gauge.now.Load() != 0 {
			t.Errorf("%d connections: %d sent, %d at once, %d left", connections, sent.Load(), most.Load(), a.gauge.now.Load())
		}
	}
}

// TestAttacksEnd: when the pace ends, what is due and not sent is left over,
// none twice and none lost.
func TestAttacksEnd(t *testing.T) {
	noLeaks(t)
	engines(t, func(t *testing.T, e Engine) {
		m := shop(evenly("visitors", 1000, only(page)))
		pace, stop := context.WithCancel(t.Context())
		var sent atomic.Int64
		a := &attack{plan: newPlan(m, nil, 1, 1), connections: 4, catchUp: CatchUp{Policy: Burst}}
		a.now = func() time.Duration { return 2 * time.Second }
		a.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		a.carry = func(time.Duration, request) {
			if sent.Add(1) == 100 {
				stop()
			}
			time.Sleep(time.Millisecond)
		}
		a.run(pace, e)
		left := map[time.Duration]bool{}
		a.unsent(time.Second, func(due time.Duration, _ request) { left[due] = true })
		if n := int(sent.Load()) + len(left); n != 999 || sent.Load() > 110 {
			t.Errorf("%d sent and %d left of 999", sent.Load(), len(left))
		}
	})
}

func TestEngineOptions(t *testing.T) {
	m := shop(evenly("visitors", 50, only(page)))
	for want, o := range map[string]Options{
		`engine "wrk"`: {Engine: "wrk"}, "speaks HTTP/1.1": {Engine: Lean, HTTP2: true},
	} {
		o.Target = "http://127.0.0.1:1"
		if _, err := Run(t.Context(), m, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := Run(ctx, m, Options{Target: serveHTTP2(t), Duration: 0.2, HTTP2: true}); err != nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("HTTP/2: %v", err)
	}
}

// serveHTTP2 answers in HTTP/2 without TLS, and fails the test that asks otherwise.
func serveHTTP2(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked in %s", r.Proto)
		}
	})}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}
