package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Quantiles of the buckets against those of the sorted values: within 0.1 %,
// the promise, for values over ten decades.
func TestHistogramQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var h histogram
	var values []float64
	for range 50_000 {
		x := math.Exp(4 * r.NormFloat64())
		h.add(x)
		values = append(values, x)
	}
	slices.Sort(values)
	p := sample{&h}.pooled()
	for _, q := range []float64{0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999} {
		got, want := p.quantile(q), exactQuantile(values, q)
		if math.Abs(got/want-1) > 1e-3 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	xs := []float64{0, 1e-4, 0.3, 1, 20, 1e9}
	for i, got := range h.below(xs) {
		want, _ := slices.BinarySearch(values, xs[i])
		if math.Abs(got-float64(want)) > 60 { // one bucket holds no more
			t.Errorf("%v values below %v, want %d", got, xs[i], want)
		}
	}
	if p.quantile(0) != values[0] || p.quantile(1) != values[len(values)-1] {
		t.Errorf("ends %v and %v, want %v and %v", p.quantile(0), p.quantile(1), values[0], values[len(values)-1])
	}
}

// A constant has no variance at all and its own value at every quantile; sums
// of squares would see to it that it does not.
func TestHistogramOfConstant(t *testing.T) {
	var h histogram
	const x = 86400.1
	for range 1_000_000 {
		h.add(x)
	}
	p := sample{&h}.pooled()
	if h.mean() != x || h.scatter() != 0 || p.quantile(0.3) != x || p.quantile(0.999) != x {
		t.Errorf("mean %v, scatter %v, quantiles %v, %v; want %v, 0 and %v", h.mean(), h.scatter(), p.quantile(0.3), p.quantile(0.999), x, x)
	}
	times := sample{&h, &h}.times()
	if times.Stddev.Value != 0 || times.P99.Value != x || len(times.Histogram) != 1 || times.Histogram[0].P != 1 {
		t.Errorf("stddev %v, p99 %v, %d points; want 0, %v, 1", times.Stddev.Value, times.P99.Value, len(times.Histogram), x)
	}
}

// Two histograms put together are that of both sets of values.
func TestHistogramMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var a, b, both histogram
	for range 1000 {
		x, y := 100+r.Float64(), r.ExpFloat64()*1e-3
		if r.IntN(3) == 0 {
			y = 0
		}
		a.add(x)
		b.add(y)
		both.add(x)
		both.add(y)
	}
	a.merge(&b)
	a.merge(&histogram{})
	if a.n != both.n || a.zeros != both.zeros || a.least != both.least || a.most != both.most {
		t.Errorf("merged %+v, want %+v", a.n, both.n)
	}
	if math.Abs(a.mean()/both.mean()-1) > 1e-12 || math.Abs(a.scatter()/both.scatter()-1) > 1e-9 {
		t.Errorf("mean %v, scatter %v; want %v, %v", a.mean(), a.scatter(), both.mean(), both.scatter())
	}
	pa, pb := sample{&a}.pooled(), sample{&both}.pooled()
	for _, q := range []float64{0.1, 0.4, 0.6, 0.99} {
		if pa.quantile(q) != pb.quantile(q) {
			t.Errorf("quantile %v is %v, want %v", q, pa.quantile(q), pb.quantile(q))
		}
	}
}

// A pool less one of its replications is the pool of the others.
func TestPoolWithout(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	s := make(sample, 4)
	for i := range s {
		s[i] = new(histogram)
		for range 500 {
			x := math.Exp(float64(i) + r.NormFloat64())
			if r.IntN(5) == 0 {
				x = 0
			}
			s[i].add(x)
		}
	}
	p := s.pooled()
	for i, h := range s {
		var others sample
		others = append(append(others, s[:i]...), s[i+1:]...)
		for _, q := range []float64{0.1, 0.3, 0.7, 0.95} {
			if got, want := p.without(h).quantile(q), others.pooled().quantile(q); math.Abs(got-want) > 1e-9*want {
				t.Errorf("without %d: quantile %v is %v, want %v", i, q, got, want)
			}
		}
	}
}
