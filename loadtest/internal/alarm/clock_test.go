package alarm

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// clocks runs a test on every source there is.
func clocks(t *testing.T, test func(t *testing.T, c *Clock)) {
	for name, s := range map[string]source{"system": newSource(), "timer": newTimer()} {
		t.Run(name, func(t *testing.T) {
			c := start(s)
			defer closeClock(t, c)
			test(t, c)
		})
	}
}

func closeClock(t *testing.T, c *Clock) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestCallsComeInOrderAndNeverEarly(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		var got []int
		done := make(chan struct{})
		base := c.Now() + 0.02
		for _, i := range []int{3, 0, 4, 1, 2} {
			at := base + float64(i)*0.002
			c.At(at, func() {
				if now := c.Now(); now < at {
					t.Errorf("call %d came at %v, %v s early", i, now, at-now)
				}
				if got = append(got, i); len(got) == 5 {
					close(done)
				}
			})
		}
		<-done
		if !slices.Equal(got, []int{0, 1, 2, 3, 4}) {
			t.Errorf("calls came as %v", got)
		}
	})
}

func TestEqualTimesAreServedInTheOrderAskedFor(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		var got []int
		done := make(chan struct{})
		at := c.Now() + 0.01
		for i := range 100 {
			c.At(at, func() {
				if got = append(got, i); len(got) == 100 {
					close(done)
				}
			})
		}
		<-done
		if !slices.IsSorted(got) {
			t.Errorf("calls of one time came as %v", got)
		}
	})
}

func TestTimesThatAreNotInTheFuture(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		for _, at := range []float64{0, -1, math.Inf(-1), math.NaN(), c.Now()} {
			done := make(chan struct{})
			c.At(at, func() { close(done) })
			<-done
		}
		e := c.At(math.Inf(1), func() { t.Error("the end of time came") })
		if !e.Stop() {
			t.Error("an entry far away was not there to be stopped")
		}
	})
}

func TestStopAndSet(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		calls := make(chan float64, 10)
		e := c.Entry(func() { calls <- c.Now() })
		if e.Stop() {
			t.Error("an entry that was never set was stopped")
		}
		e.Set(c.Now() + 0.02)
		if !e.Stop() || e.Stop() {
			t.Error("stopping works once")
		}
		late := c.Now() + 10
		e.Set(late)
		early := c.Now() + 0.005
		e.Set(early) // moves it forward: the source must be set anew
		if at := <-calls; at < early || at >= late {
			t.Errorf("served at %v, set to %v", at, early)
		}
		e.Set(c.Now() + 0.005)
		moved := c.Now() + 0.03
		e.Set(moved) // moves it back
		if at := <-calls; at < moved {
			t.Errorf("served at %v, moved to %v", at, moved)
		}
		select {
		case at := <-calls:
			t.Errorf("served once more, at %v", at)
		case <-time.After(30 * time.Millisecond):
		}
	})
}

// TestSetFromCall has each call set the next, as pacers and schedulers do.
func TestSetFromCall(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		n, done := 0, make(chan struct{})
		at := c.Now()
		var e *Entry
		e = c.Entry(func() {
			if n++; n == 50 {
				close(done)
				return
			}
			at += 0.0005
			e.Set(at)
		})
		e.Set(at)
		<-done
	})
}

func TestWaitUntil(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		at := c.Now() + 0.01
		if err := c.WaitUntil(t.Context(), at); err != nil || c.Now() < at {
			t.Errorf("waited until %v for %v: %v", c.Now(), at, err)
		}
		if err := c.WaitUntil(t.Context(), at); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		began := c.Now()
		if err := c.WaitUntil(ctx, began+30); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait cut short by its context ended with %v", err)
		}
		if took := c.Now() - began; took > 10 {
			t.Errorf("a cut wait took %v s", took)
		}
		if err := c.WaitUntil(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait under an ended context ended with %v", err)
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, s := range []source{newSource(), newTimer()} {
		c := start(s)
		waited := make(chan error)
		go func() { waited <- c.WaitUntil(context.Background(), 1e9) }()
		e := c.At(1e9, func() { t.Error("called after the end") })
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() { closeClock(t, c) })
		}
		closers.Wait()
		if err := <-waited; !errors.Is(err, ErrClosed) {
			t.Errorf("a wait on a closed clock ended with %v", err)
		}
		e.Set(0)
		if err := c.WaitUntil(t.Context(), c.Now()+1); !errors.Is(err, ErrClosed) {
			t.Errorf("a wait begun on a closed clock ended with %v", err)
		}
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	clocks(t, func(t *testing.T, c *Clock) {
		var users sync.WaitGroup
		for i := range 8 {
			users.Go(func() {
				for j := range 50 {
					if err := c.WaitUntil(t.Context(), c.Now()+float64(i*j)*1e-6); err != nil {
						t.Error(err)
					}
					c.After(1, func() {}).Stop()
				}
			})
		}
		users.Wait()
	})
}

// TestLatenessIsSmall has a bound fifty times what an idle machine shows, so
// that a busy one passes: it fails for a clock with a grain of 10 ms.
func TestLatenessIsSmall(t *testing.T) {
	c := New()
	defer closeClock(t, c)
	late := lateness(c, 200, 0.001)
	if median := late[len(late)/2]; median > 0.002 {
		t.Errorf("the median call came %v s after its time", median)
	}
}

// lateness asks for n calls, gap seconds apart, and returns how late they
// came, in rising order (s).
func lateness(c *Clock, n int, gap float64) []float64 {
	late := make([]float64, 0, n)
	done := make(chan struct{})
	at := c.Now() + 0.01
	var e *Entry
	e = c.Entry(func() {
		if late = append(late, c.Now()-at); len(late) == n {
			close(done)
			return
		}
		at += gap
		e.Set(at)
	})
	e.Set(at)
	<-done
	slices.Sort(late)
	return late
}

// BenchmarkLateness reports how late the calls of an otherwise idle clock come
// (run with -benchtime 2000x).
func BenchmarkLateness(b *testing.B) {
	c := New()
	defer func() { _ = c.Close() }()
	late := lateness(c, max(b.N, 10), 0.001)
	b.ReportMetric(late[len(late)/2]*1e6, "p50-µs")
	b.ReportMetric(late[len(late)*99/100]*1e6, "p99-µs")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSet is the cost of moving an entry that is not the next one.
func BenchmarkSet(b *testing.B) {
	c := New()
	defer func() { _ = c.Close() }()
	c.At(1e6, func() {})
	e := c.Entry(func() {})
	b.ReportAllocs()
	for b.Loop() {
		e.Set(2e6)
	}
}

// BenchmarkLatenessUnderHTTP has clients and a server of this process keep the
// cores busy meanwhile.
func BenchmarkLatenessUnderHTTP(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	ctx, cancel := context.WithCancel(b.Context())
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for ctx.Err() == nil {
				if r, err := s.Client().Get(s.URL); err == nil {
					_ = r.Body.Close()
				}
			}
		})
	}
	c := New()
	late := lateness(c, max(b.N, 10), 0.001)
	cancel()
	clients.Wait()
	_ = c.Close()
	b.ReportMetric(late[len(late)/2]*1e6, "p50-µs")
	b.ReportMetric(late[len(late)*99/100]*1e6, "p99-µs")
	b.ReportMetric(0, "ns/op")
}
