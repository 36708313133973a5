package queueing

import "math"

// MMcK is the M/M/c/K station: c servers and room for K requests, those in
// service included. An arrival that finds no room is turned away.
type MMcK struct {
	c       int
	lambda  float64
	service float64
	p       []float64 // probability of n present, n = 0 … K
}

// NewMMcK is M/M/c/K with arrival rate lambda (1/s), mean service time service
// (s), c servers and room for k requests altogether.
//
//		p_n = p_(n−1)·a/min(n, c)    P(loss) = p_K    X = λ·(1 − p_K)    a = λ·S
//
//	  - Domain: λ ≥ 0, S > 0, 1 ≤ c, 1 ≤ k; with k < c only k servers are ever
//	    used. Any load is stable.
//	  - Accuracy: exact up to rounding (sums and products of positives).
//	  - Source: [Kend53], [GrHa98].
func NewMMcK(lambda, service float64, c, k int) (MMcK, error) {
	w := want{station: "M/M/c/K"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.count("servers", c, 1)
	w.count("room", k, 1)
	if w.err != nil {
		return MMcK{}, w.err
	}
	q := MMcK{c: min(c, k), lambda: lambda, service: service}
	q.p = birthDeath(k, func(n int) float64 { return lambda * service / float64(min(n, q.c)) })
	return q, nil
}

// birthDeath is the stationary distribution of a birth–death chain on 0 … k
// with p_n = ratio(n)·p_(n−1). Growing terms are scaled down as they come.
func birthDeath(k int, ratio func(n int) float64) []float64 {
	p := make([]float64, k+1)
	p[0] = 1
	sum, first := 1.0, 0 // of those that are not scaled down to nothing
	for n := 1; n <= k; n++ {
		p[n] = p[n-1] * ratio(n)
		sum += p[n]
		if sum > 1e200 {
			for i := first; i <= n; i++ {
				p[i] *= 1e-200
			}
			for first < n && p[first] == 0 {
				first++
			}
			sum *= 1e-200
		}
	}
	for n := range p {
		p[n] /= sum
	}
	return p
}

// Present is the probability of n requests at the station (1).
func (q MMcK) Present(n int) float64 {
	if n < 0 || n >= len(q.p) {
		return 0
	}
	return q.p[n]
}

// Figures implements [Station]. PWait is that of the arrivals let in, and
// counts those that wait.
func (q MMcK) Figures() Figures {
	k := len(q.p) - 1
	var f Figures
	for n, p := range q.p {
		f.Present += float64(n) * p
		f.InLine += float64(max(0, n-q.c)) * p
		f.Utilization += float64(min(n, q.c)) * p / float64(q.c)
		if n < q.c {
			f.PIdle += p
		}
	}
	f.PLoss = q.p[k]
	f.Throughput = q.lambda * q.admitted()
	wait := q.wait()
	f.PWait = wait.later() // one minus the atom may be below 0 by a rounding
	f.Waiting = wait.Mean()
	f.Response = f.Waiting + q.service
	return f
}

// admitted is 1 − p_K, summed so that it keeps its digits when nearly all is lost.
func (q MMcK) admitted() float64 {
	sum := 0.0
	for _, p := range q.p[:len(q.p)-1] {
		sum += p
	}
	return sum
}

// wait is the waiting time of an arrival let in: who finds n ≥ c present waits
// for n − c + 1 departures, each after an exponential time of rate c/S.
func (q MMcK) wait() erlangMix {
	k := len(q.p) - 1
	in := q.admitted()
	m := erlangMix{rate: float64(q.c) / q.service}
	for n, p := range q.p[:k] {
		if n < q.c {
			m.atom += p / in
		} else {
			m.weights = append(m.weights, p/in)
		}
	}
	return m
}

// Waiting is the waiting time of those let in.
func (q MMcK) Waiting() Time { return q.wait() }

// Response is the response time of those let in.
func (q MMcK) Response() Time { return sumOf(q.wait(), newExpMix(0, expTerm{1, 1 / q.service})) }

// erlangMix is 0 with probability atom, and with probability weights[j] the sum
// of j + 1 exponential times of the given rate: the wait behind a line of
// random length.
type erlangMix struct {
	atom    float64
	weights []float64
	rate    float64
}

// later is the probability that it is not 0 (1).
func (m erlangMix) later() float64 {
	sum := 0.0
	for _, w := range m.weights {
		sum += w
	}
	return sum
}

func (m erlangMix) moments() (first, second float64) {
	for j, w := range m.weights {
		k := float64(j + 1)
		first += w * k
		second += w * k * (k + 1)
	}
	return first / m.rate, second / (m.rate * m.rate)
}

func (m erlangMix) Mean() float64 { first, _ := m.moments(); return first }

func (m erlangMix) Variance() float64 {
	first, second := m.moments()
	return second - first*first
}

// Survival sums Poisson probabilities: P(Erlang_(j+1) > t) is that of j events
// or fewer.
func (m erlangMix) Survival(t float64) float64 {
	if t < 0 {
		return 1
	}
	sum, left := 0.0, m.later()
	x := m.rate * t
	if math.IsInf(x, 1) {
		return 0
	}
	log := -x
	for j, w := range m.weights {
		sum += math.Exp(log) * left
		left -= w
		log += math.Log(x / float64(j+1))
	}
	return math.Max(0, math.Min(sum, 1-m.atom)) // a sum of probabilities may be a digit above 1
}

func (m erlangMix) CDF(t float64) float64 {
	if t < 0 {
		return 0
	}
	return 1 - m.Survival(t)
}

func (m erlangMix) density(t float64) float64 {
	sum, x := 0.0, m.rate*t
	log := -x
	for j, w := range m.weights {
		sum += w * m.rate * math.Exp(log)
		log += math.Log(x / float64(j+1))
	}
	return sum
}

func (m erlangMix) Quantile(p float64) float64 {
	if p <= m.atom {
		return 0
	}
	return quantileNewton(m, p)
}

func (m erlangMix) LST(s complex128) complex128 {
	phase := complex(m.rate, 0) / (s + complex(m.rate, 0))
	sum := complex128(0)
	for j := len(m.weights) - 1; j >= 0; j-- {
		sum = (sum + complex(m.weights[j], 0)) * phase
	}
	return complex(m.atom, 0) + sum
}

// coarser is nearly the same time, made of at most so many sums: k exponential
// times become k/n of the rate divided by n, split between the whole numbers next
// to it. Means are kept but for the first n − 1 sums, which become one; of a time
// of many sums the spread of each is small beside that of the time.
func (m erlangMix) coarser(most int) erlangMix {
	if len(m.weights) <= most {
		return m
	}
	n := (len(m.weights) + most - 1) / most
	out := erlangMix{atom: m.atom, rate: m.rate / float64(n), weights: make([]float64, len(m.weights)/n+1)}
	for j, w := range m.weights {
		whole, rest := (j+1)/n, float64((j+1)%n)/float64(n)
		if whole == 0 {
			whole, rest = 1, 0
		}
		out.weights[whole-1] += w * (1 - rest)
		if rest > 0 {
			out.weights[whole] += w * rest
		}
	}
	return out
}

// sumOf is the sum of independent times, its distribution by inversion.
func sumOf(parts ...Time) Time {
	d := transformed{euler: fineInversion()}
	for _, p := range parts {
		d.mean += p.Mean()
		d.variance += p.Variance()
	}
	d.lst = func(s complex128) complex128 {
		z := complex128(1)
		for _, p := range parts {
			z *= p.LST(s)
		}
		return z
	}
	return d
}
