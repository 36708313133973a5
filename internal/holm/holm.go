// Package holm corrects probabilities for how many tests there were.
package holm

import (
	"cmp"
	"slices"
)

// Adjust returns p-values adjusted for how many they are, by [Holm79]: those that
// are at most alpha then are, all together, wrong with probability alpha at most.
func Adjust(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out, most := make([]float64, len(p)), 0.0
	for k, i := range order {
		most = max(most, min(p[i]*float64(len(p)-k), 1))
		out[i] = most
	}
	return out
}
