// Package cli is the command line of headroom: flags, help, progress and exit
// codes, one file a command. What a command does lives in the packages it calls.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/foreign"
)

// app is what the commands share: the world and the flags that every command takes.
type app struct {
	Streams

	args []string // the command line, for reports to repeat

	sets   []string
	format string
	out    string
	seed   uint64
	quiet  bool
	strict bool
	color  string
}

// Main runs one command line and returns its exit code. The first interrupt
// asks the command to finish with what it has; the second ends the process.
func Main(args []string, s Streams) int {
	ctx, stop := interruptible(context.Background(), func() { os.Exit(ExitFailed) })
	defer stop()

	root := newRoot(&app{Streams: s, args: args})
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err != nil {
		complain(s, err)
	}
	return exitCode(err)
}

// interruptible is a context that ends at the first interrupt; at the second, it
// calls quit.
func interruptible(parent context.Context, quit func()) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-signals:
				if n > 0 {
					quit()
				}
				cancel()
			case <-over:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(over)
		cancel()
	}
}

// command is the command line as a shell would take it again.
func (a *app) command() string {
	words := []string{"headroom"}
	for _, w := range a.args {
		if strings.ContainsAny(w, " \t\n'\"$&|;<>()*?[]#~`\\{}") || w == "" {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// complain prints an error the way its kind wants to be read.
func complain(s Streams, err error) {
	var (
		diagnostics scenarios.Diagnostics
		mistakes    foreign.Mistakes
		usage       usageError
		verdict     verdictError
	)
	switch {
	case errors.As(err, &mistakes):
		_, _ = fmt.Fprintln(s.Err, mistakes.Error())
	case errors.As(err, &diagnostics):
		_, _ = fmt.Fprintln(s.Err, strings.TrimRight(diagnostics.Error(), "\n"))
	case errors.As(err, &verdict):
		_, _ = fmt.Fprintln(s.Err, verdict.why)
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(s.Err, "headroom: %v\nSee 'headroom --help'.\n", err)
	default:
		_, _ = fmt.Fprintf(s.Err, "headroom: %v\n", err)
	}
}

const rootLong = `headroom answers, from one scenario file, what a team asks about a system before
and after it is built: will it hold, where does it break, how many do we need?

The same file is solved by queueing theory, simulated, brought up as live
services, and put under load; every answer has the same form, so that
predictions and measurements stand side by side.

A scenario S is a file, - for standard input, or the name of a library
scenario (headroom library).`

const rootExample = `  headroom run albumly              # predict, run live, compare, report.html
  headroom init shop.yaml           # a small scenario to start from
  headroom check shop.yaml          # is it well written?
  headroom solve shop.yaml          # what will it do? (microseconds)
  headroom simulate shop.yaml       # the same, event by event, with intervals
  headroom solve shop.yaml --set services.db.replicas=3`

const exitHelp = `
Exit codes: 0 done and passed; 1 failed to run or interrupted; 2 wrong usage or
a scenario that is not valid; 3 an objective failed; 4 undecided, under --strict.
`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "headroom",
		Short:         "Predict, run, load and compare a system from one scenario file",
		Long:          rootLong,
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
		Args:                       knownCommand,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return a.validate()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SetUsageTemplate(root.UsageTemplate() + exitHelp)
	flags := root.PersistentFlags()
	flags.StringArrayVar(&a.sets, "set", nil, "override a value of the scenario, as in services.db.replicas=3 (repeatable)")
	flags.StringVar(&a.format, "format", "text", "text, markdown, json, csv or html")
	flags.StringVarP(&a.out, "out", "o", "", "write the result to this file instead of standard output")
	flags.Uint64Var(&a.seed, "seed", 1, "seed of every random number")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress on standard error")
	flags.BoolVar(&a.strict, "strict", false, "treat what could not be modelled as an error, and what could not be decided as exit code 4")
	flags.StringVar(&a.color, "color", "auto", "auto, always or never")
	must(root.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "markdown", "json", "csv", "html"}, cobra.ShellCompDirectiveNoFileComp)))
	must(root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp)))

	root.AddGroup(&cobra.Group{ID: "main", Title: "The main job:"},
		&cobra.Group{ID: "parts", Title: "Its parts, each alone:"},
		&cobra.Group{ID: "decisions", Title: "What to decide by it:"},
		&cobra.Group{ID: "files", Title: "Scenarios and results:"})
	for group, commands := range map[string][]*cobra.Command{
		"main":      {newRun(a)},
		"parts":     {newSolve(a), newSimulate(a), newEmulate(a), newLoad(a), newCompare(a), newGate(a), newReport(a), newFit(a)},
		"decisions": {newWhatif(a), newSize(a), newForecast(a)},
		"files":     {newInit(a), newCheck(a), newLibrary(a), newSchema(a), newHits(a), newImport(a), newExport(a), newProfile(a), newHistory(a)},
		"":          {newVersion(a)},
	} {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	for _, c := range root.Commands() {
		usageErrors(c)
	}
	return root
}

// knownCommand refuses what is no command, with the commands that come near.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	known := "'headroom --help' lists them"
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		known = fmt.Sprintf("did you mean %q?", near[0])
	}
	return usageError{fmt.Errorf("unknown command %q; %s", args[0], known)}
}

// usageErrors marks what a command says of its arguments as a mistake in usage.
func usageErrors(c *cobra.Command) {
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%s: %w", cmd.Name(), err)}
		}
		return nil
	}
}

func (a *app) validate() error {
	switch a.format {
	case "text", "markdown", "json", "csv", "html":
	default:
		return usageError{fmt.Errorf("--format %q: want text, markdown, json, csv or html", a.format)}
	}
	switch a.color {
	case "auto", "always", "never":
	default:
		return usageError{fmt.Errorf("--color %q: want auto, always or never", a.color)}
	}
	return nil
}

// must is for registrations that fail only where the program itself is wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
