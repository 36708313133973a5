package cli

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/reports"
)

func newReport(a *app) *cobra.Command {
	var scenario string
	c := &cobra.Command{
		Use:   "report A.json [B.json ...]",
		Short: "Make one self-contained HTML page of results",
		Long: `report reads results written as JSON, or files of hits of load tests, and renders
them as one page with its figures inline: no other file, no request to anywhere.
Given the scenario, it also draws the system. The file of hits of a run that was
killed has all but its last quarter of a second.`,
		Example: `  headroom report predicted.json measured.json -o report.html
  headroom report measured.json --scenario shop.yaml -o report.html
  headroom report predicted.json measured.json --format markdown
  headroom report run.hits -o report.html`,
		Args: results(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := readPage(args)
			if err != nil {
				return err
			}
			if scenario != "" {
				if page.Model, err = a.load(scenario); err != nil {
					return err
				}
				if err := a.belongs(page); err != nil {
					return err
				}
				judgeHits(page)
			}
			if !cmd.Flags().Changed("format") {
				a.format = "html"
			}
			if a.out == "" && a.format == "html" {
				a.out = "report.html"
			}
			if err := a.showPage(page); err != nil {
				return err
			}
			if a.out != "-" && a.out != "" {
				_, err = fmt.Fprintf(a.Err, "wrote %s\n", filepath.Clean(a.out))
			}
			return err
		},
	}
	c.Flags().StringVar(&scenario, "scenario", "", "the scenario the results are of: draws the system")
	return c
}

// belongs refuses a scenario that some result is not of: the report would
// draw another system beside their figures. One that has changed since is told.
func (a *app) belongs(page reports.Page) error {
	changed := false
	for _, n := range page.Results {
		of := n.Result.Scenario
		if of.Name != page.Model.Name {
			return usageError{fmt.Errorf("report: the results are of %s, and --scenario is %s", of.Name, page.Model.Name)}
		}
		changed = changed || of.SHA256 != page.Model.Digest
	}
	if changed {
		_, _ = fmt.Fprintf(a.Err, "note: %s is not to the letter what the results are of; it is drawn as it is now (give the same --set)\n", page.Model.Name)
	}
	return nil
}
