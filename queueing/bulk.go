package queueing

import "math"

// Bulk describes one consumer that serves messages in batches: when it is free
// it takes all that wait, but no more than Max, and when nothing waits it takes
// the next message as soon as it comes. Messages arrive as a Poisson stream.
type Bulk struct {
	Lambda float64 // messages (1/s)
	Max    int     // most messages in one batch

	// Time is the mean (s) and variance (s²) of the time that a batch of n
	// messages takes, 1 ≤ n ≤ Max. It is asked only for the sizes that occur.
	Time func(n int) (mean, variance float64)
}

// BulkResult is the steady state of a [Bulk].
type BulkResult struct {
	Batch       float64   // mean messages in a batch (1)
	Batches     float64   // batches (1/s)
	Utilization float64   // share of the time in which the consumer is busy (1)
	Present     float64   // mean number of messages waiting and in service (1)
	Delay       Time      // from the arrival of a message to the end of its batch
	Sizes       []float64 // Sizes[n] is the share of the batches that have n messages (1)

	// BatchTime and BatchVariance are of the time of one batch over all sizes (s, s²).
	BatchTime, BatchVariance float64

	// Cut says that the line gets longer than could be looked at, near saturation
	// or with times that vary wildly: the figures are those of a consumer before
	// whom no more wait than that, Present and Delay too small by any factor.
	Cut bool
}

// SolveBulk solves the chain embedded at the ends of batches: with x messages
// waiting, the next batch has n = max(1, min(x, Max)) of them, and the next x is
// what is left plus what arrives while it runs. That number is Poisson given
// the time of the batch, which is taken as gamma distributed with the mean and
// variance given, so that it is negative binomial. By renewal reward
//
//	L·E[cycle] = Σ_x π_x·(max(x, 1)·E[τ_n] + λ·E[τ_n²]/2),  E[cycle] = Σ_x π_x·E[τ_n] + π_0/λ
//
// and the mean delay is L/λ. The distribution of the delay is a mixture over the
// x that the batch in progress began with, each part fitted to its mean and
// variance.
//
//   - Domain: λ > 0, Max ≥ 1; λ·E[τ_Max] ≥ Max gives an [UnstableError].
//   - Accuracy: means exact for batch times that are gamma or constant, with
//     1e-9 of the probability cut off; the delay's distribution is fitted. At
//     most 6000 waiting are looked at, fewer where batches are large: where that
//     is not enough, the result says that it is Cut.
//   - Source: embedded chain [Bail54], with batch-dependent times as in
//     [Inou21]; elimination [GrTH85].
//
// [Bail54]: https://doi.org/10.1111/j.2517-6161.1954.tb00149.x
// [Inou21]: https://doi.org/10.1016/j.peva.2020.102183
// [GrTH85]: https://doi.org/10.1287/opre.33.5.1107
func SolveBulk(b Bulk) (BulkResult, error) {
	if err := b.check(); err != nil {
		return BulkResult{}, err
	}
	c := newBulkChain(b)
	r := c.result()
	r.Delay = c.delay(r, moment{})
	return r, nil
}

func (b Bulk) check() error {
	w := want{station: "bulk service"}
	w.positive("arrival rate", b.Lambda)
	w.count("most messages of a batch", b.Max, 1)
	if w.err != nil {
		return w.err
	}
	mean, variance := b.Time(b.Max)
	w.positive("time of a full batch", mean)
	w.notNegative("variance of the time of a full batch", variance)
	w.stable(b.Lambda*mean/float64(b.Max), 1)
	return w.err
}

// bulkChain is the embedded chain on x = 0 … n.
type bulkChain struct {
	Bulk
	most  int         // states that may be looked at
	sizes []batchSize // by number of messages
	pi    []float64
	wild  bool // some batch takes so wildly varying times that more may come in one
	cut   bool // that was not enough
}

// batchSize is what a batch of one size does.
type batchSize struct {
	mean, variance float64 // of its time
	arrivals       counts  // while it runs
	biased         counts  // while one runs that a message falls into; made when asked for
}

// second is E[τ²].
func (s batchSize) second() float64 { return s.variance + s.mean*s.mean }

// What bounds the line of one consumer that is looked at: states, and the
// multiplications of an elimination. At a load so near to one that it would be
// longer, the chain is cut there.
const (
	maxBulkStates = 6000
	maxBulkWork   = 2e9
)

func newBulkChain(b Bulk) *bulkChain {
	c := &bulkChain{Bulk: b, sizes: []batchSize{{}}}
	c.most = c.longest()
	for n := min(c.guess(), c.most); ; n = min(2*n, c.most) {
		c.solve(n)
		tail := 0.0
		for _, p := range c.pi[n-n/8:] {
			tail += p
		}
		if c.cut = c.wild || !(tail < 1e-9); !c.cut || n == c.most {
			return c
		}
	}
}

// longest is how many states may be looked at, so that the work of eliminating
// them is bounded: of those from Max on only so many reach one of them as come in
// excess of a batch, and of those before it, nearly all.
func (c *bulkChain) longest() int {
	n := maxBulkStates
	for ; n > 16; n -= n / 16 {
		mean, variance := c.Time(min(n, c.Max))
		come := c.Lambda * mean
		reach := come + 8*math.Sqrt(come+c.Lambda*c.Lambda*variance)
		if mean > 0 {
			reach += 33 * c.Lambda * variance / mean // where a geometric tail is negligible
		}
		states, taken := float64(n), math.Min(float64(n), float64(c.Max))
		reach = math.Min(states, reach)
		if taken*(states*math.Max(1, reach-taken)+taken*reach/3) <= maxBulkWork {
			break
		}
	}
	return n
}

