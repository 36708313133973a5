package resilience

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/internal/quantile"
)

// mostItems bounds the items of a cache's catalogue.
const mostItems = 100_000_000

// Zipf is the popularity of n items (1): that of rank i is proportional to
// i^−s, most popular first.
//
//   - Domain: 1 ≤ n ≤ 10⁸, s ≥ 0.
//   - Source: [BCFP99].
func Zipf(n int, s float64) ([]float64, error) {
	if err := domain.First(domain.Count("Zipf", "items", n, 1, mostItems), domain.NotNegative("Zipf", "exponent", s)); err != nil {
		return nil, err
	}
	p, sum := make([]float64, n), 0.0
	for i := n - 1; i >= 0; i-- { // small ones first
		p[i] = math.Pow(float64(i+1), -s)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p, nil
}

// LRU is a cache that keeps the items asked for last.
type LRU struct {
	Hit     float64 // probability that a request finds its item (1)
	Horizon float64 // requests after which an item not asked for again is gone (1)
}

// NewLRU is a cache of so many items of equal size, asked for independently with
// the given popularity (1), by the characteristic-time approximation:
//
//		Σ_i (1 − exp(−p_i·T)) = size    hit = Σ_i p_i·(1 − exp(−p_i·T))
//
//	  - Domain: popularity of no negative entry and positive sum (it is normalised),
//	    size ≥ 0. From a size of all items that are ever asked for on, all hit.
//	  - Accuracy: within 0.3 % of simulation for Zipf(0.8) and caches of 1 % and 10 %.
//	  - Source: [ChTW02]; why it is so good: [FrRR12].
func NewLRU(popularity []float64, size int) (LRU, error) {
	checks := []error{domain.Count("LRU", "items", len(popularity), 1, mostItems), domain.Count("LRU", "size", size, 0, mostItems)}
	sum, asked, least := 0.0, 0, math.Inf(1)
	for _, p := range popularity {
		checks = append(checks, domain.NotNegative("LRU", "popularity", p))
		sum += p
		if p > 0 {
			asked++
			least = math.Min(least, p)
		}
	}
	if err := domain.First(append(checks, domain.Positive("LRU", "popularity of all", sum))...); err != nil {
		return LRU{}, err
	}
	switch {
	case size == 0:
		return LRU{}, nil
	case size >= asked:
		return LRU{1, math.Inf(1)}, nil
	}
	missing := func(t float64) float64 {
		in := 0.0
		for _, p := range popularity {
			in -= math.Expm1(-p / sum * t)
		}
		return in - float64(size)
	}
	high := float64(size)
	for missing(high) < 0 {
		if high *= 2; high > farthest { // all but what is next to never asked for
			return LRU{1, math.Inf(1)}, nil
		}
	}
	t := quantile.Illinois(missing, 0, high, -float64(size), missing(high))
	hit := 0.0
	for _, p := range popularity {
		hit -= p / sum * math.Expm1(-p/sum*t)
	}
	return LRU{hit, t}, nil
}
