package scenarios

import "fmt"

// Word names a part of the language beyond the base that every interpreter
// knows (services with threads and cores, calls, parallels, choices, caches by
// hit ratio, topics, open and closed workloads).
type Word string

// The words, as they are written in a scenario.
const (
	WordTimeout     Word = "timeout"
	WordCancel      Word = "cancel"
	WordRetry       Word = "retry"
	WordHedge       Word = "hedge"
	WordBreaker     Word = "circuit-breaker"
	WordFanOut      Word = "fanout"
	WordLock        Word = "lock"
	WordBarrier     Word = "barrier"
	WordPool        Word = "acquire"
	WordFail        Word = "fail"
	WordStore       Word = "cache of keys"
	WordLoss        Word = "loss"
	WordDiscipline  Word = "discipline"
	WordChoices     Word = "power-of"
	WordLine        Word = "line"
	WordPatience    Word = "patience"
	WordRateLimit   Word = "rate-limit"
	WordShed        Word = "shed"
	WordPartitions  Word = "partitions"
	WordReplication Word = "replication"
	WordSlow        Word = "slow"
	WordFailures    Word = "mtbf"
	WordAutoscale   Word = "autoscale"
	WordGroups      Word = "consumers"
	WordLinger      Word = "linger"
	WordCapacity    Word = "capacity"
	WordKeys        Word = "keys"
	WordDelivery    Word = "delivery"
	WordMMPP        Word = "mmpp"
	WordBatch       Word = "batch"
	WordReplay      Word = "replay"
	WordJobs        Word = "jobs"
	WordFaults      Word = "faults"
)

// Feature is one use of a [Word] in a model.
type Feature struct {
	Word   Word
	What   string // as a caveat names it: "lock \"row\""
	Where  string // "services.db"
	Effect string // what leaving it out does to the figures
}

// String names the feature and its place.
func (f Feature) String() string { return fmt.Sprintf("%s: %s", f.Where, f.What) }

// Features lists all uses of words beyond the base of the language.
func (m *Model) Features() []Feature {
	_, all := m.Plain()
	return all
}

// Plain returns the model with every word beyond the base, but for those that
// the caller knows, replaced by what is nearest to it in the base, and the list
// of what was replaced. An interpreter calls it first, works with what it
// returns, and puts what is in the list among the caveats of its result:
// nothing is left out in silence. A model that holds nothing else is returned
// as it is.
func (m *Model) Plain(knows ...Word) (*Model, []Feature) {
	p := plainer{known: map[Word]bool{}, seen: map[Feature]bool{}}
	for _, w := range knows {
		p.known[w] = true
	}
	out := *m
	p.services(&out)
	p.topics(&out)
	p.workloads(&out)
	p.operations(&out)
	if out.Network.Loss > 0 && p.drop(WordLoss, "loss of messages", "network", "no message is lost") {
		out.Network.Loss = 0
	}
	if len(out.Jobs) > 0 {
		for _, j := range out.Jobs {
			p.drop(WordJobs, "the job", "jobs."+j.Name, "its work is left out")
		}
		if !p.known[WordJobs] {
			out.Jobs = nil
		}
	}
	if len(out.Faults) > 0 && p.drop(WordFaults, "faults on the timeline", "faults", "nothing goes wrong") {
		out.Faults = nil
	}
	if len(p.list) == 0 {
		return m, nil
	}
	return &out, p.list
}
