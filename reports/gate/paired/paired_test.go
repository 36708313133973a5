package paired_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/reports/gate/paired"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Student's own example: hours of sleep gained by ten patients with a second
// drug over the first [Stud08]; mean 1.58, sd 1.23, t = 4.06, two-sided p 0.00283
// (as t.test(extra ~ group, paired = TRUE) of R's data set "sleep" prints).
func TestStudentsSleep(t *testing.T) {
	d := []float64{1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4}
	mean, lo, hi := paired.Interval(d, 0.95)
	near(t, "mean", mean, 1.58, 1e-12)
	near(t, "lower end", lo, 0.7001142, 1e-6)
	near(t, "upper end", hi, 2.4598858, 1e-6)
	near(t, "p", paired.AboveT(d, 0), 0.00283289/2, 1e-8)
}

// Tables of the signed-rank statistic: of ten without ties, P(W+ >= 47) is
// 25/1024 and P(W+ = 55) is 1/1024; of six, only the largest sum has p < 0.025.
func TestSignedRanksAgainstTables(t *testing.T) {
	d := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	near(t, "all positive", paired.AboveRank(d, 0), 1.0/1024, 1e-15)
	d[7] = -8 // W+ = 47
	near(t, "W+ = 47", paired.AboveRank(d, 0), 25.0/1024, 1e-15)
	near(t, "six", paired.AboveRank(d[:6], 0), 1.0/64, 1e-15)
	near(t, "none", paired.AboveRank(nil, 0), 1, 0)
	near(t, "all at the limit", paired.AboveRank([]float64{2, 2, 2}, 2), 1, 0)
}

// By brute force over all signs, ties included.
func TestSignedRanksByEnumeration(t *testing.T) {
	d := []float64{0.5, -0.5, 1, 2, -1, 0, 0.5, 3}
	ranks := []float64{3, 3, 5.5, 7, 5.5, 1, 3, 8}
	observed := 3 + 5.5 + 7 + 3 + 8.0
	count := 0
	for signs := range 1 << len(d) {
		sum := 0.0
		for i, r := range ranks {
			if signs>>i&1 == 1 {
				sum += r
			}
		}
		if sum >= observed {
			count++
		}
	}
	near(t, "p", paired.AboveRank(d, 0), float64(count)/256, 1e-15)
}

func TestLevels(t *testing.T) {
	levels := paired.Levels(0.025, []int{10, 20, 30})
	sum := 0.0
	for _, l := range levels {
		sum += l
	}
	near(t, "all together", sum, 0.025, 1e-15)
	// Lan and DeMets: 0.025·ln(1+(e−1)/3) at a third.
	near(t, "the first", levels[0], 0.025*math.Log(1+(math.E-1)/3), 1e-15)
	near(t, "a single look", paired.Levels(0.025, []int{7})[0], 0.025, 1e-15)
}

func TestNothingToTell(t *testing.T) {
	if p := paired.Above([]float64{5}, 0); p != 1 {
		t.Errorf("one pair: p is %v", p)
	}
	if _, lo, hi := paired.Interval([]float64{5}, 0.95); !math.IsInf(lo, -1) || !math.IsInf(hi, 1) {
		t.Errorf("one pair: %v to %v", lo, hi)
	}
	same := []float64{0, 0, 0, 0, 0, 0, 0, 0}
	near(t, "all the same, below", paired.Below(same, 0.01), 1.0/256, 1e-15)
	near(t, "all the same, at the limit", paired.Below(same, 0), 1, 0)
	if n := paired.Needed(same, 0, 0.025); n != 0 {
		t.Errorf("no distance: %d pairs", n)
	}
	if n := paired.Needed(same, 1, 0.025); n != 6 {
		t.Errorf("no spread: %d pairs, want 6: 2^-6 is the first below 0.025", n)
	}
}

// Both tests hold their level: of 4000 sets of ten normal differences at the
// limit, 2.5 % are found to be above it. With that seed; four standard errors
// are 1 %: a false alarm in 16000.
func TestLevelIsHeld(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const sets = 4000
	var byT, byRank, both, power int
	d := make([]float64, 10)
	for range sets {
		for i := range d {
			d[i] = 0.02 + 0.03*r.NormFloat64()
		}
		if paired.AboveT(d, 0.02) <= 0.025 {
			byT++
		}
		if paired.AboveRank(d, 0.02) <= 0.025 {
			byRank++
		}
		if paired.Above(d, 0.02) <= 0.025 {
			both++
		}
		if paired.Above(d, 0.02-paired.Detectable(0.03, 10, 0.025, 0.95)) <= 0.025 {
			power++
		}
	}
	near(t, "t", float64(byT)/sets, 0.025, 0.01)
	near(t, "ranks", float64(byRank)/sets, 25.0/1024, 0.01)
	if both > min(byT, byRank) {
		t.Errorf("both: %d, more than either", both)
	}
	if got := float64(power) / sets; got < 0.93 {
		t.Errorf("power %v, want about 0.95 or more", got)
	}
}

// Three looks together hold the level that one look has.
func TestLooksHoldTheLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	looks := []int{10, 20, 30}
	levels := paired.Levels(0.025, looks)
	const sets = 4000
	alarms, naive := 0, 0
	for range sets {
		d := make([]float64, 30)
		for i := range d {
			d[i] = r.NormFloat64()
		}
		found, peeked := false, false
		for k, n := range looks {
			p := paired.Above(d[:n], 0)
			found = found || p <= levels[k]
			peeked = peeked || p <= 0.025
		}
		if found {
			alarms++
		}
		if peeked {
			naive++
		}
	}
	if got := float64(alarms) / sets; got > 0.025+0.01 { // four standard errors
		t.Errorf("false alarms %v, want 0.025 at most", got)
	}
	if got := float64(naive) / sets; got < 0.035 {
		t.Errorf("looking three times at the whole level gives %v false alarms; the test sees no difference", got)
	}
}
