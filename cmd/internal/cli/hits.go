package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/export"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/reports/gate"
)

func newHits(a *app) *cobra.Command {
	var (
		to  string
		of  export.Selection
		one = cobra.ExactArgs(1)
	)
	c := &cobra.Command{
		Use:   "hits FILE",
		Short: "Turn a file of hits into what other tools read, or merge several",
		Long: `hits reads the file that 'headroom load --hits FILE' keeps of every request and
writes it in another form: csv and jsonl (every request), vegeta (gob, as vegeta's
own commands read it) or hgrm (the percentiles of HdrHistogram, in ms). The file of
a run that was killed has all but the last quarter of a second.

'headroom report FILE' makes a report of the file itself.`,
		Example: `  headroom hits run.hits --to csv -o run.csv
  headroom hits run.hits --to vegeta | vegeta report
  headroom hits run.hits --to hgrm --workload shoppers -o run.hgrm
  headroom hits merge a.hits b.hits -o both.hits`,
		Args: one,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := known(to); err != nil {
				return err
			}
			return a.write(func(w io.Writer) error { return export.Hits(w, args[0], to, of) })
		},
	}
	c.Flags().StringVar(&to, "to", "csv", strings.Join(export.Formats(), ", "))
	c.Flags().StringVar(&of.Workload, "workload", "", "only this workload")
	c.Flags().BoolVar(&of.Service, "service-time", false, "times from when a request was sent, not from when it was due (vegeta, hgrm)")
	must(c.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(export.Formats(), cobra.ShellCompDirectiveNoFileComp)))
	c.AddCommand(newHitsMerge(a))
	return c
}

func known(format string) error {
	for _, f := range export.Formats() {
		if f == format {
			return nil
		}
	}
	return usageError{fmt.Errorf("hits: --to %q: want one of %s", format, strings.Join(export.Formats(), ", "))}
}

// resultOfHits makes the result of a file of hits, of a run that was killed too.
func resultOfHits(file string) (*measure.Result, error) {
	r, err := loadtest.ResultOf(file)
	if err == nil {
		r.Run.Tool = tool()
	}
	return r, err
}

// judgeHits judges the results of files of hits by the objectives of the
// scenario: nobody has done so before, as a file of hits does not hold them.
func judgeHits(page reports.Page) {
	for _, n := range page.Results {
		if r := n.Result; r.Method == measure.LoadTest && len(r.Objectives) == 0 {
			r.Objectives = gate.Judge(page.Model, r)
		}
	}
}

func newHitsMerge(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "merge A B [C ...] -o FILE",
		Short: "Make one file of hits of several, as of generators that shared a load",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("want two files of hits or more")
			}
			if a.out == "" || a.out == "-" {
				return errors.New("where to? Give -o FILE")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return loadtest.MergeHits(a.out, args...) },
	}
	usageErrors(c)
	return c
}