// guess is how long the line may get: the fluid balance λ·τ(n) = n or the full
// batch, plus 25 decay lengths of its fluctuation.
func (c *bulkChain) guess() int {
	n := 1.0
	for range 60 {
		mean, _ := c.Time(int(math.Max(1, math.Min(n, float64(c.Max)))))
		next := c.Lambda * mean
		if math.Abs(next-n) < 0.1 || next > float64(c.Max) {
			break
		}
		n = math.Max(1, next)
	}
	size := int(math.Max(1, math.Min(n, float64(c.Max))))
	mean, variance := c.Time(size)
	spread := c.Lambda*mean + c.Lambda*c.Lambda*variance
	full, fullVariance := c.Time(c.Max)
	length := 0.0
	if slack := float64(c.Max) - c.Lambda*full; float64(c.Max) < n+8*math.Sqrt(spread) {
		length = 25 * (c.Lambda*full + c.Lambda*c.Lambda*fullVariance) / (2 * slack)
	}
	return max(12, int(math.Min(n+10*math.Sqrt(spread)+length+12, maxBulkStates)))
}

func (c *bulkChain) size(n int) *batchSize {
	for len(c.sizes) <= n {
		mean, variance := c.Time(len(c.sizes))
		variance = math.Max(0, variance)
		c.wild = c.wild || c.Lambda*variance > mean*float64(c.most)
		c.sizes = append(c.sizes, batchSize{mean: mean, variance: variance, arrivals: mixedPoisson(c.Lambda, mean, variance, 0, c.most)})
	}
	return &c.sizes[n]
}

// taken is the size of the batch that begins when x messages wait.
func (c *bulkChain) taken(x int) int { return max(1, min(x, c.Max)) }

// left is what stays behind then.
func (c *bulkChain) left(x int) int { return max(0, x-c.Max) }

// after is the next state after i from which x may be reached: full batches are
// alike, so that of the states that begin one all from some point on can.
func (c *bulkChain) after(i, x int) int {
	if i+1 != c.Max {
		return i + 1
	}
	full := c.size(c.Max).arrivals
	return max(c.Max, x+c.Max-(full.first+len(full.p)-1))
}

// solve finds the stationary distribution on 0 … n by elimination from the top,
// which subtracts nothing and so loses no digits ([GrTH85]). Rows are banded:
// one batch takes at most Max away, and only so many come while it runs; an
// elimination fills no row beyond that.
func (c *bulkChain) solve(n int) {
	rows := make([][]float64, n+1)
	low := make([]int, n+1)
	for x := range rows {
		a := c.size(c.taken(x)).arrivals
		low[x] = min(c.left(x), n)
		rows[x] = make([]float64, min(n, c.left(x)+a.first+len(a.p)-1)+1-low[x])
		for i, p := range a.p {
			to := min(c.left(x)+a.first+i, n)
			rows[x][to-low[x]] += p
		}
	}
	out := make([]float64, n+1) // share that leaves x downwards, once those above are gone
	for x := n; x > 0; x-- {
		down := rows[x][:min(len(rows[x]), x-low[x])]
		for _, p := range down {
			out[x] += p
		}
		if out[x] <= 0 {
			out[x] = math.SmallestNonzeroFloat64
		}
		for i := 0; i < x; i = c.after(i, x) {
			if x-low[i] >= len(rows[i]) {
				continue
			}
			p := rows[i][x-low[i]] / out[x]
			if p < 1e-18 {
				continue
			}
			into := rows[i][max(0, low[x]-low[i]):]
			for j, q := range down[max(0, low[i]-low[x]):] {
				into[j] += p * q
			}
		}
	}
	c.pi = make([]float64, n+1)
	c.pi[0] = 1
	total := 1.0
	for x := 1; x <= n; x++ {
		for i := 0; i < x; i = c.after(i, x) {
			if k := x - low[i]; k < len(rows[i]) {
				c.pi[x] += c.pi[i] * rows[i][k]
			}
		}
		c.pi[x] /= out[x]
		total += c.pi[x]
	}
	for x := range c.pi {
		c.pi[x] /= total
	}
}

// result are the figures, but for the delay.
func (c *bulkChain) result() BulkResult {
	var r BulkResult
	var second, area float64
	top := c.taken(len(c.pi) - 1)
	r.Sizes = make([]float64, top+1)
	for x, p := range c.pi {
		n := c.taken(x)
		s := c.size(n)
		r.Sizes[n] += p
		r.Batch += p * float64(n)
		r.BatchTime += p * s.mean
		second += p * s.second()
		area += p * (float64(max(x, 1))*s.mean + c.Lambda*s.second()/2)
	}
	r.BatchVariance = second - r.BatchTime*r.BatchTime
	cycle := r.BatchTime + c.pi[0]/c.Lambda
	r.Batches = 1 / cycle
	r.Utilization = r.BatchTime / cycle
	r.Present = area / cycle
	r.Cut = c.cut
	return r
}
