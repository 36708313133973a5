package simulate

import (
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
)

// sample is the same time as seen in every replication.
type sample []*histogram

// pool is all replications' times in one distribution.
type pool struct {
	n           float64
	zeros       float64
	low         int
	upTo        []float64 // times up to the upper edge of bucket low+i, zeros included
	least, most float64
}

// pooled puts the replications together.
func (s sample) pooled() *pool {
	p := &pool{least: math.Inf(1)}
	low, high := math.MaxInt, 0
	for _, h := range s {
		p.n += float64(h.n)
		p.zeros += float64(h.zeros)
		if h.n > 0 {
			p.least, p.most = min(p.least, h.least), max(p.most, h.most)
		}
		if len(h.counts) > 0 {
			low, high = min(low, h.low), max(high, h.low+len(h.counts))
		}
	}
	if low > high {
		return p
	}
	p.low, p.upTo = low, make([]float64, high-low)
	for _, h := range s {
		for i, c := range h.counts {
			p.upTo[h.low-low+i] += float64(c)
		}
	}
	sum := p.zeros
	for i := range p.upTo {
		sum += p.upTo[i]
		p.upTo[i] = sum
	}
	return p
}

// without is the pool less the times of one of its replications; the least and
// the greatest of all stay.
func (p *pool) without(h *histogram) *pool {
	out := *p
	out.n -= float64(h.n)
	out.zeros -= float64(h.zeros)
	out.upTo = slices.Clone(p.upTo)
	left, at := float64(h.zeros), h.low-p.low
	for i := range out.upTo {
		if j := i - at; j >= 0 && j < len(h.counts) {
			left += float64(h.counts[j])
		}
		out.upTo[i] -= left
	}
	return &out
}

// quantile is the time that a share q of all do not exceed, with times spread
// evenly within a bucket.
func (p *pool) quantile(q float64) float64 {
	rank := q * p.n
	if p.n == 0 || rank <= p.zeros {
		return max(p.least, 0)
	}
	lo, hi := 0, len(p.upTo)-1 // find the first bucket that reaches the rank
	for lo < hi {
		mid := (lo + hi) / 2
		if p.upTo[mid] < rank {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	before := p.zeros
	if lo > 0 {
		before = p.upTo[lo-1]
	}
	part := 1.0
	if in := p.upTo[lo] - before; in > 0 {
		part = min(max((rank-before)/in, 0), 1)
	}
	a, b := edge(p.low+lo), edge(p.low+lo+1)
	return min(max(a+part*(b-a), p.least), p.most)
}

// below counts the times of one replication that do not exceed each of xs,
// which rise.
func (h *histogram) below(xs []float64) []float64 {
	out := make([]float64, len(xs))
	sum, next := float64(h.zeros), 0 // next is the first bucket not in sum
	for i, x := range xs {
		switch {
		case h.n > 0 && x >= h.most:
			out[i] = float64(h.n)
			continue
		case h.n == 0 || x < h.least:
			continue
		case x < tiny:
			out[i] = float64(h.zeros)
			continue
		}
		b := bucketOf(x) - h.low
		for ; next < b && next < len(h.counts); next++ {
			sum += float64(h.counts[next])
		}
		out[i] = sum
		if b >= 0 && b < len(h.counts) {
			a, z := edge(h.low+b), edge(h.low+b+1)
			out[i] += float64(h.counts[b]) * (x - a) / (z - a)
		}
	}
	return out
}

// atMost is the share of times that do not exceed x, one ratio for each of xs.
func (s sample) atMost(xs []float64) []ratio {
	out := make([]ratio, len(xs))
	for i := range out {
		out[i] = make(ratio, len(s))
	}
	for r, h := range s {
		for i, c := range h.below(xs) {
			out[i][r] = pair{c, float64(h.n)}
		}
	}
	return out
}

// quantiles estimates the quantiles of all times, for rising shares qs. The
// value is the quantile x̂ of the pooled replications. Its interval comes from
// that of the share of times not above x̂, of which every replication gives an
// unbiased estimate of its own: share ± h turned back into times by the pooled
// distribution. So the interval is as skewed as the distribution is, and free
// of the bias that the mean of the replications' own quantiles has. (For the
// interval of a quantile by inverting one of its distribution function:
// [Cono99], section 3.2; for its skewness, see [moves.offBelow]; for the overall estimate with the variance between
// sections: [AsGl07], section III.5.) The share moves on the scale of
// its logit, so that it stays between 0 and 1.
func (s sample) quantiles(p *pool, qs []float64) []measure.Estimate {
	xs := make([]float64, len(qs))
	for i, q := range qs {
		xs[i] = p.quantile(q)
	}
	out := make([]measure.Estimate, len(qs))
	for i, r := range s.atMost(xs) {
		_, m := r.moves()
		off := m.offBelow(qs[i])
		if math.IsNaN(off.below) {
			out[i] = measure.Exactly(xs[i])
			continue
		}
		// Where fewer of all times are below x̂ than were seen, the quantile is
		// further up.
		lo, hi := p.quantile(moved(qs[i], -off.above)), p.quantile(moved(qs[i], off.below))
		out[i] = figure(xs[i], lo, hi, 0, math.Inf(1))
	}
	return out
}

// moved is the share q moved by d on the scale of its logit, on which a small
// step at q is one of d/(q·(1−q)).
func moved(q, d float64) float64 {
	odds := q / (1 - q) * math.Exp(d/(q*(1-q)))
	if math.IsInf(odds, 1) {
		return 1
	}
	return odds / (1 + odds)
}
