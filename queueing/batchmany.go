package queueing

import "math"

// MXMc is the M^X/M/c station in order of arrival of the batches: requests that
// come several at once to a line with several exponential servers.
type MXMc struct {
	c       int
	rate    float64 // of requests (1/s)
	service float64
	idle    float64 // probability that one or more servers are idle (1)
	wait    erlangMix
}

// Bounds of the recursion of [NewMXMc]: of its length, and of its work.
const (
	maxBatchStates = 2_000_000
	maxBatchWork   = 400_000_000
)

// NewMXMc has Poisson arrivals of batches of rate lambda (1/s), each request with
// a mean service time service (s), and c servers. What goes up past n present is
// what comes down, so that
//
//	min(n, c)/S·p_n = λ·Σ_(k<n) p_k·P(X ≥ n − k)
//
// which only adds positive numbers, until what is left is below rounding. A request
// is at place j of its batch with probability P(X ≥ j)/E[X], and waits for as many
// to leave as are before it, less c − 1.
//
//   - Domain: λ ≥ 0, sizes ≥ 1, S > 0, c ≥ 1; λ·E[X]·S ≥ c gives an
//     [UnstableError], a line so long that the recursion would take seconds an
//     [InputError].
//   - Accuracy: 1e-9.
//   - Source: the balance of levels [Kell79]; the place in a batch [Burk75].
func NewMXMc(lambda float64, size BatchSize, service float64, c int) (MXMc, error) {
	size = size.orOne()
	w := want{station: "M^X/M/c"}
	w.notNegative("arrival rate of batches", lambda)
	w.scaled("service time", service)
	w.count("servers", c, 1)
	mean := size.Mean()
	if !(mean >= 1) || math.IsInf(mean, 1) {
		w.fail("mean size of a batch", mean, "a finite number of at least 1")
	}
	w.stable(lambda*mean*service, float64(c))
	if w.err != nil {
		return MXMc{}, w.err
	}
	batch := tailsOf(size)
	p := batchLevels(lambda*service, batch, c)
	if p == nil {
		w.fail("length of the line", maxBatchStates, "a line whose chain is shorter; lower the load or the batches")
		return MXMc{}, w.err
	}
	q := MXMc{c: c, rate: lambda * mean, service: service, wait: erlangMix{rate: float64(c) / service}}
	for n := range min(c, len(p)) {
		q.idle += p[n]
	}
	q.wait.weights = make([]float64, max(0, len(p)+len(batch)-c))
	for n, pn := range p {
		for j, tail := range batch { // j go before within the batch
			if ahead := n + j; ahead < c {
				q.wait.atom += pn * tail / mean
			} else {
				q.wait.weights[ahead-c] += pn * tail / mean
			}
		}
	}
	return q, nil
}

// tailsOf is P(X ≥ 1), P(X ≥ 2), … until nothing is left.
func tailsOf(size BatchSize) (tails []float64) {
	for n := 1; n <= maxBatchStates; n++ {
		t := size.atLeast(n)
		if !(t > 1e-17) {
			break
		}
		tails = append(tails, t)
	}
	return tails
}

// batchLevels is the distribution of the number present, by the load of single
// batches λ·S; nil where it is too long.
func batchLevels(load float64, batch []float64, c int) []float64 {
	p, total := []float64{1}, 1.0
	for n := 1; ; n++ {
		if n > maxBatchStates || n*len(batch) > maxBatchWork {
			return nil
		}
		up := 0.0
		for k := max(0, n-len(batch)); k < n; k++ {
			up += p[k] * batch[n-k-1]
		}
		next := load * up / float64(min(n, c))
		p = append(p, next)
		total += next
		if total > 1e200 {
			for i := range p {
				p[i] *= 1e-200
			}
			total *= 1e-200
		}
		// below c, levels may rise again; above, they fall from one batch to the next
		if n >= c && n >= len(batch) && float64(n)*p[n] <= 1e-13*total && p[n] <= p[n-1] {
			break
		}
	}
	for i := range p {
		p[i] /= total
	}
	return p
}

// Figures implements [Station]; rates and numbers are of requests.
func (q MXMc) Figures() Figures {
	f := Figures{
		Throughput: q.rate, Utilization: q.rate * q.service / float64(q.c),
		PWait: math.Max(0, 1-q.wait.atom), PIdle: q.idle, Waiting: q.wait.Mean(),
	}
	f.InLine = q.rate * f.Waiting
	f.Response = f.Waiting + q.service
	f.Present = q.rate * f.Response
	return f
}

// Waiting is the wait of a request.
func (q MXMc) Waiting() Time { return q.wait }

// Response is waiting and service.
func (q MXMc) Response() Time { return sumOf(q.wait, newExpMix(0, expTerm{1, 1 / q.service})) }
