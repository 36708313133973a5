package logs

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// histogram counts values in buckets that are 1 % wide each, from smallest to
// largest; those below count as nothing. Mean and deviation are exact.
type histogram struct {
	counts []uint32
	none   int64 // values below smallest
	all    sums
	parts  [blocks]sums
	most   float64
}

const (
	smallest = 1e-7
	growth   = 1.01
	buckets  = 3800 // up to 10⁹
)

// add takes a value in that came at a place of the log between 0 and 1.
func (h *histogram) add(x, place float64) {
	h.all.add(x)
	h.parts[min(int(place*blocks), blocks-1)].add(x)
	h.most = math.Max(h.most, x)
	if x < smallest {
		h.none++
		return
	}
	if h.counts == nil {
		h.counts = make([]uint32, buckets)
	}
	h.counts[min(int(math.Log(x/smallest)/math.Log(growth)), buckets-1)]++
}

// quantile is that of the values, the middle of its bucket.
func (h *histogram) quantile(p float64) float64 {
	want := p * h.all.n
	seen := float64(h.none)
	if seen >= want {
		return 0
	}
	for i, n := range h.counts {
		if seen += float64(n); seen >= want {
			return math.Min(smallest*math.Pow(growth, float64(i)+0.5), h.most)
		}
	}
	return h.most
}

// spread is what is told of the values; nil where there are none.
func (h *histogram) spread() *measure.Spread {
	if h.all.n == 0 {
		return nil
	}
	s := &measure.Spread{Count: int64(h.all.n), P50: h.quantile(0.5), P95: h.quantile(0.95), P99: h.quantile(0.99)}
	s.Mean = measure.Exactly(h.all.mean())
	for i := 1; i < 20; i++ {
		s.Curve = append(s.Curve, h.quantile(float64(i)/20))
	}
	full := 0
	for _, p := range h.parts {
		if p.n > 0 {
			full++
		}
	}
	if full == blocks {
		s.Mean = overBlocks(h.parts[:], sums.mean, false)
	}
	if h.all.n > 1 && h.all.mean() > 0 {
		s.CV = math.Sqrt(h.all.scv())
	}
	return s
}
