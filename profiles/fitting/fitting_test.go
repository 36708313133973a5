package fitting

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/headroom/headroom/scenarios/dist"
)

func drawn(t *testing.T, text string, n int, seed uint64) ([]float64, dist.Dist) {
	t.Helper()
	d, err := dist.Parse(text, dist.Seconds)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = d.Sample(r)
	}
	return x, d
}

// TestFamiliesAreFound draws 400 samples of each family: the one that they are
// of is in front but for its near relatives, withstands the tests, and its mean
// is within 15 % and its interval (one
// in 20 misses). The p values refuse a true law at one seed in 20 by each test; the
// seeds are fixed.
func TestFamiliesAreFound(t *testing.T) {
	for i, text := range []string{
		"exp(3ms)", "gamma(mean=3ms, cv=0.4)", "lognormal(mean=4.1ms, cv=1.3)", "weibull(shape=2.5, scale=8ms)",
		"pareto(alpha=3.5, min=3ms)", "hyperexp(30%: 2ms, 70%: 40ms)", "normal(mean=9ms, sd=1ms)", "uniform(2ms, 5ms)", "erlang(9ms, 3)",
	} {
		x, d := drawn(t, text, 400, uint64(i)+3)
		r, err := Samples(x, Options{Bootstrap: 59, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Fitting {
			t.Errorf("%s: nothing fits: %v", text, r.Notes)
		}
		best := r.Fits[0]
		i := slices.IndexFunc(r.Fits, func(f Fit) bool { return f.Dist.Family() == d.Family() })
		if i < 0 || r.Fits[i].AIC > best.AIC+10 {
			t.Errorf("%s: found %s, and its own family %d", text, best.Text, i)
		}
		if m := best.Dist.Mean(); math.Abs(m/d.Mean()-1) > 0.15 || !(r.Mean.Lo < d.Mean() && d.Mean() < r.Mean.Hi) {
			t.Errorf("%s: mean %v in %+v; want %v", text, m, r.Mean, d.Mean())
		}
		if _, err := dist.Parse(r.Use, dist.Seconds); err != nil {
			t.Errorf("%s: %v", r.Use, err)
		}
	}
}

// TestTwoPeaks is of samples that no family has.
func TestTwoPeaks(t *testing.T) {
	a, _ := drawn(t, "normal(mean=9ms, sd=0.5ms)", 250, 1)
	b, _ := drawn(t, "normal(mean=50ms, sd=0.5ms)", 350, 2)
	r, err := Samples(append(a, b...), Options{Bootstrap: 59})
	if err != nil {
		t.Fatal(err)
	}
	if r.Fitting || !strings.HasPrefix(r.Use, "empirical(") || len(r.Notes) == 0 {
		t.Errorf("fits %v, use %s, notes %v", r.Fitting, r.Use, r.Notes)
	}
	d, err := dist.Parse(r.Use, dist.Seconds)
	if err != nil || math.Abs(d.Mean()/r.Mean.Value-1) > 1e-3 {
		t.Errorf("%s: mean %v of %v, %v", r.Use, d.Mean(), r.Mean.Value, err)
	}
}

// TestStatistics compares with the closed form for three points and a uniform
// law on (0, 1): D = max(i/n − u, u − (i−1)/n) and A² summed by hand.
func TestStatistics(t *testing.T) {
	d, err := dist.Parse("uniform(0, 1)", dist.Count)
	if err != nil {
		t.Fatal(err)
	}
	ks, ad := statistics([]float64{0.2, 0.5, 0.9}, d)
	l := math.Log
	want := -3 - (1*(l(0.2)+l(0.1))+3*(l(0.5)+l(0.5))+5*(l(0.9)+l(0.8)))/3
	if math.Abs(ks-0.7/3) > 1e-12 || math.Abs(ad-want) > 1e-12 {
		t.Errorf("%v, %v; want %v, %v", ks, ad, 0.7/3, want)
	}
}

// TestLikelihoodIsHighest moves each parameter both ways.
func TestLikelihoodIsHighest(t *testing.T) {
	x, _ := drawn(t, "hyperexp(30%: 2ms, 70%: 40ms)", 1000, 4)
	s := newSample(x)
	for _, f := range families() {
		if f.discrete || f.kind == dist.FamilyNormal {
			continue
		}
		th, err := f.fit(s)
		if err != nil {
			t.Fatal(f.kind, err)
		}
		top := s.likelihood(f, th)
		for i := range th {
			for _, by := range []float64{-0.02, 0.02} {
				other := append([]float64(nil), th...)
				other[i] += by
				if l := s.likelihood(f, other); l > top+1e-3 {
					t.Errorf("%s: %v at %v, %v at %v", f.kind, top, th, l, other)
				}
			}
		}
	}
}

// TestPercentiles gives exact percentiles back.
func TestPercentiles(t *testing.T) {
	for _, text := range []string{"lognormal(mean=4.1ms, cv=1.3)", "weibull(shape=0.7, scale=8ms)", "exp(3ms)", "gamma(mean=3ms, cv=0.4)"} {
		_, d := drawn(t, text, 1, 1)
		var q []Percentile
		for _, p := range []float64{0.5, 0.95, 0.99} {
			q = append(q, Percentile{p, d.Quantile(p)})
		}
		r, err := Quantiles(q, 0, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if best := r.Fits[0].Dist; best.Family() != d.Family() || math.Abs(best.Mean()/d.Mean()-1) > 1e-3 || !r.Fitting {
			t.Errorf("%s: %s", text, r.Use)
		}
	}
	r, err := Quantiles([]Percentile{{0.5, 0.001}, {0.99, 0.02}}, 500, Options{Families: []dist.Family{dist.FamilyLognormal}})
	if err != nil || !r.Mean.Known() || r.Mean.Lo > r.Mean.Value || r.Mean.Hi < r.Mean.Value {
		t.Errorf("%+v, %v", r.Mean, err)
	}
}

func TestBadSamples(t *testing.T) {
	ok := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for name, x := range map[string][]float64{"few": ok, "NaN": append([]float64{math.NaN()}, ok...), "negative": append([]float64{-1}, ok...), "huge": append([]float64{math.Inf(1)}, ok...), "zeros": make([]float64, 20)} {
		if _, err := Samples(x, Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, q := range map[string][]Percentile{"none": nil, "falls": {{0.5, 2}, {0.9, 1}}, "twice": {{0.5, 1}, {0.5, 2}}, "above 1": {{1.5, 1}}, "NaN": {{0.5, math.NaN()}}} {
		if _, err := Quantiles(q, 0, Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		text, column, unit, want string
		n                        int
	}{
		{"3ms\n# x\n\n 4us\n", "", "", "", 2},
		{"3\n4.5\n", "", "ms", "", 2},
		{"3\n", "", "", "without a unit", 0},
		{"3ms\n4mss\n", "", "", "f:2:1", 0},
		{"a,t\nx,3ms\ny,5ms\n", "t", "", "", 2},
		{"x,3\ny,5\n", "2", "s", "", 2},
		{"a,t\nx,3ms\ny\n", "t", "", "f:3:1", 0},
		{"a,t\nx,zz\n", "t", "", "f:2:3", 0},
		{"a,t\nx,zz\n", "u", "", "no column", 0},
		{"7\n9\n", "", "count", "", 2},
		{"-3ms\n", "", "", "f:1:1", 0},
	} {
		x, _, err := Read("f", strings.NewReader(c.text), c.column, c.unit)
		if c.want == "" && (err != nil || len(x) != c.n) {
			t.Errorf("%q: %v, %v", c.text, x, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v; want %s", c.text, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("3ms\n4us", "", "")
	f.Add("a,t\nx,3", "t", "ms")
	f.Fuzz(func(_ *testing.T, text, column, unit string) {
		x, of, err := Read("f", strings.NewReader(text), column, unit)
		if err == nil && len(x) < 100 {
			_, _ = Samples(x, Options{Unit: of, Bootstrap: -1})
		}
	})
}
