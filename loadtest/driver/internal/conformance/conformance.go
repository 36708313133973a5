// Package conformance holds drivers against what a load test wants of each of
// them: whatever a server does, there is an answer of the right kind in time,
// and nothing is left behind.
package conformance

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/headroom/headroom/loadtest/driver"
)

// Protocol is what is tested of a driver.
type Protocol struct {
	Server string // host and port of a real server
	// New makes a call that succeeds, and what closes its client.
	New func(ctx context.Context, dial driver.Dial, connections int) (driver.Call, func(), error)
	// Status is that of an answer as expected.
	Status int
	// Connections is how many there may be at most, for 4 in flight.
	Connections int
	// Silent: answers have no length.
	Silent bool
}

// Bounds that are never reached but by what hangs.
const (
	long  = 20 * time.Second
	brief = 200 * time.Millisecond // for what is to end by it
)

// Test runs every test on a driver.
func Test(t *testing.T, p Protocol) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, Protocol)
	}{
		{"answers", answers},
		{"cap", capped},
		{"timeout", timeout},
		{"cancel", cancel},
		{"killed", killed},
		{"refused", refused},
		{"malformed", malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			settle(t, runtime.NumGoroutine()) // looked at when all else has been closed
			c.test(t, p)
		})
	}
}

// settle wants no more goroutines than before, once everything is closed.
func settle(t *testing.T, before int) {
	t.Helper()
	t.Cleanup(func() {
		for end := time.Now().Add(long); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Errorf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
				return
			}
		}
	})
}

// open makes a call through a proxy.
func open(t *testing.T, p Protocol, connections int) (driver.Call, *proxy) {
	t.Helper()
	between := newProxy(t, p.Server)
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	call, shut, err := p.New(ctx, between.dial, connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shut)
	return call, between
}

// Plain dials as ever.
func Plain(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func ask(call driver.Call, within time.Duration) driver.Answer {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return call.Do(ctx, nil)
}

func (p Protocol) good(t *testing.T, a driver.Answer) {
	t.Helper()
	if a.Err != nil || a.Status != p.Status || p.Silent != (a.Bytes == 0) {
		t.Errorf("%+v, want status %d and a length: %v", a, p.Status, !p.Silent)
	}
}

func answers(t *testing.T, p Protocol) {
	call, _ := open(t, p, 1)
	for range 20 {
		p.good(t, ask(call, long))
	}
}

// capped: many at once are all answered over the connections that there may be.
func capped(t *testing.T, p Protocol) {
	call, between := open(t, p, 4)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() { p.good(t, ask(call, long)) })
	}
	all.Wait()
	between.mu.Lock()
	defer between.mu.Unlock()
	if between.most > p.Connections || between.most == 0 {
		t.Errorf("%d connections at once, want 1 to %d", between.most, p.Connections)
	}
}

// ends wants an answer that came since its context had ended, and not long after.
func ends(t *testing.T, ctx context.Context, call driver.Call) {
	t.Helper()
	done := make(chan driver.Answer, 1)
	go func() { done <- call.Do(ctx, nil) }()
	select {
	case a := <-done:
		var timed net.Error
		if ctx.Err() == nil || a.Err == nil || errors.Is(a.Err, driver.ErrUnexpected) ||
			!errors.Is(a.Err, context.Canceled) && !errors.Is(a.Err, context.DeadlineExceeded) && !(errors.As(a.Err, &timed) && timed.Timeout()) {
			t.Errorf("%+v with a context of %v", a, ctx.Err())
		}
	case <-time.After(long):
		t.Fatal("no answer long after the context ended")
	}
}

func timeout(t *testing.T, p Protocol) {
	call, between := open(t, p, 4)
	p.good(t, ask(call, long))
	between.stall(true)
	ctx, cancel := context.WithTimeout(context.Background(), brief)
	defer cancel()
	ends(t, ctx, call)
	between.stall(false)
	recovers(t, p, call)
}

func cancel(t *testing.T, p Protocol) {
	call, between := open(t, p, 4)
	p.good(t, ask(call, long))
	between.stall(true)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(brief, cancel)
	defer cancel()
	ends(t, ctx, call)
}

// recovers wants a good answer once the server is there again.
func recovers(t *testing.T, p Protocol, call driver.Call) {
	t.Helper()
	for end := time.Now().Add(long); ; time.Sleep(10 * time.Millisecond) {
		a := ask(call, long)
		if a.Err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%+v long after the server was back", a)
		}
	}
}

// killed: the connection is lost while an answer is waited for.
func killed(t *testing.T, p Protocol) {
	call, between := open(t, p, 4)
	p.good(t, ask(call, long))
	between.stall(true)
	done := make(chan driver.Answer, 1)
	go func() { done <- ask(call, long) }()
	time.Sleep(brief) // so that it is most probably on its way
	between.cut()
	between.stall(false)
	select {
	case a := <-done:
		if !lost(a.Err) {
			t.Errorf("%+v, want a lost connection", a)
		}
	case <-time.After(long):
		t.Fatal("no answer long after the connection was lost")
	}
	recovers(t, p, call)
}

// lost reports whether an error is told as one of a connection.
func lost(err error) bool {
	for _, e := range []error{
		driver.ErrConnection, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// refused: nobody listens.
func refused(t *testing.T, p Protocol) {
	call, between := open(t, p, 4)
	p.good(t, ask(call, long))
	between.kill()
	for range 3 { // the first may be told of the connection that there was
		if a := ask(call, long); !lost(a.Err) {
			t.Errorf("%+v, want a refused connection", a)
		}
	}
}

// acceptAll has every connection served on a goroutine of its own, until the
// listener is closed.
func acceptAll(all *sync.WaitGroup, l net.Listener, serve func(c net.Conn)) {
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serve(c) })
		}
	})
}

// malformed: who listens speaks another language.
func malformed(t *testing.T, p Protocol) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	acceptAll(&all, l, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_, _ = c.Write([]byte("?!\r\n\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\r\n\r\n"))
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	})
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, l.Addr().String())
	}
	call, shut, err := p.New(ctx, dial, 4)
	if err == nil {
		a := call.Do(ctx, nil)
		shut()
		err = a.Err
	}
	if err == nil || ctx.Err() != nil {
		t.Errorf("%v, with a context of %v; want an error at once", err, ctx.Err())
	}
	_ = l.Close()
	all.Wait()
}
