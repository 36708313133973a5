package queueing

import "github.com/headroom/headroom/scenarios"

// words are those beyond the base of the language that the solver models; the
// others are replaced by what is nearest, with a caveat.
func words() []scenarios.Word {
	return []scenarios.Word{scenarios.WordTimeout, scenarios.WordRetry, scenarios.WordHedge, scenarios.WordFail}
}

// failsAlone reports whether a step of a model fails by itself.
func failsAlone(m *scenarios.Model) bool {
	fails := false
	look := func(s scenarios.Step) {
		f, ok := s.(scenarios.Fail)
		fails = fails || ok && f.P > 0
	}
	for i := range m.Operations {
		scenarios.WalkSteps(m.Operations[i].Steps, look)
	}
	for i := range m.Workloads {
		scenarios.WalkSteps(m.Workloads[i].Steps, look)
	}
	return fails
}
