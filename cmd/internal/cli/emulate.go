package cli

import (
	"context"
	"fmt"
	"sort"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/loadtest/emulate"
)

func newEmulate(a *app) *cobra.Command {
	var (
		o       emulate.Options
		forTime time.Duration
	)
	c := &cobra.Command{
		Use:   "emulate S",
		Short: "Bring the system up as live HTTP services that behave as the model says",
		Long: `emulate starts every service of the scenario on a free loopback port. A request
really waits for a thread, really queues, really calls the next service over
HTTP; its demands are drawn from the scenario's distributions and served in real
time; its faults happen at their times after the start. It runs until Ctrl-C. A system made of cells is brought up as one cell.`,
		Example: `  headroom emulate shop.yaml
  headroom emulate shop.yaml --for 10m &
  curl -X POST http://127.0.0.1:PORT/checkout`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if forTime < 0 {
				return usageError{errNegative}
			}
			ctx := cmd.Context()
			if forTime > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, forTime)
				defer cancel()
			}
			if m.Live.Cells > 1 {
				_, _ = fmt.Fprintf(a.Err, "one cell of %d\n", m.Live.Cells)
				m = m.Cell()
			}
			o.Seed = a.seed
			system, err := emulate.Start(ctx, m, o)
			if err != nil {
				return err
			}
			if err := a.printAddresses(system); err != nil {
				_ = system.Close() // the write's error is the one to tell
				return err
			}
			system.Begin() // from when the times of faults run
			<-ctx.Done()
			return system.Close()
		},
	}
	f := c.Flags()
	f.StringVar(&o.Listen, "listen", "127.0.0.1", "address to listen on; anything but loopback opens the services to others")
	f.DurationVar(&forTime, "for", 0, "end by itself after this long (0: at Ctrl-C)")
	f.BoolVar(&o.Force, "force", false, "start even what is too much for this machine")
	return c
}

func (a *app) printAddresses(system *emulate.System) error {
	addresses := system.Addresses()
	names := make([]string, 0, len(addresses))
	for name := range addresses {
		names = append(names, name)
	}
	sort.Strings(names)
	w := tabwriter.NewWriter(a.Out, 0, 0, 3, ' ', 0)
	for _, name := range names {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", name, addresses[name]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.Err, "Ctrl-C ends it.")
	return err
}
