package capacity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// SizeOptions say what a plan may look like. The zero value varies the replicas
// of every service.
type SizeOptions struct {
	Cores   []int // sizes of a replica to choose from; nil = as it is
	Threads []int // limits to choose from, of services that have one; nil = as it is

	Fixed      []string   // services that stay as they are
	Redundancy Redundancy // what must be borne the loss of
	Headroom   float64    // by how much more load there must be room for, as 0.2 (1)

	MaxReplicas int // of a service; 0 = 100 000
	MaxSolves   int // solutions before the search ends; 0 = 50 000
	RunnersUp   int // plans to name besides the cheapest; less than 0 = none, 0 = 3

	// Simulate, where it is not nil, checks the plan by simulation; a plan that
	// fails is given up for the next.
	Simulate *simulate.Options

	Progress func(note string)
}

// Sizing is the answer of [Size].
type Sizing struct {
	Today     Plan
	TodayOK   bool    // it meets the objectives, with headroom and redundancy as asked for
	Bears     float64 // multiple of the load that today's plan bears: see [Bears]; +Inf = any (1)
	Ladder    []Rung  // what breaks first of today's plan
	Best      Plan
	BestBears float64 // what the best plan bears (1)
	Next      []Rung  // what breaks first of the best plan

	RunnersUp []Plan // the next cheapest that have less of some service, none of which could be left out

	Solves  int     // models that were solved
	Proven  bool    // no cheaper plan meets the objectives, by the solver
	AtLeast float64 // what any plan costs at least, where that is not proven (1)
	Cells   int     // equal cells that the plans are multiples of

	Checked   []measure.Objective // of the best plan, simulated, its worst case first
	Verified  measure.Verdict     // of that; empty where nothing was simulated
	Simulated int                 // plans that were
	Refuted   []Plan              // plans that the solver found good and the simulation did not
	Caveats   []measure.Caveat
}

// ErrNoPlan is that no plan meets the objectives.
var ErrNoPlan = errors.New("capacity: no plan meets the objectives")

// NoPlanError is [ErrNoPlan] with what stays broken with plenty of everything.
type NoPlanError struct{ Broken []string }

// Error names the objectives.
func (e *NoPlanError) Error() string {
	return fmt.Sprintf("%v: with plenty of every service these are still broken: %v; they are not a question of size", ErrNoPlan, e.Broken)
}

// Unwrap makes it an [ErrNoPlan].
func (e *NoPlanError) Unwrap() error { return ErrNoPlan }

// Size finds the cheapest plan that meets all objectives of a model at its load:
// replicas and, where there is a choice, cores and threads. Of a system of equal
// cells it sizes a cell.
//
// It branches on the services, the dearest first, and bounds: a count is tried
// only if it can do with plenty of what is not decided yet, found by bisection,
// and if it can still cost less than the best plan known [LaDo60]. That finds
// the optimum where more of a service never breaks an objective. Whether that
// held is checked on all pairs of plans that were solved; where it did not, all
// cheaper plans are tried one by one, or Proven is false.
func Size(ctx context.Context, m *scenarios.Model, o SizeOptions) (*Sizing, error) {
	if len(m.Objectives) == 0 {
		return nil, errors.New("capacity: the scenario has no objectives to size for; add some, as objectives.web.p99=250ms")
	}
	if !(o.Headroom >= 0) || math.IsInf(o.Headroom, 1) || o.Redundancy.Zones < 0 || o.Redundancy.Zones == 1 {
		return nil, fmt.Errorf("capacity: headroom of %v and %d zones; want at least 0, and 2 zones or more", o.Headroom, o.Redundancy.Zones)
	}
	s, err := newSearch(ctx, m, o)
	if err != nil {
		return nil, err
	}
	out := &Sizing{Today: PlanOf(m), Cells: s.cells}
	if out.Ladder, err = Ladder(ctx, s.unit); err != nil {
		return nil, err
	}
	out.Ladder = inCells(out.Ladder, s.cells)
	out.Bears = Bears(out.Ladder)
	today := s.today()
	out.TodayOK = s.meets(today)
	const rounds = 12
	var best option
	for range rounds {
		if best, err = s.optimum(nil); err != nil {
			return nil, err
		}
		if o.Simulate == nil {
			break
		}
		if err := s.verify(out, best); err != nil {
			return nil, err
		}
		if out.Verified != measure.Fail {
			break
		}
		out.Refuted = append(out.Refuted, s.plan(best).times(s.cells))
		s.refuted = append(s.refuted, best)
	}
	out.Best, out.Proven = s.plan(best).times(s.cells), s.proven
	out.AtLeast = s.floor * float64(s.cells)
	if err := s.secondBest(out, best); err != nil {
		return nil, err
	}
	if out.Next, err = Ladder(ctx, s.model(best)); err != nil {
		return nil, err
	}
	out.Next = inCells(out.Next, s.cells)
	out.BestBears = Bears(out.Next)
	out.Solves, out.Caveats = s.solves, s.caveats
	return out, s.err
}

// inCells turns the rates of a cell into those of all.
func inCells(ladder []Rung, cells int) []Rung {
	for i := range ladder {
		for name := range ladder[i].Rates {
			ladder[i].Rates[name] *= float64(cells)
		}
	}
	return ladder
}

// secondBest looks for plans with less of one service each.
func (s *search) secondBest(out *Sizing, best option) error {
	n := s.o.RunnersUp
	if n == 0 {
		n = 3
	}
	type found struct {
		o option
		c float64
	}
	var others []found
	for i := range s.dims {
		if n < 0 || s.dims[i].fixed || best[i].replicas <= 1 {
			continue
		}
		caps := make([]int, len(s.dims))
		caps[i] = best[i].replicas - 1
		p, err := s.optimum(caps)
		if errors.Is(err, ErrNoPlan) {
			continue
		} else if err != nil {
			return err
		}
		if !slices.ContainsFunc(others, func(f found) bool { return slices.Equal(f.o, p) }) {
			others = append(others, found{p, s.cost(p)})
		}
	}
	slices.SortStableFunc(others, func(a, b found) int { return cmp.Compare(a.c, b.c) })
	for i, f := range others {
		if i < n {
			out.RunnersUp = append(out.RunnersUp, s.plan(f.o).times(s.cells))
		}
	}
	return nil
}
