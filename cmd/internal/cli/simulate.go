package cli

import (
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/simulate"
)

func newSimulate(a *app) *cobra.Command {
	var (
		aim      = precision{all: 0.02}
		o        simulate.Options
		vs       versus
		maxTime  = time.Minute
		duration time.Duration
		warmup   time.Duration
		interval time.Duration
		follow   overTime
		look     inside
		tip      tipping
	)
	c := &cobra.Command{
		Use:   "simulate S",
		Short: "Predict by simulating every event, with 95 % intervals",
		Long: `simulate plays the scenario event by event, as independent replications on all
cores, until the mean and the 99th percentile of every workload's response time
are known to the precision asked for, or other figures that --precision names, as
objectives do: "shoppers.p99=2%,db.utilization=1%". What happened while the
system filled up is cut off. The same seed gives the same answer on any number
of cores. Each interval by itself holds the truth in 95 % of runs.

With --duration it plays exactly that long from an empty system instead, once
for every replication.

With --vs or --vs-set it plays two systems with the same random numbers, and
tells by how much they differ: what chance does to both is not in the
difference, which is then known far better than either. --set holds for both.

--test NAME plays a test of the scenario: its load over time and its faults, as
20 replications or more, and tells what happened in every interval of time, with
bands, and how long recovery took. --over-time does the same for the load as it
is: how an empty system fills up. Objectives are then judged over all of it.

--breakdown says where the time goes: at which service, and whether in waiting
for a thread or a core, in service, on the network, or in attempts that were
given up. It follows the critical path: of branches side by side, the one whose
end let the request go on.

--trace FILE writes what was done for the first requests after the warm-up as
OpenTelemetry spans (OTLP JSON), which Jaeger and Tempo open. Time 0 of the
simulation is the beginning of 2020 there. --events FILE writes a log of the
same: a line an event, with its time, the request, what happened and where.

--tipping-point looks for the smallest spike of the load, for several lengths,
that the system does not come back from by itself: some time after it, less than
half of what was answered well before still is. It also says at which load the
system comes back once it is down. Between that load and the one that brings it
down it may be up or down, by what happened to it before: it is metastable.`,
		Example: `  headroom simulate albumly
  headroom simulate shop.yaml --breakdown
  headroom simulate shop.yaml --trace shop.json --trace-requests 100
  headroom simulate shop.yaml --tipping-point --tipping-lengths 1s,10s
  headroom simulate shop.yaml --precision 1%
  headroom simulate shop.yaml --precision shoppers.p99=1%,db.utilization=1%
  headroom simulate shop.yaml --vs-set services.db.cores=5
  headroom simulate shop.yaml --vs shop2.yaml
  headroom simulate shop.yaml --duration 30s --warmup 5s --seed 7
  headroom simulate shop.yaml --test black-friday --plot friday.svg
  headroom simulate shop.yaml --over-time --duration 5m --replications 100
  headroom simulate shop.yaml --format json --out simulated.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if err := errors.Join(follow.check(), look.check(), tip.check(cmd)); err != nil {
				return err
			}
			if follow.test != "" {
				if o.Test, err = follow.find("--test", m); err != nil {
					return err
				}
				if duration != 0 {
					return usageError{errors.New("simulate: --test says how long; remove --duration")}
				}
			}
			if duration < 0 || warmup < 0 || interval < 0 {
				return usageError{errNegative}
			}
			if follow.plot != "" && o.Test == nil && !o.OverTime {
				return usageError{errors.New("simulate: --plot belongs to --test or --over-time")}
			}
			if tip.point && (o.Test != nil || o.OverTime || vs.given()) {
				return usageError{errors.New("simulate: --tipping-point makes its own loads, of one system; remove --test, --over-time, --vs and --vs-set")}
			}
			if look.given() && (o.Test != nil || o.OverTime) {
				return usageError{errors.New("simulate: --trace and --events follow a load that does not change; remove --test and --over-time")}
			}
			if warmup > 0 && duration == 0 && o.Test == nil {
				return usageError{errors.New("simulate: --warmup belongs to --duration; without it the warm-up is found by itself")}
			}
			o.Seed, o.MaxTime = a.seed, maxTime
			o.Precision, o.Targets = float64(aim.all), aim.targets
			o.Duration, o.Warmup, o.Interval = duration.Seconds(), warmup.Seconds(), interval.Seconds()
			if vs.given() {
				if look.given() {
					return usageError{errors.New("simulate: --trace and --events look into one system; remove --vs and --vs-set")}
				}
				if o.Test != nil || o.OverTime {
					return usageError{errors.New("simulate: --vs and --vs-set compare steady states; remove --test and --over-time")}
				}
				return a.simulateVersus(cmd.Context(), args[0], m, &vs, o)
			}
			p := newProgress(a.Streams, a.quiet)
			p.Stage("simulating "+m.Name, 0)
			o.Progress = p.Update
			started := time.Now()
			r, err := simulate.Run(cmd.Context(), m, o)
			p.Done()
			if err != nil {
				return mistaken(err)
			}
			r.Run.Started = started.UTC()
			if err := follow.draw(m, r); err != nil {
				return err
			}
			if err := a.look(cmd.Context(), m, r, &look); err != nil {
				return err
			}
			if err := a.tip(cmd.Context(), m, r, &tip, o.Workers); err != nil {
				return err
			}
			chapters := slices.Concat(reports.OverTime(m, r), reports.Breakdowns(m, r), reports.Tipping(r))
			return a.conclude(cmd.Context(), m, "simulated", r, chapters...)
		},
	}
	f := c.Flags()
	f.Var(&aim, "precision", "half-width of the intervals asked for, as a share of the figure; or by figure, as shoppers.p99=2%,db.utilization=1%")
	f.StringVar(&vs.name, "vs", "", "compare with this scenario, under common random numbers")
	f.StringArrayVar(&vs.sets, "vs-set", nil, "compare with the scenario in which this is set too, as in services.db.cores=5 (repeatable)")
	f.DurationVar(&maxTime, "max-time", maxTime, "stop after this long, with the precision reached by then")
	f.Int64Var(&o.MaxEvents, "max-events", 0, "stop after this many events (0: the engine's own bound)")
	f.DurationVar(&duration, "duration", 0, "simulate exactly this long from an empty system, whatever the precision")
	f.DurationVar(&warmup, "warmup", 0, "with --duration: leave out this long at the start")
	f.IntVar(&o.Replications, "replications", 0, "this many independent runs (0: 32, or fewer of a large system; 20 with --test)")
	f.StringVar(&follow.test, "test", "", "play this test of the scenario: its load over time")
	f.BoolVar(&o.OverTime, "over-time", false, "follow the load as it is from an empty system, for --duration or until it has settled")
	f.BoolVar(&o.Breakdown, "breakdown", false, "take the mean response time of every workload apart: by service into waiting, service, network and retries")
	f.DurationVar(&interval, "interval", 0, "with --test, --over-time or --duration: length of an interval of the series (0: one that suits)")
	follow.plotFlag(c)
	look.flags(c)
	tip.flags(c)
	must(c.RegisterFlagCompletionFunc("test", a.testNames))
	f.IntVar(&o.Workers, "workers", 0, "cores to use (0: all); the answer does not depend on it")
	return c
}
