package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

func newSolve(a *app) *cobra.Command {
	explain, method := false, methodFlag(queueing.ByChoice)
	var follow overTime
	var duration, interval time.Duration
	var draws drawsFlag
	c := &cobra.Command{
		Use:   "solve S",
		Short: "Predict by queueing theory",
		Long: `solve answers from formulas, in microseconds to milliseconds: utilization,
response times with their percentiles, the bottleneck, and the load at which it
saturates. Where it approximates, or leaves something out, the answer says so.

--explain adds the reasons: what one request asks of each service, what is full
first and at what load, what would happen if a service needed a tenth more CPU
time, which methods were used, and which assumption matters most.

--method takes one method for the whole system, by its name in the field. What
does not fit it ends with code 2, the reasons, and the methods that would do.
An approximation says in its caveats how far off it has been found to be.

  auto             the best that is known for each part; what was used is said
  exact            the same, but only where means are exact
  ctmc             Markov chain of all states of a small system, threads that are
                   held and calls that are turned away among them
  mva              exact mean value analysis, closed workloads
  convolution      the same by normalising constants, for many users at many cores
  bard-schweitzer  approximate mean value analysis (amva), however many users
  linearizer       a closer one
  product-form     open workloads, every service as if alone under Poisson arrivals
  qna              open workloads, streams by the mean and variance of their gaps
  layered          the method of layers, for threads that are held during calls
  bounds           what throughput and response of one closed workload lie between

All but auto and exact give means and no percentiles.

--over-time NAME follows the load of a test of the scenario from an empty system,
and --duration the load as it is: what is in progress, what gets through, mean
response times and how long recovery takes, interval by interval. One station of
exponential times is followed exactly, other systems as flows.

--uncertain[=N] draws N (200) sets of parameters from the intervals that comments
of the scenario give (headroom fit writes them) and solves each: every figure gets
the interval that holds the middle 95 % of its values.`,
		Example: `  headroom solve albumly
  headroom solve shop.yaml --set services.db.replicas=3
  headroom solve shop.yaml --explain
  headroom solve closed --method exact
  headroom solve closed --method ctmc --set workloads.staff.users=8
  headroom solve closed --method linearizer
  headroom solve shop.yaml --over-time black-friday --plot friday.svg
  headroom solve shop.yaml --uncertain=500
  headroom solve shop.yaml --format json --out predicted.json`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			if explain {
				if err := a.told(); err != nil {
					return err
				}
			}
			if err := method.check(explain); err != nil {
				return err
			}
			if draws > 0 {
				if explain || follow.test != "" || duration != 0 || interval != 0 || follow.plot != "" {
					return usageError{errors.New("solve: --uncertain is of the steady state; remove --explain, --over-time, --duration, --interval and --plot")}
				}
				m, r, chapters, err := a.solveUncertain(cmd.Context(), args[0], method, draws)
				if err != nil {
					return err
				}
				return a.conclude(cmd.Context(), m, "analytic", r, chapters...)
			}
			m, err := a.load(args[0])
			if err != nil {
				return err
			}
			if follow.test != "" || duration != 0 {
				if explain || method != methodFlag(queueing.ByChoice) {
					return usageError{errors.New("solve: --explain and --method tell of the steady state; remove them, or --over-time and --duration")}
				}
				r, err := a.solveOverTime(cmd.Context(), m, &follow, duration, interval)
				if err != nil {
					return err
				}
				return a.conclude(cmd.Context(), m, "analytic", r, reports.OverTime(m, r)...)
			}
			if follow.plot != "" || interval != 0 {
				return usageError{errors.New("solve: --plot and --interval belong to --over-time or --duration")}
			}
			r, chapters, err := a.solve(cmd.Context(), m, method, explain)
			if err != nil {
				return err
			}
			return a.conclude(cmd.Context(), m, "analytic", r, chapters...)
		},
	}
	c.Flags().BoolVar(&explain, "explain", false, "tell the reasons too: demands, limits, sensitivities, methods and assumptions")
	c.Flags().Var(&method, "method", "how to solve: "+methodList())
	must(c.RegisterFlagCompletionFunc("method", cobra.FixedCompletions(methodWords(), cobra.ShellCompDirectiveNoFileComp)))
	c.Flags().StringVar(&follow.test, "over-time", "", "follow the load of this test of the scenario from an empty system")
	c.Flags().DurationVar(&duration, "duration", 0, "follow the load as it is for this long from an empty system")
	c.Flags().DurationVar(&interval, "interval", 0, "with --over-time or --duration: length of an interval of the series (0: one that suits)")
	c.Flags().Var(&draws, "uncertain", "draw N sets of parameters from the intervals in the scenario's comments, and solve each")
	c.Flags().Lookup("uncertain").NoOptDefVal = strconv.Itoa(usualDraws)
	follow.plotFlag(c)
	must(c.RegisterFlagCompletionFunc("over-time", a.testNames))
	return c
}

