package emulate

import (
	"errors"
	"fmt"

	"github.com/headroom/headroom/scenarios"
)

// most is the largest number of cores, partitions or keys that a system may
// have in one place: each is a piece of state here.
const most = 1 << 20

// mostKeys is how many keys a lock, a cache or the partitions of a service may
// have: their popularity is kept in a list.
const mostKeys = 20_000_000

// check says what keeps a model from being brought up on any machine.
func check(m *scenarios.Model) error {
	if m == nil {
		return errors.New("emulate: no model")
	}
	if err := m.Check(); err != nil {
		return fmt.Errorf("emulate: %w", err)
	}
	for i := range m.Services {
		if err := checkService(m, scenarios.ServiceID(i)); err != nil {
			return err
		}
	}
	for i := range m.Topics {
		if t := &m.Topics[i]; t.Partitions > most/len(t.Consumers()) || t.Keys > mostKeys {
			return fmt.Errorf("emulate: topics.%s: %d partitions and %d keys; at most %d and %d can be brought up, so bring up one cell (live.cells)", t.Name, t.Partitions, t.Keys, most, mostKeys)
		}
	}
	return checkStores(m)
}

// checkService says what keeps a service from being brought up.
func checkService(m *scenarios.Model, id scenarios.ServiceID) error {
	s := &m.Services[id]
	where := "emulate: services." + s.Name
	if s.Replicas > most || s.Cores > most/s.Replicas || s.HashKeys > most {
		return fmt.Errorf("%s: %d replicas of %d cores and %d keys; at most %d cores and keys can be brought up, so bring up one cell (live.cells)",
			where, s.Replicas, s.Cores, s.HashKeys, most)
	}
	if a := s.Scaling; a != nil && a.Max > most/s.Cores {
		return fmt.Errorf("%s: up to %d replicas of %d cores; at most %d cores can be brought up", where, a.Max, s.Cores, most)
	}
	if p := s.Partitions; p != nil && (p.Count > most || p.Keys > mostKeys) {
		return fmt.Errorf("%s: %d partitions of %d keys; at most %d and %d can be brought up", where, p.Count, p.Keys, most, mostKeys)
	}
	if r := s.Replication; r != nil && (r.Keys > most/r.Copies || s.Balancing == scenarios.Shared) {
		return fmt.Errorf("%s: %d copies of %d items; at most %d of both can be brought up, of replicas that do not share their requests", where, r.Copies, r.Keys, most)
	}
	for _, l := range s.Locks {
		if l.Keys > mostKeys {
			return fmt.Errorf("%s: lock %s of %d keys; at most %d can be brought up", where, l.Name, l.Keys, mostKeys)
		}
	}
	return checkFaults(m, id)
}

// checkFaults says which faults of a service cannot be acted out.
func checkFaults(m *scenarios.Model, id scenarios.ServiceID) error {
	s := &m.Services[id]
	varies := s.Failures != nil || s.Scaling != nil
	var stops []*scenarios.Fault
	for i := range m.Faults {
		f := &m.Faults[i]
		if f.Kind == scenarios.PartitionFault || f.Kind == scenarios.LoseFault || f.Service != id {
			continue
		}
		where := fmt.Sprintf("emulate: faults[%d]: services.%s", i, s.Name)
		if varies {
			return fmt.Errorf("%s: its replicas also fail by themselves or are scaled; say one or the other", where)
		}
		if s.Balancing == scenarios.Shared && s.Threads == 0 && f.Replicas > 0 && f.Replicas < s.Replicas {
			return fmt.Errorf("%s: %d of its replicas, which are one station of shared balancing without threads; say threads, or leave replicas out", where, f.Replicas)
		}
		if f.Kind == scenarios.SlowFault {
			continue
		}
		for _, o := range stops {
			if f.At < o.At+o.For && o.At < f.At+f.For {
				return fmt.Errorf("%s: two faults that stop its replicas at the same time", where)
			}
		}
		stops = append(stops, f)
	}
	if (varies || len(stops) > 0) && (s.Partitions != nil || s.Replication != nil) {
		return fmt.Errorf("emulate: services.%s: replicas that come and go, of a service whose data is split or copied, cannot be emulated together", s.Name)
	}
	return nil
}

// checkStores says which caches are too large to be brought up.
func checkStores(m *scenarios.Model) error {
	var err error
	for i := range m.Operations {
		scenarios.WalkSteps(m.Operations[i].Steps, func(s scenarios.Step) {
			if c, ok := s.(scenarios.Cache); ok && c.Store != nil && c.Store.Keys > mostKeys && err == nil {
				err = fmt.Errorf("emulate: %s: a cache that knows %d keys; at most %d can be brought up", c.Path(), c.Store.Keys, mostKeys)
			}
		})
	}
	return err
}
