package simulate

import (
	"math/rand/v2"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// shardSpec is how the data of a service is split over its replicas.
type shardSpec struct {
	of        popularity // partitions, by what is asked of them
	rebalance float64    // time between two rounds (s); 0 = never
}

// shards are the partitions of a service at work.
type shards struct {
	*shardSpec
	pick  *rand.Rand // "partition of <service>"
	owner []int32    // replica of each, counted within the service
	asked []int64    // of each since the last round
}

func (c *compiler) shards(s *scenarios.Service) *shardSpec {
	p := s.Partitions
	if p == nil {
		return nil
	}
	if p.Count < 1 || len(p.Shares) > 0 && len(p.Shares) != p.Count {
		c.fail("services.%s: %d partitions, %d shares", s.Name, p.Count, len(p.Shares))
		return nil
	}
	spec := &shardSpec{of: rules.Popularity{N: p.Count}, rebalance: p.Rebalance}
	switch {
	case len(p.Shares) > 0:
		spec.of = rules.Shares(p.Shares)
	case p.Keys > 0:
		z := c.zipf(p.Keys, p.Skew, "services."+s.Name+".partitions")
		spec.of = z.Partitions(p.Count)
	}
	return spec
}

func (k *kernel) setUpShards(st *streams) {
	for i := range k.stations {
		s := &k.stations[i]
		spec := s.service.shards
		if spec == nil {
			continue
		}
		n := spec.of.N
		s.parts = &shards{shardSpec: spec, pick: st.named("partition of " + s.name), owner: make([]int32, n), asked: make([]int64, n)}
		for p := range n {
			s.parts.owner[p] = int32(p % s.replicas)
		}
		if spec.rebalance > 0 {
			k.schedule(spec.rebalance, evRebalance, int32(i))
		}
	}
}

// home draws the partition of a request and returns the replica that has it,
// counted within the service.
func (p *shards) home() int32 {
	i := int32(0)
	if p.of.N > 1 {
		i = p.of.Pick(p.pick.Float64())
	}
	p.asked[i]++
	return p.owner[i]
}

// rebalance gives the partitions of a service to its replicas anew.
func (k *kernel) rebalance(i int32) {
	s := &k.stations[i]
	copy(s.parts.owner, rules.Spread(s.parts.asked, s.replicas))
	clear(s.parts.asked)
	if k.now < k.until {
		k.schedule(s.parts.rebalance, evRebalance, i)
	}
}
