package loadtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios/dist"
)

// filled is a sample of n times drawn in turn into blocks of equal length.
func filled(n int, draw func(block int) float64) *sample {
	s := &sample{}
	for i := range n {
		b := i * numBlocks / n
		s.add(b, time.Duration(draw(b)*1e9))
	}
	return s
}

func TestStudent(t *testing.T) {
	near(t, "Student's t", student, distuv.StudentsT{Sigma: 1, Nu: numBlocks - 1}.Quantile((1+confidence)/2), 1e-9)
}

// TestIntervalsCover draws 400 samples each of known distributions and counts
// how often the intervals hold the truth. They are made for 95 %; the bounds
// leave 4 standard errors of a count of 400, so that sound intervals fail for
// fewer than 1 in 10 000 seeds. That of a p99 that ten independent values lie
// beyond is too wide, for the sake of values that come in bursts.
func TestIntervalsCover(t *testing.T) {
	const runs, n = 400, 1000
	for name, d := range map[string]dist.Dist{
		"exponential": dist.Exponential(0.01),
		"lognormal":   dist.LognormalOf(0.02, 1.5),
		"uniform":     dist.UniformOf(0.001, 0.003),
	} {
		covered := map[string]int{}
		r := rand.New(rand.NewPCG(1, 2))
		for range runs {
			x := filled(n, func(int) float64 { return d.Sample(r) }).times()
			for what, e := range map[string]struct {
				got  measure.Estimate
				want float64
			}{
				"mean": {x.Mean, d.Mean()}, "p50": {x.P50, d.Quantile(0.5)}, "p95": {x.P95, d.Quantile(0.95)}, "p99": {x.P99, d.Quantile(0.99)},
			} {
				if e.got.Lo <= e.want && e.want <= e.got.Hi {
					covered[what]++
				}
			}
		}
		for what, n := range covered {
			if share := float64(n) / runs; share < 0.905 || share > 0.9999 && what != "p99" {
				t.Errorf("%s: the interval of %s holds the truth in %.1f %% of the runs", name, what, 100*share)
			}
		}
	}
}

// TestIntervalsSeeWhatBlocksShare: times of one block that rise and fall
// together tell less than their number says. Intervals that took every value
// for an independent one would hold the truth in a fifth of the runs.
func TestIntervalsSeeWhatBlocksShare(t *testing.T) {
	const runs, n = 400, 2000
	r := rand.New(rand.NewPCG(3, 4))
	mean, median := 0, 0
	for range runs {
		var level [numBlocks]float64
		for b := range level {
			level[b] = 0.02 * r.Float64()
		}
		x := filled(n, func(b int) float64 { return level[b] + 0.001*r.Float64() }).times()
		if x.Mean.Lo <= 0.0105 && 0.0105 <= x.Mean.Hi {
			mean++
		}
		if x.P50.Lo <= 0.0105 && 0.0105 <= x.P50.Hi {
			median++
		}
	}
	if mean < 360 || median < 350 {
		t.Errorf("the truth is within the interval of the mean in %d and of the median in %d of %d runs", mean, median, runs)
	}
}

func TestConstantTimes(t *testing.T) {
	x := filled(1000, func(int) float64 { return 0.25 }).times()
	for _, e := range []measure.Estimate{x.Mean, x.P50, x.P99} {
		near(t, "a constant", e.Value, 0.25, 1e-15)
		near(t, "the width of its interval", e.Hi-e.Lo, 0, 1e-12)
	}
	near(t, "its standard deviation", x.Stddev.Value, 0, 1e-12)
	if len(x.Histogram) != 1 || x.Histogram[0].P != 1 || x.Histogram[0].Le != 0.25 {
		t.Errorf("its distribution function: %+v", x.Histogram)
	}
	if x.P999.Known() {
		t.Error("p99.9 of 1000 values is told: only one lies beyond it")
	}
}

func TestFewTimes(t *testing.T) {
	if x := (&sample{}).times(); x != nil {
		t.Errorf("of no values: %+v", x)
	}
	x := filled(5, func(int) float64 { return 1 }).times()
	if x.P50.Known() || x.Mean.Uncertain() || !x.Mean.Known() {
		t.Errorf("of 5 values: median %+v, mean %+v", x.P50, x.Mean)
	}
	x = filled(20, func(b int) float64 { return float64(b) }).times()
	if !x.P50.Known() || x.P90.Known() || x.P50.Uncertain() || x.P50.Value != 9 {
		t.Errorf("of 20 values: p50 %+v, p90 %+v", x.P50, x.P90)
	}
}

