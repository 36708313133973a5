package ctmc_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headroom/headroom/queueing/ctmc"
	"github.com/headroom/headroom/queueing/internal/domain"
)

// Whatever the rates: a typed error, or probabilities.
func FuzzChain(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed, []float64{math.NaN(), math.Inf(1), -1, 0, 1e-300, 1e308, 1e60, 1e-9}[seed%8], 1.5, 1e-9)
	}
	f.Add(uint64(3), 1.0, math.NaN(), 0.5)
	f.Add(uint64(4), 1.0, 1e300, math.NaN())
	f.Fuzz(func(t *testing.T, seed uint64, odd, at, eps float64) {
		r := rand.New(rand.NewPCG(seed, 14))
		n := 1 + r.IntN(6)
		chain, err := ctmc.New(n, func(from int, add func(to int, rate float64)) {
			for range 1 + r.IntN(4) {
				rate := 2 * r.Float64()
				if r.IntN(10) == 0 {
					rate = odd
				}
				add(r.IntN(n), rate)
			}
		})
		check := func(what string, p []float64, err error) {
			var slow *ctmc.SlowError
			if err != nil {
				if !errors.Is(err, domain.ErrInput) && !errors.As(err, &slow) {
					t.Errorf("%s of seed %d, %v: %v", what, seed, odd, err)
				}
				return
			}
			sum := 0.0
			for _, x := range p {
				if !(x >= 0) {
					t.Errorf("%s of seed %d, %v: %v", what, seed, odd, p)
				}
				sum += x
			}
			if !(math.Abs(sum-1) < 1e-6) {
				t.Errorf("%s of seed %d, %v: %v, of sum %v", what, seed, odd, p, sum)
			}
		}
		if err != nil {
			check("chain", nil, err)
			return
		}
		p, err := chain.Stationary()
		check("long run", p, err)
		start := make([]float64, n)
		start[0] = 1
		if at > 1e4 && at < 1e9 || odd*at > 1e5 {
			return // so many jumps take as long
		}
		p, _, err = chain.Transient(start, at, eps)
		check("transient", p, err)
		if at > 1e9 && at <= 1e12 {
			return // ten million weights
		}
		if first, weights, outside := ctmc.Poisson(at, eps); first < 0 || !(outside >= 0) || len(weights) == 0 && outside != 1 {
			t.Errorf("Poisson of %v to %v: from %d, %v outside", at, eps, first, outside)
		}
	})
}
