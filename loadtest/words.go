package loadtest

import (
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// words are those beyond the base of the language that the load follows; the
// others are replaced by what is nearest, with a caveat.
func words() []scenarios.Word {
	return []scenarios.Word{scenarios.WordTimeout, scenarios.WordCancel, scenarios.WordRetry, scenarios.WordHedge, scenarios.WordMMPP, scenarios.WordBatch, scenarios.WordReplay}
}

// LeftOut lists what the workloads of a model say that a load does not follow.
func LeftOut(m *scenarios.Model) []measure.Caveat {
	_, left := m.Plain(words()...)
	return leftOut(left)
}

// leftOut tells what the load of a scenario would do and this one does not.
// What services do is their own affair.
func leftOut(left []scenarios.Feature) []measure.Caveat {
	var out []measure.Caveat
	for _, f := range left {
		if strings.HasPrefix(f.Where, "workloads.") || f.Word == scenarios.WordJobs {
			out = append(out, measure.Caveat{What: "loadtest: not driven: " + f.What, Where: f.Where, Effect: f.Effect})
		}
	}
	return out
}
