// Package alarm is the clock that live runs share: it says what time it is and
// calls back, or wakes, at a given time more precisely than Go's own timers,
// whose grain on Linux is a millisecond (the runtime waits in epoll, which
// counts whole milliseconds). On Linux it waits on a timerfd; elsewhere it
// falls back on [time.Timer] and is as coarse as that.
//
// It never says what to do at a time: that is the business of the load
// generator, which sends when a request is due, and of the emulated services,
// which complete a request when its cores would have.
package alarm

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"
)

// ErrClosed is what [Clock.WaitUntil] returns when the clock is closed under it.
var ErrClosed = errors.New("alarm: the clock was closed")

// Clock counts seconds from the moment it was made and serves what was asked
// for at a time. It is safe for use by several goroutines.
//
// Accuracy on Linux: never before its time; the median call comes 1 µs after it
// on an idle two-core machine and 4 to 12 µs after it with both cores taken by
// HTTP clients and servers of this process (99th percentile: 0.1 and 0.5 ms; a
// few ms where other processes want the cores too). Where as many goroutines
// compute without a break as GOMAXPROCS allows, a call waits for one of them
// to be preempted, up to 10 ms.
// What follows from a call should be reckoned from the time that was asked
// for, so that a late call does not make the next one late.
type Clock struct {
	zero   time.Time
	source source
	ended  chan struct{} // closed when the serving goroutine is gone

	mu     sync.Mutex
	queue  queue
	seq    uint64 // gives entries of one time the order they were set in
	armed  int64  // the time of the entry the source is set for (ns), or never
	wake   int64  // when the source is to wake, a little before armed (ns); 0 = not set
	lead   int64  // that little: what a wake-up usually takes (ns)
	closed bool
}

// source is something that can be waited on until a time has passed.
type source interface {
	// arm makes wait return d ns from now (d > 0), in place of any time set before.
	// It may be called while another goroutine is in wait.
	arm(d int64) error
	// wait blocks until the time set by arm has passed; it may return early.
	wait() error
	// close releases the source once nobody waits any more.
	close() error
}

const never = math.MaxInt64

// New starts a clock at 0. [Clock.Close] ends it.
func New() *Clock {
	return start(newSource())
}

func start(s source) *Clock {
	c := &Clock{zero: time.Now(), source: s, ended: make(chan struct{}), armed: never}
	go c.serve()
	return c
}

// Now returns the seconds since the clock started (s). It never goes back.
func (c *Clock) Now() float64 { return float64(c.nanos()) / 1e9 }

// Nanos returns the nanoseconds since the clock started (ns).
func (c *Clock) Nanos() int64 { return c.nanos() }

// Zero returns the moment that the clock calls 0.
func (c *Clock) Zero() time.Time { return c.zero }

func (c *Clock) nanos() int64 { return int64(time.Since(c.zero)) }

// At calls f once, as soon as the clock has passed t (s); a time that has
// passed already is served at once. f runs on the clock's own goroutine, one
// call after the other in the order of their times (those of one time in the
// order they were asked for), so it must be short and must not block. It may
// use the clock.
func (c *Clock) At(t float64, f func()) *Entry {
	e := c.Entry(f)
	e.Set(t)
	return e
}

// After calls f once, d seconds from now, as [Clock.At] does.
func (c *Clock) After(d float64, f func()) *Entry { return c.At(c.Now()+d, f) }

// Entry makes an entry that calls f and is not set to any time yet: for a
// caller that sets, moves and stops it many times without allocating.
func (c *Clock) Entry(f func()) *Entry { return &Entry{clock: c, call: f, index: unset} }

// WaitUntil returns when the clock has passed t (s), at once if it has already.
// It returns the context's error when that ends first, and [ErrClosed] when
// the clock does.
func (c *Clock) WaitUntil(ctx context.Context, t float64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if nanosOf(t) <= c.nanos() {
		return nil
	}
	done := make(chan struct{})
	e := c.At(t, func() { close(done) })
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		e.Stop()
		return ctx.Err()
	case <-c.ended:
		return ErrClosed
	}
}

// Close ends the clock. Calls not made yet are never made; one that is under
// way is waited for, so Close must not be called from a callback. Closing
// twice is closing once.
func (c *Clock) Close() error {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	var err error
	if first {
		err = c.source.arm(1)
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	<-c.ended
	if !first {
		return nil
	}
	return c.source.close()
}

// nanosOf is the whole nanosecond at or after t seconds, so that nothing is
// served before its time.
func nanosOf(t float64) int64 {
	ns := math.Ceil(t * 1e9)
	switch {
	case ns >= never: // also a time of +Inf: not in this life
		return never - 1
	case ns > 0:
		return int64(ns)
	}
	return 0 // NaN, too, is served at once rather than never
}
