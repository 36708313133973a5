package queueing

// OptimisticAttempts is the mean number of attempts a commit of n clients that
// change one item without pause, each in an exponential time, where an attempt
// fails if somebody has committed since it began and is then made again at once.
// Those who may still commit grow by one at every failure, until one of them does
// and only it may: v of n do so with probability v/n, a birthday process whose
// mean length is Ramanujan's Q,
//
//		Q(n) = Σ_(v=1..n) Π_(j<v) (1 − j/n) ≈ √(πn/2) − 1/3
//
//	  - Domain: n ≥ 1; less counts as 1.
//	  - Accuracy: exact.
//	  - Source: backward validation [Haer84]; Q(n) [FGKP95].
func OptimisticAttempts(n int) float64 {
	sum, p := 0.0, 1.0
	for v := 1; v <= max(1, n) && p > 1e-18; v++ {
		sum += p
		p *= 1 - float64(v)/float64(max(1, n))
	}
	return sum
}
