package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

func newSolve(a *app) *cobra.Command {
	explain, method := false, methodAuto
	c := &cobra.Command{
		Use:   "solve S",
		Short: "Predict by queueing theory",
		Long: `solve answers from formulas, in microseconds to milliseconds: utilization,
response times with their percentiles, the bottleneck, and the load at which it
saturates. Where it approximates, or leaves something out, the answer says so.

--explain adds the reasons: what one request asks of each service, what is full
first and at what load, what would happen if a service needed a tenth more CPU
time, which methods were used, and which assumption most depends on.

--method exact takes exact formulas only: a model that they are not known to be
exact for ends with code 1 and the reasons, and percentiles that are composed of
several visits are left out. --method ctmc takes the Markov chain of all states
of a small system with exponential times, threads that are held and calls that
are turned away among them: means without any approximation, by which to judge
those of the formulas.`,
		Example: `  headroom solve albumly
  headroom solve shop.yaml --set services.db.replicas=3
  headroom solve shop.yaml --explain
  headroom solve closed --method exact
  headroom solve closed --method ctmc --set workloads.staff.users=8
  headroom solve shop.yaml --format json --out predicted.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			if explain {
				if err := a.told(); err != nil {
					return err
				}
			}
			if err := method.check(explain); err != nil {
				return err
			}
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			r, chapters, err := a.solve(cmd.Context(), m, method, explain)
			if err != nil {
				return err
			}
			return a.conclude(cmd.Context(), m, "analytic", r, chapters...)
		},
	}
	c.Flags().BoolVar(&explain, "explain", false, "tell the reasons too: demands, limits, sensitivities, methods and assumptions")
	c.Flags().StringVar((*string)(&method), "method", string(methodAuto), "auto; exact: an error where the answer would be approximate; or ctmc: the Markov chain of a small system")
	must(c.RegisterFlagCompletionFunc("method", cobra.FixedCompletions([]string{"auto", "exact", "ctmc"}, cobra.ShellCompDirectiveNoFileComp)))
	return c
}

// method is how solve comes by its answer.
type method string

const (
	methodAuto  method = "auto"
	methodExact method = "exact"
	methodCTMC  method = "ctmc"
)

func (m method) check(explain bool) error {
	switch m {
	case methodAuto, methodExact:
		return nil
	case methodCTMC:
		if explain {
			return usageError{errors.New("--explain tells of formulas; want --method auto or exact with it")}
		}
		return nil
	}
	return usageError{fmt.Errorf("--method %q: want auto, exact or ctmc", string(m))}
}

// solve predicts a model and, if asked, explains the prediction.
func (a *app) solve(ctx context.Context, m *scenarios.Model, by method, explain bool) (*measure.Result, []reports.Chapter, error) {
	o := queueing.Options{Strict: a.strict, Exact: by == methodExact}
	if by == methodCTMC {
		r, err := queueing.SolveMarkov(ctx, m)
		return r, nil, err
	}
	if !explain {
		r, err := queueing.Solve(ctx, m, o)
		return r, nil, err
	}
	e, err := queueing.Explain(ctx, m, o)
	if err != nil {
		return nil, nil, err
	}
	return e.Result, chaptersOf(e), nil
}

// conclude judges a single result, shows it, and turns it into an exit code.
func (a *app) conclude(ctx context.Context, m *scenarios.Model, name string, r *measure.Result, chapters ...reports.Chapter) error {
	r.Run.Tool = tool()
	r.Objectives = gate.Judge(m, r)
	err := a.show(reports.Page{
		Title:    m.Name,
		Model:    m,
		Results:  []reports.Named{{Name: name, Result: r}},
		Chapters: chapters,
	})
	if err != nil {
		return err
	}
	return judged(ctx, a.strict, r)
}
