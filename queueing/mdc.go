package queueing

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// MDc is the M/D/c station: Poisson arrivals, constant service, c servers and
// one line in order of arrival.
type MDc struct {
	lambda, service float64
	c               int
	more            []float64 // more[n]: probability that more than n are in line
	decay           float64   // of more beyond its end
	present         []float64 // probability of n < c at the station
	first, second   float64   // E[W] (s), E[W²] (s²)
}

// mdcHeaviest is the largest load of a server that NewMDc takes: the closer to
// 1, the more points its transform needs.
const mdcHeaviest = 0.9999

// NewMDc is M/D/c with arrival rate lambda (1/s), service time service (s) and c
// servers. Between two instants S apart exactly those in service at the first
// leave, so the number in line there is a Lindley recursion with steps
// Poisson(a) − c; see [lindley] for its distribution q and [MDc.Waiting] for that
// of the wait. By the distributional law of Little,
//
//		λ·E[W] = E[Q]    λ²·E[W²] = E[Q(Q − 1)]
//
//	  - Domain: λ ≥ 0, S > 0, c ≥ 1; a = λ·S ≥ c gives an [UnstableError], and a
//	    above 0.9999·c an [InputError].
//	  - Accuracy: about 1e-9 in means and, relatively, in tails.
//	  - Source: [Crom32] for the recursion; [Fran01]; [HaNe71] for Little's law.
func NewMDc(lambda, service float64, c int) (MDc, error) {
	w := want{station: "M/D/c"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.count("servers", c, 1)
	a := lambda * service
	w.stable(a, float64(c))
	if w.err == nil && a > mdcHeaviest*float64(c) {
		w.fail("load of a server", a/float64(c), fmt.Sprintf("at most %g", mdcHeaviest))
	}
	if w.err != nil {
		return MDc{}, w.err
	}
	q := MDc{lambda: lambda, service: service, c: c, more: []float64{0}}
	if a == 0 {
		return q, nil
	}
	b := poissonLadder(a, c)
	var first, spread float64
	for k, x := range b {
		first += float64(k) * x
		spread += float64(k*k) * x
	}
	q.first = first / lambda
	q.second = math.Max(0, spread+first*first-first) / (lambda * lambda)
	q.decay = 1 / poissonRoot(a, c)
	line := lindley(b, q.decay)
	q.more = tails(line, q.decay)
	q.present = afterArrivals(line, a, c)
	return q, nil
}

// afterArrivals is the probability of n < c in line and arrived, when a arrivals
// are expected.
func afterArrivals(line []float64, a float64, c int) []float64 {
	arrived := make([]float64, c)
	for j := range arrived {
		arrived[j] = poisson(float64(j), a)
	}
	sum := make([]float64, c)
	for n, p := range line[:min(c, len(line))] {
		for j := n; j < c; j++ {
			sum[j] += p * arrived[j-n]
		}
	}
	return sum
}

// poissonLadder is b_k = Σ_n P(Poisson(n·a) = n·c + k)/n for k ≥ 0 (b_0 left 0):
// the coefficients of −log(1 − e^(a(z−1))·z^(−c)), read off by a Fourier
// transform on the circle |z| = c/a, where the exponential is least.
func poissonLadder(a float64, c int) []float64 {
	n, r := float64(c), float64(c)/a
	points := 256
	for least := math.Max(80/math.Log(r), 64*math.Sqrt(n)); float64(points) < least; {
		points *= 2
	}
	f := make([]complex128, points)
	for i := range f {
		angle := 2 * math.Pi * float64(i) / float64(points)
		z := cmplx.Rect(r, angle)
		f[i] = -log1m(cmplx.Exp(complex(a, 0)*(z-1) - complex(n*math.Log(r), n*angle)))
	}
	f = fourier.NewCmplxFFT(points).Coefficients(f, f)
	b := make([]float64, points/2)
	for k := 1; k < len(b); k++ {
		b[k] = math.Max(0, real(f[k])/float64(points)*math.Pow(r, -float64(k)))
	}
	return b
}

// log1m is log(1 − z), with its digits where z is small.
func log1m(z complex128) complex128 {
	if math.Abs(real(z))+math.Abs(imag(z)) < 1e-5 {
		return -z * (1 + z/2*(1+2*z/3))
	}
	return cmplx.Log(1 - z)
}

// poissonRoot is the root z above 1 of z^c = e^(a(z−1)); the line is longer than
// n with a probability that falls as z^(−n).
func poissonRoot(a float64, c int) float64 {
	f := func(y float64) float64 { return a*math.Expm1(y) - float64(c)*y } // z = e^y
	lo := math.Log(float64(c) / a)                                         // where f is least
	hi := 2 * lo
	for f(hi) < 0 {
		hi *= 2
	}
	return math.Exp(illinois(f, lo, hi, f(lo), f(hi)))
}

// lindley is the distribution of the maximum of a random walk on the whole
// numbers from 0, whose ladder sums are b_k = Σ_n P(walk at k after n steps)/n.
// By Spitzer's identity its generating function is exp(−Σ b_k(1 − z^k)), so
//
//	q_0 = exp(−Σ b_k)    n·q_n = Σ_(k≤n) k·b_k·q_(n−k)
//
// in which every term is positive. It ends where q falls by the factor decay at
// each step, to nine digits, or is nothing.
//
//   - Source: [Spit56]; the recursion as for compound Poisson sums, [Panj81].
func lindley(b []float64, decay float64) []float64 {
	all := 0.0
	for _, x := range b {
		all += x
	}
	q := []float64{math.Exp(-all)}
	for n, steady := 1, 0; n < len(b) && steady < 4; n++ {
		sum := 0.0
		for k := 1; k <= n; k++ {
			sum += float64(k) * b[k] * q[n-k]
		}
		sum /= float64(n)
		if math.Abs(sum-decay*q[n-1]) < 1e-10*sum {
			steady++
		} else {
			steady = 0
		}
		q = append(q, sum)
		if sum < 1e-300 {
			break
		}
	}
	return q
}

// tails is P(N > n) for each n of a distribution that goes on beyond its end,
// falling by the factor decay at each step.
func tails(q []float64, decay float64) []float64 {
	more := make([]float64, len(q))
	sum := q[len(q)-1] * decay / (1 - decay)
	for n := len(q) - 1; n >= 0; n-- {
		more[n] = sum
		sum += q[n]
	}
	return more
}

// Figures implements [Station].
func (q MDc) Figures() Figures {
	a := q.lambda * q.service
	pWait := mdcWait{q}.Survival(0)
	return Figures{
		Throughput:  q.lambda,
		Utilization: a / float64(q.c),
		Present:     q.lambda*q.first + a,
		InLine:      q.lambda * q.first,
		PWait:       pWait,
		PIdle:       1 - pWait,
		Waiting:     q.first,
		Response:    q.first + q.service,
	}
}

// Waiting is the time in line. With (k − 1)·S ≤ t < k·S and y = λ(k·S − t),
//
//	P(W > t) = Σ_j e^(−y)·y^j/j! · P(Q > k·c − 1 − j)
//
// which is the formula of [Fran01] for its complement, so that small
// probabilities keep their digits.
func (q MDc) Waiting() Time { return mdcWait{q} }

// Response is waiting and one service time.
func (q MDc) Response() Time { return shifted{q.service, mdcWait{q}} }
