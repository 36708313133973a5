package simulate

import "github.com/headroom/headroom/scenarios"

// words are those beyond the base of the language that are simulated; the
// others are replaced by what is nearest, with a caveat.
func words() []scenarios.Word {
	return []scenarios.Word{
		scenarios.WordDiscipline, scenarios.WordChoices, scenarios.WordLine, scenarios.WordPatience, scenarios.WordRateLimit,
		scenarios.WordShed, scenarios.WordSlow, scenarios.WordFailures, scenarios.WordAutoscale,
		scenarios.WordTimeout, scenarios.WordCancel, scenarios.WordRetry, scenarios.WordHedge, scenarios.WordBreaker,
		scenarios.WordFanOut, scenarios.WordFail, scenarios.WordLoss,
		scenarios.WordLock, scenarios.WordPool, scenarios.WordBarrier, scenarios.WordStore, scenarios.WordPartitions, scenarios.WordReplication,
		scenarios.WordMMPP, scenarios.WordBatch, scenarios.WordReplay,
		scenarios.WordFaults,
		scenarios.WordGroups, scenarios.WordLinger, scenarios.WordCapacity, scenarios.WordKeys, scenarios.WordDelivery, scenarios.WordJobs,
	}
}
