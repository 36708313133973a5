package dist

import (
	"math"
	"testing"
)

func TestParts(t *testing.T) {
	for _, d := range []Dist{
		HyperExponential([]float64{1, 3}, []float64{0.1, 2}),
		MixtureOf([]float64{1, 1}, []Dist{Const(2), GammaOf(3, 0.5)}),
		EmpiricalOf([]float64{1, 2, 7}, nil),
		LognormalOf(2, 1.5),
		{},
	} {
		weights, parts := d.Parts()
		for _, x := range []float64{0, 0.5, 1, 2, 4, 9} {
			sum := 0.0
			for i, w := range weights {
				sum += w * parts[i].CDF(x)
			}
			if want := d.CDF(x); math.Abs(sum-want) > 1e-12 {
				t.Errorf("%v: parts give CDF(%v) = %v, want %v", d, x, sum, want)
			}
		}
	}
}
