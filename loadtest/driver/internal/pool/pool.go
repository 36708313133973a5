// Package pool keeps the connections of a driver whose protocol carries one
// request at a time.
package pool

import (
	"context"
	"sync"
)

// Fate is what becomes of a connection after it was used.
type Fate uint8

const (
	Keep  Fate = iota // it is good for the next request
	Drop              // its state is not known
	Clear             // the other side has closed it: those that are idle are no better
)

// Pool bounds and reuses connections, the one used last first.
type Pool[C any] struct {
	open  func(context.Context) (C, error)
	close func(C)
	slots chan struct{}

	mu     sync.Mutex
	idle   []C
	closed bool
}

// New makes a pool of at most so many connections, 1 at least.
func New[C any](most int, open func(context.Context) (C, error), shut func(C)) *Pool[C] {
	return &Pool[C]{open: open, close: shut, slots: make(chan struct{}, max(most, 1))}
}

// Use lends a connection to f, which says what becomes of it. The error is that
// of opening one, or of ctx when it ends before there is one.
func (p *Pool[C]) Use(ctx context.Context, f func(C) Fate) error {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c, ok := p.take()
	if !ok {
		var err error
		if c, err = p.open(ctx); err != nil {
			p.clear()
			return err
		}
	}
	p.back(c, f(c))
	return nil
}

func (p *Pool[C]) take() (c C, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		c, p.idle = p.idle[n-1], p.idle[:n-1]
		return c, true
	}
	return c, false
}

func (p *Pool[C]) back(c C, fate Fate) {
	if fate == Clear {
		p.clear()
	}
	p.mu.Lock()
	if fate == Keep && !p.closed {
		p.idle = append(p.idle, c)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.close(c)
}

func (p *Pool[C]) clear() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		p.close(c)
	}
}

// Close closes the connections that are idle, and the others when they come back.
func (p *Pool[C]) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.clear()
}
