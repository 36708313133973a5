package dist

import (
	"math"
	"math/cmplx"
	"testing"
)

// TestAgainstTables compares with printed values; tol is half a unit of their
// last place.
func TestAgainstTables(t *testing.T) {
	get := func(text string) Dist { return parse(t, text) }
	for _, c := range []struct {
		what           string
		got, want, tol float64
	}{
		// Chi-square with n degrees of freedom is gamma(shape = n/2, scale = 2):
		// 95 % point for 10 and 99 % point for 1 ([AbSt64] table 26.8).
		{"chi-square 10", get("gamma(shape=5, scale=2s)").Quantile(0.95), 18.307, 5e-4},
		{"chi-square 1", get("gamma(shape=0.5, scale=2s)").Quantile(0.99), 6.63490, 5e-6},
		// Erlang B's sum: P(Erlang(k, 1) > x) = Σ xʲ/j!·exp(−x), j < k; k = 3, x = 2
		// is the Poisson table's 0.676676 ([AbSt64] table 26.7).
		{"erlang tail", get("erlang(3s, 3)").Survival(2), 0.676676, 5e-7},
		// Standard normal points 1.959964 (97.5 %) and 2.326348 (99 %), [AbSt64] table 26.5.
		{"lognormal 97.5", math.Log(get("lognormal(mu=0, sigma=1)").Quantile(0.975)), 1.959964, 5e-7},
		{"lognormal 99", math.Log(get("lognormal(mu=1, sigma=2)").Quantile(0.99)), 1 + 2*2.326348, 1e-6},
		{"normal 99", get("normal(mean=10s, sd=1s)").Quantile(0.99), 12.326348, 5e-7},
		// Weibull with shape ½: mean 2·scale, c² = 5; with shape 2 (Rayleigh) mean √π/2.
		{"weibull mean", get("weibull(shape=0.5, scale=3s)").Mean(), 6, 1e-14},
		{"weibull scv", get("weibull(shape=0.5, scale=3s)").SCV(), 5, 1e-13},
		{"rayleigh mean", get("weibull(shape=2, scale=1s)").Mean(), 0.886227, 5e-7},
		// Exponential integrals E₂(½) and E₃(½) ([AbSt64] table 5.4) by Pareto's transform.
		{"E2", real(expIntegralNear(2, 0.5)), 0.3266439, 5e-8},
		{"E3", real(expIntegralNear(3, 0.5)), 0.2216044, 5e-8},
		{"E10", real(expIntegralNear(10, 0.5)), 0.0634583, 5e-8},
		// ψ(1) = −γ and ψ(½) = −γ − 2 ln 2.
		{"digamma 1", digamma(1), -0.5772156649015329, 1e-15},
		{"digamma 1/2", digamma(0.5), -1.9635100260214235, 1e-15},
		// w(i) = e·erfc(1); w(1) = exp(−1) + 2i/√π·D(1), D(1) = 0.5380795069 ([AbSt64] table 7.5).
		{"w(i)", real(faddeeva(1i)), math.E * math.Erfc(1), 1e-13},
		{"Re w(1)", real(faddeeva(1)), math.Exp(-1), 1e-13},
		{"Im w(1)", imag(faddeeva(1)), 2 / math.Sqrt(math.Pi) * 0.5380795069127684, 1e-13},
		// Balanced means at c² = 3: the phases are (1 ± √½)/2.
		{"balanced", get("hyperexp(mean=1s, cv=1.7320508075688772)").law.(hyperExp).weights[0], 0.8535533905932737, 1e-14},
		// Mean of a unit-mean normal cut at 0 with cv 0.4: 1 + 0.4·φ(2.5)/Φ(2.5),
		// φ(2.5) = 0.0175283, Φ(2.5) = 0.9937903 ([AbSt64] table 26.1).
		{"cut normal", get("normal(mean=1s, cv=0.4)").Mean(), 1 + 0.4*0.0175283/0.9937903, 1e-7},
		// Pareto with alpha 3 and least 2: mean 3, variance 3.
		{"pareto mean", get("pareto(alpha=3, min=2s)").Mean(), 3, 1e-15},
		{"pareto variance", get("pareto(alpha=3, min=2s)").Variance(), 3, 1e-14},
	} {
		if math.Abs(c.got-c.want) > c.tol {
			t.Errorf("%s: %.10g, want %.10g", c.what, c.got, c.want)
		}
	}
}

