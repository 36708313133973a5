package emulate

import "github.com/headroom/headroom/scenarios"

// loses draws whether a message between a service and the one of an operation
// is lost. Nothing lies between a client and the system, nor between a topic
// and its consumer.
func (s *System) loses(from *service, op scenarios.OpID) bool {
	if from == nil {
		return false
	}
	p := s.faults.loss(from.id, s.model.Operations[op].Service)
	return p > 0 && (p >= 1 || s.losing.share() < p)
}
