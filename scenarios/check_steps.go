package scenarios

import "math"

// options checks what a caller does about late and bad answers.
func (c *checker) options(at string, o CallOptions) {
	c.want(o.Timeout >= 0 && !math.IsInf(o.Timeout, 0), at, "a timeout of %v s", o.Timeout)
	if r := o.Retry; r != nil {
		c.retry(at, r)
	}
	if h := o.Hedge; h != nil {
		c.want(h.After >= 0 && h.Copies >= 2, at, "a hedge of %d copies after %v s; want at least 2, the first included", h.Copies, h.After)
	}
	if b := o.Breaker; b != nil {
		c.want(b.Failures > 0 && b.Failures <= 1 && b.Minimum >= 1 && b.Window > 0 && b.Open > 0 && b.Probes >= 1, at, "a circuit breaker %+v", *b)
	}
}

func (c *checker) retry(at string, r *Retry) {
	c.want(r.Attempts >= 1, at, "%d attempts; want at least 1", r.Attempts)
	c.want(r.Factor >= 1 && !math.IsInf(r.Factor, 0), at, "a backoff that grows by %v; want at least 1", r.Factor)
	c.want(r.Most > 0, at, "a backoff of at most %v s", r.Most)
	c.want(r.Budget >= 0 && !math.IsInf(r.Budget, 0), at, "a budget of %v", r.Budget)
	c.want(r.Jitter <= Decorrelated, at, "no jitter %d", r.Jitter)
}

func (c *checker) fanOut(at string, s FanOut) {
	width := c.m.FanOutWidth(FanOut{Op: s.Op})
	c.want(s.Width >= 0 && s.Width <= width, at, "a fan-out to %d of %d", s.Width, width)
	c.want(s.Need >= 0 && s.Need <= c.m.FanOutWidth(s), at, "waits for %d of %d", s.Need, c.m.FanOutWidth(s))
	c.options(at, s.Options)
}

func (c *checker) store(at string, s *Store) {
	if s == nil {
		return
	}
	c.want(s.Keys >= 1 && s.Size >= 0, at, "a cache of %d among %d keys", s.Size, s.Keys)
	c.want(s.Skew >= 0 && s.Skew <= maxSkew, at, "a skew of %v", s.Skew)
}

// held checks steps about what belongs to the service.
func (c *checker) held(at string, s Step, inService bool) {
	if f, ok := s.(Fail); ok {
		c.share(at, f.P)
		return
	}
	c.want(inService, at, "a session has no locks and pools")
	if !inService || c.serving == nil {
		return
	}
	lock := func(id LockID) {
		c.want(id >= 0 && int(id) < len(c.serving.Locks), at, "no lock %d", id)
	}
	pool := func(id PoolID) {
		c.want(id >= 0 && int(id) < len(c.serving.Pools), at, "no pool %d", id)
	}
	switch s := s.(type) {
	case Lock:
		lock(s.Lock)
		if s.Retry != nil {
			c.retry(at, s.Retry)
		}
	case Acquire:
		pool(s.Pool)
		c.want(s.Timeout >= 0 && !math.IsInf(s.Timeout, 0), at, "a timeout of %v s", s.Timeout)
	case Release:
		pool(s.Pool)
	}
}
