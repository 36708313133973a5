package emulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// shards are the partitions of a service at work. The lock of the service
// guards them.
type shards struct {
	of    rules.Popularity
	pick  *stream // "partition of <service>"
	owner []int32 // replica of each
	asked []int64 // of each since the last round (1)
}

func newShards(seed uint64, m *scenarios.Service) *shards {
	p := m.Partitions
	if p == nil {
		return nil
	}
	s := &shards{of: rules.Popularity{N: p.Count}, pick: newStream(seed, "partition of "+m.Name), owner: make([]int32, p.Count), asked: make([]int64, p.Count)}
	switch {
	case len(p.Shares) > 0:
		s.of = rules.Shares(p.Shares)
	case p.Keys > 0:
		z := rules.Zipf(p.Keys, p.Skew)
		s.of = z.Partitions(p.Count)
	}
	for i := range s.owner {
		s.owner[i] = int32(i % m.Replicas)
	}
	return s
}

// home draws the partition of a request and returns the replica that has it.
func (p *shards) home() int32 {
	i := int32(0)
	if p.of.N > 1 {
		i = p.of.Pick(p.pick.share())
	}
	p.asked[i]++
	return p.owner[i]
}

// rebalanceFrom gives the partitions of a service to its replicas anew, every so
// often from the instant at on.
func (s *service) rebalanceFrom(at float64) {
	if s.parts == nil || s.model.Partitions.Rebalance == 0 {
		return
	}
	at += s.model.Partitions.Rebalance
	s.system.clock.At(at, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.parts.owner = rules.Spread(s.parts.asked, len(s.replicas))
		clear(s.parts.asked)
		s.rebalanceFrom(at)
	})
}
