package emulate

import (
	"context"

	"github.com/headroom/headroom/scenarios"
)

// pool is one pool of one replica. The lock on what is held guards it.
type pool struct {
	spec  *scenarios.Pool
	units threads
	line  []*hold
	meter *holdMeter // of this pool of all replicas
}

// acquire takes one of a pool of the replica, or waits for one.
func (f *frame) acquire(ctx context.Context, step scenarios.Acquire, now float64) (float64, fault) {
	sys := f.visit.service.system
	p := f.visit.replica.pools[step.Pool]
	h := &hold{frame: f, from: p, asked: now, granted: make(chan float64, 1)}
	sys.holding.Lock()
	blocked := !p.units.free()
	p.meter.ask(now, blocked)
	switch {
	case !blocked:
		now = p.units.take(now)
		h.has = true
		p.meter.held.add(now, 1)
		sys.holding.Unlock()
		f.holds = append(f.holds, h)
		return now, none
	case p.spec.Backlog >= 0 && len(p.line) >= p.spec.Backlog:
		p.meter.fail(now)
		sys.holding.Unlock()
		return now, rejected
	}
	p.line = standIn(p.line, h)
	p.meter.waiting.add(now, 1)
	sys.holding.Unlock()
	var expired chan struct{}
	if step.Timeout > 0 {
		expired = make(chan struct{})
		defer sys.clock.At(now+step.Timeout, func() { close(expired) }).Stop()
	}
	at, why := f.wait(ctx, h, expired, now)
	switch why {
	case none:
		f.holds = append(f.holds, h)
	case timeout:
		at = now + step.Timeout
	}
	return at, why
}

// release gives back the last that the frame took of a pool, if any.
func (f *frame) release(id scenarios.PoolID, now float64) {
	sys := f.visit.service.system
	p := f.visit.replica.pools[id]
	for i := len(f.holds) - 1; i >= 0; i-- {
		if h := f.holds[i]; h.from == p {
			f.holds = without(f.holds, h)
			sys.holding.Lock()
			p.back(h, now)
			sys.holding.Unlock()
			return
		}
	}
}

func (p *pool) back(_ *hold, at float64) {
	p.meter.held.add(at, -1)
	p.units.give(at)
	if len(p.line) == 0 {
		return
	}
	next := p.line[0]
	p.line = p.line[1:]
	p.meter.grant(next, p.units.take(next.asked))
}

func (p *pool) quit(h *hold, at float64) {
	p.line = without(p.line, h)
	p.meter.waiting.add(max(at, h.asked), -1)
	p.meter.fail(h.asked)
}
