package scenarios

import (
	"fmt"
	"strings"
)

// nearest returns the name that was probably meant, or "": the one with the
// smallest edit distance, if that is small for its length.
func nearest(name string, among []string) string {
	const mostSlips = 6
	best, bestDistance := "", 1+min(mostSlips, max(1, len([]rune(name))/3))
	for _, candidate := range among {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// didYouMean is the hint for a name that is not known: the nearest one, or
// else all of them when they are few.
func didYouMean(name string, among []string) string {
	if n := nearest(name, among); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	const few = 12
	switch {
	case len(among) == 0:
		return ""
	case len(among) > few:
		return "known are " + strings.Join(among[:few], ", ") + ", …"
	case len(among) == 1:
		return "known is " + among[0]
	}
	return "known are " + strings.Join(among, ", ")
}

// distance is the number of single-character insertions, deletions,
// replacements and swaps of neighbours that turn a into b: the restricted
// Damerau–Levenshtein distance.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	const tooLong = 64 // names are short; what is longer is no slip of the keyboard
	if len(x) > tooLong || len(y) > tooLong {
		return tooLong
	}
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			differs := 1
			if x[i-1] == y[j-1] {
				differs = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differs)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
