package capacity

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/internal/variate"
	"github.com/headroom/headroom/scenarios"
)

// Index is how much of the variance of a metric is due to one parameter, when
// all vary over their ranges, independently and evenly.
type Index struct {
	Parameter string
	Metric    Metric

	// First is due to the parameter alone, Total to it and all that it does
	// together with others, each with the ends of its 95 % interval (1).
	First, FirstLo, FirstHi float64 // (1)
	Total, TotalLo, TotalHi float64 // (1)
}

// SobolOptions say how global sensitivities are looked for.
type SobolOptions struct {
	Samples int     // base sample; the model is solved (parameters + 2) times as often; 0 = 256
	Within  float64 // half-width of the range of each parameter, as a share of its value; 0 = 0.2 (1)
	Seed    uint64
}

// Global are the Sobol indices of a model.
type Global struct {
	Indices []Index
	Solves  int
	Lost    float64 // share of the samples left out because the system was not stable in one of their points (1)
}

const bootstraps = 200

// Sobol estimates the Sobol indices of metrics to the parameters of a model that
// are not whole numbers: those of first order by the estimator of Saltelli et al.
// (2010, table 2, b), total ones by that of Jansen (table 2, f) [SaAA10], with
// percentile intervals of a bootstrap over the sample [Efro79]. A sample in which
// the system is not stable somewhere is left out.
func Sobol(ctx context.Context, m *scenarios.Model, metrics []Metric, o SobolOptions) (*Global, error) {
	if o.Samples == 0 {
		o.Samples = 256
	}
	if o.Within == 0 {
		o.Within = 0.2
	}
	if o.Samples < 16 || o.Samples > 1<<20 || !(o.Within > 0 && o.Within < 1) {
		return nil, fmt.Errorf("capacity: %d samples within %v; want 16 to 1048576, and more than 0 and less than 1", o.Samples, o.Within)
	}
	var params []Parameter
	for _, p := range Parameters(m) {
		if !p.Whole {
			params = append(params, p)
		}
	}
	if len(params) == 0 {
		return &Global{}, nil
	}
	n, k := o.Samples, len(params)
	draw := func(name string) [][]float64 {
		r := variate.Stream(o.Seed, 0, "sobol/"+name)
		out := make([][]float64, n)
		for i := range out {
			out[i] = uniforms(r, k)
		}
		return out
	}
	a, b := draw("a"), draw("b")
	y := make([][][]float64, n) // by sample: A, B, and A with one column of B
	err := inParallel(n, func(i int) error {
		rows := [][]float64{a[i], b[i]}
		for j := range k {
			row := slices.Clone(a[i])
			row[j] = b[i][j]
			rows = append(rows, row)
		}
		var out [][]float64
		for _, row := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, err := values(ctx, at(m, params, row, o.Within), metrics)
			if err != nil {
				return err
			}
			if v == nil {
				return nil // the sample is lost
			}
			out = append(out, v)
		}
		y[i] = out
		return nil
	})
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(y), func(v [][]float64) bool { return v == nil })
	g := &Global{Solves: n * (k + 2), Lost: 1 - float64(len(kept))/float64(n)}
	if len(kept) < 16 {
		return g, fmt.Errorf("capacity: the system is stable in %d of %d samples; vary less than ±%.0f %%, or lower the load", len(kept), n, 100*o.Within)
	}
	for j := range params {
		for q := range metrics {
			g.Indices = append(g.Indices, indexOf(kept, j, q, params[j].Name, metrics[q], o.Seed))
		}
	}
	return g, nil
}

// at is a model with its parameters at given parts of their ranges.
func at(m *scenarios.Model, params []Parameter, parts []float64, within float64) *scenarios.Model {
	// one parameter after the other: each sets what it is about alone
	for i, p := range params {
		v := p.Value * (1 + within*(2*parts[i]-1))
		if p.Most > 0 {
			v = math.Min(v, p.Most)
		}
		// the parameter of the model so far, which has the same place
		m = again(m, p.Name).With(v)
	}
	return m
}

// again finds a parameter in a model that has been changed.
func again(m *scenarios.Model, name string) Parameter {
	all := Parameters(m)
	return all[slices.IndexFunc(all, func(p Parameter) bool { return p.Name == name })]
}

// indexOf estimates the indices of a parameter from a sample, and again from
// samples of the sample.
func indexOf(y [][][]float64, j, q int, name string, metric Metric, seed uint64) Index {
	x := Index{Parameter: name, Metric: metric}
	all := make([]int, len(y))
	for i := range all {
		all[i] = i
	}
	x.First, x.Total = estimate(y, all, j, q)
	r := variate.Stream(seed, 0, "sobol/bootstrap/"+name+"/"+metric.String())
	var firsts, totals []float64
	for range bootstraps {
		for i := range all {
			all[i] = r.IntN(len(y))
		}
		f, t := estimate(y, all, j, q)
		firsts, totals = append(firsts, f), append(totals, t)
	}
	x.FirstLo, x.FirstHi = middle(firsts)
	x.TotalLo, x.TotalHi = middle(totals)
	return x
}

// estimate is S_j = mean(y_B·(y_AB − y_A))/V and T_j = mean((y_A − y_AB)²)/(2V).
// The values are taken from their mean, which makes the first less noisy.
func estimate(y [][][]float64, of []int, j, q int) (first, total float64) {
	n := float64(len(of))
	mean, square := 0.0, 0.0
	for _, i := range of {
		mean += (y[i][0][q] + y[i][1][q]) / (2 * n)
	}
	for _, i := range of {
		a, b := y[i][0][q]-mean, y[i][1][q]-mean
		square += (a*a + b*b) / (2 * n)
		ab := y[i][2+j][q] - mean
		first += b * (ab - a) / n
		total += (a - ab) * (a - ab) / (2 * n)
	}
	return first / square, total / square
}

// middle is the interval that holds the middle 95 % of values.
func middle(v []float64) (lo, hi float64) {
	slices.Sort(v)
	n := float64(len(v) - 1)
	return v[int(0.025*n)], v[int(math.Ceil(0.975*n))]
}
