package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/cmd/internal/profiling"
	"github.com/headroom/headroom/profiles/pprof"
	"github.com/headroom/headroom/reports"
)

// diffed are the flags of profile diff; base and head have the same.
type diffed struct {
	base, head side
	value      string
	paired     bool
	top        int
}

type side struct {
	files  []string
	run    string
	served profiling.Served
}

func newProfileDiff(a *app) *cobra.Command {
	d := diffed{top: 15}
	c := &cobra.Command{
		Use:   "diff BASE HEAD",
		Short: "Say which functions got dearer from one version to another",
		Long: `diff compares profiles of two versions, a request, and names the functions that
got dearer: themselves, and with what they call, each with a 95 % interval. What
it calls sure is so over all functions together.

Several captures a side tell how runs differ by themselves, which one never
does: give them as patterns ('old-*.pb.gz') or by --base and --head, five or more
where you can. --paired is for captures taken in turn: base, head, base, head.`,
		Example: `  headroom profile diff old.pb.gz new.pb.gz --base-requests 9000 --head-requests 9100
  headroom profile diff 'old-*.pb.gz' 'new-*.pb.gz' --base-throughput 400 --head-throughput 400 --format html -o diff.html
  headroom profile diff --base old/ --head new/ --base-run old/run.json --head-run new/run.json --paired`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return errors.New("want BASE and HEAD, or --base and --head")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 {
				d.base.files, d.head.files = append(d.base.files, args[0]), append(d.head.files, args[1])
			}
			return a.profileDiff(&d)
		},
	}
	f := c.Flags()
	for _, x := range []struct {
		name string
		*side
	}{{"base", &d.base}, {"head", &d.head}} {
		f.StringArrayVar(&x.files, x.name, nil, "a file, a pattern of names or a directory of profiles of it (repeatable)")
		f.StringArrayVar(&x.served.Requests, x.name+"-requests", nil, "requests served while each of its profiles was taken (repeatable: one a profile)")
		f.StringArrayVar(&x.served.Throughput, x.name+"-throughput", nil, "the same by their rate a second")
		f.StringVar(&x.run, x.name+"-run", "", "result of the load test that its profiles were taken in")
	}
	f.StringVar(&d.value, "value", "", "the column to compare, as alloc_objects (default: the one that matters)")
	f.BoolVar(&d.paired, "paired", false, "captures were taken in turn: compare each with its neighbour")
	f.IntVar(&d.top, "top", d.top, "rows of functions")
	return c
}

func (a *app) profileDiff(d *diffed) error {
	if d.top < 1 {
		return usageError{errors.New("profile diff: --top wants 1 or more")}
	}
	base, err := d.base.captures()
	if err != nil {
		return usageError{err}
	}
	head, err := d.head.captures()
	if err != nil {
		return usageError{err}
	}
	difference, err := pprof.Compare(base, head, d.value, d.paired)
	if err != nil {
		return usageError{err}
	}
	flame, err := profiling.Flame("Flame graph of the difference", "Boxes are as wide as functions cost now; red ones got dearer, blue ones cheaper.", head, base, d.value)
	if err != nil {
		return err
	}
	page := reports.Page{
		Title:    "What got dearer",
		Notes:    profiling.Verdict(difference),
		Flames:   []reports.Flame{flame},
		Chapters: profiling.Changes(difference, d.top),
	}
	return a.showFindings(page, struct {
		Schema string `json:"schema"`
		*pprof.Difference
	}{profiling.Schema, difference})
}

func (s *side) captures() ([]pprof.Capture, error) {
	if len(s.files) == 0 {
		return nil, errors.New("profile diff: want profiles on both sides, as BASE and HEAD, or --base and --head")
	}
	if s.run != "" {
		r, err := readResult(s.run)
		if err != nil {
			return nil, err
		}
		s.served.Run = r
	}
	profiles, err := profiling.Open(s.files)
	if err != nil {
		return nil, err
	}
	return s.served.Captures(profiles)
}
