package dist

import (
	"fmt"
	"strings"
)

// ParseError says what is wrong with a text, and where.
type ParseError struct {
	Offset int    // of the first byte at fault, from 0 to the length of the text
	Msg    string // what is wrong, with the value seen
	Hint   string // the way out; may be empty
}

// Error puts the offset, the message and the hint into one line.
func (e *ParseError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("dist: offset %d: %s", e.Offset, e.Msg)
	}
	return fmt.Sprintf("dist: offset %d: %s; %s", e.Offset, e.Msg, e.Hint)
}

// fault is a parameter that a family cannot take. The parser adds the place.
type fault struct {
	param     int // index of the argument, -1 for the whole
	msg, hint string
}

func (f *fault) Error() string {
	if f.hint == "" {
		return "dist: " + f.msg
	}
	return "dist: " + f.msg + "; " + f.hint
}

func faultf(param int, hint, format string, args ...any) *fault {
	return &fault{param: param, msg: fmt.Sprintf(format, args...), hint: hint}
}

// nearest is the name most like word, when one is near enough to be meant.
func nearest(word string, names []string) string {
	best, least := "", len(word)/2+1
	for _, n := range names {
		if strings.HasPrefix(n, word) && len(word) >= 3 || strings.HasPrefix(word, n) && len(n) >= 3 {
			return n
		}
		if d := editDistance(strings.ToLower(word), n); d < least {
			best, least = n, d
		}
	}
	return best
}

// editDistance counts the single-byte insertions, deletions, replacements and
// swaps of neighbours between a and b [Dame64], by the recursion of
// [WaFi74] over the last three rows.
func editDistance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

func didYouMean(word string, names []string) string {
	if n := nearest(word, names); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}
