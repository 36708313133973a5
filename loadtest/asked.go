package loadtest

import (
	"maps"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// asked returns the operations that workloads ask for themselves, in order.
func asked(m *scenarios.Model) []scenarios.OpID {
	set := map[scenarios.OpID]bool{}
	for i := range m.Workloads {
		w := &m.Workloads[i]
		for _, s := range w.Mix {
			set[s.Op] = true
		}
		addCalled(set, w.Steps)
		if w.Route == nil {
			continue
		}
		for _, s := range w.Route.Start {
			set[s.Op] = true
		}
		for op, next := range w.Route.Next {
			set[op] = true
			for _, s := range next {
				set[s.Op] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// direct says of each operation that a workload asks for it and no operation
// or topic does: then the hits are all the requests it gets.
func direct(m *scenarios.Model) []bool {
	inner := map[scenarios.OpID]bool{}
	for i := range m.Operations {
		addCalled(inner, m.Operations[i].Steps)
	}
	for i := range m.Topics {
		inner[m.Topics[i].Consumer] = true
	}
	out := make([]bool, len(m.Operations))
	for _, op := range asked(m) {
		out[op] = !inner[op]
	}
	return out
}

func addCalled(set map[scenarios.OpID]bool, steps []scenarios.Step) {
	_ = eachStep(steps, func(s scenarios.Step) error { // f never errs
		if c, ok := s.(scenarios.Call); ok {
			set[c.Op] = true
		}
		return nil
	})
}
