package queueing

import (
	"fmt"
	"math"
)

// LoadDependent is the station of one server whose speed depends on the number
// present: one that thrashes, or that gains from working on many at once.
type LoadDependent struct {
	lambda float64
	rates  []float64
	p      []float64 // probability of n present, n = 0 … len(rates); beyond it falls geometrically
}

// NewLoadDependent has arrival rate lambda (1/s) and completes requests at
// rates[n−1] (1/s) while n are present; the last rate holds for all larger n:
//
//		p_n = p_(n−1)·λ/μ_n
//
//	  - Domain: λ ≥ 0, rates > 0, at least one; λ not below the last rate gives an
//	    [UnstableError].
//	  - Accuracy: exact up to rounding.
//	  - Source: [GrHa98]; under processor sharing for any service time [BCMP75].
//
// [BCMP75]: https://doi.org/10.1145/321879.321887
func NewLoadDependent(lambda float64, rates []float64) (LoadDependent, error) {
	w := want{station: "M/M/1 with rates by number present"}
	w.notNegative("arrival rate", lambda)
	w.count("rates", len(rates), 1)
	for i, r := range rates {
		w.positive(fmt.Sprintf("rates[%d]", i), r)
	}
	if w.err != nil {
		return LoadDependent{}, w.err
	}
	w.stable(lambda/rates[len(rates)-1], 1)
	if w.err != nil {
		return LoadDependent{}, w.err
	}
	q := LoadDependent{lambda: lambda, rates: append([]float64(nil), rates...)}
	q.p = q.present()
	return q, nil
}

// present goes by logarithms, since the rates may be as unlike as they like.
func (q LoadDependent) present() []float64 {
	logs := make([]float64, len(q.rates)+1)
	most := 0.0
	for n, r := range q.rates {
		logs[n+1] = logs[n] + math.Log(q.lambda) - math.Log(r)
		most = math.Max(most, logs[n+1])
	}
	sum := 0.0
	for n, l := range logs {
		logs[n] = math.Exp(l - most)
		sum += logs[n]
	}
	last, rho := logs[len(q.rates)], q.beyond()
	sum += last * rho / (1 - rho)
	for n := range logs {
		logs[n] /= sum
	}
	return logs
}

// beyond is the ratio by which the probabilities fall beyond the last rate.
func (q LoadDependent) beyond() float64 { return q.lambda / q.rates[len(q.rates)-1] }

// Present is the probability of n requests at the station (1).
func (q LoadDependent) Present(n int) float64 {
	if n < 0 {
		return 0
	}
	k := len(q.rates)
	if n <= k {
		return q.p[n]
	}
	return q.p[k] * math.Pow(q.beyond(), float64(n-k))
}

// Figures implements [Station] for service in order of arrival, one at a time.
func (q LoadDependent) Figures() Figures {
	k, rho := len(q.rates), q.beyond()
	var present, busy float64
	for n := 1; n <= k; n++ {
		present += float64(n) * q.p[n]
		busy += q.p[n]
	}
	tail := q.p[k] * rho / (1 - rho)
	present += tail * (float64(k) + 1/(1-rho))
	busy += tail
	f := Figures{
		Throughput: q.lambda, Utilization: busy, Present: present, InLine: math.Max(0, present-busy),
		PWait: busy, PIdle: q.p[0],
		Waiting: 0, Response: 1 / q.rates[0],
	}
	if q.lambda > 0 {
		f.Waiting, f.Response = f.InLine/q.lambda, present/q.lambda
	}
	return f
}

// Waiting is not known: who comes later changes the speed.
func (q LoadDependent) Waiting() Time { return nil }

// Response is not known in order of arrival; see [LoadDependent.Shared].
func (q LoadDependent) Response() Time { return nil }

// Shared is the same station under processor sharing, all present served at the
// same speed. Its number present is the same, whatever the distribution of the
// service demands.
func (q LoadDependent) Shared() SharedLoadDependent { return SharedLoadDependent{q} }

// SharedLoadDependent is [LoadDependent] under processor sharing.
type SharedLoadDependent struct{ of LoadDependent }

// Figures implements [Station].
func (q SharedLoadDependent) Figures() Figures {
	f := q.of.Figures()
	f.InLine, f.Waiting = 0, 0
	return f
}

// Waiting is none.
func (q SharedLoadDependent) Waiting() Time { return newExpMix(1) }

// Response is the response time with exponential demands, by the chain of a
// tagged request, cut where 1e-13 of its states is left, and inversion. It is
// nil where more than a hundred thousand states matter.
func (q SharedLoadDependent) Response() Time {
	n := len(q.of.rates)
	if rho := q.of.beyond(); rho > 0 && q.of.p[n] > 1e-13*(1-rho) {
		n += int(math.Min(math.Ceil(math.Log(1e-13*(1-rho)/q.of.p[n])/math.Log(rho)), maxTagged))
	}
	if n > maxTagged {
		return nil
	}
	c := tagged{birth: q.of.lambda, leave: make([]float64, n+1), end: make([]float64, n+1)}
	seen := make([]float64, n+1)
	for i := range n + 1 {
		each := q.of.rates[min(i, len(q.of.rates)-1)] / float64(i+1)
		c.leave[i], c.end[i], seen[i] = float64(i)*each, each, q.of.Present(i)
	}
	lst := func(s complex128) complex128 {
		sum := complex128(0)
		for i, f := range c.transform(s, cut) {
			sum += complex(seen[i], 0) * f
		}
		return sum
	}
	mean := q.of.Figures().Response
	return transformed{mean: mean, variance: c.variance(seen, mean), lst: lst, euler: fineInversion()}
}

// maxTagged bounds the states of a tagged request.
const maxTagged = 100_000

// variance solves the same equations for the first two moments.
func (c tagged) variance(seen []float64, mean float64) float64 {
	first := make([]float64, len(seen))
	for i := range first {
		first[i] = 1
	}
	c.solve(first)
	second := make([]float64, len(seen))
	for i := range second {
		second[i] = 2 * first[i]
	}
	c.solve(second)
	return math.Max(0, dot(seen, second)-mean*mean)
}

// solve puts the x of (birth + leave + end)·x_n − birth·x_(n+1) − leave·x_(n−1)
// = right in its place, for a chain that ends at N.
func (c tagged) solve(right []float64) {
	n := len(right)
	up := make([]float64, n)
	kept := c.end[0] // diagonal less what goes up: a sum of positives
	for i := range n {
		birth := c.birth
		if i == n-1 {
			birth = 0
		}
		if i > 0 {
			// what leaves down comes back up with probability up[i−1]
			kept = c.end[i] + c.leave[i]*(1-up[i-1])
			right[i] += c.leave[i] * right[i-1]
		}
		diag := kept + birth
		up[i] = birth / diag
		right[i] /= diag
	}
	for i := n - 2; i >= 0; i-- {
		right[i] += up[i] * right[i+1]
	}
}
