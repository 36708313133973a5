package rules

import (
	"math"
	"sort"
)

// Popularity is how often each of N keys, or partitions, is asked for.
type Popularity struct {
	N    int
	UpTo []float64 // distribution function (1); nil where all keys are alike
}

// Zipf is a popularity by which key i is asked for with a probability in
// proportion to (i+1)^−skew.
func Zipf(n int, skew float64) Popularity {
	z := Popularity{N: n}
	if skew == 0 {
		return z
	}
	z.UpTo = make([]float64, n)
	sum := 0.0
	for k := range z.UpTo {
		sum += math.Pow(float64(k+1), -skew)
		z.UpTo[k] = sum
	}
	for k := range z.UpTo {
		z.UpTo[k] /= sum
	}
	return z
}

// Pick returns the key that u, uniform from 0 to 1, falls on.
func (z *Popularity) Pick(u float64) int32 {
	if z.UpTo == nil {
		return int32(min(int(u*float64(z.N)), z.N-1))
	}
	return int32(min(sort.SearchFloat64s(z.UpTo, u), z.N-1))
}

// Share is the probability of one key (1).
func (z *Popularity) Share(key int) float64 {
	switch {
	case z.UpTo == nil:
		return 1 / float64(z.N)
	case key == 0:
		return z.UpTo[0]
	}
	return z.UpTo[key] - z.UpTo[key-1]
}

// Partitions is the popularity of the partitions that the keys of a popularity
// are hashed to.
func (z *Popularity) Partitions(count int) Popularity {
	parts := make([]float64, count)
	for key := range z.N {
		parts[Mix(uint64(key))%uint64(count)] += z.Share(key)
	}
	return Shares(parts)
}

// Shares is the popularity of partitions of which each has its share.
func Shares(parts []float64) Popularity {
	upTo := make([]float64, len(parts))
	sum := 0.0
	for i, x := range parts {
		sum += x
		upTo[i] = sum
	}
	return Popularity{N: len(parts), UpTo: upTo}
}

// Mix spreads keys over partitions as a hash does: the finalizer of SplitMix64
// (Steele, Lea and Flood, 2014).
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
