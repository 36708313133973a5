package trend

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSmall works a series out by hand: of 8 values 28 pairs, 22 of which go up
// and 6 down; without ties the variance is 8·7·21/18 ([Kend75]).
func TestSmall(t *testing.T) {
	x, ok := Of([]float64{1, 3, 2, 5, 4, 8, 6, 7})
	if !ok {
		t.Fatal("no trend of 8 values")
	}
	// Pairs that go down: 3-2, 5-4, 8-6, 8-7.
	if want := 28.0 - 2*4; x.S != want {
		t.Errorf("S is %v, want %v", x.S, want)
	}
	if want := (20 - 1) / math.Sqrt(8*7*21/18.0) / math.Sqrt(x.Correction); math.Abs(x.Z-want) > 1e-12 {
		t.Errorf("Z is %v, want %v", x.Z, want)
	}
}

// TestPermutations compares the probability with the share of all 40320 orders
// of 8 values that have an S as large either way: the normal distribution is
// within 0.02 of it.
func TestPermutations(t *testing.T) {
	count := map[float64]float64{}
	total := 0.0
	var walk func(p []float64, k int)
	walk = func(p []float64, k int) {
		if k == len(p) {
			s := 0.0
			for i := range p {
				for j := i + 1; j < len(p); j++ {
					s += sign(p[j] - p[i])
				}
			}
			count[s]++
			total++
			return
		}
		for i := k; i < len(p); i++ {
			p[k], p[i] = p[i], p[k]
			walk(p, k+1)
			p[k], p[i] = p[i], p[k]
		}
	}
	walk([]float64{1, 2, 3, 4, 5, 6, 7, 8}, 0)
	for s := 2.0; s <= 28; s += 2 {
		exact := 0.0
		for v, n := range count {
			if math.Abs(v) >= s {
				exact += n / total
			}
		}
		near := math.Erfc((s - 1) / math.Sqrt(8*7*21/18.0) / math.Sqrt2)
		if math.Abs(exact-near) > 0.02 {
			t.Errorf("S of %v: %v by all orders, %v by the normal distribution", s, exact, near)
		}
	}
}

// TestLine finds the slope of a line under noise in which a few values are far
// off, as Sen's does and least squares do not.
func TestLine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var v []float64
	for i := range 100 {
		x := 5 + 0.02*float64(i) + 0.1*r.NormFloat64()
		if i%17 == 3 {
			x += 50
		}
		v = append(v, x)
	}
	v[40] = math.NaN()
	x, ok := Of(v)
	if !ok || x.N != 99 || math.Abs(x.Slope-0.02) > 0.002 || !(x.Lo < 0.02 && x.Hi > 0.02) || x.P > 1e-6 {
		t.Errorf("%+v", x)
	}
}

// alarms is how often a series without trend is said to have one, at 5 %, where
// each value is rho of the one before and noise.
func alarms(rho float64, correct bool) float64 {
	r := rand.New(rand.NewPCG(2, 7))
	n := 0.0
	const runs = 400
	for range runs {
		var v []float64
		x := r.NormFloat64()
		for range 100 {
			x = rho*x + math.Sqrt(1-rho*rho)*r.NormFloat64()
			v = append(v, x)
		}
		got, _ := Of(v)
		z := got.Z
		if !correct {
			z *= math.Sqrt(got.Correction)
		}
		if math.Abs(z) > student {
			n++
		}
	}
	return n / runs
}

// TestFalseAlarms: 5 % of independent series are to be taken for a trend, 7.4 %
// at most in 400 with a chance of error of 1 %; of series each value of which is
// 0.6 of the one before and noise, the test without the correction takes 27 %,
// and with it 15 %: too many still, which is why [Blocks] come first.
func TestFalseAlarms(t *testing.T) {
	if got := alarms(0, true); got > 0.074 {
		t.Errorf("false alarms in %v of independent series", got)
	}
	plain, corrected := alarms(0.6, false), alarms(0.6, true)
	if plain < 0.2 || corrected > 0.65*plain {
		t.Errorf("false alarms in series that remember: %v, and %v with the correction", plain, corrected)
	}
}

func TestNoTrend(t *testing.T) {
	if _, ok := Of([]float64{1, 2, 3, math.NaN(), math.Inf(1), 4, 5, 6, 7}); ok {
		t.Error("a trend of 7 values")
	}
	if x, ok := Of(make([]float64, 20)); !ok || x.P != 1 || x.Slope != 0 || x.Lo != 0 || x.Hi != 0 {
		t.Errorf("of equal values: %+v", x)
	}
	if got := Blocks([]float64{1, 3, math.NaN(), 5, math.NaN(), math.NaN(), 9}, 3); len(got) != 2 || got[0] != 2 || got[1] != 5 {
		t.Errorf("blocks %v", got)
	}
	if got := Blocks(nil, 3); len(got) != 0 {
		t.Errorf("blocks of nothing: %v", got)
	}
}
