package fitting

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// hyperexp is of two phases; θ = (ln mean₁, ln mean₂, logit w₁).
func hyperexp() family {
	split := func(t []float64) (w, a, b float64) { return 1 / (1 + math.Exp(-t[2])), math.Exp(t[0]), math.Exp(t[1]) }
	return family{
		kind: dist.FamilyHyperExp, names: []string{"mean 1", "mean 2", "weight 1"},
		values: func(t []float64) []float64 { w, a, b := split(t); return []float64{a, b, w} },
		mean:   func(t []float64) float64 { w, a, b := split(t); return w*a + (1-w)*b },
		density: func(t []float64) func(float64) float64 {
			w, a, b := split(t)
			return func(x float64) float64 {
				u, v := math.Log(w/a)-x/a, math.Log((1-w)/b)-x/b
				most := math.Max(u, v)
				return most + math.Log(math.Exp(u-most)+math.Exp(v-most))
			}
		},
		text: func(t []float64, wr writer) string {
			w, a, b := split(t)
			share := wr.round(w)
			return fmt.Sprintf("hyperexp(%s: %s, %s: %s)", writer{digits: 0}.number(share), wr.amount(a), writer{digits: 10}.number(1-share), wr.amount(b))
		},
		fit: func(x *sample) ([]float64, error) {
			if x.sd < 1.02*x.mean {
				return nil, fmt.Errorf("their cv, %.3g, is not above 1: %w", x.sd/x.mean, errOut)
			}
			return x.mixed()
		},
		start: func(mean, cv float64) []float64 {
			c2 := math.Max(cv*cv, 1.1)
			p := (1 + math.Sqrt((c2-1)/(c2+1))) / 2
			return []float64{math.Log(mean / (2 * p)), math.Log(mean / (2 * (1 - p))), math.Log(p / (1 - p))}
		},
	}
}

// mostRounds bounds the rounds of expectation and maximization.
const mostRounds = 2000

// mixed fits two exponential phases by expectation and maximization ([DeLR77]),
// from balanced means; a round cannot lessen the likelihood.
func (x *sample) mixed() ([]float64, error) {
	t := hyperexp().start(x.mean, x.sd/x.mean)
	w, a, b := 1/(1+math.Exp(-t[2])), math.Exp(t[0]), math.Exp(t[1])
	n := float64(len(x.sorted))
	before := math.Inf(-1)
	for range mostRounds {
		var of, first, second, like float64
		for _, v := range x.sorted {
			f, s := w/a*math.Exp(-v/a), (1-w)/b*math.Exp(-v/b)
			share := 0.0
			if f+s > 0 {
				share = f / (f + s)
				like += math.Log(f + s)
			}
			of += share
			first += share * v
			second += (1 - share) * v
		}
		if !(of > 1e-6*n && n-of > 1e-6*n) {
			return nil, fmt.Errorf("one exponential phase is all that they show: %w", errOut)
		}
		w, a, b = of/n, first/of, second/(n-of)
		if like-before < 1e-7 {
			break
		}
		before = like
	}
	if math.Abs(a-b) < 1e-3*b {
		return nil, fmt.Errorf("one exponential phase is all that they show: %w", errOut)
	}
	return []float64{math.Log(a), math.Log(b), math.Log(w / (1 - w))}, nil
}
