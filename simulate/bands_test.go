package simulate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/measure"
)

// By hand: of 1, 2 and 9, and of 4 and 5.
func TestBandsByHand(t *testing.T) {
	nan := math.NaN()
	b, err := Bands([]measure.Values{{1, nan}, {2, 4, nan}, {9, 5}})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Mean) != 3 || b.Mean[0] != 4 || b.Median[0] != 2 || b.N[0] != 3 || b.Mean[1] != 4.5 || b.Median[1] != 4.5 || b.N[1] != 2 || b.N[2] != 0 {
		t.Errorf("%+v", b)
	}
	if !math.IsNaN(b.Mean[2]) || !math.IsNaN(b.Median[2]) || !math.IsNaN(b.MedianLo[0]) || !(b.MeanLo[0] < 4 && b.MeanHi[0] > 4) {
		t.Errorf("%+v", b)
	}
	// Of 4 and 5 with s = √½ and no skew: 4.5 ± 12.7062·√½/√2.
	if got, want := b.MeanHi[1]-4.5, 12.7062*0.5; math.Abs(got-want) > 1e-3 {
		t.Errorf("half-width %v, want %v", got, want)
	}
	if _, err := Bands([]measure.Values{{1}}); err == nil {
		t.Error("no error for one series")
	}
	if _, err := Bands([]measure.Values{{1}, {math.Inf(1)}}); err == nil {
		t.Error("no error for a value without a bound")
	}
}

// The ranks of the interval of a median, by the table of the sign test: the
// least and the greatest of 6 to 8, the second of 9 to 11, the 10th of 32
// (David & Nagaraja, Order Statistics, 3rd ed. 2003, section 7.1).
func TestMedianRanks(t *testing.T) {
	for n, k := range map[int]int{5: 0, 6: 1, 8: 1, 9: 2, 11: 2, 12: 3, 20: 6, 32: 10} {
		var xs []float64
		for i := range n {
			xs = append(xs, float64(i+1))
		}
		m := medianOf(xs)
		if k == 0 != !m.Uncertain() || k > 0 && (m.Lo != float64(k) || m.Hi != float64(n+1-k)) {
			t.Errorf("%d values: %+v, want from the %d-th least to the %d-th greatest", n, m, k, k)
		}
	}
}

// Bands over 20 replications of a series that rises and falls, with exponential
// noise: 4000 points tell the share covered to 0.7 % (two standard errors). The
// median's interval, being between two of the values, holds it in 95.9 % of cases.
func TestBandsCover(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	const points = 4000
	series := make([]measure.Values, 20)
	truth := func(i int) float64 { return 2 + math.Sin(float64(i)/100) }
	for j := range series {
		for i := range points {
			series[j] = append(series[j], truth(i)*r.ExpFloat64())
		}
	}
	b, err := Bands(series)
	if err != nil {
		t.Fatal(err)
	}
	mean, median := 0.0, 0.0
	for i := range points {
		if b.MeanLo[i] <= truth(i) && truth(i) <= b.MeanHi[i] {
			mean += 1. / points
		}
		if m := truth(i) * math.Ln2; b.MedianLo[i] <= m && m <= b.MedianHi[i] {
			median += 1. / points
		}
	}
	if mean < 0.93 || mean > 0.96 || median < 0.95 || median > 0.968 {
		t.Errorf("the mean is covered at %v of points, the median at %v", mean, median)
	}
}
