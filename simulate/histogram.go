package simulate

import "math"

// A histogram's buckets are as wide as a float64 is with its fraction cut to
// subBits: 2^subBits to a factor of two, so no time is further than 0.1 % from
// the edge of its bucket, and within one the distribution is taken for even.
const (
	subBits = 10
	subsPer = 1 << subBits // buckets to a factor of two
	shift   = 52 - subBits
)

// tiny is the least time (s) that is told from none.
const tiny = 1e-12

// histogram is a distribution of times: counts in buckets of equal ratio, and
// the exact mean and variance. Sums are taken about the first time seen, so
// that constant times have no variance at all, and no digits are lost when
// times are long and their differences small.
type histogram struct {
	counts []uint32
	low    int // bucket that counts[0] stands for
	zeros  int64
	n      int64
	about  float64 // the first time seen (s)
	sum    float64 // Σ (x − about)
	square float64 // Σ (x − about)²
	least  float64 // (s)
	most   float64 // (s)
}

// bucketOf is the bucket that a time of tiny or more falls into.
func bucketOf(x float64) int { return int(math.Float64bits(x) >> shift) }

// edge is the least time that falls into a bucket (s).
func edge(bucket int) float64 { return math.Float64frombits(uint64(bucket) << shift) }

// add counts a time.
func (h *histogram) add(x float64) {
	if h.n == 0 {
		h.about, h.least, h.most = x, x, x
	}
	h.n++
	d := x - h.about
	h.sum += d
	h.square += d * d
	if x > h.most {
		h.most = x
	}
	if x < h.least {
		h.least = x
	}
	if i := bucketOf(x) - h.low; uint(i) < uint(len(h.counts)) {
		h.counts[i]++
		return
	}
	h.addOutside(x)
}

// addOutside counts a time that no bucket is there for yet.
func (h *histogram) addOutside(x float64) {
	if x < tiny {
		h.zeros++
		return
	}
	h.reach(bucketOf(x))
	h.counts[bucketOf(x)-h.low]++
}

// reach makes room for a bucket, a factor of two at a time.
func (h *histogram) reach(bucket int) {
	low := bucket &^ (subsPer - 1)
	high := low + subsPer
	if len(h.counts) > 0 {
		low = min(low, h.low)
		high = max(high, h.low+len(h.counts))
	}
	if high-low == len(h.counts) {
		return
	}
	counts := make([]uint32, high-low)
	copy(counts[max(h.low-low, 0):], h.counts)
	h.counts, h.low = counts, low
}

// reset forgets every time and keeps the room.
func (h *histogram) reset() {
	clear(h.counts)
	*h = histogram{counts: h.counts, low: h.low}
}

// total is the sum of all times (s).
func (h *histogram) total() float64 { return h.about*float64(h.n) + h.sum }

// mean is the mean of the times (s); 0 when there is none.
func (h *histogram) mean() float64 {
	if h.n == 0 {
		return 0
	}
	return h.about + h.sum/float64(h.n)
}

// scatter is Σ (x − mean)² (s²).
func (h *histogram) scatter() float64 {
	if h.n == 0 {
		return 0
	}
	return max(0, h.square-h.sum*h.sum/float64(h.n))
}

// merge adds the times of another histogram.
func (h *histogram) merge(o *histogram) {
	if o.n == 0 {
		return
	}
	if h.n == 0 {
		h.about, h.least, h.most = o.about, o.least, o.most
	}
	d := o.about - h.about // Σ (x − a)² from Σ (x − b)², x − a = x − b + d
	h.square += o.square + 2*d*o.sum + d*d*float64(o.n)
	h.sum += o.sum + d*float64(o.n)
	h.n += o.n
	h.zeros += o.zeros
	h.least, h.most = min(h.least, o.least), max(h.most, o.most)
	if len(o.counts) == 0 {
		return
	}
	h.reach(o.low)
	h.reach(o.low + len(o.counts) - 1)
	for i, c := range o.counts {
		h.counts[o.low+i-h.low] += c
	}
}
