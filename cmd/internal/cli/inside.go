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
}

func (i *inside) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&i.trace, "trace", "", "write the spans of simulated requests into this file (OTLP JSON)")
	f.IntVar(&i.requests, "trace-requests", 1000, "with --trace: of so many requests, the first after the warm-up")
}

func (i *inside) given() bool { return i.trace != "" }

// check says what is wrong with the flags before anything is simulated.
func (i *inside) check() error {
	if i.requests < 1 {
		return usageError{fmt.Errorf("--trace-requests %d: want 1 or more", i.requests)}
	}
	return nil
}

// look simulates the requests again that were asked about, and writes what was
// done for them.
func (a *app) look(ctx context.Context, m *scenarios.Model, r *measure.Result, i *inside) error {
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
