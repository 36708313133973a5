package gate

import (
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// saturated is the set of services in which requests pile up: those whose
// cores are all busy all the time, the bottleneck of an unstable system, and
// those whose limited threads wait for one of these.
func saturated(m *scenarios.Model, r *measure.Result) map[scenarios.ServiceID]bool {
	const full = 1 - 1e-9
	hit := map[scenarios.ServiceID]bool{}
	for i := range m.Services {
		name := m.Services[i].Name
		if s := r.Services[name]; name == r.Bottleneck || (s != nil && s.Utilization.Value >= full) {
			hit[scenarios.ServiceID(i)] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for i := range m.Operations {
			id := m.Operations[i].Service
			if hit[id] || m.Services[id].Threads == 0 {
				continue
			}
			if reaches(m, m.Operations[i].Steps, hit, map[scenarios.OpID]bool{}) {
				hit[id], grown = true, true
			}
		}
	}
	return hit
}

// affected reports whether the requests of an objective's subject reach a
// saturated service.
func affected(m *scenarios.Model, o scenarios.Objective, hit map[scenarios.ServiceID]bool) bool {
	seen := map[scenarios.OpID]bool{}
	switch o.Kind {
	case scenarios.OfWorkload:
		w, ok := m.WorkloadByName(o.Subject)
		return ok && workloadReaches(m, w, hit, seen)
	case scenarios.OfOperation:
		id, ok := m.OpByName(o.Subject)
		return ok && opReaches(m, id, hit, seen)
	case scenarios.OfService:
		id, ok := m.ServiceByName(o.Subject)
		if !ok || hit[id] {
			return ok
		}
		for _, op := range m.Services[id].Operations {
			if opReaches(m, op, hit, seen) {
				return true
			}
		}
	case scenarios.OfTopic:
		id, ok := m.TopicByName(o.Subject)
		return ok && opReaches(m, m.Topics[id].Consumer, hit, seen)
	}
	return false
}

func workloadReaches(m *scenarios.Model, w *scenarios.Workload, hit map[scenarios.ServiceID]bool, seen map[scenarios.OpID]bool) bool {
	for _, s := range w.Mix {
		if opReaches(m, s.Op, hit, seen) {
			return true
		}
	}
	if w.Route != nil {
		for _, s := range w.Route.Start {
			if opReaches(m, s.Op, hit, seen) {
				return true
			}
		}
		for from, next := range w.Route.Next {
			if opReaches(m, from, hit, seen) {
				return true
			}
			for _, s := range next {
				if opReaches(m, s.Op, hit, seen) {
					return true
				}
			}
		}
	}
	return reaches(m, w.Steps, hit, seen)
}

func opReaches(m *scenarios.Model, id scenarios.OpID, hit map[scenarios.ServiceID]bool, seen map[scenarios.OpID]bool) bool {
	if seen[id] {
		return false
	}
	seen[id] = true
	op := &m.Operations[id]
	return hit[op.Service] || reaches(m, op.Steps, hit, seen)
}

// reaches follows the calls of steps; a published message is not waited for.
func reaches(m *scenarios.Model, steps []scenarios.Step, hit map[scenarios.ServiceID]bool, seen map[scenarios.OpID]bool) bool {
	found := false
	scenarios.WalkSteps(steps, func(s scenarios.Step) {
		if call, ok := s.(scenarios.Call); ok && !found {
			found = opReaches(m, call.Op, hit, seen)
		}
	})
	return found
}
