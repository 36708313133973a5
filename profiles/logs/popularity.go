package logs

import (
	"cmp"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// Of addresses that were asked for seldom, ranks are chance.
const (
	surelyRanked = 10 // requests in one half that make a rank
	leastRanked  = 10 // addresses that have one
	mostRanked   = 20_000
)

// popularity is how unevenly addresses are asked for. One half of the requests
// gives them their ranks, the other is what the Zipf law is fitted to, so that
// a rank owes nothing to the chance that it is judged by ([Pian14]); of those
// ranked by at least ten requests,
//
//	P(rank = r) = r^(−s) / Σ i^(−s)
//
// and s is the one of the greatest likelihood: mean ln r as in the law.
func (a *addresses) popularity() *measure.Popularity {
	all := make([]seen, 0, len(a.keys))
	total, most, once := int64(0), uint32(0), 0
	for _, s := range a.keys {
		all = append(all, s)
		total += int64(s.a) + int64(s.b)
		most = max(most, s.a+s.b)
		if s.a+s.b == 1 {
			once++
		}
	}
	if len(all) < 2*leastRanked || total < 1000 {
		return nil
	}
	p := &measure.Popularity{Keys: len(all), Top: float64(most) / float64(total), Once: float64(once) / float64(len(all))}
	p.Other = float64(a.other) / float64(total+a.other)
	slices.SortFunc(all, func(x, y seen) int { return cmp.Or(cmp.Compare(y.a+y.b, x.a+x.b), cmp.Compare(y.a, x.a)) })
	hot := int64(0)
	for _, s := range all[:max(len(all)/10, 1)] {
		hot += int64(s.a) + int64(s.b)
	}
	p.Hot = float64(hot) / float64(total)
	slices.SortFunc(all, func(x, y seen) int { return cmp.Or(cmp.Compare(y.a, x.a), cmp.Compare(x.b, y.b)) })
	n := 0
	for n < len(all) && n < mostRanked && all[n].a >= surelyRanked {
		n++
	}
	if n >= leastRanked {
		p.Skew = zipf(all[:n])
	}
	return p
}

// zipf fits the exponent to the counts b of what stands in order of rank.
func zipf(ranked []seen) measure.Estimate {
	logs := make([]float64, len(ranked))
	n, sum := 0.0, 0.0
	for i, s := range ranked {
		logs[i] = math.Log(float64(i + 1))
		n += float64(s.b)
		sum += float64(s.b) * logs[i]
	}
	if n == 0 {
		return measure.Estimate{}
	}
	moments := func(s float64) (mean, variance float64) {
		w, m, v := 0.0, 0.0, 0.0
		for _, l := range logs {
			p := math.Exp(-s * l)
			w += p
			m += p * l
			v += p * l * l
		}
		return m / w, v/w - m/w*m/w
	}
	lo, hi := 0.0, 8.0
	for range 40 {
		s := (lo + hi) / 2
		if mean, _ := moments(s); mean > sum/n {
			lo = s
		} else {
			hi = s
		}
	}
	s := (lo + hi) / 2
	_, variance := moments(s)
	half := 1.96 / math.Sqrt(n*variance)
	if math.IsNaN(half) || math.IsInf(half, 0) {
		return measure.Estimate{}
	}
	return measure.Between(s, math.Max(s-half, 0), s+half, 0.95)
}
