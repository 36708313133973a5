package loop

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/simulate"
)

// paths is how many short runs are simulated before one is driven.
const paths = 64

// chooseSeed looks at how far runs as short as the live one stray from the
// long run by chance, says so in a note, and takes for the live run the seed
// whose simulated run lies nearest to the long run: what is compared is the
// model with the system, not luck with luck. A minute of an M/M/1 at 80 % of
// its capacity strays by a fifth and more.
func chooseSeed(ctx context.Context, out *Outcome, o Options) error {
	seeds := make([]uint64, paths)
	for i := range seeds {
		seeds[i] = o.Seed + uint64(i)
	}
	runs, err := simulate.Paths(ctx, out.Cell.Model, simulate.Options{
		Seeds: seeds, Warmup: o.Warmup.Seconds(), Duration: o.Duration.Seconds(),
	})
	if err != nil {
		return err
	}
	out.Notes = append(out.Notes, spread(out.Cell.Simulated, runs, o)...)
	if o.FixedSeed {
		return nil
	}
	best := slices.MinFunc(runs, func(a, b simulate.PathSummary) int {
		switch x, y := strays(out.Cell.Simulated, a), strays(out.Cell.Simulated, b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	out.Seed = best.Seed
	out.Notes = append(out.Notes, fmt.Sprintf(
		"The live run used seed %d, of %d seeds the one whose simulated run of this length lies nearest to the long run; --seed chooses another.",
		out.Seed, paths))
	return nil
}

// strays is how far one run lies from the long run: the largest distance of
// any workload's mean or 99th percentile, each against the tolerance it is
// held to (10 % and 15 %).
func strays(long *measure.Result, run simulate.PathSummary) float64 {
	worst := 0.0
	for name, t := range run.Workloads {
		w := long.Workloads[name]
		if w == nil || w.Response == nil {
			continue
		}
		for _, x := range []struct {
			short     float64
			long      measure.Estimate
			tolerance float64
		}{{t.Mean, w.Response.Mean, 0.10}, {t.P99, w.Response.P99, 0.15}} {
			if !x.long.Known() || x.long.Value == 0 {
				continue
			}
			if math.IsNaN(x.short) {
				return math.Inf(1)
			}
			worst = max(worst, math.Abs(x.short/x.long.Value-1)/x.tolerance)
		}
	}
	return worst
}

// spread says, by workload, within what distance of the long run nine in ten
// runs of this length lie.
func spread(long *measure.Result, runs []simulate.PathSummary, o Options) []string {
	var notes []string
	for _, name := range sortedNames(long.Workloads) {
		w := long.Workloads[name]
		if w.Response == nil || !w.Response.Mean.Known() || w.Response.Mean.Value == 0 {
			continue
		}
		var means, tails []float64
		for _, r := range runs {
			t := r.Workloads[name]
			if math.IsNaN(t.Mean) {
				continue
			}
			means = append(means, math.Abs(t.Mean/w.Response.Mean.Value-1))
			if w.Response.P99.Known() && w.Response.P99.Value > 0 {
				tails = append(tails, math.Abs(t.P99/w.Response.P99.Value-1))
			}
		}
		if len(means) == 0 {
			continue
		}
		note := fmt.Sprintf("%s: of runs of %g s, nine in ten have a mean within %s of the long run's",
			name, o.Duration.Seconds(), percent(ninetieth(means)))
		if len(tails) > 0 {
			note += fmt.Sprintf(", and a p99 within %s", percent(ninetieth(tails)))
		}
		notes = append(notes, note+": less than that is chance.")
	}
	return notes
}

func ninetieth(x []float64) float64 {
	slices.Sort(x)
	return x[(len(x)-1)*9/10]
}

func percent(x float64) string { return fmt.Sprintf("%.2g %%", 100*x) }

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
