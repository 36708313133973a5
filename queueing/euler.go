package queueing

import "math"

// An inversion turns a Laplace transform back into the function it came from:
//
//	f(t) ≈ (1/t)·Σ_k Re(w_k·f̂(z_k/t)),  k = 0 … 2M
//	z_k = M·ln(10)/3 + iπk    w_k = 10^(M/3)·(−1)^k·ξ_k
//	ξ_0 = ½, ξ_k = 1 for k ≤ M, ξ_(2M) = 2^(−M), ξ_(2M−k) = ξ_(2M−k+1) + 2^(−M)·C(M, k)
//
// It is the Fourier-series method with Euler summation, in the form of the
// unified framework.
//
//   - Assumes: f̂ is known on Re s > 0 to more digits than are wanted: errors of
//     f̂ come out 10^(M/3) times larger.
//   - Accuracy: about 10^(−0.6·M) for a smooth function; near a jump it smears
//     over a few per cent of t.
//   - Source: [AbWh95]; in this form [AbWh06].
//
// [AbWh95]: https://doi.org/10.1287/ijoc.7.1.36
// [AbWh06]: https://doi.org/10.1287/ijoc.1050.0137
type inversion struct {
	nodes   []complex128
	weights []float64
}

func newInversion(m int) inversion {
	n := 2*m + 1
	v := inversion{nodes: make([]complex128, n), weights: make([]float64, n)}
	xi := make([]float64, n)
	for k := range xi {
		xi[k] = 1
	}
	xi[0] = 0.5
	half := math.Pow(2, -float64(m))
	xi[2*m] = half
	binomial := 1.0
	for k := 1; k < m; k++ {
		binomial *= float64(m-k+1) / float64(k)
		xi[2*m-k] = xi[2*m-k+1] + half*binomial
	}
	scale := math.Pow(10, float64(m)/3)
	for k := range n {
		v.nodes[k] = complex(float64(m)*math.Ln10/3, math.Pi*float64(k))
		v.weights[k] = scale * xi[k]
		if k%2 == 1 {
			v.weights[k] = -v.weights[k]
		}
	}
	return v
}

// at evaluates f at t > 0.
func (v inversion) at(t float64, transform func(complex128) complex128) float64 {
	sum := 0.0
	for k, z := range v.nodes {
		sum += v.weights[k] * real(transform(z/complex(t, 0)))
	}
	return sum / t
}

// fineInversion is M = 15: nine digits of a smooth function, while rounding
// costs no more than five of the sixteen.
func fineInversion() inversion { return newInversion(15) }

// Survival inverts a Laplace–Stieltjes transform: it is P(T > t) (1) for the
// time T ≥ 0 with E[exp(−s·T)] = lst(s), t > 0. About nine digits after the
// decimal point are right where the distribution is smooth.
//
//   - Source: [AbWh95], [AbWh06].
func Survival(lst func(complex128) complex128, t float64) float64 {
	if t <= 0 {
		return 1
	}
	return survival(fineInversion(), lst, t)
}

func survival(v inversion, lst func(complex128) complex128, t float64) float64 {
	f := v.at(t, func(s complex128) complex128 { return (1 - lst(s)) / s })
	return math.Min(1, math.Max(0, f))
}

// transformed is a time known by its transform and first two moments.
type transformed struct {
	mean, variance float64
	atom           float64 // probability of 0
	shift          float64 // the time is never below this (s); lst is of what is above it
	lst            func(complex128) complex128
	euler          inversion
}

func (d transformed) Mean() float64     { return d.mean }
func (d transformed) Variance() float64 { return d.variance }

func (d transformed) Survival(t float64) float64 {
	switch {
	case t < d.shift:
		return 1
	case t == d.shift:
		return 1 - d.atom
	}
	return math.Min(1-d.atom, survival(d.euler, d.lst, t-d.shift))
}

func (d transformed) CDF(t float64) float64 { return 1 - d.Survival(t) }

func (d transformed) Quantile(p float64) float64 {
	if t, done := quantileEdge(p); done {
		return t
	}
	if p <= d.atom {
		return d.shift
	}
	above := d
	above.shift = 0
	return d.shift + quantileSearch(above, p, math.Max(d.mean-d.shift, 1e-300))
}

func (d transformed) LST(s complex128) complex128 { return expNeg(s, d.shift) * d.lst(s) }
