package alarm

import "container/heap"

// serve waits for the source and makes the calls whose time has come, until
// the clock is closed.
func (c *Clock) serve() {
	defer close(c.ended)
	for {
		// An error of the source (a timerfd read does not fail in practice) ends
		// the clock: waiters see ErrClosed rather than wait for ever.
		err := c.source.wait()
		c.mu.Lock()
		if err != nil {
			c.closed = true
		}
		if c.closed {
			c.queue = nil
			c.mu.Unlock()
			return
		}
		c.learn()
		c.armed = never
		c.makeCalls()
		c.arm()
		c.mu.Unlock()
	}
}

// makeCalls makes the calls whose time has come, without holding the lock over
// a call: calls may set entries of this very clock.
func (c *Clock) makeCalls() {
	for len(c.queue) > 0 && !c.closed {
		e := c.queue[0]
		if now := c.nanos(); e.when > now {
			if e.when-now > c.lead {
				return
			}
			// Too near to sleep: the source was set early on purpose.
			when := e.when
			c.mu.Unlock()
			for c.nanos() < when {
			}
			c.mu.Lock()
			continue // the queue may have changed meanwhile
		}
		heap.Pop(&c.queue)
		c.mu.Unlock()
		e.call()
		c.mu.Lock()
	}
}

// arm sets the source to the first time in the queue, less the lead. The lock
// is held.
func (c *Clock) arm() {
	if len(c.queue) == 0 || c.closed {
		return
	}
	when := c.queue[0].when
	if when >= c.armed {
		return
	}
	now := c.nanos()
	c.armed = when
	c.wake = max(now+1, when-c.lead)
	// Arming fails only on a closed source or a time that cannot be: neither
	// can happen between New and the end of serve.
	_ = c.source.arm(c.wake - now)
}

// The clock sets its source early by what a wake-up usually takes, and spins
// away what is left when it comes sooner: some 10 µs in every second wake-up,
// for a median lateness of a few µs in place of 40.
const (
	longestLead = 100_000 // (ns) what is waited for by spinning at the very most
	leadStep    = 1_000   // (ns) how fast the lead follows the median
)

// learn moves the lead a step towards the median time between the moment the
// source was to wake at and now, as in the frugal median of [MaMS13], which remembers one number. The lock is held.
func (c *Clock) learn() {
	if c.wake == 0 {
		return
	}
	switch took := c.nanos() - c.wake; {
	case took > c.lead:
		c.lead = min(c.lead+leadStep, longestLead)
	case took < c.lead:
		c.lead = max(c.lead-leadStep, 0)
	}
	c.wake = 0
}
