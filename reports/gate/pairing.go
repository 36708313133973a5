package gate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate/paired"
)

// Pair is a run of what was there before and one of what shall be, under loads
// as alike as can be.
type Pair struct{ Base, Head *measure.Result }

// Pairs makes pairs of two sets of runs: by their seeds where each side has
// every seed once, and otherwise in the order in which they began. A run without
// a partner is left out, and the notes say so.
func Pairs(base, head []*measure.Result) (pairs []Pair, notes []string, err error) {
	switch {
	case len(base) == 0:
		return nil, nil, errors.New("gate: no baseline: there is nothing to compare with")
	case len(head) == 0:
		return nil, nil, errors.New("gate: no runs to judge")
	}
	if pairs = bySeed(base, head); pairs == nil {
		base, head = inOrder(base), inOrder(head)
		for i := range min(len(base), len(head)) {
			pairs = append(pairs, Pair{base[i], head[i]})
		}
		if len(pairs) > 1 {
			notes = append(notes, "runs were paired in the order of their start, since their seeds differ: pairs of the same seed tell smaller changes apart")
		}
	}
	if left := len(base) + len(head) - 2*len(pairs); left > 0 {
		notes = append(notes, fmt.Sprintf("%d runs without a partner were left out", left))
	}
	if len(pairs) > paired.MostPairs {
		return nil, nil, fmt.Errorf("gate: %d pairs; %d are the most that are compared", len(pairs), paired.MostPairs)
	}
	if len(pairs) > 1 && apart(pairs) {
		notes = append(notes, "the baseline was not measured by turns with the runs: what changed on the machine in between counts as a change of the build; 'headroom gate run' measures by turns")
	}
	return pairs, notes, nil
}

// bySeed pairs runs of the same seed; nil where a seed is there twice, or
// hardly any on both sides.
func bySeed(base, head []*measure.Result) []Pair {
	of := map[uint64]*measure.Result{}
	for _, r := range base {
		if of[r.Run.Seed] != nil {
			return nil
		}
		of[r.Run.Seed] = r
	}
	var out []Pair
	seen := map[uint64]bool{}
	for _, r := range head {
		if seen[r.Run.Seed] {
			return nil
		}
		seen[r.Run.Seed] = true
		if partner := of[r.Run.Seed]; partner != nil {
			out = append(out, Pair{partner, r})
		}
	}
	if 2*len(out) < min(len(base), len(head)) {
		return nil
	}
	slices.SortStableFunc(out, func(a, b Pair) int { return a.Head.Run.Started.Compare(b.Head.Run.Started) })
	return out
}

func inOrder(runs []*measure.Result) []*measure.Result {
	return slices.SortedStableFunc(slices.Values(runs), func(a, b *measure.Result) int { return a.Run.Started.Compare(b.Run.Started) })
}

// apart reports whether one side had ended before the other began.
func apart(pairs []Pair) bool {
	lastBase, firstHead := pairs[0].Base.Run.Started, pairs[0].Head.Run.Started
	firstBase, lastHead := lastBase, firstHead
	for _, p := range pairs {
		b, h := p.Base.Run.Started, p.Head.Run.Started
		if b.IsZero() || h.IsZero() {
			return false
		}
		if b.After(lastBase) {
			lastBase = b
		}
		if b.Before(firstBase) {
			firstBase = b
		}
		if h.After(lastHead) {
			lastHead = h
		}
		if h.Before(firstHead) {
			firstHead = h
		}
	}
	return lastBase.Before(firstHead) || lastHead.Before(firstBase)
}
