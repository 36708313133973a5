package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

// overTime are the flags of commands that follow a system over time.
type overTime struct {
	test string // its name
	plot string // a file for the picture
}

// plotFlag adds --plot.
func (o *overTime) plotFlag(c *cobra.Command) {
	c.Flags().StringVar(&o.plot, "plot", "", "draw the series into this file, .svg or .png; of several workloads, one file each")
	must(c.RegisterFlagCompletionFunc("plot", cobra.FixedCompletions([]string{"svg", "png"}, cobra.ShellCompDirectiveFilterFileExt)))
}

// check says what is wrong with the flags before anything is computed.
func (o *overTime) check() error {
	if o.plot == "" {
		return nil
	}
	if kind := plotKind(o.plot); kind != "svg" && kind != "png" {
		return usageError{fmt.Errorf("--plot %q: want a file that ends in .svg or .png", o.plot)}
	}
	return nil
}

func plotKind(file string) string { return strings.TrimPrefix(filepath.Ext(file), ".") }

// find returns the test of a scenario that a flag names.
func (o *overTime) find(flag string, m *scenarios.Model) (*scenarios.Test, error) {
	if t, ok := m.TestByName(o.test); ok {
		return t, nil
	}
	if len(m.Tests) == 0 {
		return nil, usageError{fmt.Errorf("%s %q: the scenario has no tests; write tests: {%s: {kind: spike, phases: [{for: 60s}, {for: 30s, load: x5}, {for: 120s}]}}", flag, o.test, "peak")}
	}
	names := make([]string, len(m.Tests))
	for i := range m.Tests {
		names[i] = m.Tests[i].Name
	}
	return nil, usageError{fmt.Errorf("%s %q: no such test; the scenario has %s", flag, o.test, strings.Join(names, ", "))}
}

// solveOverTime predicts how a system changes over time.
func (a *app) solveOverTime(ctx context.Context, m *scenarios.Model, follow *overTime, duration, interval time.Duration) (*measure.Result, error) {
	if err := follow.check(); err != nil {
		return nil, err
	}
	if duration < 0 || interval < 0 {
		return nil, usageError{errNegative}
	}
	o := queueing.OverTimeOptions{Duration: duration.Seconds(), Interval: interval.Seconds(), Strict: a.strict}
	if follow.test != "" {
		if duration != 0 {
			return nil, usageError{errors.New("solve: --over-time says how long; remove --duration")}
		}
		var err error
		if o.Test, err = follow.find("--over-time", m); err != nil {
			return nil, err
		}
	}
	r, err := queueing.OverTime(ctx, m, o)
	if err != nil {
		return nil, err
	}
	return r, follow.draw(m, r)
}

// draw writes the pictures that were asked for.
func (o *overTime) draw(m *scenarios.Model, r *measure.Result) error {
	if o.plot == "" {
		return nil
	}
	if r.Series == nil {
		return errors.New("--plot: the result has no series")
	}
	var names []string
	for i := range m.Workloads {
		if _, ok := r.Series.Workloads[m.Workloads[i].Name]; ok {
			names = append(names, m.Workloads[i].Name)
		}
	}
	return o.drawEach(names, func(w io.Writer, kind, name string) error {
		return reports.PlotOverTime(w, kind, r, name)
	})
}

// drawEach writes a picture for each workload, several into one file each.
func (o *overTime) drawEach(names []string, draw func(w io.Writer, kind, name string) error) error {
	for _, name := range names {
		file := o.plot
		if len(names) > 1 {
			ext := filepath.Ext(file)
			file = strings.TrimSuffix(file, ext) + "-" + name + ext
		}
		var b bytes.Buffer
		if err := draw(&b, plotKind(o.plot), name); err != nil {
			return err
		}
		if err := writeFile(file, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// testNames completes the value of a flag that names a test of the scenario.
func (a *app) testNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	m, err := a.load(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for i := range m.Tests {
		names = append(names, m.Tests[i].Name)
	}
	return slices.Clip(names), cobra.ShellCompDirectiveNoFileComp
}
