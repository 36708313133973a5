package loadtest

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// distribution is how a time was spread: every value while they are few, and a
// histogram of high dynamic range (HdrHistogram, 1 µs to 1 h, 3 digits: a
// value is known within 0.1 % or 1 µs) when they are many. The mean and the
// variance are of the values themselves in either case.
type distribution struct {
	n        int64
	mean, m2 float64 // (ns), (ns²); as in [Welf62]
	max      time.Duration

	values []time.Duration
	many   *hdrhistogram.Histogram
	beyond int64 // values above the histogram's range, counted at its end
}

// fewValues is how many values are kept as they are: less than a histogram takes
// (197 kB).
const fewValues = 1 << 14

const longestTime = time.Hour

func (d *distribution) add(t time.Duration) {
	d.n++
	delta := float64(t) - d.mean
	d.mean += delta / float64(d.n)
	d.m2 += delta * (float64(t) - d.mean)
	d.max = max(d.max, t)
	switch {
	case d.many != nil:
		d.bin(t)
	case len(d.values) < fewValues:
		d.values = append(d.values, t)
	default:
		d.many = hdrhistogram.New(1, longestTime.Microseconds(), 3)
		for _, v := range d.values {
			d.bin(v)
		}
		d.values = nil
		d.bin(t)
	}
}

func (d *distribution) bin(t time.Duration) {
	if t > longestTime {
		d.beyond++
		t = longestTime
	}
	// Cannot fail: the value is within the range.
	_ = d.many.RecordValue(int64((max(t, 0) + time.Microsecond/2) / time.Microsecond))
}

// sum is the sum of all values (ns).
func (d *distribution) sum() float64 { return d.mean * float64(d.n) }

// merge takes another distribution's moments in ([ChGL79]).
// Its values are not taken in: those are merged as cells.
func (d *distribution) merge(o *distribution) {
	if o.n == 0 {
		return
	}
	n := float64(d.n + o.n)
	delta := o.mean - d.mean
	d.m2 += o.m2 + delta*delta*float64(d.n)*float64(o.n)/n
	d.mean += delta * float64(o.n) / n
	d.n += o.n
	d.max = max(d.max, o.max)
	d.beyond += o.beyond
}

// stddev is the standard deviation of a sample (ns).
func (d *distribution) stddev() float64 {
	if d.n < 2 {
		return 0
	}
	return math.Sqrt(d.m2 / float64(d.n-1))
}

// cell is a value and how often it was seen.
type cell struct {
	value time.Duration
	n     int64
}

// cells is a distribution as rising values.
type cells []cell

// cells returns the distribution as rising values; one of a histogram stands
// in the middle of its bin.
func (d *distribution) cells() cells {
	var out cells
	if d.many == nil {
		for _, v := range d.values {
			out = append(out, cell{v, 1})
		}
		return out.tidy()
	}
	for _, b := range d.many.Distribution() {
		if b.Count > 0 {
			out = append(out, cell{time.Duration(b.From+b.To) * time.Microsecond / 2, b.Count})
		}
	}
	return out
}

// tidy sorts cells and joins those of one value.
func (c cells) tidy() cells {
	slices.SortFunc(c, func(a, b cell) int { return cmp.Compare(a.value, b.value) })
	out := c[:0]
	for _, x := range c {
		if last := len(out) - 1; last >= 0 && out[last].value == x.value {
			out[last].n += x.n
		} else {
			out = append(out, x)
		}
	}
	return out
}

// count is the number of values in all.
func (c cells) count() int64 {
	n := int64(0)
	for _, x := range c {
		n += x.n
	}
	return n
}

// quantiles returns for each of the rising probabilities the smallest value
// that at least this share of the values does not exceed. There must be values.
func (c cells) quantiles(ps []float64) []time.Duration {
	total := float64(c.count())
	out := make([]time.Duration, 0, len(ps))
	i, below := 0, float64(c[0].n) // values up to cell i
	for _, p := range ps {
		for below < p*total*(1-1e-12) && i < len(c)-1 { // 0.99·100 is a hair above 99
			i++
			below += float64(c[i].n)
		}
		out = append(out, c[i].value)
	}
	return out
}

func (c cells) quantile(p float64) time.Duration { return c.quantiles([]float64{p})[0] }

// upTo returns for each of the rising times the number of values that do not exceed it.
func (c cells) upTo(at []time.Duration) []float64 {
	out := make([]float64, 0, len(at))
	i, below := 0, 0.0
	for _, t := range at {
		for i < len(c) && c[i].value <= t {
			below += float64(c[i].n)
			i++
		}
		out = append(out, below)
	}
	return out
}
