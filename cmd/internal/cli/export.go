package cli

import (
	"github.com/spf13/cobra"

	"github.com/headroom/headroom/scenarios/foreign"
)

func newExport(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "export [FORMAT] S",
		Short: "Turn a scenario into a model of JMT or LQN",
		Long: `export writes a scenario as a queueing network of JMT (jmva for its analytical
solver, jsimg for its simulator) or as a layered queueing network (lqnx), so that
another tool can answer the same question. Without FORMAT the extension of the
file named by --out decides. What the format cannot say is named on standard
error, and is an error under --strict.`,
		Example: `  headroom export shop.yaml -o shop.jsimg
  headroom export lqnx albumly --strict > albumly.lqnx
  headroom export jmva shop.yaml --set services.db.replicas=3`,
		Args: formatAnd("S"),
		ValidArgsFunction: func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			names, _ := completeScenario(c, nil, word)
			if len(args) == 0 {
				names = append(names, foreign.Formats()...)
			}
			return names, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			format, err := formatFor("export", args, a.out, foreign.Formats())
			if err != nil {
				return err
			}
			m, err := a.load(args[len(args)-1])
			if err != nil {
				return err
			}
			made, err := foreign.Export(format, m)
			if err != nil {
				return err
			}
			return a.deliver(made.Text, made.Notes)
		},
	}
}
