package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

func newSolve(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "solve S",
		Short: "Predict by queueing theory",
		Long: `solve answers from formulas, in microseconds to milliseconds: utilization,
response times with their percentiles, the bottleneck, and the load at which it
saturates. Where it approximates, or leaves something out, the answer says so.`,
		Example: `  headroom solve albumly
  headroom solve shop.yaml --set services.db.replicas=3
  headroom solve shop.yaml --format json --out predicted.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			r, err := queueing.Solve(cmd.Context(), m, queueing.Options{Strict: a.strict})
			if err != nil {
				return err
			}
			return a.conclude(cmd.Context(), m, "analytic", r)
		},
	}
}

// conclude judges a single result, shows it, and turns it into an exit code.
func (a *app) conclude(ctx context.Context, m *scenarios.Model, name string, r *measure.Result) error {
	r.Run.Tool = tool()
	r.Objectives = gate.Judge(m, r)
	err := a.show(reports.Page{
		Title:   m.Name,
		Model:   m,
		Results: []reports.Named{{Name: name, Result: r}},
	})
	if err != nil {
		return err
	}
	return judged(ctx, a.strict, r)
}
