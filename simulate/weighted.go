package simulate

import (
	"math"
	"slices"
)

// weighted is a value that stands for several.
type weighted struct{ value, weight float64 }

// weightedQuantile is the least value that a share q of all do not exceed; NaN
// when there is none. It sorts them.
func weightedQuantile(all []weighted, q float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	slices.SortFunc(all, func(a, b weighted) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	total := 0.0
	for _, w := range all {
		total += w.weight
	}
	sum := 0.0
	for _, w := range all {
		if sum += w.weight; sum >= q*total*(1-1e-12) {
			return w.value
		}
	}
	return all[len(all)-1].value
}
