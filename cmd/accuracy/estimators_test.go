package main

import (
	"math/rand/v2"
	"testing"
)

// TestEstimatorsCover counts, of 60 runs of each estimator, those whose 95 %
// intervals hold the truth: fewer than 48 or so few come in less than one in 10^8 where
// the share is 95 %, and in less than one in 100 where it is 88 %. The study in
// full is `go run ./cmd/accuracy -estimators -n 500`.
func TestEstimatorsCover(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates")
	}
	for _, e := range recoveries() {
		count, times, _, err := cover(e, 60, 1)
		if err != nil {
			t.Fatal(err)
		}
		for what, n := range times {
			if n < 50 || count[what] < n*48/60 {
				t.Errorf("%s: %s is held in %d of %d", e.name, what, count[what], n)
			}
		}
	}
}

// TestCoverCounts is of an estimator that is always wrong.
func TestCoverCounts(t *testing.T) {
	count, times, _, err := cover(recovery{"wrong", func(*rand.Rand) ([]held, error) { return []held{{"x", 1, 2, 3}}, nil }}, 5, 0)
	if err != nil || count["x"] != 0 || times["x"] != 5 {
		t.Errorf("%v of %v, %v", count, times, err)
	}
}
