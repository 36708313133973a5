package loadtest

import (
	"math"
	"slices"
	"time"

	"github.com/headroom/headroom/measure"
)

// sample is a time measured many times, block by block.
type sample struct{ blocks [numBlocks]distribution }

func (s *sample) add(block int, t time.Duration) { s.blocks[block].add(t) }

// times describes the sample; nil when it is empty.
func (s *sample) times() *measure.Times {
	v := s.view()
	if v.n == 0 {
		return nil
	}
	out := &measure.Times{Mean: v.meanTime(), Max: measure.Exactly(seconds(v.max)), Histogram: v.histogram()}
	if v.n > 1 {
		out.Stddev = measure.Exactly(v.stddev() / 1e9)
	}
	for _, q := range []struct {
		p  float64
		to *measure.Estimate
	}{{0.5, &out.P50}, {0.9, &out.P90}, {0.95, &out.P95}, {0.99, &out.P99}, {0.999, &out.P999}} {
		if float64(v.n)*(1-q.p) >= fewestBeyond*(1-1e-9) {
			*q.to = v.percentile(q.p)
		}
	}
	return out
}

// view is a sample ready to be asked.
type view struct {
	distribution          // moments of all blocks together
	all          cells    // the values of all blocks
	blocks       []cells  // the values of each
	counts       perBlock // how many there are in each
	sums         perBlock // (ns)
}

func (s *sample) view() *view {
	v := &view{}
	for i := range s.blocks {
		d := &s.blocks[i]
		v.merge(d)
		v.counts[i], v.sums[i] = float64(d.n), d.sum()
		v.blocks = append(v.blocks, d.cells())
	}
	v.all = slices.Concat(v.blocks...).tidy()
	return v
}

func (v *view) meanTime() measure.Estimate {
	mean := v.mean / 1e9
	if v.n < fewestForInterval {
		return measure.Exactly(mean)
	}
	o := ratioStrays(&v.sums, &v.counts)
	return measure.Between(mean, max(mean-o.below/1e9, 0), mean+o.above/1e9, confidence)
}

// percentile is the p-quantile. Its interval is that of [Wood52]: the
// interval of the share of values up to the quantile, carried over to times by
// the quantiles of its ends. Where it reaches beyond the largest value seen,
// that value stands for its end.
func (v *view) percentile(p float64) measure.Estimate {
	at := v.all.quantile(p)
	if v.n < fewestForInterval {
		return measure.Exactly(seconds(at))
	}
	share := v.shareUpTo([]time.Duration{at})[0]
	// The share found is a little above p where values are equal: the interval
	// keeps its width and is laid about p. Both sides get the wider one: what lies
	// beyond a high percentile comes in a few bursts, and a run that saw one has its
	// percentile as far above the truth as one that saw none has it below.
	wide := max(share.Value-share.Lo, share.Hi-share.Value)
	ends := v.all.quantiles([]float64{max(p-wide, 0), min(p+wide, 1)})
	return measure.Between(seconds(at), min(seconds(ends[0]), seconds(at)), max(seconds(ends[1]), seconds(at)), confidence)
}

// shareUpTo is the distribution function at rising times, with intervals.
func (v *view) shareUpTo(at []time.Duration) []measure.Estimate {
	below := make([]perBlock, len(at))
	for b, c := range v.blocks {
		for i, n := range c.upTo(at) {
			below[i][b] = n
		}
	}
	out := make([]measure.Estimate, len(at))
	for i := range below {
		out[i] = shareOf(&below[i], &v.counts)
	}
	return out
}

// histogramPoints is the number of probabilities at which the distribution
// function is told; equal times make one point.
const histogramPoints = 120

// histogram is the distribution function at times whose probabilities go from
// 0.001 to that of the second largest value, evenly by their odds, so that
// both tails show; and at the largest.
func (v *view) histogram() []measure.Point {
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	first, last := logit(0.001), logit(max(0.5, 1-1/float64(v.n)))
	var ps []float64
	for i := range histogramPoints {
		x := first + (last-first)*float64(i)/(histogramPoints-1)
		ps = append(ps, 1/(1+math.Exp(-x)))
	}
	at := slices.Compact(v.all.quantiles(append(ps, 1)))
	shares := v.shareUpTo(at)
	out := make([]measure.Point, len(at))
	for i, s := range shares {
		out[i] = measure.Point{Le: seconds(at[i]), P: s.Value}
		if v.n >= fewestForInterval {
			out[i].Lo, out[i].Hi = s.Lo, s.Hi
		}
	}
	return out
}
