package queueing_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/headroom/headroom/queueing"
)

// The files oracles_*_test.go hold the package to a collection of models with
// known answers: inputs from textbooks and papers, answers recomputed to five to
// seven digits. Every line of the collection is there, each answer as it is
// written. Not all belong to this package:
//
//   - Layered networks (01-sanity … 60-semaphore) are in layered/oracles_test.go.
//   - Of the two servers of de Souza e Silva and Muntz (table 4a), what is written
//     as exact is not: TestOraclesTwoServers says what it is.
//   - The Linearizer of Chandy and Neuse is written as 2.769, but their procedure,
//     settled, ends at 2.7705: TestOraclesApproximations.
//   - One throughput of the bounds has an erratum: TestOraclesBounds.

// agrees holds a figure to one as it is written. One with five digits or more is
// rounded or cut at its last (the collection has both); one with fewer is exact,
// its zeros left out; and one that begins with ~ has no more digits than written.
func agrees(t *testing.T, what string, got float64, want string) {
	t.Helper()
	if v, off := written(t, want); !(math.Abs(got-v) <= off*(1+1e-6)) {
		t.Errorf("%s: got %.9g, want %s", what, got, want)
	}
}

// written is the value of a figure and how far off it may be as written.
func written(t *testing.T, text string) (v, off float64) {
	t.Helper()
	digits := strings.TrimPrefix(text, "~")
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(digits, ".")
	off = math.Pow(10, -float64(len(after)))
	significant := len(strings.TrimLeft(strings.ReplaceAll(digits, ".", ""), "0"))
	if digits == text && significant < 5 {
		off *= math.Pow(10, float64(significant-6))
	}
	return v, off
}

// agree holds several figures to a row of written ones.
func agree(t *testing.T, what string, got []float64, want string) {
	t.Helper()
	row := strings.Fields(want)
	if len(row) != len(got) {
		t.Fatalf("%s: %d figures, want %d", what, len(got), len(row))
	}
	for i, w := range row {
		agrees(t, what+", "+strconv.Itoa(i+1), got[i], w)
	}
}

// agreesWith holds the figures of a station to a line of names and values.
func agreesWith(t *testing.T, what string, q queueing.Station, line string) {
	t.Helper()
	words := strings.Fields(line)
	if len(words) == 0 || len(words)%2 != 0 {
		t.Fatalf("%s: %q is not a line of names and values", what, line)
	}
	for i := 0; i < len(words); i += 2 {
		agrees(t, what+", "+words[i], stationFigure(t, q, words[i]), words[i+1])
	}
}

// stationFigure reads a figure by its symbol: of a visit T or, of the wait, W
// with a percentile; p with a number of requests.
func stationFigure(t *testing.T, q queueing.Station, symbol string) float64 {
	t.Helper()
	f := q.Figures()
	switch symbol {
	case "C":
		return f.PWait
	case "X":
		return f.Throughput
	case "L":
		return f.Present
	case "Lq":
		return f.InLine
	case "R":
		return f.Response
	case "Wq":
		return f.Waiting
	case "PK":
		return f.PLoss
	case "Pab":
		return q.(queueing.ErlangA).PAbandon()
	case "p0":
		return q.(interface{ Present(n int) float64 }).Present(0)
	}
	for prefix, of := range map[string]queueing.Time{"R": q.Response(), "Wq": q.Waiting()} {
		if p, err := strconv.ParseFloat(strings.TrimPrefix(symbol, prefix), 64); err == nil && strings.HasPrefix(symbol, prefix) {
			return of.Quantile(p / 100)
		}
	}
	t.Fatalf("no figure %q", symbol)
	return 0
}

// must is a result that has no error.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// The helpers of this file must be able to fail.
func TestAgrees(t *testing.T) {
	for _, c := range []struct {
		text   string
		v, off float64
	}{
		{".852632", .852632, 1e-6},
		{"3", 3, 1e-5},
		{".04", .04, 1e-7},
		{"~2.769", 2.769, 1e-3},
		{"12342.9", 12342.9, .1},
		{"10000", 10000, 1},
	} {
		if v, off := written(t, c.text); v != c.v || math.Abs(off/c.off-1) > 1e-9 {
			t.Errorf("%s is read as %v ± %v, want %v ± %v", c.text, v, off, c.v, c.off)
		}
	}
}
