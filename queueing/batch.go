package queueing

import (
	"math"
	"math/cmplx"
)

// BatchSize is the distribution of how many requests arrive together. The zero
// BatchSize is always 1.
type BatchSize struct {
	// factorial are E[X], E[X(X − 1)] and E[X(X − 1)(X − 2)] (1)
	factorial [3]float64
	generate  func(z complex128) complex128 // E[z^X]
	atLeast   func(n int) float64           // P(X ≥ n) (1)
}

func (b BatchSize) orOne() BatchSize {
	if b.generate == nil {
		return FixedBatch(1)
	}
	return b
}

// FixedBatch is always n; an n below 1 makes a size that [NewMXG1] refuses.
func FixedBatch(n int) BatchSize {
	x := float64(n)
	return BatchSize{
		[3]float64{x, x * (x - 1), x * (x - 1) * (x - 2)},
		func(z complex128) complex128 { return cpow(z, n) },
		func(at int) float64 { return boolTo(at <= n) },
	}
}

// GeometricBatch is n with probability (1 − q)·q^(n−1), n ≥ 1, where the mean (1)
// is 1/(1 − q); a mean below 1 makes a size that [NewMXG1] refuses.
func GeometricBatch(mean float64) BatchSize {
	q := 1 - 1/mean
	if !(mean >= 1) {
		nan := func(complex128) complex128 { return cmplx.NaN() }
		return BatchSize{[3]float64{mean, 0, 0}, nan, func(int) float64 { return math.NaN() }}
	}
	return BatchSize{
		[3]float64{mean, 2 * q * mean * mean, 6 * q * q * mean * mean * mean},
		func(z complex128) complex128 { return complex(1-q, 0) * z / (1 - complex(q, 0)*z) },
		func(n int) float64 { return math.Pow(q, float64(max(0, n-1))) },
	}
}

// BatchOf is n with a probability proportional to weights[n−1] (1); weights that
// are not numbers of 0 or more make a size that [NewMXG1] refuses.
func BatchOf(weights ...float64) BatchSize {
	var total float64
	for _, w := range weights {
		if !(w >= 0) {
			total = math.NaN()
		}
		total += w
	}
	p := make([]float64, len(weights))
	var f [3]float64
	for i, w := range weights {
		p[i] = w / total
		n := float64(i + 1)
		f[0] += p[i] * n
		f[1] += p[i] * n * (n - 1)
		f[2] += p[i] * n * (n - 1) * (n - 2)
	}
	generate := func(z complex128) complex128 {
		sum := complex128(0)
		for i := len(p) - 1; i >= 0; i-- {
			sum = (sum + complex(p[i], 0)) * z
		}
		return sum
	}
	tail := make([]float64, len(p)+1)
	for i := len(p) - 1; i >= 0; i-- {
		tail[i] = tail[i+1] + p[i]
	}
	return BatchSize{f, generate, func(n int) float64 { return tail[min(max(0, n-1), len(p))] }}
}

// Mean is E[X] (1).
func (b BatchSize) Mean() float64 { return b.orOne().factorial[0] }

// NewMXG1 is M^X/G/1: batches of requests with Poisson arrivals of rate lambda
// batches (1/s), each request with the given service time, served one by one, in
// random order within a batch. A request waits for the batches before its own, as
// in M/G/1 with the work of a whole batch for a service time, and for those of
// its own batch that go before it:
//
//	W = λ·E[B²]/(2(1 − ρ)) + E[X(X − 1)]/(2E[X])·E[S]    ρ = λ·E[X]·E[S]
//	W*(s) = W_batch*(s)·(1 − X(S*(s)))/(E[X]·(1 − S*(s)))
//
// where B is the work of a batch and X(z) = E[z^X]. Exponential service makes it
// M^X/M/1.
//
//   - Domain: λ ≥ 0, sizes ≥ 1, E[S] > 0; ρ ≥ 1 gives an [UnstableError].
//   - Accuracy: means and variances exact; distributions by inversion, see [Survival].
//   - Source: [Burk75].
func NewMXG1(lambda float64, size BatchSize, service Service) (MXG1, error) {
	size = size.orOne()
	w := want{station: "M^X/G/1"}
	w.notNegative("arrival rate of batches", lambda)
	w.positive("service time", service.Moment(1))
	if x := size.factorial[0]; !(x >= 1) || math.IsInf(x, 1) {
		w.fail("mean size of a batch", x, "a finite number of at least 1")
	}
	work := batchWork{size, service}
	w.stable(lambda*work.Moment(1), 1)
	if w.err != nil {
		return MXG1{}, w.err
	}
	return MXG1{MG1{lambda, work, lambda * work.Moment(1)}, work}, nil
}

// MXG1 is the M^X/G/1 station in order of arrival of the batches.
type MXG1 struct {
	batches MG1
	work    batchWork
}

// batchWork is the service time of a whole batch.
type batchWork struct {
	size    BatchSize
	service Service
}

func (b batchWork) Moment(k int) float64 {
	f, m := b.size.factorial, b.service.Moment
	switch k {
	case 1:
		return f[0] * m(1)
	case 2:
		return f[0]*m(2) + f[1]*m(1)*m(1)
	}
	sum := f[0] * m(3)
	if f[1] > 0 { // so that 0 times +Inf is nothing
		sum += 3*f[1]*m(2)*m(1) + f[2]*m(1)*m(1)*m(1)
	}
	return sum
}

func (b batchWork) LST(s complex128) complex128 { return b.size.generate(b.service.LST(s)) }

// behindLST is the transform of the work of those who go before in one's batch.
func (b batchWork) behindLST(s complex128) complex128 {
	z := b.service.LST(s)
	if z == 1 {
		return 1
	}
	return (1 - b.size.generate(z)) / (complex(b.size.factorial[0], 0) * (1 - z))
}

// behind are the mean and variance of that work: of J requests, where
// E[J] = E[X(X − 1)]/2E[X] and E[J(J − 1)] = E[X(X − 1)(X − 2)]/3E[X].
func (b batchWork) behind() moment {
	f := b.size.factorial
	first, second := f[1]/(2*f[0]), f[2]/(3*f[0])
	m := b.service.Moment(1)
	if first == 0 {
		return moment{}
	}
	return moment{first * m, first*varianceOf(b.service) + (second+first-first*first)*m*m}
}

// Figures implements [Station]; rates and numbers are of requests.
func (q MXG1) Figures() Figures {
	wait := mg1Wait(q.batches.lambda, q.work) + q.work.behind().mean
	f := classFigures(q.batches.lambda*q.work.size.Mean(), wait, q.work.service.Moment(1), 1, 0, 1-q.batches.rho)
	alone := (1 - q.batches.rho) / q.work.size.Mean() // the first of a batch that finds nobody
	f.PWait = 1 - alone
	return f
}

// Waiting is the wait of a request.
func (q MXG1) Waiting() Time {
	behind := q.work.behind()
	wait := mg1Wait(q.batches.lambda, q.work)
	return transformed{
		mean:     wait + behind.mean,
		variance: mg1WaitVariance(q.batches.lambda, q.work) + behind.variance,
		atom:     (1 - q.batches.rho) / q.work.size.Mean(),
		lst: func(s complex128) complex128 {
			return pollaczek(q.batches.rho, q.work.Moment(1), s, q.work.LST(s)) * q.work.behindLST(s)
		},
		euler: fineInversion(),
	}
}

// Response is waiting and service.
func (q MXG1) Response() Time { return afterWait(q.Waiting(), q.work.service) }
