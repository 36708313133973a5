package queueing_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/queueing"
)

// Benchmarks with printed fits: SPEC SDM91, in Gunther's book; Cisco's, in
// Schwartz's, as tested in usl4j, whose 12341 at 35 is X at the whole number; and
// a ray tracer, whose throughput keeps rising at the end, so that a peak would be
// made up.
func TestOraclesUSL(t *testing.T) {
	f := must(queueing.FitUSL(
		[]float64{1, 18, 36, 72, 108, 144, 216},
		[]float64{64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2},
	))(t)
	n, x := f.Peak()
	agree(t, "SDM91", []float64{f.Contention, f.Coherency, f.Rate, n, x, f.Residual}, ".02772848 1.0436548e-4 89.99523 96.5196 1883.90 82.8458")

	cisco := []float64{
		955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7,
		9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37,
		12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
	}
	users := make([]float64, len(cisco))
	for i := range users {
		users[i] = float64(i + 1)
	}
	f = must(queueing.FitUSL(users, cisco))(t)
	n, x = f.Peak()
	agree(t, "Cisco", []float64{f.Contention, f.Coherency, f.Rate, n, x}, ".0267159 7.69094e-4 995.6488 ~35.57 12342.9")
	agrees(t, "Cisco at 35", math.Floor(f.Throughput(35)), "12341")

	f = must(queueing.FitUSL(
		[]float64{1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64},
		[]float64{20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310},
	))(t)
	if n, x := f.Peak(); !f.NoCoherency || f.NoContention || f.Coherency != 0 || !math.IsInf(n, 1) || !(x > 310 && x < 1000) {
		t.Errorf("ray tracer: %+v, peak %v at %v", f, x, n)
	}
}

// Whatever three numbers made a curve are found in it.
func TestUSLFindsItsNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 41))
	for range 300 {
		u := queueing.USL{
			Contention: math.Pow(10, -3+2.8*r.Float64()) * float64(r.IntN(4)/3+r.IntN(2)),
			Coherency:  math.Pow(10, -5+3*r.Float64()) * float64(r.IntN(2)),
			Rate:       math.Pow(10, 8*r.Float64()-4),
		}
		u.Contention = math.Min(u.Contention, 0.9)
		var n, x []float64
		for i := range 12 {
			n = append(n, math.Exp2(float64(i)/1.5))
			x = append(x, u.Throughput(n[i]))
		}
		f, err := queueing.FitUSL(n, x)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(f.Contention-u.Contention) > 1e-7 || math.Abs(f.Coherency-u.Coherency) > 1e-8 || math.Abs(f.Rate/u.Rate-1) > 1e-7 {
			t.Errorf("fit %+v, want %+v", f, u)
		}
	}
}

// No better point is nearby, within α, β ≥ 0, at noisy measurements.
func TestUSLIsLeastSquares(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 42))
	held := 0
	for range 200 {
		u := queueing.USL{Contention: 0.1 * r.Float64(), Coherency: 1e-3 * r.Float64(), Rate: 50}
		var n, x []float64
		for i := range 5 + r.IntN(6) {
			n = append(n, float64(1+3*i))
			x = append(x, u.Throughput(n[i])*(1+0.4*(r.Float64()-0.5)))
		}
		f, err := queueing.FitUSL(n, x)
		if err != nil {
			t.Fatal(err)
		}
		if f.NoCoherency || f.NoContention {
			held++
		}
		squares := func(u queueing.USL) (sum float64) {
			for i := range n {
				sum += math.Pow(x[i]-u.Throughput(n[i]), 2)
			}
			return sum
		}
		least := squares(f.USL)
		for range 300 {
			by := math.Pow(10, -6*r.Float64())
			near := queueing.USL{
				Contention: math.Max(0, f.Contention+by*r.NormFloat64()),
				Coherency:  math.Max(0, f.Coherency+by*by*r.NormFloat64()),
				Rate:       f.Rate * (1 + by*r.NormFloat64()),
			}
			if squares(near) < least*(1-1e-9) {
				t.Fatalf("%+v has %v, its neighbour %+v %v", f, least, near, squares(near))
			}
		}
	}
	if held < 20 || held > 180 {
		t.Errorf("α or β held at 0 in %d of 200", held)
	}
}

func TestUSLBadInput(t *testing.T) {
	for name, c := range map[string][2][]float64{
		"nothing":     {nil, nil},
		"two numbers": {{1, 2, 2}, {1, 2, 2}},
		"unequal":     {{1, 2, 3}, {1, 2}},
		"below one":   {{0.5, 2, 3}, {1, 2, 3}},
		"NaN":         {{1, 2, math.NaN()}, {1, 2, 3}},
		"Inf":         {{1, 2, 3}, {1, 2, math.Inf(1)}},
		"nought":      {{1, 2, 3}, {1, 0, 3}},
	} {
		if _, err := queueing.FitUSL(c[0], c[1]); !errors.Is(err, queueing.ErrInput) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for _, n := range [][]float64{{1, 2, 3}, {1, 1e30, 1e60}, {1e59, 3e59, 1e60}} {
		f, err := queueing.FitUSL(n, []float64{1e-60, 1, 1e60})
		if err == nil && !(f.Rate >= 0 && f.Contention >= 0 && f.Coherency >= 0 && !math.IsInf(f.Rate, 0)) {
			t.Errorf("%v: %+v", n, f)
		}
	}
}
