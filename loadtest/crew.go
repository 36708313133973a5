package loadtest

import (
	"context"
	"sync"
)

// crew carries an attack by workers of our own, after the pattern of leader and
// followers ([SSRB00]): one of those who are free leads, which is to wait for
// the next request to become due. Then it hands the lead on and sends the
// request itself, so that under a load at its limit no request changes hands.
type crew struct {
	*attack
	pace context.Context // ends when nothing more is to be sent
	all  sync.WaitGroup

	mu      sync.Mutex
	workers int
	led     bool            // somebody leads, or nobody will any more
	free    []chan struct{} // the workers who do nothing; receiving is to lead
	over    bool
}

func newCrew(a *attack, pace context.Context) *crew { return &crew{attack: a, pace: pace} }

func (c *crew) run() {
	c.led, c.workers = true, 1
	c.all.Go(c.work)
	c.all.Wait()
}

// work is one worker, who begins with the lead.
func (c *crew) work() {
	called := make(chan struct{}, 1)
	for {
		r, ok := c.take(c.pace)
		c.handOn(!ok)
		if !ok {
			return
		}
		c.send(r)
		if !c.lead(called) {
			return
		}
	}
}

// handOn gives the lead to one who is free, or to a new worker; where there can
// be no more of these, the next one who gets free takes it.
func (c *crew) handOn(over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch last := len(c.free) - 1; {
	case over:
		c.over = true
		for _, w := range c.free {
			w <- struct{}{}
		}
		c.free = nil
	case last >= 0:
		c.free[last] <- struct{}{}
		c.free = c.free[:last]
	case c.workers < c.connections:
		c.workers++
		c.all.Go(c.work)
	default:
		c.led = false
	}
}

// lead returns when the worker has the lead, and false when all is over.
func (c *crew) lead(called chan struct{}) bool {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return false
	}
	if !c.led {
		c.led = true
		c.mu.Unlock()
		return true
	}
	c.free = append(c.free, called)
	c.mu.Unlock()
	<-called
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.over
}
