package emulate

import (
	"math"
	"sort"

	"github.com/headroom/headroom/scenarios"
)

// balancer picks the replica that takes a request. Its draws come from streams
// named after the service. The lock of the service is held.
type balancer struct {
	policy scenarios.Balancing
	random *stream   // "balance/<service>"
	keys   *stream   // "hash/<service>"
	upTo   []float64 // under hash balancing: distribution function over the keys
	turn   int
}

func newBalancer(seed uint64, m *scenarios.Service) balancer {
	b := balancer{policy: m.Balancing, random: newStream(seed, "balance/"+m.Name)}
	if m.Balancing == scenarios.Hash {
		b.keys = newStream(seed, "hash/"+m.Name)
		b.upTo = zipf(m.HashKeys, m.HashSkew)
	}
	return b
}

// zipf is the distribution function over n keys of which the k-th most popular
// is asked for in proportion to k^-skew.
func zipf(n int, skew float64) []float64 {
	upTo := make([]float64, max(1, n))
	sum := 0.0
	for k := range upTo {
		sum += math.Pow(float64(k+1), -skew)
		upTo[k] = sum
	}
	for k := range upTo {
		upTo[k] /= sum
	}
	return upTo
}

// pick returns the replica, or nil when the request has to wait in the line of
// all for the first that has a thread free.
func (b *balancer) pick(replicas []*replica) *replica {
	n := len(replicas)
	if n == 1 {
		return replicas[0]
	}
	switch b.policy {
	case scenarios.RoundRobin:
		b.turn++
		return replicas[(b.turn-1)%n]
	case scenarios.LeastRequests:
		return b.least(replicas)
	case scenarios.PowerOfTwo:
		i := b.random.below(n)
		j := b.random.below(n - 1)
		if j >= i {
			j++
		}
		if replicas[j].present < replicas[i].present {
			i = j
		}
		return replicas[i]
	case scenarios.Shared:
		return idlest(replicas)
	case scenarios.Hash:
		return replicas[sort.SearchFloat64s(b.upTo, b.keys.share())%n]
	}
	return replicas[b.random.below(n)]
}

// least is the replica with the fewest requests, ties at random.
func (b *balancer) least(replicas []*replica) *replica {
	fewest, ties := math.MaxInt, 0
	for _, r := range replicas {
		switch {
		case r.present < fewest:
			fewest, ties = r.present, 1
		case r.present == fewest:
			ties++
		}
	}
	nth := 0
	if ties > 1 {
		nth = b.random.below(ties)
	}
	for _, r := range replicas {
		if r.present != fewest {
			continue
		}
		if nth == 0 {
			return r
		}
		nth--
	}
	return replicas[0]
}

// idlest is the replica with the fewest threads held of those with one free,
// the first of equals, nil when there is none.
func idlest(replicas []*replica) *replica {
	var best *replica
	for _, r := range replicas {
		if r.threads.free() && (best == nil || r.threads.held < best.threads.held) {
			best = r
		}
	}
	return best
}
