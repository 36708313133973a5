// Command accuracy measures how far the analytic solver is off: it draws random
// scenarios from seeds, solves and simulates each, and prints the figures of
// docs/accuracy.md. `make accuracy` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

func main() {
	n := flag.Int("n", 100, "random scenarios of each family")
	from := flag.Uint64("from", 0, "seed of the first")
	only := flag.String("only", "", "one family only")
	verbose := flag.Bool("v", false, "print every scenario to standard error")
	most := flag.Duration("max-time", 20*time.Second, "most wall-clock time for the simulation of a scenario; on a machine that is shared, more keeps it precise")
	each := flag.Bool("methods", false, "compare each method that can be forced with exact Markov chains and simulations")
	exact := flag.Bool("agree", false, "count the intervals of simulations that hold what is known exactly, in n scenarios in all")
	precision := flag.Float64("precision", 0.02, "half-width of intervals of -agree, as a part of the mean response time")
	fits := flag.Bool("estimators", false, "count the intervals of estimators of parameters that hold the truth, in n runs of each")
	flag.Parse()
	if *fits {
		if err := covers(os.Stdout, *n, *from, *only); err != nil {
			fmt.Fprintln(os.Stderr, "accuracy:", err)
			os.Exit(1)
		}
		return
	}
	if *each || *exact {
		err := error(nil)
		if *exact {
			err = agree(os.Stdout, *n, *from, *only, *precision, *verbose)
		} else {
			err = methods(*n, *from, *only, *verbose)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "accuracy:", err)
			os.Exit(1)
		}
		return
	}
	fmt.Fprintln(os.Stdout, "| family | scenarios | mean: median | 90 % | 95 % | worst | p99: median | 90 % | 95 % | worst | saturation: median | 90 % | 95 % | worst |")
	fmt.Fprintln(os.Stdout, "|"+strings.Repeat("---|", 14))
	for _, f := range families() {
		if *only != "" && f.name != *only {
			continue
		}
		d := differences{verbose: *verbose, most: *most}
		for k := range uint64(*n) {
			if err := d.add(f, *from+k); err != nil {
				fmt.Fprintln(os.Stderr, "accuracy:", err)
				os.Exit(1)
			}
		}
		fmt.Fprintf(os.Stdout, "| %s: %s | %d | %s | %s | %s |\n", f.name, f.text, d.scenarios, spread(d.mean), spread(d.p99), spread(d.saturation))
	}
}

// differences are those of what was solved from what was simulated, as a part of
// the latter.
type differences struct {
	scenarios  int
	mean, p99  []float64 // of response times, by workload
	saturation []float64 // of the load that can be borne, by scenario
	verbose    bool
	most       time.Duration // for a simulation, of wall-clock time
}

// add draws, solves and simulates one scenario. Its open load is from 30 % to
// 85 % of what the solver says it can bear, and then half as much again as that.
func (d *differences) add(f family, seed uint64) error {
	m := draw(f, seed)
	bear, err := bears(m)
	if err != nil {
		return err
	}
	if err := d.compare(scaled(m, bear*partOf(seed))); err != nil {
		return err
	}
	if m.Workloads[0].Arrivals == nil || f.holds {
		return nil
	}
	over, err := run(scaled(m, 1.5*bear), simulate.Options{Duration: 20_000 / bear, MaxTime: d.most / 4})
	if err != nil {
		return err
	}
	truth := over.Saturation[m.Workloads[0].Name]
	d.saturation = append(d.saturation, bear/truth-1)
	d.log("%s: bears %.4g against %.4g (%+.1f %%)", m.Name, bear, truth, 100*(bear/truth-1))
	return nil
}

// bears is the part of its open load that a model can bear.
func bears(m *scenarios.Model) (float64, error) {
	light, err := solve(m)
	if err != nil {
		return 0, err
	}
	bear := math.Inf(1)
	for name, most := range light.Saturation {
		bear = min(bear, most/light.Workloads[name].Offered.Value)
	}
	return bear, nil
}

// partOf is the part of what can be borne that a scenario is offered (1).
func partOf(seed uint64) float64 { return 0.3 + 0.55*rand.New(rand.NewPCG(seed, 7)).Float64() }

// compare is about response times.
func (d *differences) compare(m *scenarios.Model) error {
	solved, err := solve(m)
	if err != nil {
		return err
	}
	simulated, err := run(m, simulate.Options{Precision: 0.02, MaxTime: d.most})
	if err != nil {
		return err
	}
	if !solved.Stable || !simulated.Stable {
		d.log("%s: stable? %v against %v", m.Name, solved.Stable, simulated.Stable)
		return nil
	}
	d.scenarios++
	for i := range m.Workloads {
		name := m.Workloads[i].Name
		a, b := solved.Workloads[name].Response, simulated.Workloads[name].Response
		mean, p99 := a.Mean.Value/b.Mean.Value-1, a.P99.Value/b.P99.Value-1
		d.log("%s %s: mean %.4g against %.4g (%+.1f %%), p99 %.4g against %.4g (%+.1f %%)", m.Name, name,
			a.Mean.Value, b.Mean.Value, 100*mean, a.P99.Value, b.P99.Value, 100*p99)
		d.mean = append(d.mean, mean)
		if b.P99.Known() && a.P99.Known() {
			d.p99 = append(d.p99, p99)
		}
	}
	return nil
}

func (d *differences) log(format string, args ...any) {
	if d.verbose {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}

func solve(m *scenarios.Model) (*measure.Result, error) {
	r, err := queueing.Solve(context.Background(), m, queueing.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	return r, nil
}

func run(m *scenarios.Model, o simulate.Options) (*measure.Result, error) {
	o.Seed = 1
	r, err := simulate.Run(context.Background(), m, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	return r, nil
}

// spread is the median, the 90th and 95th percentile and the largest of the
// magnitudes.
func spread(parts []float64) string {
	if len(parts) == 0 {
		return "– | – | – | –"
	}
	a := make([]float64, len(parts))
	for i, x := range parts {
		a[i] = math.Abs(x)
	}
	slices.Sort(a)
	at := func(q float64) float64 { return 100 * a[int(q*float64(len(a)-1)+0.5)] }
	return fmt.Sprintf("%.1f %% | %.1f %% | %.1f %% | %.1f %%", at(0.5), at(0.9), at(0.95), at(1))
}
