package emulate

import (
	"errors"
	"fmt"

	"github.com/headroom/headroom/scenarios"
)

// most is the largest number of cores, partitions or keys that a system may
// have in one place: each is a piece of state here.
const most = 1 << 20

// check says what keeps a model from being brought up on any machine.
func check(m *scenarios.Model) error {
	if m == nil {
		return errors.New("emulate: no model")
	}
	if err := m.Check(); err != nil {
		return fmt.Errorf("emulate: %w", err)
	}
	for i := range m.Services {
		s := &m.Services[i]
		if s.Replicas > most || s.Cores > most/s.Replicas || s.HashKeys > most {
			return fmt.Errorf("emulate: services.%s: %d replicas of %d cores and %d keys; at most %d cores and keys can be brought up, so bring up one cell (live.cells)",
				s.Name, s.Replicas, s.Cores, s.HashKeys, most)
		}
	}
	for i := range m.Topics {
		if t := &m.Topics[i]; t.Partitions > most {
			return fmt.Errorf("emulate: topics.%s: %d partitions; at most %d can be brought up, so bring up one cell (live.cells)", t.Name, t.Partitions, most)
		}
	}
	return nil
}
