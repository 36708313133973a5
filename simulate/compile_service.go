package simulate

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// findRanks numbers the priorities of the workloads, the most urgent first.
func (c *compiler) findRanks() {
	var all []int
	for i := range c.model.Workloads {
		all = append(all, c.model.Workloads[i].Priority)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > 256 {
		c.fail("model %q: %d different priorities of workloads; at most 256 can be simulated", c.model.Name, len(all))
	}
	c.ranks = make(map[int]uint8, len(all))
	for i, p := range all {
		c.ranks[p] = uint8(min(i, 255))
	}
}

// rules compiles who is served when, what is let in, and how replicas differ.
func (c *compiler) rules(s *scenarios.Service, out *service) {
	out.discipline, out.guard = s.Discipline, s.Guard
	out.failures, out.scaling, out.slow = s.Failures, s.Scaling, s.Slow
	out.begin, out.choices, out.ranks = s.Replicas, max(s.Choices, 2), max(len(c.ranks), 1)
	out.varies = s.Failures != nil || s.Scaling != nil
	c.faulted(scenarios.ServiceID(out.number), out)
	out.rules = out.varies || picky(&s.Guard)
	// Cores that may stop need to know how far every demand is.
	out.fifo = s.Discipline == scenarios.FIFO && s.Failures == nil && !out.faulted
	out.ordered = s.Discipline != scenarios.PS && !out.fifo
	out.preempts = s.Discipline == scenarios.PreemptivePriority || s.Discipline == scenarios.SRPT
	g := &s.Guard
	out.bounded = g.Rate > 0 || s.Threads > 0 && (s.Backlog >= 0 || !g.Patience.IsZero() || g.Shed > 0 || g.Line == scenarios.CoDel)
	if s.Scaling != nil {
		out.replicas = max(s.Replicas, s.Scaling.Max)
	}
	c.combines(s, out)
	if s.Balancing == scenarios.Shared && s.Threads == 0 && (out.varies || s.Slow.Replicas > 0) {
		c.fail("services.%s: replicas that differ, as one station of shared balancing without threads", s.Name)
	}
}

// speed is how fast the cores of a replica of s are (1).
func (s *service) speed(replica int) float64 {
	if replica < s.slow.Replicas {
		return s.slow.Speed
	}
	return 1
}

// availability is the share of the time that a replica is up, as far as it
// fails by itself (1).
func (s *service) availability() float64 {
	if s.failures == nil {
		return 1
	}
	up := s.failures.Up.Mean()
	return up / (up + s.failures.Down.Mean())
}

// allSpeeds is the speed of all replicas of s together (1).
func (s *service) allSpeeds() float64 {
	return float64(s.replicas) - float64(s.slow.Replicas)*(1-s.speed(0))
}

// combines refuses what cannot be simulated together.
func (c *compiler) combines(s *scenarios.Service, out *service) {
	if out.varies && (s.Partitions != nil || s.Replication != nil) {
		c.fail("services.%s: replicas that fail or are scaled, of a service whose data is split or copied, cannot be simulated together", s.Name)
	}
	c.cancels = c.cancels || out.crashes()
}
