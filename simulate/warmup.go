package simulate

import "math"

// mser is the number of observations that the warm-up rule MSER-5 cuts off the
// start of a series. Observations are put together in batches of five, Z₁ … Zₙ;
// the cut is at the batch d that makes
//
//	Σ_{j>d} (Z_j − Z̄_d)² / (n − d)²
//
// least, the squared standard error of the mean Z̄_d of what is left, as if its
// batches were independent ([Whte97], [WhCS00]). The last
// five batches are not candidates: too few are left after them. A cut in the
// second half says that the series is too short to tell.
func mser(series []float64) int {
	const size, keep = 5, 5
	n := len(series) / size
	var sum, square float64 // of what is left; taken about the last batch
	about := 0.0
	best, cut := math.Inf(1), 0
	for d := n - 1; d >= 0; d-- {
		z := 0.0
		for _, x := range series[d*size : (d+1)*size] {
			z += x / size
		}
		if d == n-1 {
			about = z
		}
		sum += z - about
		square += (z - about) * (z - about)
		left := float64(n - d)
		if left < keep {
			continue
		}
		if error2 := max(0, square-sum*sum/left) / (left * left); error2 <= best {
			best, cut = error2, d*size
		}
	}
	return cut
}
