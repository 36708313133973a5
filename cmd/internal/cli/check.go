package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check S",
		Short: "Say whether a scenario is well written, and where it is not",
		Long: `check reads a scenario and reports every mistake at once: file, line and column,
the source line with a caret, and the nearest name that would have been right.`,
		Example: `  headroom check shop.yaml
  headroom check shop.yaml --set services.db.replicas=0   # is the override valid?
  cat shop.yaml | headroom check -`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			jobs := ""
			if len(m.Jobs) > 0 {
				jobs = ", " + count(len(m.Jobs), "job")
			}
			_, err = fmt.Fprintf(a.Out, "%s is valid: %s, %s, %s, %s%s\n", m.Name,
				count(len(m.Services), "service"), count(len(m.Operations), "operation"),
				count(len(m.Topics), "topic"), count(len(m.Workloads), "workload"), jobs)
			return err
		},
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
