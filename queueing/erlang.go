package queueing

import "math"

// ErlangB is the probability that an arrival finds all c servers busy when
// there is no room to wait (M/G/c/c) and the offered load is a = λ·S:
//
//	B(0, a) = 1    B(n, a) = a·B(n−1, a) / (n + a·B(n−1, a))
//
// It depends on the service time through its mean only.
//
//   - Domain: c ≥ 0, a ≥ 0 (erlangs), any size; anything else gives NaN.
//   - Accuracy: every step is a sum and quotient of positives, and the error
//     of one step is damped by the next, so a few units in the last place for
//     any c and a.
//   - Source: [Erla17]; the recursion as in [GrHa98].
func ErlangB(c int, a float64) float64 {
	if c < 0 || !(a >= 0) {
		return math.NaN()
	}
	if a == 0 {
		if c == 0 {
			return 1
		}
		return 0
	}
	if math.IsInf(a, 1) {
		return 1
	}
	b := 1.0
	for n := 1; n <= c && b > 0; n++ {
		ab := a * b
		b = ab / (float64(n) + ab)
	}
	return b
}

// ErlangC is the probability that an arrival must wait in M/M/c when the
// offered load is a = λ·S:
//
//	C = c·B / (c − a·(1 − B)),  B = ErlangB(c, a)
//
// It is 1 when a ≥ c, where every arrival ends up waiting, and NaN outside the
// domain of [ErlangB].
//
//   - Source: [Erla17], in terms of the loss formula as in [GrHa98].
func ErlangC(c int, a float64) float64 {
	b := ErlangB(c, a)
	if math.IsNaN(b) {
		return b
	}
	return erlangCFromB(c, a, b)
}

func erlangCFromB(c int, a, b float64) float64 {
	fc := float64(c)
	if a >= fc {
		return 1
	}
	// c − a + a·B: the difference first, for it is exact when c and a are close.
	return fc * b / ((fc - a) + a*b)
}
