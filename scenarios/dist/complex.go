package dist

import (
	"math"
	"math/cmplx"
)

// log1p is log(1 + z) for Re z ≥ 0, with the small real part that log(1 + z)
// would lose:
//
//	log|1 + z| = ½·log1p(2·Re z + |z|²)
func log1p(z complex128) complex128 {
	x, y := real(z), imag(z)
	if math.Abs(x)+math.Abs(y) > 0.5 {
		return cmplx.Log(1 + z)
	}
	return complex(math.Log1p(2*x+x*x+y*y)/2, math.Atan2(y, 1+x))
}

// expm1Ratio is (1 − exp(−z))/z for Re z ≥ 0, with value 1 at 0.
func expm1Ratio(z complex128) complex128 {
	if cmplx.Abs(z) > 0.5 {
		return (1 - cmplx.Exp(-z)) / z
	}
	// Σ (−z)ⁿ/(n+1)!, to n = 15: 0.5¹⁶/17! is 4e-20.
	sum, term := complex128(1), complex128(1)
	for n := 2.0; n <= 16; n++ {
		term *= -z / complex(n, 0)
		sum += term
	}
	return sum
}

// expi is exp(re + i·im).
func expi(re, im float64) complex128 {
	m := math.Exp(re)
	sin, cos := math.Sincos(im)
	return complex(m*cos, m*sin)
}
