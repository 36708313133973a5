package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/profiles/estimate"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

func newFit(a *app) *cobra.Command {
	var from []string
	var o estimate.Options
	var write, date string
	c := &cobra.Command{
		Use:   "fit S --from run1.json run2.json ...",
		Short: "Estimate the parameters of a scenario from load tests of it",
		Long: `fit finds service demands, and if asked network latency and a limit on threads,
with which the scenario does what was measured. Give results of two loads or
more: with one, nothing tells how good the estimates are.

  --method utilization  busy cores of a service against the throughputs of its
                        operations (the utilization law), by least squares with
                        demands that are not negative
  --method response     the demands with which the solver predicts the response
                        times that were measured
  --method kalman       utilization over time, by the extended Kalman filter

It prints intervals and residuals, and refuses to guess parameters that the
data cannot tell apart. --write puts the estimates into the scenario file with
comments that say where they come from, and keeps everything else as it is;
-o FILE writes the changed scenario there.

'fit samples' and 'fit quantiles' find a distribution.`,
		Example: `  headroom fit shop.yaml --from low.json high.json
  headroom fit shop.yaml --from low.json high.json --method response --latency
  headroom fit shop.yaml --from low.json high.json --write
  headroom fit samples times.txt
  headroom fit quantiles p50=3ms p95=12ms p99=40ms`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("which scenario? Or 'fit samples FILE', 'fit quantiles p50=3ms p99=20ms'")
			}
			return nil
		},
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.fit(cmd.Context(), args[0], append(from, args[1:]...), o, write, date)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&from, "from", nil, "result of a load test, as JSON; more may follow it")
	f.StringVar((*string)(&o.Method), "method", "", "utilization, response or kalman (empty: by utilization where it was measured)")
	f.StringVar(&o.Threads, "threads", "", "estimate the limit on the threads of this service too, by response")
	f.BoolVar(&o.Latency, "latency", false, "estimate network.latency too, by response")
	f.StringVar(&write, "write", "", "write the estimates into the scenario, or into this file")
	f.Lookup("write").NoOptDefVal = itself
	f.StringVar(&date, "date", "", "date of the comments that are written (empty: of the first run, or today)")
	must(c.RegisterFlagCompletionFunc("method", cobra.FixedCompletions([]string{"utilization", "response", "kalman"}, cobra.ShellCompDirectiveNoFileComp)))
	samples, quantiles := newFitSamples(a), newFitQuantiles(a)
	usageErrors(samples)
	usageErrors(quantiles)
	c.AddCommand(samples, quantiles)
	return c
}

func (a *app) fit(ctx context.Context, name string, files []string, o estimate.Options, write, date string) error {
	if len(files) == 0 {
		return usageError{errors.New("fit: from which runs? Give --from run1.json run2.json")}
	}
	if _, err := a.load(name); err != nil {
		return err
	}
	file, src, err := a.source(name)
	if err != nil {
		return err
	}
	var runs []estimate.Run
	for _, f := range files {
		r, err := readResult(f)
		if err != nil {
			return err
		}
		runs = append(runs, estimate.Run{Name: f, Result: r})
	}
	o.Set, o.Seed = a.sets, a.seed
	o.Solve = func(m *scenarios.Model) (*measure.Result, error) { return queueing.Solve(ctx, m, queueing.Options{}) }
	got, err := estimate.Calibrate(file, src, runs, o)
	if err != nil {
		if diags := scenarios.Diagnostics(nil); errors.As(err, &diags) {
			return err
		}
		return usageError{fmt.Errorf("fit: %s", strings.TrimPrefix(err.Error(), "estimate: "))}
	}
	edits := got.Edits(count(len(runs), "load test"), dateOf(date, runs))
	if err := writeInto("fit", name, file, src, &write, edits); err != nil {
		return err
	}
	if a.format == "json" {
		return a.writeJSON(struct {
			*estimate.Calibration
			Set []string `json:"set,omitempty"`
		}{got, setsOf(edits)})
	}
	return a.showPage(reports.Page{Title: "Parameters of " + name, Chapters: calibrationChapters(got, edits, write)})
}