// methodFlag is how solve comes by its answer.
type methodFlag queueing.MethodName

func (m *methodFlag) String() string { return string(*m) }
func (m *methodFlag) Type() string   { return "name" }

func (m *methodFlag) Set(text string) error {
	name, err := queueing.ParseMethod(text)
	if err != nil {
		return errors.New("want " + methodList())
	}
	*m = methodFlag(name)
	return nil
}

func methodWords() []string {
	var words []string
	for _, name := range queueing.MethodNames() {
		words = append(words, string(name))
	}
	return words
}

// methodList is the names in a sentence.
func methodList() string {
	words := methodWords()
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// check wants a method that can be explained, where it is to be.
func (m methodFlag) check(explain bool) error {
	if name := queueing.MethodName(m); explain && name != queueing.ByChoice && name != queueing.ByExact {
		return usageError{errors.New("--explain tells how the methods that auto picks come by their answer; want --method auto or exact with it")}
	}
	return nil
}

// solve predicts a model and, if asked, explains the prediction.
func (a *app) solve(ctx context.Context, m *scenarios.Model, by methodFlag, explain bool) (*measure.Result, []reports.Chapter, error) {
	o := queueing.Options{Strict: a.strict, Method: queueing.MethodName(by)}
	if !explain {
		r, err := queueing.Solve(ctx, m, o)
		return r, nil, misused(m, err)
	}
	e, err := queueing.Explain(ctx, m, o)
	if err != nil {
		return nil, nil, misused(m, err)
	}
	return e.Result, chaptersOf(e), nil
}

// misused makes a mistake in usage of a method that does not fit the scenario.
func misused(m *scenarios.Model, err error) error {
	switch {
	case errors.Is(err, queueing.ErrMisfit):
		return usageError{err}
	case errors.Is(err, queueing.ErrInexact), errors.Is(err, queueing.ErrNoChain):
		return usageError{fmt.Errorf("%w; methods that fit: %s", err, strings.Join(methodsThatFit(m), ", "))}
	}
	return err
}

// methodsThatFit names the methods that a model could be solved by.
func methodsThatFit(m *scenarios.Model) []string {
	var words []string
	for _, name := range queueing.Fitting(m) {
		words = append(words, string(name))
	}
	return words
}

// conclude judges a single result, shows it, and turns it into an exit code.
func (a *app) conclude(ctx context.Context, m *scenarios.Model, name string, r *measure.Result, chapters ...reports.Chapter) error {
	r.Run.Tool = tool()
	r.Objectives = gate.Judge(m, r)
	err := a.show(reports.Page{
		Title:    m.Name,
		Model:    m,
		Results:  []reports.Named{{Name: name, Result: r}},
		Chapters: chapters,
	})
	if err != nil {
		return err
	}
	return judged(ctx, a.strict, r)
}
