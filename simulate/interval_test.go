package simulate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Critical values of Student's t for 98.75 % on one side: 2.5 % outside in all, as
// two figures share the 5 %. For one degree of freedom they are those of
// Cauchy's law, tan(π·0.4875); for infinitely many, the normal law's 2.2414.
func TestStudent(t *testing.T) {
	for freedom, want := range map[int]float64{1: 25.4517, 2: 6.20535, 10: 2.63377, 30: 2.35957, 1_000_000: 2.24141} {
		if got := student(freedom); math.Abs(got-want) > 5e-4 {
			t.Errorf("t(%d) = %v, want %v", freedom, got, want)
		}
	}
}

// By hand: means 1, 2, 3, 4, 5 have s = √2.5 and no skew, so the interval is
// 3 ± 3.4954·√(2.5/5), the factor being that of 98.75 % and 4 degrees of freedom.
func TestRatioByHand(t *testing.T) {
	var r ratio
	for i := range 5 {
		r = append(r, pair{10 * float64(i+1), 10})
	}
	value, off := r.estimate()
	want := 3.4954 * math.Sqrt(0.5)
	if value != 3 || math.Abs(off.below-want) > 1e-4 || math.Abs(off.above-want) > 1e-4 {
		t.Errorf("%v − %v + %v, want 3 ± %v", value, off.below, off.above, want)
	}
	constant := ratio{{2, 1}, {2, 1}, {2, 1}}
	if e := constant.figure(0, math.Inf(1)); e.Value != 2 || e.Lo != 2 || e.Hi != 2 {
		t.Errorf("a constant is %+v", e)
	}
	if e := (ratio{}).figure(0, 1); e.Known() {
		t.Errorf("nothing is %+v", e)
	}
	if e := (ratio{{1, 2}}).figure(0, 1); e.Value != 0.5 || e.Uncertain() {
		t.Errorf("one replication is %+v", e)
	}
	if e := (ratio{{0, 500}, {0, 500}}).share(); math.Abs(e.Hi-3.689e-3) > 1e-6 || e.Lo != 0 {
		t.Errorf("nothing seen in 1000 is %+v, want up to 3.689e-3", e)
	}
}

// Intervals of the mean of 32 exponential values, whose skew is what Student's
// interval suffers from, cover the truth in 97.5 % of cases, so that two figures
// do in 95 %; 20 000 cases tell the share to 0.2 % (two standard errors).
func TestSkewedCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	covered, low := 0, 0
	const cases = 20_000
	for range cases {
		s := make(ratio, 32)
		for i := range s {
			s[i] = pair{r.ExpFloat64(), 1}
		}
		e := s.figure(0, math.Inf(1))
		if e.Lo <= 1 && 1 <= e.Hi {
			covered++
		}
		if e.Hi < 1 {
			low++
		}
	}
	if got := float64(covered) / cases; got < 0.970 || got > 0.980 {
		t.Errorf("covered in %v of cases", got)
	}
	if got := float64(low) / cases; got > 0.02 {
		t.Errorf("too low in %v of cases", got)
	}
}

// Intervals of quantiles of independent exponential times: 2 000 cases tell
// the share covered to 1 % (two standard errors).
func TestQuantileCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	qs := []float64{0.5, 0.9, 0.99, 0.999}
	covered := make([]int, len(qs))
	const cases = 2000
	for range cases {
		s := make(sample, 32)
		for i := range s {
			s[i] = new(histogram)
			for range 300 {
				s[i].add(r.ExpFloat64())
			}
		}
		for i, e := range s.quantiles(s.pooled(), qs) {
			if want := -math.Log(1 - qs[i]); e.Lo <= want && want <= e.Hi {
				covered[i]++
			}
		}
	}
	for i, q := range qs {
		if got := float64(covered[i]) / cases; got < 0.955 || got > 0.99 {
			t.Errorf("quantile %v covered in %v of cases", q, got)
		}
	}
}
