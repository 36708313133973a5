package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/profiles/fitting"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios/dist"
)

func newFitSamples(a *app) *cobra.Command {
	var column, unit, plot string
	bootstrap := 0
	c := &cobra.Command{
		Use:   "samples FILE",
		Short: "Find the distribution of measured times or counts",
		Long: `fit samples reads one value a line (3.2ms), or a column of a CSV file, and fits
every family of the language by maximum likelihood. They are put in order by
Akaike's criterion; the best must withstand the tests of Kolmogorov–Smirnov and
Anderson–Darling at 5 %, with p values from the parametric bootstrap. Where none of the
best three does, it says so and offers the samples themselves.`,
		Example: `  headroom fit samples times.txt
  headroom fit samples access.csv --column duration --unit ms --plot quantiles.svg
  grep -o '[0-9.]*ms' app.log | headroom fit samples -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("want one file of samples, or - for standard input")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			in, name := a.In, "<stdin>"
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return usageError{err}
				}
				defer func() { _ = f.Close() }() // only read
				in, name = io.Reader(f), args[0]
			}
			x, of, err := fitting.Read(name, in, column, unit)
			if err != nil {
				return usageError{err}
			}
			r, err := fitting.Samples(x, fitting.Options{Unit: of, Seed: a.seed, Bootstrap: bootstrap})
			if err != nil {
				return usageError{fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "fitting: "))}
			}
			if plot != "" {
				if err := plotQuantiles(plot, r, of); err != nil {
					return err
				}
			}
			return a.showFit(r, of, "of "+count(r.N, "sample"))
		},
	}
	c.Flags().StringVar(&column, "column", "", "column of a CSV file, by its heading or by number from 1")
	c.Flags().StringVar(&unit, "unit", "", "unit of bare numbers: ns us ms s m h d, or count")
	c.Flags().StringVar(&plot, "plot", "", "write a plot of quantiles to this file, .svg or .png")
	c.Flags().IntVar(&bootstrap, "bootstrap", 199, "samples drawn for each p value; -1 for no tests")
	return c
}

func newFitQuantiles(a *app) *cobra.Command {
	samples, unit := 0, ""
	c := &cobra.Command{
		Use:   "quantiles p50=3ms p95=12ms p99=40ms",
		Short: "Find the distribution of known percentiles",
		Long: `fit quantiles fits every family of the language by least squares of the logarithms
of the values. With --samples, the number of measurements that the percentiles
are from, it gives intervals; nothing else tells how sure they are.`,
		Example: `  headroom fit quantiles p50=3ms p95=12ms p99=40ms --samples 5000`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("want percentiles, as p50=3ms p99=40ms")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			of := dist.Seconds
			if unit == "count" {
				of = dist.Count
			}
			var q []fitting.Percentile
			for _, arg := range args {
				p, err := percentile(arg, unit)
				if err != nil {
					return usageError{fmt.Errorf("%s: %w", arg, err)}
				}
				q = append(q, p)
			}
			r, err := fitting.Quantiles(q, samples, fitting.Options{Unit: of, Seed: a.seed})
			if err != nil {
				return usageError{errors.New(strings.TrimPrefix(err.Error(), "fitting: "))}
			}
			return a.showFit(r, of, "of "+count(len(q), "percentile"))
		},
	}
	c.Flags().IntVar(&samples, "samples", 0, "number of measurements that the percentiles are from")
	c.Flags().StringVar(&unit, "unit", "", "unit of bare numbers: ns us ms s m h d, or count")
	return c
}

// percentile reads p99=40ms.
func percentile(arg, unit string) (fitting.Percentile, error) {
	name, text, ok := strings.Cut(arg, "=")
	p, known := dist.ParseQuantileName(name)
	if !ok || !known {
		return fitting.Percentile{}, errors.New("want a percentile, as p99=40ms")
	}
	x, _, err := fitting.Read(arg, strings.NewReader(text), "", unit)
	if err != nil || len(x) != 1 {
		return fitting.Percentile{}, fmt.Errorf("%q is no value; want a time, as 40ms, or --unit", text)
	}
	return fitting.Percentile{P: p, Value: x[0]}, nil
}

// showFit shows what fits.
func (a *app) showFit(r fitting.Report, of dist.Unit, what string) error {
	if a.format == "json" {
		return a.writeJSON(r)
	}
	number := reports.Seconds
	if of == dist.Count {
		number = reports.Number
	}
	between := func(i fitting.Interval) string {
		if !i.Known() {
			return number(i.Value)
		}
		return fmt.Sprintf("%s (%s to %s)", number(i.Value), number(i.Lo), number(i.Hi))
	}
	c := reports.Chapter{Title: "Distribution " + what, Columns: []reports.ChapterColumn{{Head: "distribution"}, {Head: "mean, 95 %", Numeric: true}}}
	c.Sentences = append(c.Sentences, r.Use, "Its mean: "+between(r.Mean)+".")
	if r.Fitting && len(r.Fits) > 0 {
		for _, p := range fitOf(r).Parameters {
			if p.Known() {
				c.Sentences = append(c.Sentences, fmt.Sprintf("%s: %.4g, 95 %% %.4g to %.4g", p.Name, p.Value, p.Lo, p.Hi))
			}
		}
	}
	c.Sentences = append(c.Sentences, r.Notes...)
	percentiles := len(r.Fits) > 0 && len(r.Fits[0].Off) > 0
	if percentiles {
		for _, d := range r.Fits[0].Off {
			c.Columns = append(c.Columns, reports.ChapterColumn{Head: "p" + strconv.FormatFloat(100*d.P, 'g', 6, 64) + " off", Numeric: true})
		}
	} else {
		for _, head := range []string{"AIC", "KS", "p", "AD", "p"} {
			c.Columns = append(c.Columns, reports.ChapterColumn{Head: head, Numeric: true})
		}
	}
	p := func(v *float64) string {
		if v == nil {
			return ""
		}
		return fmt.Sprintf("%.3g", *v)
	}
	for _, f := range r.Fits {
		row := []string{f.Text, between(f.Mean)}
		if percentiles {
			for _, d := range f.Off {
				row = append(row, reports.Change(d.Part))
			}
		} else {
			row = append(row, fmt.Sprintf("%.1f", f.AIC), fmt.Sprintf("%.3g", f.KS), p(f.KSp), fmt.Sprintf("%.3g", f.AD), p(f.ADp))
		}
		c.Rows = append(c.Rows, row)
	}
	return a.showPage(reports.Page{Title: "Fit", Chapters: []reports.Chapter{c}})
}

// fitOf is the fit that is to be used.
func fitOf(r fitting.Report) fitting.Fit {
	for _, f := range r.Fits {
		if f.Text == r.Use {
			return f
		}
	}
	return r.Fits[0]
}

func plotQuantiles(file string, r fitting.Report, of dist.Unit) error {
	f := fitOf(r)
	var law, measured []float64
	for _, p := range r.QuantilePlot(f.Dist, 400) {
		law, measured = append(law, p.Law), append(measured, p.Measured)
	}
	var b bytes.Buffer
	if err := reports.PlotQuantiles(&b, plotKind(file), f.Text, law, measured, of == dist.Seconds); err != nil {
		return err
	}
	return writeFile(file, b.Bytes())
}