func dateOf(date string, runs []estimate.Run) string {
	if date != "" {
		return date
	}
	if t := runs[0].Result.Run.Started; !t.IsZero() {
		return t.UTC().Format(time.DateOnly)
	}
	return time.Now().UTC().Format(time.DateOnly)
}

func setsOf(edits []scenarios.Edit) []string {
	var out []string
	for _, e := range edits {
		out = append(out, e.Path+"="+e.Value)
	}
	return out
}

func (a *app) writeJSON(v any) error {
	return a.write(func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(v)
	})
}

// calibrationChapters put a calibration into words.
func calibrationChapters(c *estimate.Calibration, edits []scenarios.Edit, written string) []reports.Chapter {
	number := func(name string, v float64) string {
		if strings.HasSuffix(name, " threads") {
			return fmt.Sprintf("%.0f", v)
		}
		return reports.Seconds(v)
	}
	found := reports.Chapter{Title: "Estimates", Columns: []reports.ChapterColumn{{Head: "parameter"}, {Head: "was", Numeric: true}, {Head: "is", Numeric: true}, {Head: "95 %", Numeric: true}, {Head: ""}}}
	by := fmt.Sprintf("By %s; %s of freedom", c.Method, count(c.Free, "degree"))
	if c.Condition > 0 {
		by += fmt.Sprintf("; condition %.3g (1: each parameter shows alone; above 1000: hardly)", c.Condition)
	}
	found.Sentences = append(found.Sentences, by+".")
	for _, p := range c.Parameters {
		row := []string{p.Name, number(p.Name, p.Was), "not known", "", p.Why}
		if e := p.Estimate; e.Known() {
			row[2] = number(p.Name, e.Value)
			if e.Uncertain() {
				row[3] = number(p.Name, e.Lo) + " to " + number(p.Name, e.Hi)
			}
		}
		found.Rows = append(found.Rows, row)
	}
	found.Sentences = append(found.Sentences, c.Notes...)
	out := []reports.Chapter{found}
	if len(c.Residuals) > 0 {
		r := reports.Chapter{Title: "Residuals", Columns: []reports.ChapterColumn{{Head: "figure"}, {Head: "measured", Numeric: true}, {Head: "with the estimates", Numeric: true}, {Head: "off", Numeric: true}}}
		for _, x := range c.Residuals {
			write := reports.Number
			if strings.Contains(x.What, "time of") {
				write = reports.Seconds
			}
			r.Rows = append(r.Rows, []string{x.What, write(x.Measured), write(x.Fitted), reports.Change(x.Fitted/x.Measured - 1)})
		}
		out = append(out, r)
	}
	if len(c.Scales) > 0 {
		out = append(out, scaleChapter(c.Scales))
	}
	set := reports.Chapter{Title: "To use them"}
	if written != "" {
		set.Sentences = append(set.Sentences, "Written to "+written+".")
	}
	for _, s := range setsOf(edits) {
		set.Sentences = append(set.Sentences, "--set '"+s+"'")
	}
	if len(set.Sentences) > 0 {
		out = append(out, set)
	}
	return out
}

func scaleChapter(scales []estimate.Scale) reports.Chapter {
	c := reports.Chapter{
		Title:     "Universal scalability law",
		Sentences: []string{"Throughput against requests in progress: contention is the share done one at a time, coherency what each pair costs; intervals by the bootstrap, 95 %."},
		Columns:   []reports.ChapterColumn{{Head: "workload"}, {Head: "contention", Numeric: true}, {Head: "coherency", Numeric: true}, {Head: "peak at", Numeric: true}, {Head: "throughput there", Numeric: true}},
	}
	show := func(e measure.Estimate, write func(float64) string) string {
		switch {
		case !e.Known():
			return "no peak"
		case !e.Uncertain():
			return write(e.Value)
		}
		return fmt.Sprintf("%s (%s to %s)", write(e.Value), write(e.Lo), write(e.Hi))
	}
	short := func(v float64) string { return fmt.Sprintf("%.3g", v) }
	for _, s := range scales {
		c.Rows = append(c.Rows, []string{s.Workload, show(s.Alpha, short), show(s.Beta, short), show(s.Peak, short), show(s.Most, reports.PerSecond)})
	}
	return c
}
