package emulate

import "github.com/headroom/headroom/scenarios"

// door lets a visit in and finds its replica, unless it is to wait for any, or
// says why it is turned away. Batches of a topic need no token: their consumer
// comes for them. The lock is held.
func (s *service) door(v *visit) fault {
	g := &s.model.Guard
	if g.Rate > 0 && v.batch == 0 && !s.tokens.Take(v.arrived, g.Rate, g.Burst) {
		return rejected
	}
	switch {
	case len(s.up) == 0, v.replica != nil && v.batch == 0 && v.replica.fails():
		return down
	case v.replica == nil || !v.replica.listed:
		v.replica = s.apart(v)
	}
	return none
}

// apart picks a replica as the balancing likes it, and another one while a copy
// of the same attempt is there, as long as there is one without a copy. The
// lock is held.
func (s *service) apart(v *visit) *replica {
	r := s.route(v.op)
	if r == nil || v.attempt == "" || v.batch > 0 || s.parts != nil || !s.holdsCopy(v, r) {
		return r // of a partition no other has it
	}
	if s.model.Balancing != scenarios.Hash { // there it is the same key
		for range 8 {
			if r = s.route(v.op); r == nil || !s.holdsCopy(v, r) {
				return r
			}
		}
	}
	if s.data != nil {
		return r
	}
	from := s.balancer.random.below(len(s.up))
	for i := range s.up {
		if other := s.up[(from+i)%len(s.up)]; !s.holdsCopy(v, other) {
			return other
		}
	}
	return r
}

// holdsCopy reports whether another copy of an attempt is at r. The lock is held.
func (s *service) holdsCopy(v *visit, r *replica) bool {
	for _, i := range s.copies[v.attempt] {
		if i == r.index {
			return true
		}
	}
	return false
}

// route picks the replica for a request, or nil when it is to stand in the line
// of all. The lock is held.
func (s *service) route(op scenarios.OpID) *replica {
	if s.data != nil {
		if r, ok := s.data.led(op, s.balancer.random); ok {
			return s.replicas[r]
		}
	}
	if s.parts != nil {
		return s.replicas[s.parts.home()]
	}
	return s.balancer.pick(s.replicas, s.up)
}
