package foreign

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// law reads a distribution: a strategy or range that holds one and its
// parameters. Those that the language has not are taken by mean and variance.
func (j *jsimReader) law(s *element, what string) dist.Dist {
	par := s.parameter("distrPar")
	family := ""
	for _, k := range s.inner() {
		if k != par && k.attr("name") != "function" && lastPart(k.attr("classPath")) != "Integer" {
			family = lastPart(k.attr("classPath"))
		}
	}
	l := lawReader{j: j, par: par, what: what, line: s.line}
	switch family {
	case "Exponential":
		return l.text("exp", l.mean("lambda"))
	case "Erlang":
		return l.erlang()
	case "HyperExp":
		return l.hyperexp()
	case "CoxianDistr":
		return l.coxian()
	case "DeterministicDistr":
		return j.dist(l.line, what, seconds(l.get("t")))
	case "Uniform":
		return j.dist(l.line, what, "uniform("+seconds(l.get("min"))+", "+seconds(l.get("max"))+")")
	case "GammaDistr":
		return j.dist(l.line, what, "gamma(shape="+plain(l.get("alpha"))+", scale="+seconds(l.get("beta"))+")")
	case "Pareto":
		return j.dist(l.line, what, "pareto(alpha="+plain(l.get("alpha"))+", min="+seconds(l.get("k"))+")")
	case "Lognormal":
		return j.dist(l.line, what, "lognormal(mu="+plain(l.signed("mu"))+", sigma="+plain(l.get("sigma"))+")")
	case "Weibull":
		return j.dist(l.line, what, "weibull(shape="+plain(l.get("r"))+", scale="+seconds(l.get("alpha"))+")")
	case "Normal":
		return j.dist(l.line, what, "normal(mean="+seconds(l.get("mean"))+", sd="+seconds(l.get("standardDeviation"))+")")
	case "MMPP2Distr", "MMPP2":
		return l.mmpp()
	case "PhaseTypeDistr":
		return l.phaseType()
	}
	j.fail(s.line, "%s: no distribution of the language is like %q", what, shorten(family))
	return dist.Const(0)
}

// lawReader reads the parameters of one distribution.
type lawReader struct {
	j    *jsimReader
	par  *element
	what string
	line int
}

func (l lawReader) get(name string) float64 {
	p := l.par.parameter(name)
	if p == nil {
		l.j.fail(l.line, "%s: no parameter %s", l.what, name)
		return 0
	}
	x, _ := l.j.number(p.line, l.what+": "+name, p.value())
	return x
}

// signed is a parameter that may be negative.
func (l lawReader) signed(name string) float64 {
	p := l.par.parameter(name)
	if text := p.value(); len(text) > 1 && text[0] == '-' {
		x, _ := l.j.number(p.line, l.what+": "+name, text[1:])
		return -x
	}
	return l.get(name)
}

// mean is one over a rate (s).
func (l lawReader) mean(rate string) float64 {
	x := l.get(rate)
	if x == 0 {
		l.j.fail(l.line, "%s: %s is 0; want a rate above 0", l.what, rate)
		return 1
	}
	return reciprocal(x)
}

func (l lawReader) text(family string, mean float64) dist.Dist {
	return l.j.dist(l.line, l.what, family+"("+seconds(mean)+")")
}

func (l lawReader) erlang() dist.Dist {
	k, _ := l.j.whole(l.line, l.what+": r", plain(l.get("r")), 1)
	mean := float64(k) * l.mean("alpha")
	return l.j.dist(l.line, l.what, "erlang(mean="+seconds(tidyMean(mean, float64(k)/math.Max(l.get("alpha"), 1e-300)))+", k="+plain(float64(k))+")")
}

// tidyMean is the one of two results of the same sum, rounded differently, with
// fewer digits.
func tidyMean(a, b float64) float64 {
	if len(plain(b)) < len(plain(a)) {
		return b
	}
	return a
}

func (l lawReader) hyperexp() dist.Dist {
	p := l.get("p")
	if p > 1 {
		l.j.fail(l.line, "%s: p is %s; want a probability", l.what, plain(p))
		return dist.Const(0)
	}
	return l.two(p, l.mean("lambda1"), l.mean("lambda2"))
}

// two is an exponential of the first mean with probability p, of the second
// otherwise.
func (l lawReader) two(p, first, second float64) dist.Dist {
	switch p {
	case 0:
		return l.text("exp", second)
	case 1:
		return l.text("exp", first)
	}
	return l.j.dist(l.line, l.what, "hyperexp("+plain(p)+":"+seconds(first)+", "+plain(1-p)+":"+seconds(second)+")")
}

// coxian is an exponential stage and, but for a share phi0, another. Its
// transform is
//
//	λ0/(s+λ0)·(φ + (1−φ)·λ1/(s+λ1)) = (1−b)·λ0/(s+λ0) + b·λ1/(s+λ1)
//
// with b = (1−φ)·λ0/(λ0−λ1), by partial fractions: a mixture of two
// exponentials where b is from 0 to 1. Otherwise it is gamma with the same mean
// and variance.
func (l lawReader) coxian() dist.Dist {
	slow, fast, phi := l.mean("lambda1"), l.mean("lambda0"), l.get("phi0")
	if phi > 1 {
		l.j.fail(l.line, "%s: phi0 is %s; want a probability", l.what, plain(phi))
		return dist.Const(0)
	}
	if b := (1 - phi) * slow / (slow - fast); slow != fast && b >= 0 && b <= 1 {
		return l.two(1-b, fast, slow)
	}
	mean := fast + (1-phi)*slow
	variance := fast*fast + (1-phi)*(1+phi)*slow*slow
	return l.alike("Coxian", mean, variance)
}

// alike is gamma with the given mean (s) and variance (s²) for what the language
// has not.
func (l lawReader) alike(family string, mean, variance float64) dist.Dist {
	l.j.note(l.line, l.what, family+" distributions are not in the language", "one of the same mean and variance stands here")
	if !(mean > 0) || !(variance >= 0) || math.IsInf(mean+variance, 0) {
		l.j.fail(l.line, "%s: a mean of %v s and a variance of %v s²", l.what, mean, variance)
		return dist.Const(0)
	}
	return l.j.moments(l.line, l.what, mean, variance/mean/mean)
}

// mmpp is a Poisson process whose rate jumps between two values; only its mean
// rate is kept.
func (l lawReader) mmpp() dist.Dist {
	l0, l1, s0, s1 := l.get("lambda0"), l.get("lambda1"), l.get("sigma0"), l.get("sigma1")
	l.j.note(l.line, l.what, "a Markov-modulated process is not in the language", "Poisson of the same rate stands here: bursts are lost")
	mean := (s0 + s1) / (l0*s1 + l1*s0)
	if !(mean > 0) || math.IsInf(mean, 0) {
		l.j.fail(l.line, "%s: rates %v and %v with changes %v and %v have no mean", l.what, l0, l1, s0, s1)
		return dist.Const(0)
	}
	return l.text("exp", mean)
}
