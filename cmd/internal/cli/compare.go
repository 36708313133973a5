package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
)

func newCompare(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "compare A.json B.json ...",
		Short: "Set results side by side, whatever engine made them",
		Long: `compare reads results that solve, simulate, load or run wrote as JSON and prints
them in one table. The first is the reference: the last column says how far each
of the others is from it.`,
		Example: `  headroom solve shop.yaml --format json -o predicted.json
  headroom load shop.yaml --format json -o measured.json
  headroom compare predicted.json measured.json
  headroom compare before.json after.json --format markdown`,
		Args: results(2),
		RunE: func(_ *cobra.Command, args []string) error {
			page, err := readPage(args)
			if err != nil {
				return err
			}
			return a.showPage(page)
		},
	}
}

// results is the argument check of a command that takes that many results or more.
func results(least int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least {
			return fmt.Errorf("want %s or more, as JSON; there is %s", count(least, "result"), cmp.Or(strings.Join(args, ", "), "none"))
		}
		return nil
	}
}

// readPage reads results from files and names each after its method, or after
// its file where two have the same.
func readPage(files []string) (reports.Page, error) {
	var page reports.Page
	methods := map[measure.Method]int{}
	for _, file := range files {
		r, err := readResult(file)
		if err != nil {
			return page, err
		}
		methods[r.Method]++
		page.Results = append(page.Results, reports.Named{Result: r})
	}
	for i := range page.Results {
		r := page.Results[i].Result
		page.Results[i].Name = methodName(r.Method)
		if methods[r.Method] > 1 {
			base := filepath.Base(files[i])
			page.Results[i].Name = strings.TrimSuffix(base, filepath.Ext(base))
		}
		if page.Title == "" {
			page.Title = r.Scenario.Name
		}
	}
	page.Reference = page.Results[0].Name
	return page, nil
}

func methodName(m measure.Method) string {
	switch m {
	case measure.Analytic:
		return "analytic"
	case measure.Simulation:
		return "simulated"
	default:
		return "measured"
	}
}

func readResult(file string) (*measure.Result, error) {
	if loadtest.IsHits(file) {
		return resultOfHits(file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, usageError{err}
	}
	defer func() { _ = f.Close() }() // only read
	r, err := measure.Decode(f)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", file, err)}
	}
	return r, nil
}
