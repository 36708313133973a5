package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/cmd/internal/loop"
	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

// tested are the flags of commands that drive a test of a scenario.
type tested struct {
	overTime
	predict bool
	aborts  []string
	rate    float64
	most    time.Duration
	errors  string
	speed   float64
}

func (t *tested) flags(c *cobra.Command, a *app) {
	f := c.Flags()
	f.StringVar(&t.test, "test", "", "follow this test of the scenario: its load over time")
	f.StringArrayVar(&t.aborts, "abort", nil, "end the run when this holds, as 'errors > 5%' or 'shoppers.p99 > 2s for 10s' (repeatable)")
	f.Float64Var(&t.rate, "max-rate", 0, "cap on requests a second, of all workloads together (0: none)")
	f.DurationVar(&t.most, "max-duration", 0, "end the load after so long, its warm-up included (0: at its end)")
	f.StringVar(&t.errors, "max-errors", "", "end the run when more requests fail, as 1000 or 5%")
	f.Float64Var(&t.speed, "speed", 1, "play logs at so many times their own speed")
	t.plotFlag(c)
	must(c.RegisterFlagCompletionFunc("test", a.testNames))
}

// settle reads the flags into options, for a model that it may change.
func (t *tested) settle(m *scenarios.Model, o *loadtest.Options) (*scenarios.Model, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.speed != 1 {
		faster, err := m.Replayed(t.speed)
		if err != nil {
			return nil, usageError{fmt.Errorf("--speed: %w", err)}
		}
		m = faster
	}
	var err error
	if t.test != "" {
		if o.Test, err = t.find("--test", m); err != nil {
			return nil, err
		}
		o.Duration = 0
	}
	for _, text := range t.aborts {
		condition, err := scenarios.ParseAbort(text, m)
		if err != nil {
			return nil, usageError{fmt.Errorf("--abort %w", err)}
		}
		o.Abort = append(o.Abort, condition)
	}
	if !(t.rate >= 0) || math.IsInf(t.rate, 0) || t.most < 0 {
		return nil, usageError{errors.New("--max-rate and --max-duration want 0 for none, or more")}
	}
	o.Caps.Rate, o.Caps.Duration = t.rate, t.most.Seconds()
	o.Caps.Failed, o.Caps.FailedShare, err = errorCap(t.errors)
	return m, err
}

// errorCap reads how many requests may fail, or what share of them.
func errorCap(text string) (count int64, part float64, err error) {
	if text == "" {
		return 0, 0, nil
	}
	if digits, ok := strings.CutSuffix(text, "%"); ok {
		part, err = strconv.ParseFloat(digits, 64)
		if err == nil && part > 0 && part < 100 {
			return 0, part / 100, nil
		}
	} else if count, err = strconv.ParseInt(text, 10, 64); err == nil && count > 0 {
		return count, 0, nil
	}
	return 0, 0, usageError{fmt.Errorf("--max-errors %q: want a number of requests above 0, as 1000, or a share of them, as 5%%", text)}
}

// drawTest writes the pictures of a test: what was measured over what was
// predicted, for each workload.
func (t *tested) drawTest(m *scenarios.Model, predicted, measured *measure.Result) error {
	if t.plot == "" || measured == nil {
		return nil
	}
	var names []string
	for i := range m.Workloads {
		if measured.Workloads[m.Workloads[i].Name] != nil {
			names = append(names, m.Workloads[i].Name)
		}
	}
	return t.drawEach(names, func(w io.Writer, kind, name string) error {
		return reports.PlotTest(w, kind, predicted, measured, name)
	})
}

// runTest drives a test, predicts it where asked to, and shows both.
func (a *app) runTest(ctx context.Context, m *scenarios.Model, t *tested, o loop.TestOptions, report string) error {
	p := newProgress(a.Streams, a.quiet)
	o.Tool, o.Seed, o.Test, o.Progress = tool(), a.seed, o.Live.Test, p
	out, failed := loop.RunTest(ctx, m, o)
	p.Done()
	page := out.Page()
	page.Command = a.command()
	if len(page.Results) > 0 {
		err := a.show(page)
		if err == nil {
			err = t.drawTest(out.Model, out.Predicted, out.Measured)
		}
		if err == nil && report != "" {
			err = a.writeReport(page, report)
		}
		if err != nil {
			return errors.Join(failed, err)
		}
	}
	switch {
	case failed != nil:
		return failed
	case out.Measured == nil:
		return errInterrupted
	}
	return judged(ctx, a.strict, out.Measured)
}

func (a *app) writeReport(page reports.Page, file string) error {
	var b bytes.Buffer
	if err := reports.HTML(&b, page); err != nil {
		return err
	}
	if err := writeFile(file, b.Bytes()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.Err, "wrote %s\n", file)
	return err
}
