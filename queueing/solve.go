package queueing

import (
	"context"
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Options of [Solve]. The zero value is ready to use.
type Options struct {
	// Brief leaves out the percentiles and histograms of workloads, operations and
	// services, which have only the mean and standard deviation of their times
	// then: of a model of many services they are nearly all of the work. Topics
	// keep theirs.
	Brief bool
	// Only, where it is not nil, names the workloads, operations, services and
	// topics whose times are wanted: mean, deviation and percentiles, without
	// histograms. Others have none, nor what is read off them.
	Only []string
	// Strict makes an error of the first reservation that the result would carry.
	Strict bool
	// Exact makes an [InexactError] of a model for which the formulas are not
	// known to be exact, and leaves out what they are not exact for. A system
	// that is not stable has no such figures, and keeps its reservations.
	Exact bool
	// Method is how to solve the model; the zero value is [ByChoice]. A model that
	// is not what a method is for gives a [MisfitError].
	Method MethodName
}

// Solve predicts a model with formulas. Every service is a queueing station, its
// load follows from the traffic equations, and the response time of a request
// is put together from the transforms of the stations it passes, so that its
// percentiles are those of the whole distribution and not of a mean times a
// factor.
//
// A model that is offered more than it can carry is no error: the result says
// that it is not stable, which service is the bottleneck and what load it could
// bear, and leaves out the figures that have no limit. An error means that
// there is no result: a model that does not hold together, a context that was
// cancelled, or a reservation under Strict.
func Solve(ctx context.Context, m *scenarios.Model, o Options) (*measure.Result, error) {
	switch o.Method {
	case aliasOfUnknown, ByChoice, ByExact:
		o.Exact = o.Exact || o.Method == ByExact
		_, _, r, err := solveModel(ctx, m, o)
		return r, err
	case ByChain:
		return SolveMarkov(ctx, m)
	}
	return solveForced(ctx, m, o)
}

// solveModel is what Solve does, with the solution that the result was read from.
func solveModel(ctx context.Context, m *scenarios.Model, o Options) (*solver, bearing, *measure.Result, error) {
	fail := func(err error) (*solver, bearing, *measure.Result, error) { return nil, bearing{}, nil, err }
	if m == nil {
		return fail(errNoModel)
	}
	if err := m.Check(); err != nil {
		return fail(badModel(err))
	}
	x, err := settledModel(ctx, m)
	if err != nil {
		return fail(err)
	}
	b, err := x.bear(ctx)
	if err != nil {
		return fail(err)
	}
	x.brief = o.Brief
	if x.held == nil {
		x.only = o.Only
	}
	r := x.report(b)
	x.withholdUnsettled(r)
	if !o.Exact {
		if err := x.takeLayers(ctx, r); err != nil {
			return fail(err)
		}
	}
	if o.Exact && r.Stable {
		if reasons := x.allInexact(); len(reasons) > 0 {
			return fail(&InexactError{reasons})
		}
		x.exactOnly(r)
	}
	if x.held != nil {
		x.held.report(r, x)
	}
	if o.Strict && len(r.Caveats) > 0 {
		return fail(strictError(r.Caveats))
	}
	return x, b, r, nil
}

// strictError turns reservations into an error that names all of them.
func strictError(caveats []measure.Caveat) error {
	lines := make([]string, len(caveats))
	for i, c := range caveats {
		lines[i] = fmt.Sprintf("%s: %s (%s)", c.Where, c.What, c.Effect)
	}
	return fmt.Errorf("queueing: the result would not be without reservation: %s; simulate the model, or solve it without strict", strings.Join(lines, "; "))
}
