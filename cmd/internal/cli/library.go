package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/scenarios"
)

func newLibrary(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "library [NAME]",
		Short: "List the scenarios that come with headroom, or print one",
		Example: `  headroom library
  headroom library albumly              # read it
  headroom library mmc > mmc.yaml       # take it as a start`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeScenario,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				src, ok := scenarios.LibrarySource(args[0])
				if !ok {
					// Load knows the nearest name and says so.
					_, err := scenarios.Load(args[0], scenarios.Options{})
					return usageError{fmt.Errorf("library: no scenario %q: %w", args[0], err)}
				}
				_, err := a.Out.Write(src)
				return err
			}
			w := tabwriter.NewWriter(a.Out, 0, 0, 3, ' ', 0)
			for _, e := range scenarios.Library() {
				if _, err := fmt.Fprintf(w, "%s\t%s\n", e.Name, e.Title); err != nil {
					return err
				}
			}
			return w.Flush()
		},
	}
}
