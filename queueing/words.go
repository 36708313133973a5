package queueing

import (
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// words are those beyond the base of the language that the solver models; the
// others are replaced by what is nearest, with a caveat.
func words() []scenarios.Word {
	return []scenarios.Word{scenarios.WordTimeout, scenarios.WordRetry, scenarios.WordHedge, scenarios.WordFail}
}

// modelled is a model with the words that a solution of its steady state knows,
// and the list of those that were replaced. Some of a service depend on the rest
// of the model.
func modelled(m *scenarios.Model) (*scenarios.Model, []scenarios.Feature) {
	known := append(append(words(), scenarios.WordBreaker), burstWords(m)...)
	all, left := m.Plain(append(known, scenarios.WordFailures, scenarios.WordDiscipline)...)
	out := *all
	own := false
	for i := range out.Services {
		s := &out.Services[i]
		if s.Failures == nil && (s.Discipline == scenarios.FIFO || s.Discipline == scenarios.PS) {
			continue // nothing of it depends on the rest
		}
		id, fits := scenarios.ServiceID(i), slices.Clone(known)
		if repairable(all, id) {
			fits = append(fits, scenarios.WordFailures)
		}
		if orderable(all, id) {
			fits = append(fits, scenarios.WordDiscipline)
		}
		one, more := (&scenarios.Model{Services: out.Services[i : i+1]}).Plain(fits...)
		if !own {
			out.Services, own = slices.Clone(all.Services), true
		}
		out.Services[i] = one.Services[0]
		left = append(left, more...)
	}
	return stretchedByRepairs(&out), left
}
