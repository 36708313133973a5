package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// gateOutput is what a gate tells those who read it besides the terminal.
type gateOutput struct {
	policy, junit, bench string
	summary, annotate    bool
}

func (g *gateOutput) flags(f *pflag.FlagSet) {
	f.StringVar(&g.policy, "policy", "", "file that says what is tolerated (docs/gate.md); without it 2 to 5 % by metric")
	f.StringVar(&g.junit, "junit", "", "write JUnit XML to this file")
	f.StringVar(&g.bench, "bench", "", "write the runs as Go benchmarks to NAME.base.txt and NAME.head.txt, for benchstat")
	f.BoolVar(&g.summary, "summary", false, "append Markdown to the file that GITHUB_STEP_SUMMARY names")
	f.BoolVar(&g.annotate, "annotate", false, "print GitHub annotations too, on standard error")
}

// read reads the policy.
func (g *gateOutput) read() (*scenarios.GatePolicy, error) {
	if g.policy == "" {
		p := scenarios.DefaultGate()
		return &p, nil
	}
	text, err := os.ReadFile(g.policy)
	if err != nil {
		return nil, usageError{err}
	}
	p, bad := scenarios.ParseGate(g.policy, text)
	if len(bad) > 0 {
		return nil, bad
	}
	return p, nil
}

