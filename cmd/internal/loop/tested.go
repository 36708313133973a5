package loop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"github.com/headroom/headroom/internal/kinds"
	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/emulate"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// TestOptions says how a test of a scenario is predicted and driven.
type TestOptions struct {
	Tool    string
	Test    *scenarios.Test
	Seed    uint64
	Predict bool             // simulate the same test first
	MaxTime time.Duration    // bound on a simulation
	Live    loadtest.Options // of the load; its Test, Seed and Progress are set here
	Emulate bool             // bring the system up on loopback
	Force   bool             // even what is too much for this machine

	Progress Progress
}

// Tested is what a test found; what was not asked for is nil.
type Tested struct {
	Model               *scenarios.Model
	Predicted, Measured *measure.Result
	Notes               []string
}

// RunTest predicts and drives a test. With an error the outcome still holds what
// was known by then.
func RunTest(ctx context.Context, m *scenarios.Model, o TestOptions) (*Tested, error) {
	out := &Tested{Model: m}
	if m.Live.Cells > 1 && o.Emulate {
		out.Model = m.Cell()
		out.Notes = append(out.Notes, fmt.Sprintf("%s is made of %d equal cells; one of them, with its share of the load, was tested.", m.Name, m.Live.Cells))
	}
	var err error
	if o.Predict {
		if out.Predicted, err = predictTest(ctx, out.Model, o); err != nil || ctx.Err() != nil {
			return out, err
		}
	}
	out.Measured, err = driveTest(ctx, out.Model, o)
	return out, err
}

// Page is the outcome as a report shows it.
func (t *Tested) Page() reports.Page {
	page := reports.Page{Title: t.Model.Name, Model: t.Model, Notes: t.Notes}
	if t.Predicted != nil {
		page.Reference = "simulated"
		page.Results = append(page.Results, reports.Named{Name: "simulated", Result: t.Predicted})
	}
	if t.Measured != nil {
		page.Results = append(page.Results, reports.Named{Name: "measured", Result: t.Measured})
	}
	page.Chapters = append(page.Chapters, reports.TestFindings(page.Results)...)
	if t.Measured != nil && t.Measured.Test != nil && t.Measured.Test.Breakpoint == nil { // of many runs, none is the test
		page.Chapters = append(page.Chapters, reports.OverTime(t.Model, t.Measured)...)
	}
	return page
}

// predictTest simulates a test; of a breakpoint test, every rung of a search.
func predictTest(ctx context.Context, m *scenarios.Model, o TestOptions) (*measure.Result, error) {
	started := time.Now()
	play := func(ctx context.Context, t *scenarios.Test, warmup float64, _ int) (*measure.Result, error) {
		r, err := simulate.Run(ctx, m, simulate.Options{Seed: o.Seed, Test: t, Warmup: warmup, MaxTime: o.MaxTime, Progress: o.Progress.Update})
		if err == nil {
			finishTest(m, r, o, started)
		}
		return r, err
	}
	o.Progress.Stage("simulating "+o.Test.Name, 0)
	if o.Test.Kind != scenarios.BreakpointTest {
		return play(ctx, o.Test, o.Live.Warmup, 0)
	}
	search := kinds.Search{Test: o.Test, Guess: guess(ctx, m, o.Test), Try: play}
	return search.Run(ctx)
}

// guess is by what factor the load can grow before something saturates, as the
// solver has it; 0 where it does not know.
func guess(ctx context.Context, m *scenarios.Model, t *scenarios.Test) float64 {
	r, err := queueing.Solve(ctx, m, queueing.Options{})
	if err != nil {
		return 0
	}
	least := math.Inf(1)
	for i := range m.Workloads {
		w := &m.Workloads[i]
		if limit, ok := r.Saturation[w.Name]; ok && w.Open() && t.Meant(i) {
			least = min(least, limit/w.Arrivals.Rate)
		}
	}
	if math.IsInf(least, 0) {
		return 0
	}
	return least
}

// driveTest puts the load of a test on a live system.
func driveTest(ctx context.Context, m *scenarios.Model, o TestOptions) (r *measure.Result, err error) {
	live := o.Live
	live.Seed, live.Progress = o.Seed, o.Progress.Update
	if o.Emulate {
		defer debug.SetGCPercent(debug.SetGCPercent(800)) // as in drive
		system, failed := emulate.Start(ctx, m, emulate.Options{Seed: o.Seed, Force: o.Force})
		if failed != nil {
			return nil, failed
		}
		defer func() { err = errors.Join(err, system.Close()) }()
		live.URL = func(op scenarios.OpID) string { return system.URL(m.Operations[op].Name) }
		live.Observer, live.Clock = system, system.Clock()
	}
	length := time.Duration((o.Test.Duration() + live.Warmup) * float64(time.Second))
	started := time.Now()
	run := func(ctx context.Context, t *scenarios.Test, warmup float64, rung int) (*measure.Result, error) {
		these := live
		these.Test, these.Warmup = t, warmup
		if rung > 0 && these.Hits != "" {
			these.Hits = fmt.Sprintf("%s.%d", live.Hits, rung)
		}
		if these.Caps.Duration > 0 && rung > 0 {
			these.Caps.Duration = max(these.Caps.Duration-time.Since(started).Seconds(), 1e-3)
		}
		r, err := loadtest.Run(ctx, m, these)
		if err == nil {
			finishTest(m, r, o, started)
		}
		return r, err
	}
	if o.Test.Kind != scenarios.BreakpointTest {
		o.Progress.Stage("driving "+o.Test.Name, length)
		return run(ctx, o.Test, live.Warmup, 0)
	}
	o.Progress.Stage("searching for the breakpoint of "+o.Test.Name, 0)
	search := kinds.Search{Test: o.Test, Guess: guess(ctx, m, o.Test), Try: run}
	return search.Run(ctx)
}

// finishTest adds what only the caller of an engine knows.
func finishTest(m *scenarios.Model, r *measure.Result, o TestOptions, started time.Time) {
	finish(m, r, Options{Tool: o.Tool}, started)
	kinds.ByObjectives(r)
}
