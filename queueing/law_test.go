package queueing

import (
	"fmt"
	"math"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

// Laws read off their curves give the quantiles of the distribution they came
// from, to the digits that an inversion of order ten and a table of twelve points
// a decade have.
func TestCurves(t *testing.T) {
	g := newLattice(1e-9, 1e6)
	for _, c := range []struct {
		d   dist.Dist
		tol float64
	}{
		{dist.Exponential(0.01), 5e-5},
		{dist.HyperExponential([]float64{9, 1}, []float64{1, 20}), 5e-5},
		{dist.GammaOf(3, 0.5), 5e-5},
		{dist.ErlangOf(1, 4), 5e-5},
		{dist.ErlangOf(1, 20), 1e-3},
		{dist.ErlangOf(1, 200), 1e-3},
		{dist.LognormalOf(0.01, 1.2), 2e-4},
		{dist.LognormalOf(0.01, 4), 2e-4},
		{dist.LognormalOf(0.01, 0.3), 0.02},
		{dist.WeibullOf(0.7, 1), 2e-4},
		{dist.ParetoOf(2.5, 1), 2e-4},
		{dist.UniformOf(1, 2), 0.02},
		{dist.MixtureOf([]float64{9, 1}, []dist.Dist{dist.Const(1), dist.Exponential(5)}), 1e-4},
		{dist.EmpiricalOf([]float64{1, 2, 3, 4, 8}, nil), 1e-9},
	} {
		l := newDistLaw(c.d)
		l.facts().exact = nil
		curve := newCurve(g, l)
		for _, p := range []float64{0.01, 0.1, 0.5, 0.9, 0.99, 0.999} {
			near(t, fmt.Sprintf("%v: quantile %v", c.d, p), curve.quantile(p), c.d.Quantile(p), c.tol)
		}
		near(t, c.d.String()+": mean", l.facts().mean, c.d.Mean(), 1e-12)
		near(t, c.d.String()+": variance", l.facts().variance, c.d.Variance(), 1e-9)
	}
}

// Sequential and parallel calls of idle services: percentiles do not add.
func TestComposition(t *testing.T) {
	g := newLattice(1e-9, 1e6)
	exp := func(means ...float64) []law {
		var out []law
		for _, m := range means {
			out = append(out, newDistLaw(dist.Exponential(m)))
		}
		return out
	}
	four := exp(2, 5, 9, 14)
	series := newCurve(g, newSum(four...))
	near(t, "series p50", series.quantile(0.5), 26.3897447, 1e-6)
	near(t, "series p95", series.quantile(0.95), 63.4945451, 1e-5)
	near(t, "series p99", series.quantile(0.99), 86.7645789, 1e-5)
	near(t, "series p99.9", series.quantile(0.999), 119.340543, 5e-5)
	all := newJoin(g, four, 4)
	near(t, "join p50", newCurve(g, all).quantile(0.5), 14.8279619, 1e-4)
	near(t, "join p99", newCurve(g, all).quantile(0.99), 65.4711072, 1e-3)
	five := newCurve(g, newSum(exp(1.5, 3, 6, 20, 4)...))
	near(t, "five in series p90", five.quantile(0.9), 62.4370586, 1e-5)
	// quorums: the order statistics of exponential times
	near(t, "2 of 3", newJoin(g, exp(1, 1, 1), 2).facts().mean, 5.0/6, 1e-5)
	three := newJoin(g, exp(1, 1, 1), 3).facts()
	near(t, "3 of 3", three.mean, 11.0/6, 1e-5)
	near(t, "3 of 3, variance", three.variance, 1+0.25+1.0/9, 1e-4)
	near(t, "any", newJoin(g, exp(1, 1, 1, 1), 1).facts().mean, 0.25, 1e-5)
	// with constants: max(1, X) and min(1, X)
	mixed := []law{newDistLaw(dist.Const(1)), newDistLaw(dist.Exponential(1))}
	near(t, "max(1, X)", newJoin(g, mixed, 2).facts().mean, 1+math.Exp(-1), 1e-6)
	near(t, "min(1, X)", newJoin(g, mixed, 1).facts().mean, 1-math.Exp(-1), 3e-3)
	// rounds of a loop: a geometric number of exponential times is exponential
	geometric := counts{first: 1}
	for n := range 400 {
		geometric.p = append(geometric.p, 0.1*math.Pow(0.9, float64(n)))
	}
	loop := newCountLaw(geometric, newDistLaw(dist.Exponential(2)))
	near(t, "loop mean", loop.facts().mean, 20, 1e-9)
	near(t, "loop p99", newCurve(g, loop).quantile(0.99), 20*math.Log(100), 1e-4)
	near(t, "loop variance", loop.facts().variance, 400, 1e-6)
}

// The approximate moments of a join, by fits, are close to those of its law.
func TestJoinMoments(t *testing.T) {
	g := newLattice(1e-9, 1e6)
	for need := 1; need <= 3; need++ {
		ds := []dist.Dist{dist.Exponential(2), dist.GammaOf(3, 0.6), dist.HyperExponential([]float64{3, 1}, []float64{1, 6})}
		var laws []law
		var ms []moment
		for _, d := range ds {
			laws, ms = append(laws, newDistLaw(d)), append(ms, momentOf(d))
		}
		l, m := newJoin(g, laws, need).facts(), joinMoments(ms, need)
		near(t, fmt.Sprintf("mean of %d", need), m.mean, l.mean, 0.06)
		near(t, fmt.Sprintf("variance of %d", need), m.variance, l.variance, 0.08)
	}
}

// Counts are rounded to whole numbers as the language rounds them.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		d    dist.Dist
		want counts
	}{
		{dist.Const(3), counts{3, []float64{1}}},
		{dist.Const(2.5), counts{3, []float64{1}}},
		{dist.Const(0.4), counts{0, []float64{1}}},
		{dist.EmpiricalOf([]float64{1, 4}, nil), counts{1, []float64{0.5, 0, 0, 0.5}}},
	} {
		got := newCountOf(c.d)
		if got.first != c.want.first || len(got.p) != len(c.want.p) {
			t.Errorf("%v: got %v, want %v", c.d, got, c.want)
			continue
		}
		for i := range got.p {
			near(t, c.d.String(), got.p[i], c.want.p[i], 1e-12)
		}
	}
	mean, variance, _ := newCountOf(dist.UniformOf(0.5, 6.5)).moments()
	near(t, "a die", mean, 3.5, 1e-9)
	near(t, "a die, variance", variance, 35.0/12, 1e-9)
}

