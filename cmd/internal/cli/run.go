package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/cmd/internal/loop"
	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/measure"
)

func newRun(a *app) *cobra.Command {
	var (
		o         loop.Options
		precision = share(0.02)
		report    = "report.html"
		follow    tested
	)
	c := &cobra.Command{
		Use:   "run S",
		Short: "Predict, run live, compare, and write the report: the main job",
		Long: `run solves the scenario, simulates it, brings the same system up as live HTTP
services on loopback (or takes --target URL), puts its load on it, compares all
three, judges the objectives, and writes one self-contained HTML report.

A system too big for one machine says live: {cells: N} in its scenario: it is
solved and simulated whole, and one of its N equal cells is run live.

--test NAME plays a test of the scenario instead of a load that stays the same:
simulated, and driven against the live system, on one figure.`,
		Example: `  headroom run albumly
  headroom run shop.yaml --duration 2m --report shop.html
  headroom run shop.yaml --target http://localhost:8080
  headroom run shop.yaml --test black-friday --report friday.html
  headroom run shop.yaml --set services.db.cores=2 --format json -o loop.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if o.Duration <= 0 || o.Warmup < 0 || o.MaxTime <= 0 {
				return usageError{errors.New("run: --duration and --max-time want more than 0, --warmup 0 or more")}
			}
			live := loadtest.Options{Target: o.Target, Allow: o.Allow, Hits: o.Hits}
			if m, err = follow.settle(m, &live); err != nil {
				return err
			}
			if live.Test != nil {
				if cmd.Flags().Changed("duration") {
					return usageError{errors.New("run: --test says how long; remove --duration")}
				}
				if cmd.Flags().Changed("warmup") {
					live.Warmup = o.Warmup.Seconds()
				}
				return a.runTest(cmd.Context(), m, &follow, loop.TestOptions{
					Predict: true, MaxTime: o.MaxTime, Live: live, Emulate: o.Target == "", Force: o.Force,
				}, report)
			}
			if follow.plot != "" {
				return usageError{errors.New("run: --plot belongs to --test")}
			}
			o.Abort, o.Caps = live.Abort, live.Caps
			p := newProgress(a.Streams, a.quiet)
			o.Tool, o.Seed, o.Strict, o.Progress = tool(), a.seed, a.strict, p
			o.FixedSeed = cmd.Flags().Changed("seed")
			o.Precision = float64(precision)
			out, failed := loop.Run(cmd.Context(), m, o)
			p.Done()
			if err := a.present(out, report); err != nil {
				return errors.Join(failed, err)
			}
			if failed != nil {
				return failed
			}
			return a.verdict(cmd.Context(), out)
		},
	}
	f := c.Flags()
	follow.flags(c, a)
	f.Var(&precision, "precision", "half-width of the simulation's intervals, as a share of the figure")
	f.DurationVar(&o.MaxTime, "max-time", 30*time.Second, "bound on each simulation")
	f.DurationVar(&o.Duration, "duration", time.Minute, "live load that is counted")
	f.DurationVar(&o.Warmup, "warmup", 5*time.Second, "live load before it that is not")
	f.StringVar(&o.Target, "target", "", "URL of a real system to drive instead of the emulated one")
	f.StringArrayVar(&o.Allow, "allow", nil, "a host beyond loopback that may be put under load (repeatable)")
	f.StringVar(&o.Hits, "hits", "", "keep every request sent in this file")
	f.BoolVar(&o.Force, "force", false, "run live even what is too much for this machine")
	f.StringVar(&report, "report", report, "the HTML report; empty writes none")
	return c
}

// present prints the table and writes the report, with whatever is known.
func (a *app) present(out *loop.Outcome, report string) error {
	page := out.Page()
	page.Command = a.command()
	if len(page.Results) == 0 {
		return nil
	}
	if err := a.showPage(page); err != nil {
		return err
	}
	if report == "" {
		return nil
	}
	return a.writeReport(page, report)
}

func (a *app) verdict(ctx context.Context, out *loop.Outcome) error {
	var results []*measure.Result
	collect := func(_ string, r *measure.Result) { results = append(results, r) }
	out.Whole.Each(collect)
	if out.Celled() {
		out.Cell.Each(collect)
	}
	return judged(ctx, a.strict, results...)
}
