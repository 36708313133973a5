package fitting

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mathext"

	"github.com/headroom/headroom/scenarios/dist"
)

// family is one kind of law to be fitted. Its parameters θ may be any numbers:
// logarithms of what must be positive, logits of weights; so likelihoods are
// near parabolas in them, and intervals stay within their bounds.
type family struct {
	kind     dist.Family
	names    []string                                // of θ turned round, for people
	values   func(t []float64) []float64             // θ as those names mean it
	mean     func(t []float64) float64               // (s or 1)
	density  func(t []float64) func(float64) float64 // ln f(x)
	text     func(t []float64, w writer) string      // in the language
	fit      func(x *sample) ([]float64, error)      // by maximum likelihood
	start    func(mean, cv float64) []float64        // a law of about these, to search from
	discrete bool                                    // one of θ is a whole number, or its support depends on θ
}

// errOut is of samples that a family cannot have made.
var errOut = errors.New("not possible")

// writer writes the numbers of a law.
type writer struct {
	unit   dist.Unit
	digits int // 0: all
}

func (w writer) amount(v float64) string {
	v = w.round(v)
	if w.unit == dist.Count {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if !(v >= 1e-15 && v <= 1e12) {
		return "NaN" // which Parse refuses with a reason
	}
	return dist.Const(v).String()
}

func (w writer) number(v float64) string { return strconv.FormatFloat(w.round(v), 'f', -1, 64) }

func (w writer) round(v float64) float64 {
	if w.digits == 0 {
		return v
	}
	out, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', w.digits, 64), 64)
	if err != nil {
		return v
	}
	return out
}

// families lists them from simple to rich, which decides ties.
func families() []family {
	return []family{exponential(), uniform(), normal(), gamma(), erlang(), lognormal(), weibull(), pareto(), hyperexp()}
}

func exps(t []float64) []float64 {
	out := make([]float64, len(t))
	for i, v := range t {
		out[i] = math.Exp(v)
	}
	return out
}

func exponential() family {
	return family{
		kind: dist.FamilyExponential, names: []string{"mean"}, values: exps,
		mean: func(t []float64) float64 { return math.Exp(t[0]) },
		density: func(t []float64) func(float64) float64 {
			m := math.Exp(t[0])
			return func(x float64) float64 { return -t[0] - x/m }
		},
		text:  func(t []float64, w writer) string { return "exp(" + w.amount(math.Exp(t[0])) + ")" },
		fit:   func(x *sample) ([]float64, error) { return []float64{math.Log(x.mean)}, nil },
		start: func(mean, _ float64) []float64 { return []float64{math.Log(mean)} },
	}
}

func uniform() family {
	return family{
		kind: dist.FamilyUniform, names: []string{"min", "max"}, discrete: true,
		values: func(t []float64) []float64 { return []float64{t[0], t[0] + math.Exp(t[1])} },
		mean:   func(t []float64) float64 { return t[0] + math.Exp(t[1])/2 },
		density: func(t []float64) func(float64) float64 {
			return func(x float64) float64 {
				if x < t[0] || x > t[0]+math.Exp(t[1])*(1+1e-12) {
					return math.Inf(-1)
				}
				return -t[1]
			}
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("uniform(%s, %s)", w.amountOrZero(t[0]), w.amount(t[0]+math.Exp(t[1])))
		},
		fit: func(x *sample) ([]float64, error) {
			return []float64{x.sorted[0], math.Log(x.most() - x.sorted[0])}, nil
		},
		start: func(mean, cv float64) []float64 {
			half := math.Min(cv*math.Sqrt(3), 0.99) * mean
			return []float64{mean - half, math.Log(2 * half)}
		},
	}
}

func (w writer) amountOrZero(v float64) string {
	switch {
	case v < 0:
		return "NaN"
	case v == 0 && w.unit == dist.Seconds:
		return "0s"
	case v == 0:
		return "0"
	}
	return w.amount(v)
}

func normal() family {
	return family{
		kind: dist.FamilyNormal, names: []string{"mean", "sd"}, values: exps,
		mean: func(t []float64) float64 { return math.Exp(t[0]) },
		density: func(t []float64) func(float64) float64 {
			m, sd := math.Exp(t[0]), math.Exp(t[1])
			norm := -t[1] - math.Log(2*math.Pi)/2 - math.Log(math.Erfc(-m/sd/math.Sqrt2)/2)
			return func(x float64) float64 { z := (x - m) / sd; return norm - z*z/2 }
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("normal(mean=%s, sd=%s)", w.amount(math.Exp(t[0])), w.amount(math.Exp(t[1])))
		},
		// Without regard to the cut at 0: dist refuses laws of which it takes more
		// than 1 % of the mean.
		fit: func(x *sample) ([]float64, error) {
			return []float64{math.Log(x.mean), math.Log(x.sd)}, nil
		},
		start: func(mean, cv float64) []float64 {
			return []float64{math.Log(mean), math.Log(mean * math.Min(cv, 0.4))}
		},
	}
}

// gamma has θ = (ln mean, ln shape), which the likelihood keeps apart.
func gamma() family {
	return family{
		kind: dist.FamilyGamma, names: []string{"mean", "cv"},
		values: func(t []float64) []float64 { return []float64{math.Exp(t[0]), math.Exp(-t[1] / 2)} },
		mean:   func(t []float64) float64 { return math.Exp(t[0]) },
		density: func(t []float64) func(float64) float64 {
			k := math.Exp(t[1])
			scale := math.Exp(t[0]) / k
			lg, _ := math.Lgamma(k)
			norm := -lg - k*math.Log(scale)
			return func(x float64) float64 { return norm + (k-1)*math.Log(x) - x/scale }
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("gamma(mean=%s, cv=%s)", w.amount(math.Exp(t[0])), w.number(math.Exp(-t[1]/2)))
		},
		fit: func(x *sample) ([]float64, error) {
			k, err := x.gammaShape()
			return []float64{math.Log(x.mean), math.Log(k)}, err
		},
		start: func(mean, cv float64) []float64 { return []float64{math.Log(mean), -2 * math.Log(cv)} },
	}
}

// gammaShape solves ln k − ψ(k) = ln(mean) − mean(ln) by halving ([ChWe69]).
func (x *sample) gammaShape() (float64, error) {
	if x.sorted[0] <= 0 {
		return 0, fmt.Errorf("a sample is 0: %w", errOut)
	}
	gap := math.Log(x.mean) - x.logMean
	if !(gap > 1e-9) {
		return 0, fmt.Errorf("the samples are all but equal: %w", errOut)
	}
	lo, hi := math.Log(1e-4), math.Log(1e9)
	for range 100 {
		mid := (lo + hi) / 2
		if k := math.Exp(mid); mid-digamma(k) > gap {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp((lo + hi) / 2), nil
}

// digamma is gonum's, and where its ten digits cancel, the first terms of the
// asymptotic series ([DLMF] 5.11.2).
func digamma(k float64) float64 {
	if k > 50 {
		return math.Log(k) - 1/(2*k) - 1/(12*k*k) + 1/(120*k*k*k*k)
	}
	return mathext.Digamma(k)
}

// erlang has a whole number of stages; θ = (ln mean, k).
func erlang() family {
	f := family{
		kind: dist.FamilyErlang, names: []string{"mean", "stages"}, discrete: true,
		values: func(t []float64) []float64 { return []float64{math.Exp(t[0]), t[1]} },
		mean:   func(t []float64) float64 { return math.Exp(t[0]) },
		density: func(t []float64) func(float64) float64 {
			return gamma().density([]float64{t[0], math.Log(t[1])})
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("erlang(%s, %.0f)", w.amount(math.Exp(t[0])), t[1])
		},
		start: func(mean, cv float64) []float64 {
			return []float64{math.Log(mean), math.Max(2, math.Min(10000, math.Round(1/(cv*cv))))}
		},
	}
	f.fit = func(x *sample) ([]float64, error) {
		k, err := x.gammaShape()
		if err != nil {
			return nil, err
		}
		if k < 1.5 || k > 9999 {
			return nil, fmt.Errorf("a shape of %.3g is no number of stages: %w", k, errOut)
		}
		// The likelihood rises to the best real shape and falls after it.
		below := []float64{math.Log(x.mean), math.Max(2, math.Floor(k))}
		above := []float64{math.Log(x.mean), math.Max(2, math.Ceil(k))}
		if x.likelihood(f, below) >= x.likelihood(f, above) {
			return below, nil
		}
		return above, nil
	}
	return f
}

// lognormal has θ = (μ, ln σ).
func lognormal() family {
	mean := func(t []float64) float64 { return math.Exp(t[0] + math.Exp(2*t[1])/2) }
	cv := func(t []float64) float64 { return math.Sqrt(math.Expm1(math.Exp(2 * t[1]))) }
	return family{
		kind: dist.FamilyLognormal, names: []string{"mean", "cv"}, mean: mean,
		values: func(t []float64) []float64 { return []float64{mean(t), cv(t)} },
		density: func(t []float64) func(float64) float64 {
			s := math.Exp(t[1])
			norm := -t[1] - math.Log(2*math.Pi)/2
			return func(x float64) float64 {
				l := math.Log(x)
				z := (l - t[0]) / s
				return norm - l - z*z/2
			}
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("lognormal(mean=%s, cv=%s)", w.amount(mean(t)), w.number(cv(t)))
		},
		fit: func(x *sample) ([]float64, error) {
			if x.sorted[0] <= 0 {
				return nil, fmt.Errorf("a sample is 0: %w", errOut)
			}
			return []float64{x.logMean, math.Log(x.logSD)}, nil
		},
		start: func(mean, cv float64) []float64 {
			s2 := math.Log1p(cv * cv)
			return []float64{math.Log(mean) - s2/2, math.Log(s2) / 2}
		},
	}
}

// weibull has θ = (ln scale, ln shape).
func weibull() family {
	return family{
		kind: dist.FamilyWeibull, names: []string{"scale", "shape"}, values: exps,
		mean: func(t []float64) float64 { return math.Exp(t[0]) * math.Gamma(1+math.Exp(-t[1])) },
		density: func(t []float64) func(float64) float64 {
			k := math.Exp(t[1])
			return func(x float64) float64 {
				l := math.Log(x) - t[0]
				return t[1] - t[0] + (k-1)*l - math.Exp(k*l)
			}
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("weibull(shape=%s, scale=%s)", w.number(math.Exp(t[1])), w.amount(math.Exp(t[0])))
		},
		fit: fitWeibull,
		start: func(mean, cv float64) []float64 {
			k := math.Pow(math.Max(cv, 0.01), -1.086) // nearly, for a start
			return []float64{math.Log(mean / math.Gamma(1+1/k)), math.Log(k)}
		},
	}
}

// fitWeibull solves Σxᵏ·ln x/Σxᵏ − 1/k = mean(ln x), whose left side rises in
// k, by halving ([Cohe65]).
func fitWeibull(x *sample) ([]float64, error) {
	if x.sorted[0] <= 0 {
		return nil, fmt.Errorf("a sample is 0: %w", errOut)
	}
	top := math.Log(x.most())
	power := func(k float64) (sum, weighted float64) {
		for _, l := range x.logs {
			p := math.Exp(k * (l - top))
			sum += p
			weighted += p * l
		}
		return sum, weighted
	}
	lo, hi := math.Log(0.05), math.Log(2000)
	for range 60 {
		mid := (lo + hi) / 2
		k := math.Exp(mid)
		sum, weighted := power(k)
		if weighted/sum-1/k > x.logMean {
			hi = mid
		} else {
			lo = mid
		}
	}
	k := math.Exp((lo + hi) / 2)
	sum, _ := power(k)
	return []float64{top + math.Log(sum/float64(len(x.logs)))/k, math.Log(k)}, nil
}

// pareto has θ = (ln min, ln α).
func pareto() family {
	mean := func(t []float64) float64 {
		a := math.Exp(t[1])
		if a <= 1 {
			return math.Inf(1)
		}
		return math.Exp(t[0]) * a / (a - 1)
	}
	return family{
		kind: dist.FamilyPareto, names: []string{"min", "alpha"}, values: exps, mean: mean, discrete: true,
		density: func(t []float64) func(float64) float64 {
			a := math.Exp(t[1])
			return func(x float64) float64 {
				l := math.Log(x)
				if l < t[0]-1e-12 {
					return math.Inf(-1)
				}
				return t[1] + a*t[0] - (a+1)*l
			}
		},
		text: func(t []float64, w writer) string {
			return fmt.Sprintf("pareto(alpha=%s, min=%s)", w.number(math.Exp(t[1])), w.amount(math.Exp(t[0])))
		},
		fit: func(x *sample) ([]float64, error) {
			if x.sorted[0] <= 0 {
				return nil, fmt.Errorf("a sample is 0: %w", errOut)
			}
			least := math.Log(x.sorted[0])
			return []float64{least, -math.Log(x.logMean - least)}, nil
		},
		start: func(mean, cv float64) []float64 {
			a := 1 + math.Sqrt(1+1/(cv*cv)) // of the same cv
			return []float64{math.Log(mean * (a - 1) / a), math.Log(a)}
		},
	}
}
