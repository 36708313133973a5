package resilience

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/internal/quantile"
)

// Catalogue is the popularity of the items that a cache is asked for, those
// about as popular as each other taken together: a sum over ten million items is
// one over a few thousand groups.
type Catalogue struct {
	groups []likes
	items  float64
}

// likes are so many items, each asked for with probability each (1).
type likes struct{ number, each float64 }

// oneByOne is how many of the most popular items are groups of their own.
const oneByOne = 2048

// ZipfCatalogue is the catalogue of n items under a Zipf law: see [Zipf]. Behind
// the 2048 most popular a group spans one part in 256 of its first rank; its sum is the
// integral from half before to half after it (midpoint rule), within 1e-6.
//
//   - Domain: 1 ≤ n ≤ 10⁸, s ≥ 0.
//   - Source: [BCFP99].
func ZipfCatalogue(n int, s float64) (Catalogue, error) {
	if err := domain.First(domain.Count("Catalogue", "items", n, 1, mostItems), domain.NotNegative("Catalogue", "exponent", s)); err != nil {
		return Catalogue{}, err
	}
	c := Catalogue{items: float64(n)}
	sum := 0.0
	for rank := 1; rank <= n; {
		size := 1
		w := math.Pow(float64(rank), -s)
		if rank > oneByOne {
			size = min(max(1, rank/256), n-rank+1)
			w = powerIntegral(float64(rank)-0.5, float64(rank+size)-0.5, s) / float64(size)
		}
		c.groups = append(c.groups, likes{float64(size), w})
		sum += float64(size) * w
		rank += size
	}
	for i := range c.groups {
		c.groups[i].each /= sum
	}
	return c, nil
}

// powerIntegral is ∫ x^−s from a to b.
func powerIntegral(a, b, s float64) float64 {
	if math.Abs(s-1) < 1e-9 {
		return math.Log(b / a)
	}
	return (math.Pow(b, 1-s) - math.Pow(a, 1-s)) / (1 - s)
}

// sum is that of f over the items that are ever asked for, f of the popularity
// of one (1). Under a steep law most are not, to the last digit.
func (c Catalogue) sum(f func(p float64) float64) float64 {
	total := 0.0
	for _, g := range c.groups {
		if g.each > 0 {
			total += g.number * f(g.each)
		}
	}
	return total
}

// Average is that of f over what is asked for, f of the popularity of one item
// (1): Σ p·f(p).
//
//   - Source: an expectation.
func (c Catalogue) Average(f func(p float64) float64) float64 {
	return c.sum(func(p float64) float64 { return p * f(p) })
}

// hits is the hit ratio where an item of popularity p is hit with probability h(p).
func (c Catalogue) hits(h func(p float64) float64) float64 {
	return math.Min(1, c.Average(h))
}

// farthest is how many look-ups a characteristic time is looked for in: what is
// asked for less often counts for nothing, and beyond there are no numbers.
const farthest = 1e300

// horizon is the characteristic time of a cache: that for which the items that
// are in it, each with probability in(p, t), are as many as it holds.
func (c Catalogue) horizon(size int, in func(p, t float64) float64) float64 {
	missing := func(t float64) float64 {
		return c.sum(func(p float64) float64 { return in(p, t) }) - float64(size)
	}
	high := float64(size)
	for missing(high) < 0 {
		if high *= 2; high > farthest {
			return math.Inf(1)
		}
	}
	return quantile.Illinois(missing, 0, high, -float64(size), missing(high))
}