func TestQuantiles(t *testing.T) {
	var c cells
	for i := range 100 {
		c = append(c, cell{time.Duration(i + 1), 1})
	}
	for p, want := range map[float64]time.Duration{0: 1, 0.005: 1, 0.01: 1, 0.011: 2, 0.5: 50, 0.99: 99, 0.991: 100, 1: 100} {
		if got := c.quantile(p); got != want {
			t.Errorf("the %v-quantile of 1…100 is %d; want %d", p, got, want)
		}
	}
	if got := c.upTo([]time.Duration{0, 1, 50, 1000}); !slices.Equal(got, []float64{0, 1, 50, 100}) {
		t.Errorf("values up to 0, 1, 50, 1000: %v", got)
	}
}

// TestHistogramKeepsTails: far beyond the number of values kept as they are,
// quantiles stay within the 0.1 % (or 1 µs) that three digits give, out to p99.99 and
// for tails on which t-digests are off by a sixth.
func TestHistogramKeepsTails(t *testing.T) {
	for name, d := range map[string]dist.Dist{
		"exponential": dist.Exponential(0.05), "lognormal": dist.LognormalOf(0.05, 2), "pareto": dist.ParetoOf(1.5, 0.01),
	} {
		r := rand.New(rand.NewPCG(5, 6))
		var got distribution
		var all []time.Duration
		sum := 0.0
		for range 5 * fewValues {
			x := time.Duration(d.Sample(r) * 1e9)
			got.add(x)
			all = append(all, x)
			sum += float64(x)
		}
		slices.Sort(all)
		if got.many == nil || got.values != nil || got.n != int64(len(all)) || got.max != all[len(all)-1] {
			t.Fatalf("%s: %d values", name, got.n)
		}
		near(t, name+": the mean", got.mean/(sum/float64(len(all))), 1, 1e-9)
		for _, p := range []float64{0.001, 0.5, 0.9, 0.99, 0.999, 0.9999} {
			want := all[int(math.Ceil(p*float64(len(all))))-1]
			near(t, fmt.Sprintf("%s: p%v (s)", name, 100*p), seconds(got.cells().quantile(p)), seconds(want), max(1e-6, 0.001*seconds(want)))
		}
	}
}

func TestTimesBeyondTheHistogram(t *testing.T) {
	var d distribution
	for range fewValues {
		d.add(time.Second)
	}
	d.add(3 * time.Hour)
	if d.beyond != 1 || d.max != 3*time.Hour {
		t.Errorf("%d beyond, at most %v", d.beyond, d.max)
	}
	near(t, "the largest (h)", d.cells().quantile(1).Hours(), 1, 0.001)
}

func TestMergedMoments(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var whole distribution
	s := filled(1000, func(int) float64 {
		x := r.Float64()
		whole.add(time.Duration(x * 1e9))
		return x
	})
	v := s.view()
	near(t, "mean", v.mean, whole.mean, 1e-3)
	near(t, "stddev", v.stddev(), whole.stddev(), 1e-3)
	near(t, "count", float64(v.n), 1000, 0)
	near(t, "cells", float64(v.all.count()), 1000, 0)
}

// TestShares: an interval of a share that was never, or always, seen is no point.
func TestShares(t *testing.T) {
	var none, all perBlock
	for b := range all {
		all[b] = 50
	}
	if e := shareOf(&none, &all); e.Value != 0 || e.Lo != 0 || e.Hi < 3.0/1000 || e.Hi > 10.0/1000 {
		t.Errorf("0 of 1000: %+v; exact 95 %% bound 3.7/1000", e)
	}
	if e := shareOf(&all, &all); e.Value != 1 || e.Hi != 1 || e.Lo > 1-3.0/1000 || e.Lo < 1-10.0/1000 {
		t.Errorf("1000 of 1000: %+v", e)
	}
	if e := shareOf(&none, &none); e.Known() {
		t.Errorf("0 of 0: %+v", e)
	}
}

func TestHistogramPoints(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	d := dist.Exponential(0.01)
	points := filled(5000, func(int) float64 { return d.Sample(r) }).times().Histogram
	if len(points) < 60 || len(points) > 200 {
		t.Errorf("%d points", len(points))
	}
	outside := 0
	for i, p := range points {
		if i > 0 && (p.Le <= points[i-1].Le || p.P < points[i-1].P) || p.Lo > p.P || p.Hi < p.P || p.Lo < 0 || p.Hi > 1 {
			t.Errorf("point %d: %+v after %+v", i, p, points[max(i-1, 0)])
		}
		if f := d.CDF(p.Le); f < p.Lo || f > p.Hi {
			outside++
		}
	}
	if first, last := points[0], points[len(points)-1]; first.P > 0.003 || last.P != 1 {
		t.Errorf("from %+v to %+v", first, last)
	}
	if outside > len(points)/3 { // points are alike: when one is out, so are its neighbours
		t.Errorf("the truth is outside of the band at %d of %d points", outside, len(points))
	}
}

