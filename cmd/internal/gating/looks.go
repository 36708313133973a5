package gating

import (
	"context"

	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// Looks are the numbers of pairs after which a gate is asked: every so many, up
// to the most.
func Looks(pairs, most int) []int {
	var out []int
	for n := pairs; n < most; n += pairs {
		out = append(out, n)
	}
	return append(out, max(most, pairs))
}

// Gate measures pairs until the question is decided, or there are as many as
// there may be. With an error, the report is of the last look, if there was one.
func Gate(ctx context.Context, m *scenarios.Model, o *Options, looks []int, q gate.Question) (*gate.Report, []Pair, error) {
	var (
		pairs []Pair
		last  *gate.Report
	)
	for look, n := range looks {
		o.First, o.Pairs = len(pairs), n-len(pairs)
		more, err := Run(ctx, m, o)
		pairs = append(pairs, more...)
		if err != nil {
			return last, pairs, err
		}
		q.Looks, q.Look, q.Base, q.Head = looks, look, nil, nil
		for _, p := range pairs {
			q.Base, q.Head = append(q.Base, p.Base), append(q.Head, p.Head)
		}
		if last, err = gate.Ask(q); err != nil {
			return nil, pairs, err
		}
		if last.Outcome != gate.Open {
			break
		}
	}
	return last, pairs, nil
}
