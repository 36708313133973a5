package usl

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestIntervals counts how often 95 % intervals hold the truth in 24 sets of
// measurements with errors of 2 %: bootstrap intervals of three numbers on eight
// measurements are a little short, so 18 or more are asked; with a true share of
// 90 % fewer than that come in 1 of 130 choices of the seed, which is fixed.
func TestIntervals(t *testing.T) {
	truth := USL{Contention: 0.03, Coherency: 0.0005, Rate: 100}
	n := []float64{1, 2, 4, 8, 16, 32, 48, 64}
	peak, best := truth.Peak()
	r := rand.New(rand.NewPCG(5, 6))
	const sets = 24
	var held [4]int
	for range sets {
		x := make([]float64, len(n))
		for i := range n {
			x[i] = truth.Throughput(n[i]) + 20*r.NormFloat64()
		}
		f, err := FitTo(n, x)
		if err != nil {
			t.Fatal(err)
		}
		in, ok := f.Intervals(n, r)
		if !ok {
			t.Fatal("no intervals")
		}
		for i, c := range []struct {
			ends [2]float64
			want float64
		}{{in.Contention, truth.Contention}, {in.Coherency, truth.Coherency}, {in.Peak, peak}, {in.PeakThroughput, best}} {
			if c.ends[0] <= c.want && c.want <= c.ends[1] {
				held[i]++
			}
		}
	}
	for i, h := range held {
		if h < sets*3/4 {
			t.Errorf("interval %d holds the truth in %d of %d", i, h, sets)
		}
	}
}

func TestNoIntervals(t *testing.T) {
	n, x := []float64{1, 2, 4}, []float64{10, 18, 30}
	f, err := FitTo(n, x)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := f.Intervals(n, rand.New(rand.NewPCG(1, 1))); ok {
		t.Error("intervals of as many measurements as numbers")
	}
}

func TestBadInput(t *testing.T) {
	for name, c := range map[string][2][]float64{
		"nothing": {nil, nil}, "unequal": {{1, 2, 3}, {1, 2}}, "two numbers": {{1, 1, 2}, {1, 2, 3}},
		"below one": {{0.5, 2, 3}, {1, 2, 3}}, "NaN": {{1, 2, 3}, {1, math.NaN(), 3}}, "none": {{1, 2, 3}, {1, 0, 3}},
	} {
		if _, err := FitTo(c[0], c[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
