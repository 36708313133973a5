package queueing

import (
	"context"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// learnRounds bounds how often a model is rewritten with what its last solution
// taught, and learnt is the change below which nothing is learnt any more.
const (
	learnRounds = 60
	learnt      = 1e-6
)

// settledModel solves a model: as it is or, where requests hold more than a
// thread, rewritten until what it takes for granted is what its solution says.
func settledModel(ctx context.Context, m *scenarios.Model) (*solver, error) {
	w := newRewrite(m)
	for round := 0; ; round++ {
		at, left, inner := m, []scenarios.Feature(nil), []bool(nil)
		if w != nil {
			at, left, inner = w.m, w.left, w.inner
		}
		plain, more := modelled(at)
		x, err := newInnerSolver(plain, inner)
		if err != nil {
			return nil, err
		}
		x.left, x.held = append(append(x.left, left...), more...), w
		if err := x.settle(ctx); err != nil {
			return nil, err
		}
		if w == nil || round >= learnRounds || w.learn(x) < learnt {
			return x, nil
		}
		w.again()
	}
}

// newInnerSolver makes a solver of a model; calls of inner operations stay in a
// service (nil: none do).
func newInnerSolver(m *scenarios.Model, inner []bool) (*solver, error) {
	p := newPlan(m)
	p.inner = inner
	tr, err := newTraffic(p, nil, nil)
	if err != nil {
		return nil, err
	}
	calls, fails := findTries(m)
	return planned{p, tr, calls, fails}.newSolver(), nil
}

// learn brings up to date what the model is rewritten with, and returns by how
// much that was off.
func (w *rewrite) learn(x *solver) float64 {
	return max(w.learnHits(x), w.learnConflicts(x), w.learnDrains(x))
}

// isInner reports whether a call of an operation stays in its service.
func (p *plan) isInner(op scenarios.OpID) bool { return int(op) < len(p.inner) && p.inner[op] }

// allInexact is inexact, with what was rewritten.
func (x *solver) allInexact() []measure.Caveat {
	out := x.inexact()
	if x.held == nil {
		return out
	}
	names := x.held.names()
	for i := range out {
		out[i].Where, out[i].What = names.Replace(out[i].Where), names.Replace(out[i].What)
	}
	return append(out, x.held.inexact()...)
}

// inside is a part of the time of an operation that stays in its service: what
// it does on the cores, and waits for them.
func (r run) inside(op scenarios.OpID) law {
	in := r
	in.op, in.service, in.sizes = op, int(r.b.x.p.ops[op].service), nil
	if in.viewer == viewBatch {
		in.viewer = viewCalls
	}
	steps := in.steps(r.b.x.m.Operations[op].Steps)
	if p := r.b.x.held.partOf(in.service); p != nil && p.kind == coresOf && in.part != work {
		if wait := r.b.threadWait(in.service, in.viewer); wait != nil {
			return newSum(wait, steps)
		}
	}
	return steps
}
