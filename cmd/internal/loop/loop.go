// Package loop is the main job: one scenario predicted in two ways, run live,
// and compared. It orders the engines and hands their results on; it computes
// nothing itself.
package loop

import (
	"context"
	"fmt"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/emulate"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// Progress hears how far the work is.
type Progress interface {
	// Stage begins a part of the work; what follows it will take about then.
	Stage(name string, then time.Duration)
	Update(done float64, note string)
}

// Options says how to run the loop.
type Options struct {
	Tool      string        // written into every result
	Seed      uint64        // of the simulations, and of the live run when FixedSeed
	FixedSeed bool          // drive the live run with Seed, typical or not
	Precision float64       // of the simulations: relative half-width of their intervals (1)
	MaxTime   time.Duration // bound on each simulation
	Strict    bool

	Warmup   time.Duration     // live load that is not counted
	Duration time.Duration     // live load that is
	Target   string            // URL of a real system; empty brings up the emulated one
	Allow    []string          // hosts beyond loopback that may be put under load
	Hits     string            // file for every request sent; empty keeps none
	Abort    []scenarios.Abort // what ends the live load early
	Caps     loadtest.Caps     // of the live load
	Force    bool              // emulate a system that is too much for this machine

	Progress Progress

	plan *plan
}

// Outcome is what the loop found out.
type Outcome struct {
	// Analytic and Simulated are of the system as described; Cell is what was
	// driven: the whole system, or one cell of it.
	Whole Views
	Cell  Views
	Seed  uint64 // the live run's
	Notes []string
}

// Views is one system seen in up to three ways; nil where it was not.
type Views struct {
	Model                         *scenarios.Model
	Analytic, Simulated, Measured *measure.Result
}

// Each calls f for every result there is.
func (v Views) Each(f func(name string, r *measure.Result)) {
	for _, x := range []struct {
		name string
		r    *measure.Result
	}{{"analytic", v.Analytic}, {"simulated", v.Simulated}, {"measured", v.Measured}} {
		if x.r != nil {
			f(x.name, x.r)
		}
	}
}

// Celled reports whether only a cell of the system was driven.
func (o *Outcome) Celled() bool { return o.Cell.Model != o.Whole.Model }

// Run predicts m, drives it, and returns everything that was learnt until the
// end or until ctx was done. With an error the outcome still holds what was
// known by then.
func Run(ctx context.Context, m *scenarios.Model, o Options) (*Outcome, error) {
	out := &Outcome{Whole: Views{Model: m}, Cell: Views{Model: m}}
	if m.Live.Cells > 1 && o.Target == "" {
		out.Cell.Model = m.Cell()
		out.Notes = append(out.Notes, fmt.Sprintf(
			"%s is made of %d equal cells. It was solved and simulated whole; one cell, with 1/%d of the load, was run live, and is compared with predictions of that cell.",
			m.Name, m.Live.Cells, m.Live.Cells))
	}
	o.plan = planned(out.Celled(), o)
	if err := predict(ctx, &out.Whole, m.Name, o); err != nil {
		return out, err
	}
	if out.Celled() {
		if err := predict(ctx, &out.Cell, "one cell", o); err != nil {
			return out, err
		}
	} else {
		out.Cell.Analytic, out.Cell.Simulated = out.Whole.Analytic, out.Whole.Simulated
	}
	if ctx.Err() != nil {
		return out, nil
	}
	if len(m.Workloads) == 0 {
		out.Notes = append(out.Notes, "There are jobs and no workloads, so there is no load to put on a live system.")
		return out, nil
	}
	if !out.Cell.Analytic.Stable {
		out.Notes = append(out.Notes, "The system is unstable under this load, so it was not run live: its queues would only grow.")
		return out, nil
	}
	if m := out.Cell.Model; o.Target == "" && len(emulate.LeftOut(m))+len(loadtest.LeftOut(m)) > 0 {
		out.Notes = append(out.Notes,
			"The live services do not act out all that the scenario says: caveats name what is left out, and where it matters, measured and predicted differ for that reason.")
	}
	err := drive(ctx, out, o)
	return out, err
}

// predict solves and simulates v.Model.
func predict(ctx context.Context, v *Views, name string, o Options) error {
	o.plan.next("solving " + name)
	var err error
	started := time.Now()
	if v.Analytic, err = queueing.Solve(ctx, v.Model, queueing.Options{Strict: o.Strict}); err != nil {
		return err
	}
	finish(v.Model, v.Analytic, o, started)

	o.plan.next("simulating " + name)
	started = time.Now()
	v.Simulated, err = simulate.Run(ctx, v.Model, simulate.Options{
		Seed: o.Seed, Precision: o.Precision, MaxTime: o.MaxTime, Progress: o.Progress.Update,
	})
	if err != nil {
		return err
	}
	finish(v.Model, v.Simulated, o, started)
	return nil
}

// finish adds what only the caller of an engine knows.
func finish(m *scenarios.Model, r *measure.Result, o Options, started time.Time) {
	r.Run.Tool = o.Tool
	r.Run.Started = started.UTC()
	r.Objectives = gate.Judge(m, r)
}
