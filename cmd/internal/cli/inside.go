package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// inside are the flags that look into single requests of a simulation.
type inside struct {
	trace    string // a file for spans
	requests int
	events   string // a file for a log
	most     int
}

func (i *inside) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&i.trace, "trace", "", "write the spans of simulated requests into this file (OTLP JSON)")
	f.IntVar(&i.requests, "trace-requests", 1000, "with --trace: of so many requests, the first after the warm-up")
	f.StringVar(&i.events, "events", "", "write what happens to simulated requests into this file, a line an event")
	f.IntVar(&i.most, "events-most", 100_000, "with --events: at most so many, from the end of the warm-up on")
}

func (i *inside) given() bool { return i.trace != "" || i.events != "" }

// check says what is wrong with the flags before anything is simulated.
func (i *inside) check() error {
	if i.requests < 1 {
		return usageError{fmt.Errorf("--trace-requests %d: want 1 or more", i.requests)}
	}
	if i.most < 1 {
		return usageError{fmt.Errorf("--events-most %d: want 1 or more", i.most)}
	}
	return nil
}

// look simulates the requests again that were asked about, and writes what was
// done for them.
func (a *app) look(ctx context.Context, m *scenarios.Model, r *measure.Result, i *inside) error {
	if i.events != "" {
		if err := a.logEvents(ctx, m, r, i); err != nil {
			return err
		}
	}
	if i.trace == "" {
		return nil
	}
	t, err := simulate.TraceOf(ctx, m, simulate.TraceOptions{Seed: a.seed, Warmup: r.Run.Warmup, Requests: i.requests})
	if err != nil {
		return mistaken(err)
	}
	var b bytes.Buffer
	if err := t.OTLP(&b); err != nil {
		return err
	}
	if t.Lost > 0 || t.Requests < i.requests {
		what := measure.Caveat{What: "simulate: the trace is not whole", Effect: fmt.Sprintf("it has %d requests of the %d asked for", t.Requests, i.requests)}
		if t.Lost > 0 {
			what.Effect += fmt.Sprintf(", and %d spans are left out, as there was no room", t.Lost)
		}
		r.Caveats = append(r.Caveats, what)
	}
	return writeFile(i.trace, b.Bytes())
}

// logEvents writes the log of events.
func (a *app) logEvents(ctx context.Context, m *scenarios.Model, r *measure.Result, i *inside) error {
	events, err := simulate.EventsOf(ctx, m, simulate.EventOptions{Seed: a.seed, Warmup: r.Run.Warmup, Most: i.most})
	if err != nil {
		return mistaken(err)
	}
	var b bytes.Buffer
	if err := simulate.WriteEvents(&b, events); err != nil {
		return err
	}
	return writeFile(i.events, b.Bytes())
}
