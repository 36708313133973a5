package emulate

import (
	"strings"

	"github.com/headroom/headroom/scenarios"
)

// words are those beyond the base of the language that a system acts out; the
// others are replaced by what is nearest, with a caveat. Faults are none of them
// in a system that is to be calm.
func words(calm bool) []scenarios.Word {
	known := []scenarios.Word{
		scenarios.WordTimeout, scenarios.WordCancel, scenarios.WordRetry, scenarios.WordHedge, scenarios.WordBreaker,
		scenarios.WordFanOut, scenarios.WordFail, scenarios.WordLoss,
		scenarios.WordLock, scenarios.WordPool, scenarios.WordStore,
		scenarios.WordDiscipline, scenarios.WordChoices, scenarios.WordLine, scenarios.WordPatience,
		scenarios.WordRateLimit, scenarios.WordShed,
		scenarios.WordPartitions, scenarios.WordReplication, scenarios.WordSlow, scenarios.WordFailures, scenarios.WordAutoscale,
		scenarios.WordGroups, scenarios.WordLinger, scenarios.WordCapacity, scenarios.WordKeys, scenarios.WordDelivery,
	}
	if !calm {
		known = append(known, scenarios.WordFaults)
	}
	return known
}

// LeftOut lists what a model says of its services that a system does not act
// out, and replaces by what is nearest.
func LeftOut(m *scenarios.Model) []scenarios.Feature {
	_, left := m.Plain(words(false)...)
	return ofServices(left)
}

// ofServices are those of the features left out that are about services: what
// workloads do is the affair of whoever drives them.
func ofServices(left []scenarios.Feature) []scenarios.Feature {
	var out []scenarios.Feature
	for _, f := range left {
		if !strings.HasPrefix(f.Where, "workloads.") && f.Word != scenarios.WordJobs {
			out = append(out, f)
		}
	}
	return out
}
