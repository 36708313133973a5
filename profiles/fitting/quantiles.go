package fitting

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"github.com/headroom/headroom/scenarios/dist"
)

// Percentile is a percentile as people know it: the value (s or 1) that a share P
// (1) of all stay below.
type Percentile struct{ P, Value float64 }

// Difference is by how much a law misses a percentile that was given.
type Difference struct {
	P    float64 `json:"p"`    // probability (1)
	Part float64 `json:"part"` // of the value (1)
}

// Quantiles fits every family that has no more parameters than there are
// percentiles, by least squares of the logarithms of the values: a percentile
// has no likelihood without the number of samples it is from. That with the
// least sum of squares is first; of those within 1 % of every value, the one with
// the fewest parameters.
//
// With samples, the number of measurements that the percentiles are from,
// intervals are from the parametric bootstrap ([EfTi93]): percentiles of so
// many draws from the law, fitted again, 200 times. With 0 there are none.
//
//   - Domain: 1 to 20 percentiles, values above 0 that rise with the
//     probability.
func Quantiles(q []Percentile, samples int, o Options) (Report, error) {
	q = slices.Clone(q)
	slices.SortFunc(q, func(a, b Percentile) int { return cmp.Compare(a.P, b.P) })
	if err := checkPercentiles(q, samples); err != nil {
		return Report{}, err
	}
	r := Report{N: samples}
	for _, f := range families() {
		if o.Families != nil && !slices.Contains(o.Families, f.kind) {
			continue
		}
		if len(f.names) > len(q) {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: takes %d percentiles", f.kind, len(f.names)))
			continue
		}
		fit, err := atPercentiles(f, q, o)
		if err != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: %v", f.kind, err))
			continue
		}
		r.Fits = append(r.Fits, fit)
	}
	if len(r.Fits) == 0 {
		return r, errors.New("fitting: no family comes near these percentiles")
	}
	slices.SortStableFunc(r.Fits, func(a, b Fit) int {
		x, y := a.worst(), b.worst()
		switch {
		case x <= 0.01 && y <= 0.01:
			return len(a.theta) - len(b.theta)
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	best := &r.Fits[0]
	if samples > 0 {
		resample(best, q, samples, o)
	}
	r.Use, r.Mean, r.Fitting = best.Text, best.Mean, best.worst() <= 0.1
	if !r.Fitting {
		r.Notes = append(r.Notes, fmt.Sprintf("no family comes within 10 %% of every percentile; the nearest misses one by %.0f %%", 100*best.worst()))
	}
	if len(q) == len(best.theta) {
		r.Notes = append(r.Notes, "as many numbers were fitted as percentiles were given: that they agree shows nothing")
	}
	return r, nil
}

func checkPercentiles(q []Percentile, samples int) error {
	if len(q) == 0 || len(q) > 20 {
		return fmt.Errorf("fitting: %d percentiles; want 1 to 20", len(q))
	}
	if samples < 0 {
		return fmt.Errorf("fitting: percentiles of %d samples", samples)
	}
	for i, p := range q {
		switch {
		case !(p.P > 0 && p.P < 1):
			return fmt.Errorf("fitting: a percentile of %v; want more than 0 and less than 1", p.P)
		case !(p.Value >= 1e-15 && p.Value <= 1e12):
			return fmt.Errorf("fitting: p%v is %v; want more than 0, up to 1e12", 100*p.P, p.Value)
		case i > 0 && (p.P == q[i-1].P || p.Value <= q[i-1].Value):
			return fmt.Errorf("fitting: p%v is %v and p%v is %v; a higher percentile has a higher value", 100*q[i-1].P, q[i-1].Value, 100*p.P, p.Value)
		}
	}
	return nil
}

func (f Fit) worst() float64 {
	worst := 0.0
	for _, d := range f.Off {
		worst = math.Max(worst, math.Abs(d.Part))
	}
	return worst
}

// atPercentiles fits one family, searching by Nelder and Mead's simplex.
func atPercentiles(f family, q []Percentile, o Options) (Fit, error) {
	law := func(t []float64) (dist.Dist, error) {
		return dist.Parse(f.text(t, writer{unit: o.Unit}), o.Unit)
	}
	miss := func(t []float64) float64 {
		d, err := law(t)
		if err != nil {
			return 1e6
		}
		sum := 0.0
		for _, p := range q {
			l := math.Log(math.Max(d.Quantile(p.P), 1e-300) / p.Value)
			sum += l * l
		}
		return sum
	}
	first, last := q[0], q[len(q)-1]
	cv := 1.0
	if len(q) > 1 {
		cv = math.Min(5, math.Max(0.05, math.Log(last.Value/first.Value)/3))
	}
	best, least := []float64(nil), math.Inf(1)
	for _, tryCV := range []float64{cv, 1.5, 0.3, 3} {
		t, m := search(f, f.start(q[len(q)/2].Value, tryCV), miss)
		if m < least {
			best, least = t, m
		}
		if least < 1e-10 {
			break
		}
	}
	if best == nil || least >= 1e6 {
		return Fit{}, errOut
	}
	d, err := law(best)
	if err != nil {
		return Fit{}, err
	}
	out := Fit{Dist: d, Text: f.text(best, writer{unit: o.Unit, digits: 4}), theta: best, family: f}
	for _, p := range q {
		out.Off = append(out.Off, Difference{p.P, d.Quantile(p.P)/p.Value - 1})
	}
	none := math.NaN()
	for i, name := range f.names {
		out.Parameters = append(out.Parameters, Parameter{name, Interval{f.values(best)[i], none, none}})
	}
	out.Mean = Interval{d.Mean(), none, none}
	return out, nil
}

// search minimises by the simplex; the stages of Erlang's law are tried one by one.
func search(f family, start []float64, miss func([]float64) float64) ([]float64, float64) {
	if f.kind == dist.FamilyErlang {
		best, least := []float64(nil), math.Inf(1)
		for _, k := range []float64{2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100, 200, 500} {
			at := func(m []float64) float64 { return miss([]float64{m[0], k}) }
			if m, v := simplex(at, start[:1]); v < least {
				best, least = []float64{m[0], k}, v
			}
		}
		return best, least
	}
	return simplex(miss, start)
}

func simplex(miss func([]float64) float64, start []float64) ([]float64, float64) {
	settings := &optimize.Settings{MajorIterations: 600, Converger: &optimize.FunctionConverge{Absolute: 1e-13, Iterations: 60}}
	r, err := optimize.Minimize(optimize.Problem{Func: miss}, start, settings, &optimize.NelderMead{SimplexSize: 0.3})
	if r == nil || err != nil && math.IsInf(r.F, 1) {
		return start, miss(start)
	}
	return r.X, r.F
}

// resample finds intervals by percentiles of samples drawn from the law.
func resample(f *Fit, q []Percentile, samples int, o Options) {
	draws := rand.New(rand.NewPCG(o.Seed, 0x71))
	var means []float64
	values := make([][]float64, len(f.Parameters))
	const times = 200
	n := min(samples, 100_000)
	x := make([]float64, n)
	for range times {
		for i := range x {
			x[i] = f.Dist.Sample(draws)
		}
		slices.Sort(x)
		again := slices.Clone(q)
		for i := range again {
			again[i].Value = x[min(n-1, int(again[i].P*float64(n)))]
		}
		if checkPercentiles(again, 1) != nil {
			continue
		}
		other, err := atPercentiles(f.family, again, o)
		if err != nil {
			continue
		}
		means = append(means, other.Mean.Value)
		for i, p := range other.Parameters {
			values[i] = append(values[i], p.Value)
		}
	}
	if len(means) < times/2 {
		return
	}
	cut := (1 - o.confidence()) / 2
	around := func(in *Interval, v []float64) {
		slices.Sort(v)
		k := int(cut * float64(len(v)))
		in.Lo, in.Hi = v[k], v[len(v)-1-k]
	}
	around(&f.Mean, means)
	for i := range f.Parameters {
		around(&f.Parameters[i].Interval, values[i])
	}
}
