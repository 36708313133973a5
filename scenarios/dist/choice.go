package dist

import (
	"fmt"
	"math"
	"slices"
)

// normalised divides n weights by their sum. It panics when they are not n
// positive numbers, which only a program can give it.
func normalised(weights []float64, n int) []float64 {
	if len(weights) != n || n == 0 {
		panic(fmt.Sprintf("dist: %d weights for %d parts", len(weights), n))
	}
	out := slices.Clone(weights)
	sum := 0.0
	for _, w := range weights {
		if !(w > 0) || math.IsInf(w, 1) {
			panic(fmt.Sprintf("dist: weight %v; want more than 0", w))
		}
		sum += w
	}
	if sum == 1 {
		return out
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// sumsToOne refuses weights as written when they leave something out. The
// slack is for thirds written with six digits.
func sumsToOne(weights []float64) *fault {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	if math.Abs(sum-1) <= 2e-6 {
		return nil
	}
	return faultf(-1, "want 1, or 100%", "the weights sum to %.6g", sum)
}

// cumulative is the running sum of the weights; the last is exactly 1.
func cumulative(weights []float64) []float64 {
	out := make([]float64, len(weights))
	sum := 0.0
	for i, w := range weights {
		sum += w
		out[i] = sum
	}
	out[len(out)-1] = 1
	return out
}

// pick is the first index whose cumulative weight exceeds u, for u in [0, 1).
// Lists are short: a search by halves would not pay.
func pick(upTo []float64, u float64) int {
	for i, c := range upTo {
		if u < c {
			return i
		}
	}
	return len(upTo) - 1
}

// alias draws an index with given probabilities in constant time [Walk77],
// its table filled in linear time [Vose91].
type alias struct {
	keep  []float64 // probability to stay at a slot
	other []int32   // where one goes otherwise
}

func newAlias(weights []float64) alias {
	n := len(weights)
	a := alias{make([]float64, n), make([]int32, n)}
	var small, large []int32
	for i, w := range weights {
		a.keep[i], a.other[i] = w*float64(n), int32(i)
		if a.keep[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.other[s] = l
		if a.keep[l] -= 1 - a.keep[s]; a.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) { // 1 but for rounding
		a.keep[i] = 1
	}
	return a
}

// draw turns a uniform number in [0, 1) into an index.
func (a alias) draw(u float64) int {
	x := u * float64(len(a.keep))
	i := min(int(x), len(a.keep)-1)
	if x-float64(i) < a.keep[i] {
		return i
	}
	return int(a.other[i])
}
