package queueing

import (
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios"
)

// share is a set of equal replicas of a service: how many there are, and what
// share of the service's requests each of them gets.
type share struct {
	replicas float64
	each     float64
}

// sharesOf is how a service's balancing splits its requests over its replicas.
func sharesOf(s *scenarios.Service) []share { return appendShares(nil, s) }

func appendShares(to []share, s *scenarios.Service) []share {
	n := float64(s.Replicas)
	switch {
	case s.Balancing == scenarios.Shared:
		return append(to, share{1, 1}) // one station of all the cores
	case s.Balancing == scenarios.Hash && s.Replicas > 1:
		return append(to, hashShares(s.HashKeys, s.HashSkew, s.Replicas)...)
	}
	return append(to, share{n, 1 / n})
}

// mostHot is the number of replicas under hash balancing that are looked at one
// by one; the others are taken together in groups of as many.
const mostHot = 32

// hashShares splits by key: the k-th of keys, from 0, is asked for with a
// frequency proportional to 1/(k+1)^skew, and belongs to replica k modulo n.
func hashShares(keys int, skew float64, n int) []share {
	const counted = 1 << 16
	load := make([]float64, n)
	total := 0.0
	for k := range min(keys, counted) {
		w := math.Pow(float64(k+1), -skew)
		load[k%n] += w
		total += w
	}
	if keys > counted { // the rest is even enough to be an integral
		a, b := counted+0.5, float64(keys)+0.5
		rest := math.Log(b / a)
		if skew != 1 {
			rest = (math.Pow(b, 1-skew) - math.Pow(a, 1-skew)) / (1 - skew)
		}
		for i := range load {
			load[i] += rest / float64(n)
		}
		total += rest
	}
	slices.Sort(load)
	slices.Reverse(load)
	var out []share
	for i, size := 0, 1; i < n; i += size {
		if len(out) == mostHot {
			size = (n - i + mostHot - 1) / mostHot
		}
		size = min(size, n-i)
		sum := 0.0
		for _, l := range load[i : i+size] {
			sum += l
		}
		out = append(out, share{float64(size), sum / total / float64(size)})
	}
	return out
}

// pairChoice is the distribution of the number of others that a request finds at
// the replica it joins, the less busy of two picked at random, when there are
// very many replicas of c cores with offered load a each. It is the fixed point
// of the mean field: with s_n the share of replicas with n requests or more, a
// replica with n is joined at a rate proportional to s_n + s_(n+1), so that
//
//	p_(n+1) = p_n·a·(s_n + s_(n+1))/min(n+1, c)
//
// and a request finds n others with probability s_n² − s_(n+1)².
//
//   - Accuracy: the limit of many replicas; at 100 of them within 1 % of
//     simulation for ρ ≤ 0.9 (table 1 of the source).
//   - Source: [Mitz01].
//
// [Mitz01]: https://doi.org/10.1109/71.963420
func pairChoice(c int, a float64) (seen, present []float64) {
	n := c + 60
	s := make([]float64, n+2)
	s[0] = 1
	for k := 1; k <= n; k++ { // start from the tail of a single server
		s[k] = math.Min(1, math.Pow(a/float64(c), math.Min(60, math.Pow(2, float64(k-c+1))-1)))
	}
	for range 2000 {
		p := birthDeath(n, func(k int) float64 { return a * (s[k-1] + s[k]) / float64(min(k, c)) })
		change, tail := 0.0, 0.0
		for k := n; k >= 1; k-- {
			tail += p[k]
			next := 0.5 * (s[k] + tail)
			change = math.Max(change, math.Abs(next-s[k]))
			s[k] = next
		}
		if change < 1e-13 {
			break
		}
	}
	for k := range n {
		if k > c && s[k]*s[k] < psTail {
			break
		}
		seen = append(seen, s[k]*s[k]-s[k+1]*s[k+1])
		present = append(present, s[k]-s[k+1])
	}
	return normalise(seen), normalise(present)
}

// evenly is the distribution of the number that a request finds at the replica
// it joins when the n replicas always hold as nearly the same number as can be:
// ⌊N/n⌋, where N is the number at one station with all their cores. It is close
// to joining the shortest of the lines: at two single servers and ρ = 0.8 the
// mean time is 2.975 services where that of the shortest line is 2.956.
func evenly(n, c int, a float64) []float64 {
	all := mmcSeen(n*c, float64(n)*a, ErlangC(n*c, float64(n)*a))
	seen := make([]float64, (len(all)-1)/n+1)
	for k, p := range all {
		seen[k/n] += p
	}
	return normalise(seen)
}

// twoOf is the distribution of what a request finds when it joins the less busy
// of two of n replicas. Two replicas are those of [evenly]; the deviation from
// the limit of many is proportional to 1/n ([Gast17]), and taken so for every
// quantile: mixing the two distributions instead would give some requests of ten
// replicas the long lines of two. The factor 1.2/(n − 0.8) is 1 for two replicas
// and within 5 % of simulated times for three and ten (our fit, ρ ≤ 0.95).
func twoOf(n, c int, a float64) []float64 {
	few := evenly(2, c, a)
	if n <= 2 {
		return few
	}
	many, _ := pairChoice(c, a)
	return mixQuantiles(few, many, 1.2/(float64(n)-0.8))
}

// mixQuantiles is the distribution whose quantiles lie between those of two others,
// the share part of the way from b to a. A quantile that is no whole number is
// split over its neighbours, so that the mean is right.
func mixQuantiles(a, b []float64, part float64) []float64 {
	out := make([]float64, max(len(a), len(b))+1)
	i, j := 0, 0
	restA, restB := a[0], b[0]
	for {
		w := math.Min(restA, restB)
		at := part*float64(i) + (1-part)*float64(j)
		k := int(at)
		out[k] += w * (1 - (at - float64(k)))
		out[k+1] += w * (at - float64(k))
		restA -= w
		restB -= w
		for restA <= 0 && i < len(a)-1 {
			i++
			restA += a[i]
		}
		for restB <= 0 && j < len(b)-1 {
			j++
			restB += b[j]
		}
		if restA <= 0 || restB <= 0 {
			return normalise(out)
		}
	}
}

func normalise(p []float64) []float64 {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
