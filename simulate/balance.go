package simulate

import (
	"math/rand/v2"

	"github.com/headroom/headroom/scenarios"
)

// balancer picks the replica of a service that takes a request.
type balancer struct {
	rand  *rand.Rand // "balance/<service>"
	hash  *rand.Rand // "hash/<service>"
	turn  int        // of the next request, round robin
	up    []int32    // replicas that may be picked, where they vary
	pos   []int32    // of each replica in up
	all   []int32    // replicas, where more than two are chosen from
	order *levels    // of the replicas, by requests (least requests) or threads held (shared)
}

func newBalancer(s *service, st *streams) balancer {
	b := balancer{rand: st.named("balance/" + s.name)}
	switch {
	case s.policy == scenarios.Hash:
		b.hash = st.named("hash/" + s.name)
	case s.policy == scenarios.LeastRequests, s.isShared():
		b.order = newLevels(s.replicas)
	case s.policy == scenarios.PowerOfTwo && s.choices > 2:
		for i := range s.replicas {
			b.all = append(b.all, s.first+int32(i))
		}
	}
	return b
}

// route picks the replica for a request that arrives at s, or nobody when it
// is to stand in the line of all.
func (k *kernel) route(s *station, op int32) int32 {
	n := s.replicas
	if s.replicated != nil {
		if r, ok := k.led(s, op); ok {
			return s.first + r
		}
	}
	switch {
	case s.parts != nil:
		return s.first + s.parts.home()
	case n == 1:
		return s.first
	}
	switch s.policy {
	case scenarios.RoundRobin:
		r := s.turn
		if s.turn++; s.turn == n {
			s.turn = 0
		}
		return s.first + int32(r)
	case scenarios.LeastRequests:
		i := 0
		if ties := s.order.ties(); ties > 1 {
			i = s.rand.IntN(ties)
		}
		return s.first + s.order.pick(i)
	case scenarios.PowerOfTwo:
		if s.choices > 2 {
			return k.leastOf(s, s.all)
		}
		return k.lessLoaded(s)
	case scenarios.Shared:
		if s.order.least >= s.threads {
			return nobody
		}
		return s.first + s.order.pick(0)
	case scenarios.Hash:
		return s.first + int32(s.key()%n)
	}
	return s.first + int32(s.rand.IntN(n))
}

// key draws the key of a request.
func (s *station) key() int { return int(s.keys.Pick(s.hash.Float64())) }

// lessLoaded picks two replicas at random and of them the one with fewer
// requests, the first picked when they have as many ([Mitz01]).
func (k *kernel) lessLoaded(s *station) int32 {
	i := s.rand.IntN(s.replicas)
	j := s.rand.IntN(s.replicas - 1)
	if j >= i {
		j++
	}
	a, b := s.first+int32(i), s.first+int32(j)
	if k.replicas[b].present < k.replicas[a].present {
		return b
	}
	return a
}

// enter counts one request more at a replica, and exit one less.
func (k *kernel) enter(r *replica, i int32) {
	r.present++
	if s := r.station; s.policy == scenarios.LeastRequests && r.balanced() {
		s.order.move(i-s.first, int(r.present-1), int(r.present))
	}
}

func (k *kernel) exit(r *replica, i int32) {
	r.present--
	if s := r.station; s.policy == scenarios.LeastRequests && r.balanced() {
		s.order.move(i-s.first, int(r.present+1), int(r.present))
	}
	if r.present == 0 && r.standing != nil && r.standing.hired == draining {
		k.drained(r)
	}
}

// takeThread and giveThread count the threads of a replica, where limited.
func (k *kernel) takeThread(r *replica, i int32) {
	s := r.station
	if s.threads == 0 {
		return
	}
	r.threads++
	if s.order != nil && s.policy == scenarios.Shared && r.balanced() {
		s.order.move(i-s.first, int(r.threads-1), int(r.threads))
	}
}

func (k *kernel) giveThread(r *replica, i int32) {
	s := r.station
	r.threads--
	if s.order != nil && s.policy == scenarios.Shared && r.balanced() {
		s.order.move(i-s.first, int(r.threads+1), int(r.threads))
	}
}
