package scenarios

import "math"

// limits checks what a service lets in and how its replicas come and go.
func (c *checker) limits(where string, s *Service) {
	c.guard(where, s)
	c.want(s.Choices == 0 || s.Choices >= 2, where, "a choice among %d replicas; want at least 2", s.Choices)
	c.want(s.Slow.Replicas >= 0 && s.Slow.Replicas <= s.Replicas, where, "%d slow replicas of %d", s.Slow.Replicas, s.Replicas)
	c.want(s.Slow.Replicas == 0 || s.Slow.Speed > 0 && s.Slow.Speed <= 1, where, "slow replicas of speed %v; want above 0, and at most 1", s.Slow.Speed)
	c.want(s.Cost >= 0 && !math.IsInf(s.Cost, 0), where, "a cost of %v", s.Cost)
	if f := s.Failures; f != nil {
		c.want(lasts(f.Up.Mean()) && lasts(f.Down.Mean()), where, "up for %v s and down for %v s; want means above 0", f.Up.Mean(), f.Down.Mean())
	}
	if a := s.Scaling; a != nil {
		c.want(a.Metric <= ScaleByRate, where, "no metric %d to scale by", a.Metric)
		c.want(lasts(a.Target), where, "a target of %v; want above 0", a.Target)
		c.want(a.Min >= 1 && a.Min <= s.Replicas && s.Replicas <= a.Max, where, "%d replicas at the start; want from %d to %d, and at least 1", s.Replicas, a.Min, a.Max)
		c.want(lasts(a.Interval), where, "looks every %v s", a.Interval)
		c.want(a.Delay >= 0 && !math.IsInf(a.Delay, 0) && a.Cooldown >= 0 && !math.IsInf(a.Cooldown, 0), where, "a delay of %v s and a cooldown of %v s", a.Delay, a.Cooldown)
	}
	varies := s.Slow.Replicas > 0 || s.Failures != nil || s.Scaling != nil
	c.want(!varies || s.Balancing != Shared || s.Threads > 0, where, "replicas that differ, as one station of shared balancing without threads")
}

func (c *checker) guard(where string, s *Service) {
	g := &s.Guard
	c.want(g.Line <= CoDel, where, "no order of a line %d", g.Line)
	c.want(g.Line < AdaptiveLIFO || lasts(g.Target), where, "a target wait of %v s", g.Target)
	c.want(g.Line != CoDel || lasts(g.Interval), where, "an interval of %v s", g.Interval)
	patient := g.Patience.IsZero()
	c.want(patient || lasts(g.Patience.Mean()), where, "a patience of %v s", g.Patience.Mean())
	c.want(g.Rate >= 0 && !math.IsInf(g.Rate, 0), where, "a rate limit of %v/s", g.Rate)
	c.want(g.Rate == 0 || g.Burst >= 1 && !math.IsInf(g.Burst, 0), where, "a bucket of %v tokens; want at least 1", g.Burst)
	c.want(g.Shed >= 0 && !math.IsInf(g.Shed, 0), where, "sheds at a wait of %v s", g.Shed)
	c.want(s.Threads > 0 || g.Line == FIFOLine && patient && g.Shed == 0, where, "rules for a line without a limit on threads")
}

// lasts reports whether a number is above 0 and finite.
func lasts(x float64) bool { return x > 0 && !math.IsInf(x, 1) }
