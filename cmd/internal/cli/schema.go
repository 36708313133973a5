package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

func newSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [scenario|result]",
		Short: "Print the JSON Schema of the scenario language or of the result",
		Long: `schema prints a JSON Schema (draft 2020-12). An editor that knows YAML completes
and checks scenarios by it; in the first line of a scenario write

  # yaml-language-server: $schema=headroom.schema.json`,
		Example: `  headroom schema > headroom.schema.json
  headroom schema result > result.schema.json`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"scenario", "result"},
		RunE: func(_ *cobra.Command, args []string) error {
			which := "scenario"
			if len(args) == 1 {
				which = args[0]
			}
			var err error
			switch which {
			case "scenario":
				_, err = a.Out.Write(scenarios.Schema())
			case "result":
				_, err = a.Out.Write(measure.JSONSchema())
			default:
				return usageError{fmt.Errorf("schema: no schema %q; there are scenario and result", which)}
			}
			return err
		},
	}
}