// TestExactTransforms compares quadratures with the families that they contain.
func TestExactTransforms(t *testing.T) {
	exp := Exponential(2)
	weibull := WeibullOf(1, 2)
	for _, s := range []complex128{0.01, 1, 3i, 100i, 5 + 100i, 1e-6i, 1e4 + 1e4i} {
		if e := cmplx.Abs(exp.LST(s) - weibull.LST(s)); e > 1e-12 {
			t.Errorf("weibull of shape 1 at %v: off by %v", s, e)
		}
		// Rayleigh: 1 − √π·z·w(i·z) with z = s·scale/2, by completing the square.
		z := s * 1.5
		if e := cmplx.Abs(WeibullOf(2, 3).LST(s) - (1 - complex(math.Sqrt(math.Pi), 0)*z*faddeeva(1i*z))); e > 1e-11 {
			t.Errorf("weibull of shape 2 at %v: off by %v", s, e)
		}
		// A Pareto's E_p obeys p·E_{p+1}(z) = exp(−z) − z·E_p(z) ([DLMF] 8.19.12).
		for _, alpha := range []float64{1.5, 2, 2.9999, 3.2, 7} {
			up, low := ParetoOf(alpha+1, 1).LST(s)/complex(alpha+1, 0), ParetoOf(alpha, 1).LST(s)/complex(alpha, 0)
			if e := cmplx.Abs(complex(alpha+1, 0)*up - (cmplx.Exp(-s) - s*low)); e > 1e-11 {
				t.Errorf("pareto of alpha %v at %v: off by %v", alpha, s, e)
			}
		}
	}
	// The lognormal has no closed form; with a tiny sigma it is nearly normal.
	l, n := LognormalOf(1, 1e-4), NormalOf(1, 1e-4)
	for _, s := range []complex128{1, 30i, 2 + 5i} {
		if e := cmplx.Abs(l.LST(s) - n.LST(s)); e > 1e-9 {
			t.Errorf("lognormal at %v: off by %v", s, e)
		}
	}
}

func TestFits(t *testing.T) {
	for _, text := range []string{
		"exp(p99=20ms)", "lognormal(p50=3ms, p99=20ms)", "lognormal(p99.9=40ms, p99=20ms)",
		"weibull(p50=3ms, p99=20ms)", "pareto(p50=3ms, p99=20ms)", "weibull(p10=3ms, p999=4ms)",
	} {
		d := parse(t, text)
		for _, a := range d.form.args {
			p, _ := quantileName(a.name)
			if differ(d.Quantile(p), a.value, 1e-12) {
				t.Errorf("%s: %s is %v", text, a.name, d.Quantile(p))
			}
		}
	}
	for _, c := range []struct {
		name string
		p    float64
	}{{"p50", 0.5}, {"p5", 0.05}, {"p99", 0.99}, {"p99.9", 0.999}, {"p999", 0.999}, {"p9999", 0.9999}, {"p0.1", 0.001}} {
		if p, ok := quantileName(c.name); !ok || differ(p, c.p, 1e-15) {
			t.Errorf("%s is %v, want %v", c.name, p, c.p)
		}
	}
	for _, name := range []string{"p", "p0", "p100", "p250", "q50", "p5x", "p..", "p1.2.3", "p99999999999999"} {
		if p, ok := quantileName(name); ok {
			t.Errorf("%s is %v, want no quantile", name, p)
		}
	}
}

func TestInfiniteMoments(t *testing.T) {
	d := ParetoOf(1.5, 1)
	if d.Mean() != 3 || !math.IsInf(d.Moment(2), 1) || !math.IsInf(d.Variance(), 1) || !math.IsInf(d.SCV(), 1) || !math.IsInf(d.Moment(3), 1) {
		t.Errorf("%v: %v %v %v", d, d.Mean(), d.Moment(2), d.Variance())
	}
	if m := ParetoOf(2.5, 1); math.IsInf(m.Variance(), 1) || !math.IsInf(m.Moment(3), 1) {
		t.Errorf("%v: %v %v", m, m.Variance(), m.Moment(3))
	}
	if m := MixtureOf([]float64{1, 1}, []Dist{Const(1), d}); !math.IsInf(m.Variance(), 1) || m.Mean() != 2 {
		t.Errorf("%v: %v", m, m.Variance())
	}
}

