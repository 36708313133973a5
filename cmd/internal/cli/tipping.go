package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// tipping are the flags of the search for a tipping point.
type tipping struct {
	point    bool
	lengths  []time.Duration
	patience time.Duration
	highest  float64
	runs     int
}

func (t *tipping) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&t.point, "tipping-point", false, "look for the smallest spike that the system does not come back from")
	f.DurationSliceVar(&t.lengths, "tipping-lengths", []time.Duration{time.Second, 5 * time.Second, 20 * time.Second}, "with --tipping-point: how long spikes last")
	f.DurationVar(&t.patience, "tipping-patience", 0, "with --tipping-point: time to come back in (0: 1m, or ten times the longest spike)")
	f.Float64Var(&t.highest, "tipping-highest", 20, "with --tipping-point: the highest load to try, as a multiple of the scenario's")
	f.IntVar(&t.runs, "tipping-runs", 5, "with --tipping-point: runs of every spike; most of them decide")
}

// check says what is wrong with the flags before anything is simulated.
func (t *tipping) check(c *cobra.Command) error {
	if !t.point {
		for _, name := range []string{"tipping-lengths", "tipping-patience", "tipping-highest", "tipping-runs"} {
			if c.Flags().Changed(name) {
				return usageError{fmt.Errorf("simulate: --%s belongs to --tipping-point", name)}
			}
		}
		return nil
	}
	for _, l := range t.lengths {
		if l <= 0 {
			return usageError{fmt.Errorf("--tipping-lengths: %v; want more than 0", l)}
		}
	}
	switch {
	case t.patience < 0:
		return usageError{errNegative}
	case len(t.lengths) == 0 || len(t.lengths) > 100:
		return usageError{errors.New("--tipping-lengths: want 1 to 100 of them")}
	case !(t.highest > 1) || math.IsInf(t.highest, 1):
		return usageError{fmt.Errorf("--tipping-highest %v: want more than 1", t.highest)}
	case t.runs < 1:
		return usageError{fmt.Errorf("--tipping-runs %d: want 1 or more", t.runs)}
	}
	return nil
}

// tip looks for the tipping point, if that was asked for.
func (a *app) tip(ctx context.Context, m *scenarios.Model, r *measure.Result, t *tipping, workers int) error {
	if !t.point {
		return nil
	}
	p := newProgress(a.Streams, a.quiet)
	p.Stage("tipping point of "+m.Name, 0)
	defer p.Done()
	o := simulate.TippingOptions{Seed: a.seed, Runs: t.runs, Patience: t.patience.Seconds(), Highest: t.highest, Workers: workers, Progress: p.Update}
	for _, l := range t.lengths {
		o.Lengths = append(o.Lengths, l.Seconds())
	}
	var err error
	if r.Tipping, err = simulate.TippingPoint(ctx, m, o); err != nil {
		return mistaken(err)
	}
	if len(m.Faults) > 0 {
		r.Caveats = append(r.Caveats, measure.Caveat{What: "simulate: the tipping point is one without faults", Effect: "those of the scenario do not happen in the search for it"})
	}
	return nil
}
