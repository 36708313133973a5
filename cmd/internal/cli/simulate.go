package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/simulate"
)

func newSimulate(a *app) *cobra.Command {
	var (
		precision = share(0.02)
		o         simulate.Options
		maxTime   = time.Minute
		duration  time.Duration
		warmup    time.Duration
	)
	c := &cobra.Command{
		Use:   "simulate S",
		Short: "Predict by simulating every event, with 95 % intervals",
		Long: `simulate plays the scenario event by event, as independent replications on all
cores, until the mean and the 99th percentile of every workload's response time
are known to the precision asked for. What happened while the system filled up
is cut off. The same seed gives the same answer on any number of cores.

With --duration it plays exactly that long from an empty system instead, once
for every replication.`,
		Example: `  headroom simulate albumly
  headroom simulate shop.yaml --precision 1%
  headroom simulate shop.yaml --duration 30s --warmup 5s --seed 7
  headroom simulate shop.yaml --format json --out simulated.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if duration < 0 || warmup < 0 {
				return usageError{errNegative}
			}
			if warmup > 0 && duration == 0 {
				return usageError{errors.New("simulate: --warmup belongs to --duration; without it the warm-up is found by itself")}
			}
			p := newProgress(a.Streams, a.quiet)
			p.Stage("simulating "+m.Name, 0)
			o.Seed, o.Precision, o.MaxTime = a.seed, float64(precision), maxTime
			o.Duration, o.Warmup = duration.Seconds(), warmup.Seconds()
			o.Progress = p.Update
			started := time.Now()
			r, err := simulate.Run(cmd.Context(), m, o)
			p.Done()
			if err != nil {
				return err
			}
			r.Run.Started = started.UTC()
			return a.conclude(cmd.Context(), m, "simulated", r)
		},
	}
	f := c.Flags()
	f.Var(&precision, "precision", "half-width of the intervals asked for, as a share of the figure")
	f.DurationVar(&maxTime, "max-time", maxTime, "stop after this long, with the precision reached by then")
	f.Int64Var(&o.MaxEvents, "max-events", 0, "stop after this many events (0: the engine's own bound)")
	f.DurationVar(&duration, "duration", 0, "simulate exactly this long from an empty system, whatever the precision")
	f.DurationVar(&warmup, "warmup", 0, "with --duration: leave out this long at the start")
	f.IntVar(&o.Replications, "replications", 0, "this many independent runs (0: 32, or fewer of a large system)")
	f.IntVar(&o.Workers, "workers", 0, "cores to use (0: all); the answer does not depend on it")
	return c
}
