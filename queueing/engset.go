package queueing

import "math"

// Engset is a station without a line that serves a finite number of sources: a
// source that finds all servers busy is turned away and tries again after
// another idle time.
type Engset struct {
	c             int
	service       float64
	present, seen window
}

// NewEngset has the given number of sources, each idle for a mean time idle
// (s) before it asks for a service of mean length service (s), and c servers:
//
//	p_n ∝ C(N, n)·αⁿ, n ≤ min(c, N)    α = S/idle
//
// An arrival sees the station with one source less, so that the share of the
// time in which all servers are busy (time congestion) is larger than the share
// of the arrivals that is turned away (call congestion).
//
//   - Domain: N ≥ 1, idle and S from 1e-60 to 1e60, c ≥ 1. Any load is stable.
//   - Accuracy: exact up to rounding. The figures depend on the service and the
//     idle time through their means only.
//   - Source: [Engs18]; [GrHa98].
func NewEngset(sources int, idle, service float64, c int) (Engset, error) {
	w := want{station: "Engset"}
	w.count("sources", sources, 1)
	w.scaled("idle time", idle)
	w.scaled("service time", service)
	w.count("servers", c, 1)
	if w.err != nil {
		return Engset{}, w.err
	}
	return newEngset(sources, service/idle, service, c), nil
}

// NewEngsetLoad is [NewEngset] for sources that together offer the given load
// (erlangs), counted over the attempts that they make: N·(share of idle
// sources)·α.
//
//   - Domain: load ≥ 0; S from 1e-60 to 1e60; with c ≥ N, where nobody is ever
//     turned away, load < N.
//   - Source: [Engs18].
func NewEngsetLoad(sources int, load, service float64, c int) (Engset, error) {
	w := want{station: "Engset"}
	w.count("sources", sources, 1)
	w.notNegative("offered load", load)
	w.scaled("service time", service)
	w.count("servers", c, 1)
	if c >= sources && load >= float64(sources) {
		w.fail("offered load", load, "less than the number of sources, since none is ever turned away")
	}
	if w.err != nil {
		return Engset{}, w.err
	}
	n := float64(sources)
	offers := func(alpha float64) float64 {
		busy, _ := engsetWindow(sources, alpha, c).split(c)
		return alpha*(n-busy) - load
	}
	// idle sources are at most N, and at least N/(1 + α) and N − c
	lo, hi := load/n, math.Inf(1)
	if load < n {
		hi = load / (n - load)
	}
	if c < sources {
		hi = math.Min(hi, load/(n-float64(c)))
	}
	if lo < hi {
		lo = illinois(offers, lo, hi, offers(lo), offers(hi))
	}
	return newEngset(sources, lo, service, c), nil
}

func newEngset(sources int, alpha, service float64, c int) Engset {
	return Engset{
		c: c, service: service,
		present: engsetWindow(sources, alpha, c),
		seen:    engsetWindow(sources-1, alpha, c),
	}
}

func engsetWindow(sources int, alpha float64, c int) window {
	return birthDeathAround(min(sources, c), func(n int) float64 { return alpha * float64(sources-n+1) / float64(n) })
}

// Present is the probability of n busy servers (1).
func (q Engset) Present(n int) float64 { return q.present.at(n) }

// TimeCongestion is the share of the time in which all servers are busy (1).
func (q Engset) TimeCongestion() float64 { return q.present.at(q.c) }

// CallCongestion is the share of the arrivals that is turned away (1).
func (q Engset) CallCongestion() float64 { return q.seen.at(q.c) }

// Figures implements [Station]. PLoss is the call congestion.
func (q Engset) Figures() Figures {
	busy, _ := q.present.split(q.c)
	return Figures{
		Throughput:  busy / q.service,
		Utilization: busy / float64(q.c),
		Present:     busy,
		PIdle:       q.present.below(q.c),
		PLoss:       q.CallCongestion(),
		Response:    q.service,
	}
}

// Waiting is none.
func (q Engset) Waiting() Time { return newExpMix(1) }

// Response is one service time, here taken as exponential.
func (q Engset) Response() Time { return newExpMix(0, expTerm{1, 1 / q.service}) }
