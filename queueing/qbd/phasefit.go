package qbd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// Coxian goes through phases of the given rates (1/s) one after the other; after
// the i-th it goes on with probability on[i] (1), else it ends. on has one entry
// less than rates.
//
//   - Domain: rates > 0; 0 ≤ on ≤ 1.
func Coxian(rates, on []float64) (*PH, error) {
	const name = "Coxian time"
	n := len(rates)
	if err := domain.First(
		domain.Count(name, "number of phases", n, 1, maxOrder),
		domain.Count(name, "number of probabilities to go on", len(on), max(n-1, 0), max(n-1, 0))); err != nil {
		return nil, err
	}
	start, exit, within := make([]float64, n), make([]float64, n), mat.NewDense(n, n, nil)
	start[0] = 1
	for i, r := range rates {
		if err := domain.Positive(name, "rate", r); err != nil {
			return nil, err
		}
		exit[i] = r
		if i < n-1 {
			if !(on[i] >= 0 && on[i] <= 1) {
				return nil, &domain.InputError{Station: name, Parameter: "probability to go on", Value: on[i], Want: "a number from 0 to 1"}
			}
			within.Set(i, i+1, r*on[i])
			exit[i] = r * (1 - on[i])
		}
	}
	return NewPH(start, within, exit)
}

// Exponential has one phase, of the given mean (s).
func Exponential(mean float64) (*PH, error) { return Erlang(mean, 1) }

// Erlang goes through k equal phases, of the given mean together (s). Its SCV is
// 1/k.
//
//   - Domain: mean > 0; 1 ≤ k ≤ 1000.
func Erlang(mean float64, k int) (*PH, error) {
	if err := domain.First(
		domain.Positive("Erlang time", "mean", mean),
		domain.Count("Erlang time", "number of phases", k, 1, maxOrder)); err != nil {
		return nil, err
	}
	rates, on := make([]float64, k), ones(k-1)
	for i := range rates {
		rates[i] = float64(k) / mean
	}
	return Coxian(rates, on)
}

// HyperExponential is one of several exponential times, drawn by weight: the
// weights (1) need not sum to 1; means are in (s).
//
//   - Domain: weights ≥ 0 and not all 0; means > 0.
func HyperExponential(weights, means []float64) (*PH, error) {
	const name = "hyperexponential time"
	n := len(means)
	if err := domain.First(
		domain.Count(name, "number of phases", n, 1, maxOrder),
		domain.Count(name, "number of weights", len(weights), n, n)); err != nil {
		return nil, err
	}
	exit := make([]float64, n)
	for i, m := range means {
		if err := domain.First(domain.Positive(name, "mean", m), domain.NotNegative(name, "weight", weights[i])); err != nil {
			return nil, err
		}
		exit[i] = 1 / m
	}
	total := sum(weights)
	if err := domain.Positive(name, "sum of the weights", total); err != nil {
		return nil, err
	}
	start := make([]float64, n)
	for i, w := range weights {
		start[i] = w / total
	}
	return NewPH(start, mat.NewDense(n, n, nil), exit)
}

// FitTwo has a given mean (s) and squared coefficient of variation (1) with few
// phases. Above an SCV of 1 it is a mixture of two exponential times that bring
// in half of the mean each; below, k − 1 or k equal phases, for the least k with
// 1/k ≤ SCV:
//
//	q = (k·c² − √(k(1 + c²) − k²c²))/(1 + c²)    rate = (k − q)/mean
//
// where q is the probability of k − 1 phases.
//
//   - Domain: mean > 0; 0.001 ≤ scv, finite.
//   - Source: [Tijm03].
func FitTwo(mean, scv float64) (*PH, error) {
	const name = "phases fitted to two moments"
	if err := domain.First(domain.Positive(name, "mean", mean), domain.Positive(name, "SCV", scv)); err != nil {
		return nil, err
	}
	switch {
	case scv > 1:
		d := math.Sqrt((scv - 1) / (scv + 1))
		p := (1 + d) / 2
		rest := 1 / (scv + 1) / (1 + d) // (1 − d)/2 with all its digits
		return HyperExponential([]float64{p, rest}, []float64{mean / 2 / p, mean / 2 / rest})
	case scv < 1.0/maxOrder:
		return nil, &domain.InputError{Station: name, Parameter: "SCV", Value: scv, Want: fmt.Sprintf("%v or more: one thousand phases", 1.0/maxOrder)}
	}
	k := int(math.Ceil(1/scv - 1e-12))
	f := float64(k)
	q := (f*scv - math.Sqrt(math.Max(0, f*(1+scv)-f*f*scv))) / (1 + scv)
	q = math.Min(1, math.Max(0, q))
	rates, on := make([]float64, k), ones(k-1)
	for i := range rates {
		rates[i] = (f - q) / mean
	}
	if k > 1 {
		on[k-2] = 1 - q
	}
	return Coxian(rates, on)
}

// FitThree has the first three moments (s, s², s³) that are given, with two
// phases in a row, the second of which is entered with probability q. With r_k =
// E[T^k]/k! their means x and y are the roots of z² − az + b, where
//
//		a = (r₃ − r₁r₂)/(r₂ − r₁²)    b = a·r₁ − r₂    q = (r₁ − x)/y
//
//	  - Domain: what two phases can do: an SCV above ½, and a third moment between
//	    bounds that depend on it; with SCV > 1 that is m₁m₃ > 1.5·m₂².
//	  - Accuracy: near an SCV of 1 the digits of the moments go.
//	  - Source: [BoHT05] as to which moments two phases can have.
func FitThree(m1, m2, m3 float64) (*PH, error) {
	const name = "phases fitted to three moments"
	if err := domain.First(
		domain.Positive(name, "first moment", m1),
		domain.Positive(name, "second moment", m2),
		domain.Positive(name, "third moment", m3)); err != nil {
		return nil, err
	}
	// in units of the mean, where r₁ is 1
	r2, r3 := m2/m1/m1/2, m3/m1/m1/m1/6
	if math.Abs(r2-1) < 1e-12 && math.Abs(r3-1) < 1e-12 {
		return Exponential(m1)
	}
	a := (r3 - r2) / (r2 - 1)
	b := a - r2
	bad := &domain.InputError{Station: name, Parameter: "third moment", Value: m3, Want: "moments that two phases can have"}
	d := a*a/4 - b
	if d < 0 && d > -1e-12*a*a {
		d = 0 // equal phases, up to rounding
	}
	if !(b > 0) || !(a > 0) || !(d >= 0) {
		return nil, bad
	}
	y := a/2 + math.Sqrt(d)
	x := b / y
	q := (1 - x) / y
	if !(q >= 0 && q <= 1+1e-12) {
		return nil, bad
	}
	return Coxian([]float64{1 / x / m1, 1 / y / m1}, []float64{math.Min(1, q)})
}