func TestSeries(t *testing.T) {
	const s = time.Second
	l := newLine(newScale(2*s+s/2, 3*s))
	interval, first, bins := newScale(2*s+s/2, 3*s)
	if interval != s || first != -2*s || bins != 5 {
		t.Fatalf("interval %v from %v, %d bins", interval, first, bins)
	}
	for _, h := range []Hit{
		{Due: -24 * s / 10, Done: -21 * s / 10}, // before the first whole interval
		{Due: -2 * s, Done: -3 * s / 2},
		{Due: s / 10, Done: s / 2},
		{Due: s / 10, Done: s * 6 / 10, Outcome: WrongStatus},
		{Due: s / 4, Done: s * 11 / 10},
		{Due: s / 4, Done: s * 9 / 10}, // out of order
		{Due: 2 * s, Done: 4 * s},      // beyond the measured time
	} {
		l.add(&h)
	}
	out := l.close()
	nan := math.NaN()
	for what, c := range map[string]struct{ got, want measure.Values }{
		"throughput": {out.Throughput, measure.Values{1, 0, 2, 1, 0}},
		"mean":       {out.Mean, measure.Values{0.5, nan, 0.525, 0.85, nan}},
		"p50":        {out.P50, measure.Values{0.5, nan, 0.4, 0.85, nan}},
		"p99":        {out.P99, measure.Values{0.5, nan, 0.65, 0.85, nan}},
		"failed":     {out.Failed, measure.Values{0, nan, 1.0 / 3, 0, nan}},
		"offered":    {out.Offered, measure.Values{1, 0, 4, 0, 1}},
		"in_system":  {out.InSystem, measure.Values{0.5, 0, 0.4 + 0.5 + 0.75 + 0.65, 0.1, 1}},
	} {
		if len(c.got) != len(c.want) {
			t.Errorf("%s: %v", what, c.got)
			continue
		}
		for i := range c.want {
			if math.IsNaN(c.want[i]) != math.IsNaN(c.got[i]) || math.Abs(c.want[i]-c.got[i]) > 1e-9 {
				t.Errorf("%s: %v; want %v", what, c.got, c.want)
			}
		}
	}
	for i, want := range []float64{0, 0, 1, 0, 1} {
		if got := l.measured()[max(i-2, 0)].Last; i >= 2 && got != want {
			t.Errorf("%v in progress at the end of interval %d; want %v", got, i, want)
		}
	}
	if interval, first, bins := newScale(time.Hour, 10*time.Hour); interval <= 11*s-s || bins > longestSeries || first != -time.Hour.Truncate(interval) {
		t.Errorf("a long run: interval %v from %v, %d bins", interval, first, bins)
	}
}

// TestPresentIsTheAreaUnderTheStays: the request-seconds of all blocks are the
// parts of the stays that lie within the measured time.
func TestPresentIsTheAreaUnderTheStays(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	f := newFigures(7 * time.Second)
	want := 0.0
	for range 1000 {
		due := time.Duration((r.Float64()*9 - 1) * 1e9)
		h := Hit{Due: due, Sent: due, Done: due + time.Duration(r.ExpFloat64()*1e9)}
		want += max(0, seconds(min(h.Done, f.span)-max(h.Due, 0)))
		f.add(&h)
	}
	near(t, "request-seconds", f.present.sum(), want, 1e-6)
	near(t, "in the system", f.workload().InSystem.Value, want/7, 1e-6)
}

func TestGrowthIsSeen(t *testing.T) {
	steady, growing := newFigures(10*time.Second), newFigures(10*time.Second)
	for i := range 1000 {
		due := time.Duration(i) * 10 * time.Millisecond
		steady.add(&Hit{Due: due, Sent: due, Done: due + 40*time.Millisecond})
		growing.add(&Hit{Due: due, Sent: due, Done: due + due/5}) // served at 5/6 of the rate it comes
	}
	if steady.overloaded() || !growing.overloaded() {
		t.Errorf("steady %v, growing %v", steady.overloaded(), growing.overloaded())
	}
}
