package foreign

import (
	"math"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
)

// jmtLaw makes the two elements of a distribution: what it is and its
// parameters, in pairs of name and value.
func jmtLaw(class, name, par string, pairs ...any) []*element {
	p := tag("subParameter", "classPath", "jmt.engine.random."+par, "name", "distrPar")
	for i := 0; i+1 < len(pairs); i += 2 {
		kind := javaDouble
		if _, whole := pairs[i+1].(int64); whole {
			kind = "java.lang.Long"
		}
		p.with(parameter("subParameter", kind, pairs[i].(string), pairs[i+1]))
	}
	return []*element{tag("subParameter", "classPath", "jmt.engine.random."+class, "name", name), p}
}

// lawOf writes a distribution by JMT's parameters.
func (j *jsimWriter) lawOf(d dist.Dist, at string) []*element {
	m, scv := d.Mean(), d.SCV()
	a := arguments(d)
	switch d.Family() {
	case dist.FamilyConst:
		return jmtLaw("DeterministicDistr", "Deterministic", "DeterministicDistrPar", "t", m)
	case dist.FamilyExponential:
		return jmtLaw("Exponential", "Exponential", "ExponentialPar", "lambda", reciprocal(m))
	case dist.FamilyErlang:
		k := a.get("k", math.Round(1/scv))
		return jmtLaw("Erlang", "Erlang", "ErlangPar", "alpha", tidyMean(k*reciprocal(m), k/m), "r", int64(k))
	case dist.FamilyHyperExp:
		if p, first, second, ok := phases(d, a); ok {
			return jmtLaw("HyperExp", "Hyperexponential", "HyperExpPar", "p", p, "lambda1", reciprocal(first), "lambda2", reciprocal(second))
		}
	case dist.FamilyUniform:
		return jmtLaw("Uniform", "Uniform", "UniformPar", "min", d.Min(), "max", d.Max())
	case dist.FamilyGamma:
		return jmtLaw("GammaDistr", "Gamma", "GammaDistrPar", "alpha", a.get("shape", 1/scv), "beta", a.get("scale", m*scv))
	case dist.FamilyPareto:
		least := d.Min()
		return jmtLaw("Pareto", "Pareto", "ParetoPar", "alpha", a.get("alpha", m/(m-least)), "k", least)
	case dist.FamilyLognormal:
		sigma := math.Sqrt(math.Log1p(scv))
		return jmtLaw("Lognormal", "Lognormal", "LognormalPar", "mu", a.get("mu", math.Log(m)-sigma*sigma/2), "sigma", a.get("sigma", sigma))
	case dist.FamilyWeibull:
		// P(X > x) = exp(−(x/a)^k): a is the quantile of 1 − 1/e, a·2^(1/k) that of 1 − 1/e²
		scale := d.Quantile(-math.Expm1(-1))
		shape := math.Ln2 / math.Log(d.Quantile(-math.Expm1(-2))/scale)
		return jmtLaw("Weibull", "Weibull", "WeibullPar", "alpha", a.get("scale", scale), "r", a.get("shape", shape))
	case dist.FamilyNormal:
		mean := a.get("mean", m)
		return jmtLaw("Normal", "Normal", "NormalPar", "mean", mean, "standardDeviation", a.get("sd", a.get("cv", math.Sqrt(scv))*mean))
	}
	return j.gamma(at, m, scv)
}

// gamma stands for what JMT has no word for.
func (j *jsimWriter) gamma(at string, mean, scv float64) []*element {
	j.lost("station "+at, "mixtures and measured values are not carried over", "gamma of the same mean and variance")
	switch {
	case scv == 0 || math.IsInf(scv, 0):
		return jmtLaw("DeterministicDistr", "Deterministic", "DeterministicDistrPar", "t", mean)
	}
	return jmtLaw("GammaDistr", "Gamma", "GammaDistrPar", "alpha", 1/scv, "beta", mean*scv)
}

// args are the named numbers that a distribution is written with (s or 1).
type args map[string]float64

func (a args) get(name string, otherwise float64) float64 {
	if v, ok := a[name]; ok {
		return v
	}
	return otherwise
}

// arguments reads the named parameters from the text of a distribution, so that
// what was written is carried over to the last digit.
func arguments(d dist.Dist) args {
	out := args{}
	_, inner, _ := strings.Cut(strings.TrimSuffix(d.String(), ")"), "(")
	for _, one := range strings.Split(inner, ", ") {
		name, value, ok := strings.Cut(one, "=")
		if !ok {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = v
		} else if v, err := dist.ParseDuration(value); err == nil {
			out[name] = v
		}
	}
	return out
}

// phases are those of a hyperexponential distribution with two. By mean and cv
// it has balanced means [Whit82]: p·first = (1−p)·second.
//
// [Whit82]: https://doi.org/10.1287/opre.30.1.125
func phases(d dist.Dist, a args) (p, first, second float64, ok bool) {
	if mean, named := a["mean"]; named {
		c2 := d.SCV()
		p = (1 + math.Sqrt((c2-1)/(c2+1))) / 2
		return p, mean / (2 * p), mean / (2 * (1 - p)), c2 >= 1
	}
	_, inner, _ := strings.Cut(strings.TrimSuffix(d.String(), ")"), "(")
	parts := strings.Split(inner, ", ")
	if len(parts) != 2 {
		return 0, 0, 0, false
	}
	var w, m [2]float64
	for i, one := range parts {
		share, value, _ := strings.Cut(one, ": ")
		var err, bad error
		w[i], err = dist.ParseShare(share)
		m[i], bad = dist.ParseDuration(value)
		if err != nil || bad != nil {
			return 0, 0, 0, false
		}
	}
	return w[0], m[0], m[1], true
}
