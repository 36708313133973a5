package dist

import (
	"math"
	"sync"
)

// faddeevaTerms gives 1e-13 in the upper half-plane; the tests hold it to that.
const faddeevaTerms = 40

// faddeevaSeries holds the coefficients of Weideman's expansion, computed once.
var faddeevaSeries = sync.OnceValue(func() (a [faddeevaTerms]float64) {
	const n, m = faddeevaTerms, 2 * faddeevaTerms
	l := math.Sqrt(n / math.Sqrt2)
	// a_k are the cosine coefficients of exp(−t²)(L² + t²), t = L·tan(θ/2),
	// over 2m points; the function is even and vanishes at θ = π.
	for k := 1; k <= n; k++ {
		sum := l * l // θ = 0
		for j := 1; j < m; j++ {
			theta := float64(j) * math.Pi / m
			t := l * math.Tan(theta/2)
			sum += 2 * math.Exp(-t*t) * (l*l + t*t) * math.Cos(float64(k)*theta)
		}
		a[k-1] = sum / (2 * m)
	}
	return a
})

// faddeeva is w(z) = exp(−z²)·erfc(−i·z) for Im z ≥ 0, by the rational series of
// Weideman [Weid94], as in the author's program cef.m:
//
//	w(z) ≈ 2·Σ a_{k+1}·Zᵏ/(L − i·z)² + 1/(√π·(L − i·z)),  Z = (L + i·z)/(L − i·z)
func faddeeva(z complex128) complex128 {
	a := faddeevaSeries()
	l := complex(math.Sqrt(faddeevaTerms/math.Sqrt2), 0)
	iz := complex(-imag(z), real(z))
	down := 1 / (l - iz)
	ratio := (l + iz) * down
	var sum complex128
	for k := faddeevaTerms - 1; k >= 0; k-- {
		sum = sum*ratio + complex(a[k], 0)
	}
	return 2*sum*down*down + complex(1/math.Sqrt(math.Pi), 0)*down
}