// Inversion of known transforms, and of one with a jump.
func TestSurvival(t *testing.T) {
	for _, x := range []float64{0.01, 0.3, 1, 5, 20} {
		off := Survival(func(s complex128) complex128 { return 1 / (1 + s) }, x) - math.Exp(-x)
		off3 := Survival(func(s complex128) complex128 { return cpow(1/(1+s), 3) }, x) - math.Exp(-x)*(1+x+x*x/2)
		if math.Abs(off) > 1e-9 || math.Abs(off3) > 1e-9 {
			t.Errorf("at %v: off by %.2g and %.2g, nine digits were promised", x, off, off3)
		}
	}
	d := func(s complex128) complex128 { return expNeg(s, 1) }
	if a, b := Survival(d, 0.8), Survival(d, 1.25); math.Abs(a-1) > 0.01 || b > 0.01 {
		t.Errorf("a jump at 1: %v before, %v after", a, b)
	}
}

func TestFit(t *testing.T) {
	for _, scv := range []float64{0.004, 0.1, 0.26, 0.5, 0.75, 1, 1.5, 4, 30} {
		f := fit(2, scv)
		// moments from the survival function, which shares nothing with fit
		mean, second := 0.0, 0.0
		const h = 1e-3
		for u := -14.0; u < 9; u += h {
			x := math.Exp(u)
			mean += h * x * f.Survival(x)
			second += 2 * h * x * x * f.Survival(x)
		}
		near(t, fmt.Sprintf("mean at SCV %v", scv), mean, 2, 1e-4)
		near(t, fmt.Sprintf("SCV %v", scv), second/4-1, scv, 1e-3)
	}
}
