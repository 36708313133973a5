package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/reports/history"
)

// past is what the commands of history share.
type past struct {
	app   *app
	where string
	tags  []string
	run   history.Run
	only  history.Filter
}

func newHistory(a *app) *cobra.Command {
	p := &past{app: a}
	c := &cobra.Command{
		Use:   "history",
		Short: "Keep results with their commit, and find the commit that changed a figure",
		Long: `history keeps results in a file of SQLite, ~/.local/share/headroom/history.db, or
where --store or HEADROOM_STORE say: another file, or postgres://user@host/database
for a team. Many may write at once.`,
		Example: `  headroom history add measured.json --tag machine=ci-3
  headroom history list --branch main
  headroom history changes shoppers.p99
  headroom history export runs.jsonl`,
	}
	c.PersistentFlags().StringVar(&p.where, "store", "", "file of SQLite, or postgres://… (HEADROOM_STORE)")
	c.AddCommand(p.add(), p.list(), p.show(), p.tag(), p.remove(), p.export(), p.imports(), p.changes())
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
	return c
}

// with opens the history for as long as a command needs it.
func (p *past) with(ctx context.Context, do func(*history.Store) error) error {
	where := p.where
	if where == "" {
		var err error
		if where, err = history.Default(os.Getenv); err != nil {
			return err
		}
	}
	s, err := history.Open(ctx, where)
	if err != nil {
		return err
	}
	err = do(s)
	if errors.Is(err, history.ErrUnknown) {
		err = usageError{err}
	}
	return errors.Join(err, s.Close())
}

func (p *past) add() *cobra.Command {
	c := &cobra.Command{
		Use:   "add RESULT.json ...",
		Short: "Keep results; prints their IDs",
		Long: `add keeps results, by default as of the commit and the branch that CI names
(GITHUB_SHA, CI_COMMIT_SHA) or that git has checked out here. The same result of
the same commit is kept once.`,
		Args: results(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			tags, err := pairs(p.tags)
			if err != nil {
				return err
			}
			p.run.Tags = tags
			p.run.Commit, p.run.Branch = ofCommit(cmd.Context(), p.run.Commit, p.run.Branch)
			var all []*measure.Result
			for _, file := range args {
				r, err := readResult(file)
				if err != nil {
					return err
				}
				all = append(all, r)
			}
			return p.with(cmd.Context(), func(s *history.Store) error {
				for _, r := range all {
					run := p.run
					run.Result, run.At = r, r.Run.Started
					if run.At.IsZero() {
						run.At = time.Now().UTC()
					}
					id, added, err := s.Add(cmd.Context(), run)
					if err != nil {
						return err
					}
					if !added {
						_, _ = fmt.Fprintf(p.app.Err, "%s was kept before\n", id)
					}
					_, _ = fmt.Fprintln(p.app.Out, id)
				}
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&p.run.Commit, "commit", "", "the commit that was run (of CI, or git)")
	f.StringVar(&p.run.Branch, "branch", "", "its branch (of CI, or git)")
	f.StringArrayVar(&p.tags, "tag", nil, "a word on it, as in machine=ci-3 (repeatable)")
	return c
}

// ofCommit completes a commit and its branch by what CI says, or else git.
func ofCommit(ctx context.Context, commit, branch string) (string, string) {
	if commit != "" {
		return commit, branch
	}
	for _, ci := range [][2]string{{"GITHUB_SHA", "GITHUB_REF_NAME"}, {"CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"}} {
		if sha := os.Getenv(ci[0]); sha != "" {
			if branch == "" {
				branch = os.Getenv(ci[1])
			}
			return sha, branch
		}
	}
	git := func(args ...string) string {
		out, err := exec.CommandContext(ctx, "git", args...).Output()
		if err != nil {
			return "" // no git, or no repository: the commit is not known
		}
		return strings.TrimSpace(string(out))
	}
	commit = git("rev-parse", "--verify", "HEAD")
	if branch == "" && commit != "" {
		branch = git("branch", "--show-current")
	}
	return commit, branch
}

func pairs(words []string) (map[string]string, error) {
	out := map[string]string{}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("tag %q: want name=value", w)}
		}
		out[name] = value
	}
	return out, nil
}

// choose adds the flags that say which runs are meant.
func (p *past) choose(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&p.only.Commit, "commit", "", "only runs of this commit")
	f.StringVar(&p.only.Branch, "branch", "", "only runs of this branch")
	f.StringVar(&p.only.Scenario, "scenario", "", "only runs of this scenario, by its name")
	f.StringVar(&p.only.Method, "method", "", "only runs of this method: analytic, simulation or load-test")
	f.StringArrayVar(&p.tags, "tag", nil, "only runs with this tag, as in machine=ci-3 (repeatable)")
	f.IntVar(&p.only.Last, "last", 0, "only so many, the newest (0: all)")
}

// chosen reads the runs that the flags of choose mean.
func (p *past) chosen(ctx context.Context, s *history.Store) ([]history.Run, error) {
	if p.only.Last < 0 {
		return nil, usageError{fmt.Errorf("--last %d: want 0 or more", p.only.Last)}
	}
	tags, err := pairs(p.tags)
	if err != nil {
		return nil, err
	}
	p.only.Tags = tags
	return s.List(ctx, p.only)
}