func newGate(a *app) *cobra.Command {
	var (
		g             gateOutput
		baseline, run []string
		model         string
		static        bool
	)
	c := &cobra.Command{
		Use:   "gate [S]",
		Short: "Judge a change: objectives, limits, and regression against a baseline",
		Long: `gate compares runs of a build with runs of the one before it and says pass,
regression, undecided, or invalid where the runs cannot be judged. The unit is a
run: requests of one run depend on each other, so one run against one is never
enough. Pairs of runs are compared by their log ratios, with an interval and
exact ranks, adjusted for the number of metrics.

--baseline and --run take results as JSON, files of hits, directories of them and
patterns, and may be given several times. With a scenario S its objectives are
judged, and the policy's limit of capacity by the solver. --static asks the
solver alone, and needs no runs: milliseconds for a change of the scenario.
--model takes a prediction and fails runs that are outside its band.

Exit codes: 0 pass; 3 regression, or an objective or a limit that does not hold;
4 undecided; 1 the runs cannot be judged; 2 wrong usage.`,
		Example: `  headroom gate --static shop.yaml
  headroom gate shop.yaml --baseline main/ --run 'pr/*.json' --policy gate.yaml --junit gate.xml
  headroom gate run shop.yaml --base './old --port {port}' --head './new --port {port}'
  headroom gate calibrate shop.yaml --target './new --port {port}'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := g.read()
			if err != nil {
				return err
			}
			if static {
				if len(args) == 0 || len(baseline)+len(run) > 0 || model != "" {
					return usageError{errors.New("gate: --static takes a scenario and no runs")}
				}
				return a.staticGate(cmd.Context(), args[0], policy, &g)
			}
			if len(baseline) == 0 || len(run) == 0 {
				return usageError{errors.New("gate: want --baseline and --run, results to compare; 'headroom gate run' makes them, --static needs none")}
			}
			q := gate.Question{Policy: policy}
			if q.Base, err = readRuns("--baseline", baseline); err != nil {
				return err
			}
			if q.Head, err = readRuns("--run", run); err != nil {
				return err
			}
			if len(args) == 1 {
				if err := a.gateModel(cmd.Context(), args[0], &q); err != nil {
					return err
				}
			}
			if model != "" {
				if q.Predicted, err = readResult(model); err != nil {
					return err
				}
				if q.Predicted.Kind != measure.Prediction {
					return usageError{fmt.Errorf("gate: --model %s is a measurement; want what solve or simulate wrote", model)}
				}
				q.Band = true
			}
			if policy.Limits.Capacity >= 0 && q.Predicted == nil {
				return usageError{errors.New("gate: the policy has a limit of capacity: give the scenario, or --model")}
			}
			r, err := gate.Ask(q)
			if err != nil {
				return err
			}
			return a.gated(r, &g, q.Base, q.Head)
		},
	}
	f := c.Flags()
	g.flags(f)
	f.StringArrayVar(&baseline, "baseline", nil, "runs of what was there before: files, directories, patterns (repeatable)")
	f.StringArrayVar(&run, "run", nil, "runs of what shall be (repeatable)")
	f.StringVar(&model, "model", "", "a prediction whose band the runs must be in")
	f.BoolVar(&static, "static", false, "ask the solver alone")
	c.AddCommand(newGateRun(a), newGateCalibrate(a))
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
	return c
}

// gateModel reads the scenario, judges the runs by its objectives and predicts
// it where the policy asks for that.
func (a *app) gateModel(ctx context.Context, name string, q *gate.Question) error {
	m, err := a.load(name)
	if err != nil {
		return err
	}
	q.Model, q.Name = m, m.Name
	for _, r := range slices.Concat(q.Base, q.Head) {
		r.Objectives = gate.Judge(m, r)
	}
	if q.Policy.Limits.Capacity >= 0 {
		q.Predicted, err = a.predicted(ctx, m)
	}
	return err
}

// predicted solves a model and judges its objectives.
func (a *app) predicted(ctx context.Context, m *scenarios.Model) (*measure.Result, error) {
	r, err := queueing.Solve(ctx, m, queueing.Options{Strict: a.strict})
	if err != nil {
		return nil, misused(m, err)
	}
	r.Run.Tool = tool()
	r.Objectives = gate.Judge(m, r)
	return r, nil
}

func (a *app) staticGate(ctx context.Context, name string, p *scenarios.GatePolicy, g *gateOutput) error {
	m, err := a.load(name)
	if err != nil {
		return err
	}
	r, err := a.predicted(ctx, m)
	if err != nil {
		return err
	}
	return a.gated(gate.Static(m.Name, r, p), g, nil, nil)
}

// readRuns reads results from files, directories and patterns. That there is
// nothing is an error: a gate without runs would pass everything.
func readRuns(flag string, names []string) ([]*measure.Result, error) {
	var files []string
	for _, name := range names {
		pattern := name
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			pattern = filepath.Join(name, "*.json")
		}
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, usageError{fmt.Errorf("gate: %s %s: %w", flag, name, err)}
		}
		if len(found) == 0 {
			return nil, usageError{fmt.Errorf("gate: %s %s: there is no such result; a gate without runs judges nothing", flag, name)}
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	var out []*measure.Result
	for _, file := range slices.Compact(files) {
		r, err := readResult(file)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// gated shows a report to all who want it and turns it into an exit code.
func (a *app) gated(r *gate.Report, g *gateOutput, base, head []*measure.Result) error {
	r.Command = a.command()
	err := a.write(func(w io.Writer) error {
		switch a.format {
		case "json":
			return gate.JSON(w, r)
		case "markdown":
			return gate.Markdown(w, r)
		case "text":
			return gate.Text(w, r)
		}
		return usageError{fmt.Errorf("gate: there is no %s form; want text, markdown or json", a.format)}
	})
	if err == nil {
		err = a.tell(r, g, base, head)
	}
	if err != nil {
		return err
	}
	switch r.Outcome {
	case gate.Passed:
		return nil
	case gate.Regression, gate.Broken:
		return verdictError{ExitObjective, r.Sentence}
	case gate.Open:
		return verdictError{ExitUndecided, r.Sentence}
	}
	return verdictError{ExitFailed, r.Sentence}
}

// tell writes what other programs read of a gate.
func (a *app) tell(r *gate.Report, g *gateOutput, base, head []*measure.Result) error {
	rendered := func(render func(io.Writer) error) ([]byte, error) {
		var b bytes.Buffer
		err := render(&b)
		return b.Bytes(), err
	}
	if g.junit != "" {
		text, err := rendered(func(w io.Writer) error { return gate.JUnit(w, r) })
		if err == nil {
			err = writeFile(g.junit, text)
		}
		if err != nil {
			return err
		}
	}
	if g.bench != "" {
		for side, runs := range map[string][]*measure.Result{"base": base, "head": head} {
			text, err := rendered(func(w io.Writer) error { return gate.Benchmarks(w, runs) })
			if err == nil && len(runs) > 0 {
				err = writeFile(g.bench+"."+side+".txt", text)
			}
			if err != nil {
				return err
			}
		}
	}
	if g.annotate {
		if err := gate.Annotations(a.Err, r, ""); err != nil {
			return err
		}
	}
	if !g.summary {
		return nil
	}
	name := a.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return usageError{errors.New("gate: --summary, and GITHUB_STEP_SUMMARY names no file; --format markdown -o FILE writes one")}
	}
	text, err := rendered(func(w io.Writer) error { return gate.Markdown(w, r) })
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("gate: cannot write the summary: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}
