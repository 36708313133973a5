package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/capacity"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

// sweepGC is by how many per cent the heap may grow before a sweep collects it.
const sweepGC = 400

type whatif struct {
	sample, workers, sobol int
	simulate, sensitivity  bool
	precision              share
	within                 share
	maxTime                time.Duration
	journal                string
	metrics                []string
}

func newWhatif(a *app) *cobra.Command {
	o := whatif{precision: 0.02, within: 0.2}
	c := &cobra.Command{
		Use:   "whatif S",
		Short: "Ask one question at many points: grids, samples, sensitivities",
		Long: `whatif varies a scenario and answers at every point, by formulas or, with
--simulate, by simulations that share their random numbers. In the value of a --set

  1..8                 is a range: every whole number where there are at most 20,
                       ten even points otherwise
  100..1000 step 50    its points every 50
  1..64 x7             seven even points; 1..64 log x7 evenly in the logarithm
  ps|fifo|srpt         a list, of whole values or of arguments within brackets

and the rest of the value stays as it is: poisson(100..1000/s), exp(2ms|4ms|8ms),
10ms..50ms. All values are combined; --sample N draws a Latin hypercube of N points
from the ranges instead. The path load stands for the load of the whole scenario:
--set load=0.5..1.5. Without anything to vary, whatif follows the load up to where
the system saturates.

--resume FILE keeps every finished point in a journal; whatever ends the command,
the same command goes on where it was.

--sensitivity tells by how many per cent each figure moves for one per cent of each
parameter, and which resource to improve; --sobol N adds what share of the variance
is due to which parameter, when all vary by --within. Both are of the scenario as it
is: with ranges to vary they are an error.

--out page.html, table.csv, data.json, picture.svg or .png.`,
		Example: `  headroom whatif shop.yaml
  headroom whatif shop.yaml --set services.db.replicas=1..8
  headroom whatif shop.yaml --set services.db.replicas=1..6 --set 'workloads.shoppers.arrivals=poisson(100..1000/s)' -o map.html
  headroom whatif shop.yaml --set 'services.db.discipline=ps|fifo' --simulate
  headroom whatif shop.yaml --set services.db.replicas=1..50 --set load=0.5..2 --sample 1000 --resume sweep.journal -o sweep.csv
  headroom whatif shop.yaml --sensitivity --sobol 256 -o sensitivity.html`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.whatif(cmd, args[0], &o)
		},
	}
	f := c.Flags()
	f.IntVar(&o.sample, "sample", 0, "draw so many points from the ranges, as a Latin hypercube, instead of the grid")
	f.BoolVar(&o.simulate, "simulate", false, "simulate the points instead of solving them")
	f.Var(&o.precision, "precision", "with --simulate: half-width of the intervals, as a share of the figure")
	f.DurationVar(&o.maxTime, "max-time", time.Minute, "with --simulate: most time for one point")
	f.StringVar(&o.journal, "resume", "", "keep finished points in this journal, and do none again that it has")
	f.StringSliceVar(&o.metrics, "metric", nil, "figures to tell, as shoppers.p99,db.utilization (default: objectives, response times, utilizations)")
	f.BoolVar(&o.sensitivity, "sensitivity", false, "elasticities of figures to parameters, and what to improve")
	f.IntVar(&o.sobol, "sobol", 0, "with --sensitivity: base sample of global (Sobol) indices; 256 is a beginning")
	f.Var(&o.within, "within", "with --sobol: how far each parameter varies, either way")
	f.IntVar(&o.workers, "workers", 0, "points at a time (0: one for each core)")
	return c
}

func (a *app) whatif(cmd *cobra.Command, name string, o *whatif) error {
	plain, varied, err := capacity.Split(a.sets)
	if err != nil {
		return usageError{err}
	}
	spec, err := scenarios.LoadSpec(name, scenarios.Options{Set: plain, Stdin: a.In})
	if err != nil {
		return err
	}
	if o.sensitivity || o.sobol != 0 {
		if len(varied) > 0 || o.simulate || o.sample != 0 || o.journal != "" {
			return usageError{errors.New("whatif: --sensitivity is of the scenario as it is, solved: remove ranges, --simulate, --sample and --resume")}
		}
		return a.sensitivity(cmd, spec, o)
	}
	if len(varied) == 0 {
		v, err := a.upToTheKnee(cmd.Context(), spec)
		if err != nil {
			return err
		}
		varied = append(varied, v)
	}
	design, err := capacity.NewDesign(varied, o.sample, a.seed)
	if err != nil {
		return usageError{err}
	}
	s := capacity.Sweep{Spec: spec, Design: design, Workers: o.workers, Journal: o.journal}
	if o.simulate {
		s.Simulate = &simulate.Options{Seed: a.seed, Precision: float64(o.precision), MaxTime: o.maxTime}
	}
	if s.Metrics, err = metricsOf(spec, design, o.metrics); err != nil {
		return err
	}
	p := newProgress(a.Streams, a.quiet)
	p.Stage(fmt.Sprintf("%d points", design.Len()), 0)
	s.Progress = func(done, total int) { p.Update(float64(done)/float64(total), fmt.Sprintf("%d of %d", done, total)) }
	// every point leaves much behind and none of it lives long: collecting less
	// often takes a third off a sweep, for some ten megabytes
	defer debug.SetGCPercent(debug.SetGCPercent(sweepGC))
	table, err := s.Run(cmd.Context())
	p.Done()
	if err != nil {
		if errors.Is(err, capacity.ErrJournal) {
			return usageError{err}
		}
		return err
	}
	if err := a.answer(cmd, tableStudy(table)); err != nil {
		return err
	}
	if table.Interrupted {
		return errInterrupted
	}
	return nil
}

// metricsOf reads the figures asked for; nil for those that whatif tells by itself.
func metricsOf(spec *scenarios.Spec, d *capacity.Design, names []string) ([]capacity.Metric, error) {
	if len(names) == 0 {
		return nil, nil
	}
	m, err := capacity.First(spec, d)
	if err != nil {
		return nil, err
	}
	var out []capacity.Metric
	for _, n := range names {
		x, err := capacity.ParseMetric(m, strings.TrimSpace(n))
		if err != nil {
			return nil, usageError{fmt.Errorf("--metric %w", err)}
		}
		out = append(out, x)
	}
	return out, nil
}

// upToTheKnee is the load from little to nearly all that the system bears.
func (a *app) upToTheKnee(ctx context.Context, spec *scenarios.Spec) (capacity.Varied, error) {
	m, err := compiled(spec)
	if err != nil {
		return capacity.Varied{}, err
	}
	r, err := queueing.Solve(ctx, m, queueing.Options{Brief: true})
	if err != nil {
		return capacity.Varied{}, err
	}
	most := capacity.BearsOf(m, r)
	if most == 0 {
		most = 2
	}
	return capacity.Parse(fmt.Sprintf("load=%.4g..%.4g x25", 0.04*most, 0.98*most))
}

// compiled is the scenario as it is written.
func compiled(spec *scenarios.Spec) (*scenarios.Model, error) {
	copied, diags := spec.With(nil)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	m, diags := scenarios.Compile(copied)
	return m, diags.Err()
}
