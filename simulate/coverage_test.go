package simulate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

// covered is how many of so many runs had the truth within their intervals.
type covered struct {
	runs            int
	mean, p99, busy int
	requests        float64 // a run
}

// coverage runs a system of known figures with seeds 1, 2, … to a precision.
func coverage(t *testing.T, of truth, precision float64, runs int) covered {
	t.Helper()
	c := covered{runs: runs}
	for seed := 1; seed <= runs; seed++ {
		r, err := Run(context.Background(), of.model(), Options{Seed: uint64(seed), Precision: precision, MaxTime: -1})
		if err != nil {
			t.Fatal(err)
		}
		w := r.Workloads["users"].Response
		if max(relative(w.Mean), relative(w.P99)) > precision {
			t.Errorf("seed %d: ±%v of the mean and ±%v of the p99, want ±%v", seed, relative(w.Mean), relative(w.P99), precision)
		}
		holds := func(n *int, e measure.Estimate, want float64) {
			if e.Lo <= want && want <= e.Hi {
				*n++
			}
		}
		holds(&c.mean, w.Mean, of.mean)
		holds(&c.p99, w.P99, of.p99)
		holds(&c.busy, r.Services["web"].Utilization, of.busy)
		c.requests += float64(r.Run.Requests) / float64(runs)
	}
	return c
}

// wilson is the 95 % interval of a share of which x of n were seen (E. B.
// Wilson 1927, as in [AgCo98]).
func wilson(x, n int) (lo, hi float64) {
	const z = 1.959964
	p, m := float64(x)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return middle - half, middle + half
}

// row is the line of the table in docs/accuracy.md.
func (c covered) row(name string) string {
	cell := func(x int) string {
		if x < 0 {
			return "–"
		}
		lo, hi := wilson(x, c.runs)
		return fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*float64(x)/float64(c.runs), 100*lo, 100*hi)
	}
	return fmt.Sprintf("| %s | %d | %s | %s | %s | %.2g |", name, c.runs, cell(c.mean), cell(c.p99), cell(c.busy), c.requests)
}

// Intervals hold the truth as often as they say, no less and no more: 30 seeds
// of three systems to ±10 %. Of 30 at least 24 do, which intervals that hold it in
// 95 % miss for one in 1700 sets of seeds, three in a thousand for the six
// looked at. Of all 180, between 2 and 20 do not: as many as that come of 95 %
// in all but one set in 700, and of intervals that hold the truth in 99.7 %
// in one of ten, in 87 % in one of four (`make coverage` looks closer). The seeds
// stay.
func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("some hundred simulations")
	}
	const runs = 30
	misses, looks := 0, 0
	for _, of := range []truth{
		mmcTruth(1, 0.5), closedTruth(12, 10, 1, 0.8), forkFreeTruth(),
	} {
		c := coverage(t, of, 0.1, runs)
		t.Log(c.row(of.name))
		if c.mean < 24 || c.p99 < 24 {
			t.Errorf("%s: mean covered by %d, p99 by %d of %d", of.name, c.mean, c.p99, runs)
		}
		misses += 2*runs - c.mean - c.p99
		looks += 2 * runs
	}
	if misses < 2 || misses > 20 {
		t.Errorf("%d of %d intervals miss the truth, want about 9", misses, looks)
	}
}

// fullCoverage is what the report of `make coverage` is asked for; without it the
// test is skipped.
func fullCoverage(t *testing.T) (runs int, precision float64) {
	t.Helper()
	runs, err := strconv.Atoi(cmp.Or(os.Getenv("HEADROOM_COVERAGE"), "0"))
	if err != nil || runs < 0 {
		t.Fatalf("HEADROOM_COVERAGE=%s; want a number of runs", os.Getenv("HEADROOM_COVERAGE"))
	}
	if runs == 0 {
		t.Skip("takes an hour; run make coverage")
	}
	precision, err = strconv.ParseFloat(cmp.Or(os.Getenv("HEADROOM_PRECISION"), "0.05"), 64)
	if err != nil || !(precision > 0 && precision < 1) {
		t.Fatalf("HEADROOM_PRECISION=%s; want a share such as 0.05", os.Getenv("HEADROOM_PRECISION"))
	}
	return runs, precision
}

// The report of `make coverage`: HEADROOM_COVERAGE is the number of runs of
// each system, HEADROOM_PRECISION what they run to (0.05).
func TestCoverageInFull(t *testing.T) {
	runs, precision := fullCoverage(t)
	fmt.Printf("Intervals that hold the truth, of 95 %% that should; runs to ±%v %%.\n\n", 100*precision)
	fmt.Println("| system | runs | mean | p99 | utilization | requests a run |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, of := range truths() {
		t.Run(strings.ReplaceAll(of.name, "/", ""), func(t *testing.T) { fmt.Println(coverage(t, of, precision, runs).row(of.name)) })
	}
}