// TestZero pins the zero value, which stands for "no time at all".
func TestZero(t *testing.T) {
	var d Dist
	if !d.IsZero() || !Const(0).IsZero() || Const(1).IsZero() || d.String() != "0s" || d.Family() != FamilyConst ||
		d.Mean() != 0 || d.SCV() != 0 || d.Sample(nil) != 0 || d.Quantile(0.9) != 0 || d.LST(1i) != 1 ||
		d.CDF(0) != 1 || d.Survival(0) != 0 || d.Max() != 0 || !d.Equal(Const(0)) || !d.Scaled(3).IsZero() || !Exponential(1).Scaled(0).IsZero() {
		t.Error("the zero Dist is not the constant 0")
	}
}

func TestOutOfDomain(t *testing.T) {
	d := Exponential(1)
	for what, v := range map[string]float64{
		"quantile of -1": d.Quantile(-1), "of 2": d.Quantile(2), "of NaN": d.Quantile(math.NaN()),
		"moment 0": d.Moment(0), "moment 4": d.Moment(4), "cdf of NaN": d.CDF(math.NaN()),
		"transform left of the axis": real(d.LST(-1)),
	} {
		if !math.IsNaN(v) {
			t.Errorf("%s is %v, want NaN", what, v)
		}
	}
	if d.CDF(-1) != 0 || d.Survival(-1) != 1 || d.CDF(math.Inf(1)) != 1 || d.LST(complex(math.Inf(1), 0)) != 0 {
		t.Error("ends of the line")
	}
	for _, s := range []complex128{1e300, 1e300i, 1e-300, 1e-300i, complex(1e-300, 1e300)} {
		for _, text := range everyFamily() {
			if v := parse(t, text).LST(s); cmplx.IsNaN(v) || cmplx.Abs(v) > 1+1e-12 {
				t.Errorf("%s: transform at %v is %v", text, s, v)
			}
		}
	}
}

// TestBadConstruction makes sure that a program that builds nonsense is told.
func TestBadConstruction(t *testing.T) {
	nan := math.NaN()
	for i, f := range []func() Dist{
		func() Dist { return Const(-1) }, func() Dist { return Const(nan) }, func() Dist { return Exponential(0) },
		func() Dist { return Exponential(nan) }, func() Dist { return ErlangOf(1, 0) }, func() Dist { return GammaOf(1, nan) },
		func() Dist { return LognormalOf(math.Inf(1), 1) }, func() Dist { return WeibullOf(0, 1) }, func() Dist { return ParetoOf(1, 1) },
		func() Dist { return UniformOf(2, 1) }, func() Dist { return UniformOf(nan, 1) }, func() Dist { return NormalOf(1, 1) },
		func() Dist { return MixtureOf(nil, nil) }, func() Dist { return MixtureOf([]float64{1}, nil) },
		func() Dist { return HyperExponential([]float64{1, -1}, []float64{1, 1}) },
		func() Dist { return EmpiricalOf([]float64{nan}, nil) }, func() Dist { return EmpiricalOf(nil, nil) },
		func() Dist { return Exponential(1).Scaled(nan) }, func() Dist { return Exponential(1).Scaled(-1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("construction %d does not panic", i)
				}
			}()
			f()
		}()
	}
}

func TestWeightsOfPrograms(t *testing.T) {
	h := HyperExponential([]float64{3, 7}, []float64{1, 2})
	if differ(h.Mean(), 1.7, 1e-15) || h.String() != "hyperexp(0.3: 1s, 0.7: 2s)" {
		t.Errorf("%v has mean %v", h, h.Mean())
	}
	e := EmpiricalOf([]float64{5, 1, 5}, []float64{1, 2, 1})
	if differ(e.Mean(), 3, 1e-15) || e.Min() != 1 || e.Max() != 5 || e.CDF(1) != 0.5 || e.Quantile(0.5) != 1 || e.Quantile(0.500001) != 5 {
		t.Errorf("%v: %v", e, e.Mean())
	}
}
