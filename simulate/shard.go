package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"

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
	parts := make([]float64, p.Count)
	switch {
	case len(p.Shares) > 0:
		copy(parts, p.Shares)
	case p.Keys > 0:
		z := c.zipf(p.Keys, p.Skew, "services."+s.Name+".partitions")
		for key := range z.n {
			parts[mix(uint64(key))%uint64(p.Count)] += z.share(key)
		}
	default:
		for i := range parts {
			parts[i] = 1 / float64(p.Count)
		}
	}
	sum := 0.0
	for i, x := range parts {
		sum += x
		parts[i] = sum
	}
	return &shardSpec{of: popularity{n: p.Count, upTo: parts}, rebalance: p.Rebalance}
}

// mix spreads keys over partitions as a hash does: the finalizer of SplitMix64
// (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (k *kernel) setUpShards(st *streams) {
	for i := range k.stations {
		s := &k.stations[i]
		spec := s.service.shards
		if spec == nil {
			continue
		}
		n := spec.of.n
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
	if p.of.n > 1 {
		i = p.of.pick(p.pick.Float64())
	}
	p.asked[i]++
	return p.owner[i]
}

// rebalance gives the partitions of a service to its replicas anew: the one
// that was asked most first, each to the replica that has least so far (longest
// processing time first, Graham 1969).
func (k *kernel) rebalance(i int32) {
	s := &k.stations[i]
	order := make([]int, len(s.parts.owner))
	for p := range order {
		order[p] = p
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.parts.asked[b], s.parts.asked[a]) })
	loads := make([]int64, s.replicas)
	for _, p := range order {
		least := 0
		for r := range loads {
			if loads[r] < loads[least] {
				least = r
			}
		}
		s.parts.owner[p] = int32(least)
		loads[least] += s.parts.asked[p]
		s.parts.asked[p] = 0
	}
	if k.now < k.until {
		k.schedule(s.parts.rebalance, evRebalance, i)
	}
}