func (p *past) list() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List runs, the oldest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(s *history.Store) error {
				runs, err := p.chosen(cmd.Context(), s)
				if err != nil {
					return err
				}
				return p.rows(runs, "ID\tTIME\tCOMMIT\tBRANCH\tSCENARIO\tMETHOD\tTAGS", func(w io.Writer) {
					for _, r := range runs {
						var tags []string
						for _, name := range slices.Sorted(maps.Keys(r.Tags)) {
							tags = append(tags, name+"="+r.Tags[name])
						}
						_, _ = fmt.Fprintf(w, "%s\t%s\t%.12s\t%s\t%s\t%s\t%s\n", r.ID, r.At.Format(time.RFC3339), r.Commit, r.Branch,
							r.Result.Scenario.Name, r.Result.Method, strings.Join(tags, " "))
					}
				})
			})
		},
	}
	p.choose(c)
	return c
}

// rows writes a table as text, or the values of it as JSON.
func (p *past) rows(values any, head string, each func(io.Writer)) error {
	return p.app.write(func(w io.Writer) error {
		switch p.app.format {
		case "json":
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(values)
		case "text":
			t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(t, head)
			each(t)
			return t.Flush()
		default:
			return usageError{fmt.Errorf("--format %s: want text or json here", p.app.format)}
		}
	})
}

func (p *past) show() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show the result of a run", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(s *history.Store) error {
				r, err := s.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return p.app.show(reports.Page{
					Title: r.Result.Scenario.Name, Reference: r.ID,
					Results: []reports.Named{{Name: r.ID, Result: r.Result}},
				})
			})
		},
	}
}

func (p *past) tag() *cobra.Command {
	return &cobra.Command{
		Use: "tag ID NAME=VALUE ...", Short: "Say something of a run; an empty value takes it back", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			tags, err := pairs(args[1:])
			if err != nil {
				return err
			}
			return p.with(cmd.Context(), func(s *history.Store) error { return s.Tag(cmd.Context(), args[0], tags) })
		},
	}
}

func (p *past) remove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ID ...", Short: "Forget runs", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(s *history.Store) error {
				for _, id := range args {
					if err := s.Remove(cmd.Context(), id); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (p *past) export() *cobra.Command {
	c := &cobra.Command{
		Use: "export FILE.jsonl", Short: "Write runs to a file, one a line; - is standard output", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(s *history.Store) error {
				runs, err := p.chosen(cmd.Context(), s)
				if err != nil {
					return err
				}
				p.app.out = args[0]
				return p.app.write(func(w io.Writer) error { return history.Export(w, runs) })
			})
		},
	}
	p.choose(c)
	return c
}

func (p *past) imports() *cobra.Command {
	return &cobra.Command{
		Use: "import FILE.jsonl", Short: "Add what export wrote; runs that are there stay", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = f.Close() }() // only read
			return p.with(cmd.Context(), func(s *history.Store) error {
				n, err := s.Import(cmd.Context(), f)
				if err != nil {
					return usageError{fmt.Errorf("%s: %w", args[0], err)}
				}
				_, _ = fmt.Fprintln(p.app.Out, count(n, "new run"))
				return nil
			})
		},
	}
}

// changed is a change and the run that it begins with.
type changed struct {
	Metric string `json:"metric"`
	history.Change
	Run history.Point `json:"run"`
}

func (p *past) changes() *cobra.Command {
	var o history.ChangeOptions
	c := &cobra.Command{
		Use:   "changes [METRIC ...]",
		Short: "Find where a figure changed, and by which commit",
		Long: `changes looks for the runs at which a figure began to be another, by E-divisive
means: a series is split where its sides differ most, while fewer than --level of
its permutations can be split so well. METRIC is a figure of the results, such as
shoppers.p99 or db.utilization; without one, mean and p99 of all workloads.
Runs are taken in the order of their time; mixed branches, scenarios, methods or
machines are told apart by --branch, --scenario, --method and --tag.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), func(s *history.Store) error {
				runs, err := p.chosen(cmd.Context(), s)
				if err != nil {
					return err
				}
				found, err := findChanges(runs, args, o, p.app.seed)
				if err != nil {
					return usageError{err}
				}
				return p.rows(found, "METRIC\tBEFORE\tAFTER\tCHANGE\tP\tRUN\tCOMMIT", func(w io.Writer) {
					for _, c := range found {
						_, _ = fmt.Fprintf(w, "%s\t%.4g\t%.4g\t%+.1f %%\t%.3g\t%s\t%.12s\n", c.Metric, c.Before, c.After,
							100*(c.After/c.Before-1), c.P, c.Run.ID, c.Run.Commit)
					}
				})
			})
		},
	}
	p.choose(c)
	c.Flags().Float64Var(&o.Level, "level", 0.01, "chance of naming a change where there is none")
	return c
}

func findChanges(runs []history.Run, metrics []string, o history.ChangeOptions, seed uint64) ([]changed, error) {
	if len(metrics) == 0 {
		all := map[string]bool{}
		for _, r := range runs {
			for name := range r.Result.Workloads {
				all[name+".mean"], all[name+".p99"] = true, true
			}
		}
		metrics = slices.Sorted(maps.Keys(all))
	}
	o.Seed = seed
	found := []changed{}
	for _, m := range metrics {
		series, err := history.SeriesOf(runs, m)
		if err != nil {
			return nil, err
		}
		values := make([]float64, len(series))
		for i, p := range series {
			values[i] = p.Value
		}
		changes, err := history.Changes(values, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m, err)
		}
		for _, c := range changes {
			found = append(found, changed{Metric: m, Change: c, Run: series[c.Index]})
		}
	}
	return found, nil
}
