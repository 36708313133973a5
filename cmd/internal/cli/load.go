package cli

import (
	"cmp"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/cmd/internal/loop"
	"github.com/headroom/headroom/loadtest"
)

func newLoad(a *app) *cobra.Command {
	var (
		o        loadtest.Options
		duration = 30 * time.Second
		warmup   = 5 * time.Second
		timeout  = 30 * time.Second
		follow   tested
		catchUp  string
		watched  onlookers
	)
	c := &cobra.Command{
		Use:   "load S",
		Short: "Put the scenario's load on a live system and measure it",
		Long: `load sends the requests of the scenario's workloads at the times they are due,
whether or not earlier ones were answered, and measures response times from
those due times: a generator that falls behind cannot hide it. Only loopback is
put under load unless --allow names another host.

--test NAME follows a test of the scenario: the load changes as it says, and its
question is answered: do the objectives hold, how far does it scale, does it
fail gracefully, does it come back, does anything drift, where does it break?
--predict simulates the same test first and shows both.`,
		Example: `  headroom load shop.yaml                                  # the address in the scenario's live section
  headroom load shop.yaml --target http://localhost:8080 --duration 60s
  headroom load shop.yaml --test black-friday --predict --plot friday.svg
  headroom load shop.yaml --abort 'errors > 5%' --abort 'shoppers.p99 > 2s for 10s'
  headroom load shop.yaml --hits hits.bin --format json -o measured.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if duration <= 0 || warmup < 0 || timeout <= 0 {
				return usageError{errors.New("load: --duration and --timeout want more than 0, --warmup 0 or more")}
			}
			if o.Target == "" && m.Live.Base == "" && !m.Addressed() {
				return usageError{errors.New("load: where to? Give --target URL, or live: {base: URL} in the scenario; 'headroom run' brings up an emulated system by itself")}
			}
			if o.CatchUp, err = loadtest.ParseCatchUp(catchUp); err != nil {
				return usageError{err}
			}
			o.Seed = a.seed
			o.Duration, o.Warmup, o.Timeout = duration.Seconds(), warmup.Seconds(), timeout.Seconds()
			if m, err = follow.settle(m, &o); err != nil {
				return err
			}
			if o.Test != nil {
				if cmd.Flags().Changed("duration") {
					return usageError{errors.New("load: --test says how long; remove --duration")}
				}
				if !cmd.Flags().Changed("warmup") {
					o.Warmup = 0 // as a simulation of it
				}
				return a.runTest(cmd.Context(), m, &follow, loop.TestOptions{Predict: follow.predict, MaxTime: time.Minute, Live: o}, "")
			}
			if follow.predict || follow.plot != "" {
				return usageError{errors.New("load: --predict and --plot belong to --test")}
			}
			end, err := watched.begin(cmd.Context(), a, m.Name+" on "+cmp.Or(o.Target, m.Live.Base, "its services"), &o)
			if err != nil {
				return err
			}
			started := time.Now()
			r, err := loadtest.Run(cmd.Context(), m, o)
			end(r)
			if err != nil {
				return err
			}
			r.Run.Started = started.UTC()
			return a.conclude(cmd.Context(), m, "measured", r)
		},
	}
	f := c.Flags()
	follow.flags(c, a)
	f.BoolVar(&follow.predict, "predict", false, "with --test: simulate the same test first, and show both")
	watched.flags(f)
	f.StringVar(&o.Target, "target", "", "URL of the system, instead of the scenario's live.base")
	f.DurationVar(&duration, "duration", duration, "load that is counted")
	f.DurationVar(&warmup, "warmup", warmup, "load before it that is not")
	f.DurationVar(&timeout, "timeout", timeout, "how long a request may take")
	f.StringArrayVar(&o.Allow, "allow", nil, "a host beyond loopback that may be put under load (repeatable)")
	f.StringVar(&o.Hits, "hits", "", "keep every request sent in this file")
	f.StringVar(&catchUp, "catch-up", string(loadtest.Burst), "what was due while all connections were taken: burst, paced, paced:3, drop, drop:500ms")
	f.StringVar((*string)(&o.Engine), "engine", string(loadtest.Vegeta), "what puts the load on: vegeta (HTTP/1.1, HTTP/2), or lean (HTTP/1.1 for a third of the processor time)")
	f.BoolVar(&o.HTTP2, "http2", false, "speak HTTP/2, without TLS too")
	f.IntVar(&o.MaxConnections, "max-connections", 0, "cap on connections (0: from the load expected)")
	return c
}
