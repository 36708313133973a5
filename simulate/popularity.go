package simulate

import (
	"math"
	"sort"
)

// popularity is how often each of some keys, or partitions, is asked for.
type popularity struct {
	n    int
	upTo []float64 // distribution function; nil where all keys are alike
}

// mostKeys is how many keys of different popularity can be simulated.
const mostKeys = 20_000_000

// newZipf is a popularity by which key i is asked for with a probability in
// proportion to (i+1)^−skew.
func newZipf(n int, skew float64) popularity {
	z := popularity{n: n}
	if skew == 0 {
		return z
	}
	z.upTo = make([]float64, n)
	sum := 0.0
	for k := range z.upTo {
		sum += math.Pow(float64(k+1), -skew)
		z.upTo[k] = sum
	}
	for k := range z.upTo {
		z.upTo[k] /= sum
	}
	return z
}

// pick returns the key that u, uniform from 0 to 1, falls on.
func (z *popularity) pick(u float64) int32 {
	if z.upTo == nil {
		return int32(min(int(u*float64(z.n)), z.n-1))
	}
	return int32(min(sort.SearchFloat64s(z.upTo, u), z.n-1))
}

// share is the probability of one key.
func (z *popularity) share(key int) float64 {
	switch {
	case z.upTo == nil:
		return 1 / float64(z.n)
	case key == 0:
		return z.upTo[0]
	}
	return z.upTo[key] - z.upTo[key-1]
}
