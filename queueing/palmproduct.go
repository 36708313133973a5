package queueing

import (
	"math"
	"math/cmplx"
)

// stagesLST is the transform at z of n exponential stages of rates x, x + 1, …,
//
//	Π_(i<n) (x + i)/(x + i + z)    Re z ≥ 0, x ≥ 0
//
// Stages below the rate 32 are multiplied; of the others the logarithms are
// summed by the Euler–Maclaurin formula, so that n may be anything.
//
//   - Accuracy: 1e-14, times |z| where that is large.
//   - Source: [DLMF].
func stagesLST(x float64, n int, z complex128) complex128 {
	const few = 32
	product := complex128(1)
	i := 0
	for ; i < n && (x+float64(i) < few || n-i <= few); i++ {
		u := complex(x+float64(i), 0)
		product *= u / (u + z)
	}
	if i == n {
		return product
	}
	a, b := complex(x+float64(i), 0), complex(x+float64(n), 0)
	// ∫ log(1 + z/u) du = u·log(1 + z/u) + z·log(u + z), written without cancellation
	sum := b*logOnePlus(z/b) - a*logOnePlus(z/a) + z*cmplx.Log((b+z)/(a+z))
	sum -= (logOnePlus(z/b) - logOnePlus(z/a)) / 2
	slope := func(u complex128, k int) complex128 { // 1/(u + z)^k − 1/u^k
		return cmplx.Pow(1/(u+z), complex(float64(k), 0)) - cmplx.Pow(1/u, complex(float64(k), 0))
	}
	sum += (slope(b, 1) - slope(a, 1)) / 12
	sum -= (slope(b, 3) - slope(a, 3)) / 360
	sum += (slope(b, 5) - slope(a, 5)) / 1260
	return product * cmplx.Exp(-sum)
}

// logOnePlus is log(1 + w) for Re w ≥ 0, with all digits for small w.
func logOnePlus(w complex128) complex128 {
	if x := cmplx.Abs(w); x > 1 {
		return cmplx.Log(1 + w)
	}
	re, im := real(w), imag(w)
	return complex(0.5*math.Log1p(2*re+re*re+im*im), math.Atan2(im, 1+re))
}
