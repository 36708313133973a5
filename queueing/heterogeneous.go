package queueing

import (
	"fmt"
	"slices"
)

// IdleChoice says which idle server an arrival takes.
type IdleChoice int

// An arrival takes the fastest idle server, or any of them with the same
// probability.
const (
	FastestIdle IdleChoice = iota
	RandomIdle
)

// String implements [fmt.Stringer].
func (c IdleChoice) String() string {
	switch c {
	case FastestIdle:
		return "fastest idle"
	case RandomIdle:
		return "random idle"
	}
	return fmt.Sprintf("IdleChoice(%d)", int(c))
}

// Heterogeneous is the M/M/c station whose servers have different speeds and
// share one line in order of arrival.
type Heterogeneous struct {
	lambda float64
	speeds []speed // fastest first
	pWait  float64
	busy   float64   // mean number of busy servers (1)
	direct []float64 // probability that an arrival is served at once by a server of each speed (1)
}

// speed is a number of servers with the same rate (1/s).
type speed struct {
	rate  float64
	count int
}

// NewHeterogeneous has arrival rate lambda (1/s) and one server for each of the
// rates (1/s), the inverse of its mean service time. While all are busy it is
// M/M/1 with the sum of the rates M; which servers are busy below that depends
// on what an arrival that finds several idle does.
//
//		RandomIdle:  p(set) = p(none)·λ^n·(c − n)!/c!·Π 1/μ_i over the n servers busy
//		FastestIdle: the chain of how many servers of each speed are busy, solved by elimination
//
//	  - Domain: λ ≥ 0, rates from 1e-60 to 1e60, at least one; λ ≥ M gives an [UnstableError].
//	    FastestIdle solves up to ten different speeds, or more servers of fewer
//	    speeds; beyond that an [InputError].
//	  - Accuracy: exact up to rounding.
//	  - Source: [Gumb60].
//
// [Gumb60]: https://doi.org/10.1287/opre.8.4.504
func NewHeterogeneous(lambda float64, rates []float64, choice IdleChoice) (Heterogeneous, error) {
	w := want{station: "M/M/c with unlike servers"}
	w.notNegative("arrival rate", lambda)
	w.count("servers", len(rates), 1)
	total := 0.0
	for i, r := range rates {
		w.scaled(fmt.Sprintf("rates[%d]", i), r)
		total += r
	}
	if choice != FastestIdle && choice != RandomIdle {
		w.fail("choice of an idle server", float64(choice), "FastestIdle or RandomIdle")
	}
	if w.err == nil && !(lambda < total) {
		mean := float64(len(rates)) / total
		w.stable(lambda*mean, float64(len(rates)))
	}
	if w.err != nil {
		return Heterogeneous{}, w.err
	}
	q := Heterogeneous{lambda: lambda, speeds: speedsOf(rates)}
	q.direct = make([]float64, len(q.speeds))
	if choice == RandomIdle {
		return q, q.solveRandom()
	}
	return q, q.solveFastest()
}

// speedsOf groups equal rates, fastest first.
func speedsOf(rates []float64) []speed {
	sorted := slices.Clone(rates)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	var speeds []speed
	for _, r := range sorted {
		if n := len(speeds); n > 0 && speeds[n-1].rate == r {
			speeds[n-1].count++
		} else {
			speeds = append(speeds, speed{r, 1})
		}
	}
	return speeds
}

// servers and capacity are their number (1) and the sum of their rates (1/s).
func (q Heterogeneous) servers() (c int, capacity float64) {
	for _, s := range q.speeds {
		c += s.count
		capacity += float64(s.count) * s.rate
	}
	return c, capacity
}

// Figures implements [Station]. Utilization is the share of the servers that is
// busy, each counted as one whatever its speed.
func (q Heterogeneous) Figures() Figures {
	c, capacity := q.servers()
	wait := q.pWait / (capacity - q.lambda)
	response := q.Response().Mean()
	return Figures{
		Throughput:  q.lambda,
		Utilization: q.busy / float64(c),
		Present:     q.lambda*wait + q.busy,
		InLine:      q.lambda * wait,
		PWait:       q.pWait,
		PIdle:       1 - q.pWait,
		Waiting:     wait,
		Response:    response,
	}
}

// Waiting is 0 or exponential with rate M − λ.
func (q Heterogeneous) Waiting() Time {
	_, capacity := q.servers()
	return newExpMix(1-q.pWait, expTerm{q.pWait, capacity - q.lambda})
}

// Response is a wait, if any, and a service by one of the servers: those that
// waited get the one that frees itself, server i with probability μ_i/M.
func (q Heterogeneous) Response() Time {
	_, capacity := q.servers()
	drain := capacity - q.lambda
	var m mixedTime
	for i, s := range q.speeds {
		waited := q.pWait * float64(s.count) * s.rate / capacity
		if weight := q.direct[i] + waited; weight > 0 {
			m.weights = append(m.weights, weight)
			m.parts = append(m.parts, mmcResponse{mu: s.rate, pWait: waited / weight, drain: drain, apart: drain - s.rate})
		}
	}
	return m
}

// settle takes over what the states with an idle server say, weights relative
// to that of all servers busy with nobody in line, full.
func (q *Heterogeneous) settle(below, busyBelow, full float64) {
	c, capacity := q.servers()
	full /= 1 - q.lambda/capacity
	total := below + full
	q.pWait = full / total
	q.busy = (busyBelow + float64(c)*full) / total
	for i := range q.direct {
		q.direct[i] /= total
	}
}
