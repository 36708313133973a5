package emulate

import (
	"math"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// balancer picks the replica that takes a request. Its draws come from streams
// named after the service. The lock of the service is held.
type balancer struct {
	policy  scenarios.Balancing
	choices int
	random  *stream // "balance/<service>"
	keys    *stream // "hash/<service>"
	popular rules.Popularity
	turn    int
}

func newBalancer(seed uint64, m *scenarios.Service) balancer {
	b := balancer{policy: m.Balancing, choices: max(2, m.Choices), random: newStream(seed, "balance/"+m.Name)}
	if m.Balancing == scenarios.Hash {
		b.keys = newStream(seed, "hash/"+m.Name)
		b.popular = rules.Zipf(m.HashKeys, m.HashSkew)
	}
	return b
}

// pick returns one of those replicas that are up, of which there are some, or
// nil when the request has to wait in the line of all for the first that has a
// thread free.
func (b *balancer) pick(replicas, up []*replica) *replica {
	n := len(up)
	switch b.policy {
	case scenarios.RoundRobin:
		return b.inTurn(replicas)
	case scenarios.LeastRequests:
		return b.least(up)
	case scenarios.PowerOfTwo:
		return b.leastOfSome(up)
	case scenarios.Shared:
		return idlest(up)
	case scenarios.Hash:
		// A key goes to its replica; those of one that is down are spread over
		// the others.
		key := int(b.popular.Pick(b.keys.share()))
		if r := replicas[key%len(replicas)]; r.listed {
			return r
		}
		return up[rules.Mix(uint64(key))%uint64(n)]
	}
	if n == 1 {
		return up[0]
	}
	return up[b.random.below(n)]
}

// inTurn is the next replica in turn that is up.
func (b *balancer) inTurn(replicas []*replica) *replica {
	for {
		r := replicas[b.turn%len(replicas)]
		b.turn = (b.turn + 1) % len(replicas)
		if r.listed {
			return r
		}
	}
}

// leastOfSome picks some of the replicas at random and returns the one of them
// with the fewest requests, the first picked where they have as many ([Mitz01]).
func (b *balancer) leastOfSome(up []*replica) *replica {
	list := append([]*replica(nil), up...)
	var best *replica
	for i := range min(b.choices, len(list)) {
		j := i
		if rest := len(list) - i; rest > 1 {
			j += b.random.below(rest)
		}
		list[i], list[j] = list[j], list[i]
		if best == nil || list[i].present < best.present {
			best = list[i]
		}
	}
	return best
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
