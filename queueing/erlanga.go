package queueing

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// ErlangA is the M/M/c+M station: M/M/c in which a request that waits loses
// patience after an exponential time and leaves the line unserved.
type ErlangA struct {
	c                         int
	lambda, service, patience float64
	present                   window
}

// maxPatience bounds λ·patience, the length (1) of a line that nothing serves.
const maxPatience = 1e10

// NewErlangA has arrival rate lambda (1/s), mean service time service (s), mean
// patience patience (s) and c servers:
//
//		p_n = p_(n−1)·λ / (min(n, c)/S + max(0, n − c)·θ)    θ = 1/patience
//		P(abandon) = θ·Lq/λ
//
//	  - Domain: λ ≥ 0, S and patience from 1e-60 to 1e60, λ·patience ≤ 1e10,
//	    c ≥ 1. Any load is stable.
//	  - Accuracy: exact up to rounding.
//	  - Source: [Palm57]; [MaZe07].
func NewErlangA(lambda, service, patience float64, c int) (ErlangA, error) {
	w := want{station: "M/M/c+M"}
	w.notNegative("arrival rate", lambda)
	w.scaled("service time", service)
	w.scaled("patience", patience)
	w.count("servers", c, 1)
	if !(lambda*patience <= maxPatience) {
		w.fail("patience", patience, "no more than 1e10 mean times between arrivals; without a limit it is M/M/c")
	}
	if w.err != nil {
		return ErlangA{}, w.err
	}
	q := ErlangA{c: c, lambda: lambda, service: service, patience: patience}
	q.present = birthDeathAround(math.MaxInt/2, func(n int) float64 {
		return lambda / (float64(min(n, c))/service + float64(max(0, n-c))/patience)
	})
	return q, nil
}

// Present is the probability of n requests at the station (1).
func (q ErlangA) Present(n int) float64 { return q.present.at(n) }

// PAbandon is the probability that an arrival leaves unserved (1).
func (q ErlangA) PAbandon() float64 {
	if q.lambda == 0 {
		return 0
	}
	_, line := q.present.split(q.c)
	return line / (q.lambda * q.patience)
}

// Figures implements [Station]. PLoss is the probability to abandon; Waiting and
// Response are those of the requests served, Present and InLine count all.
func (q ErlangA) Figures() Figures {
	busy, line := q.present.split(q.c)
	wait := q.servedWait()
	return Figures{
		Throughput:  busy / q.service,
		Utilization: busy / float64(q.c),
		Present:     busy + line,
		InLine:      line,
		PWait:       q.present.from(q.c),
		PIdle:       q.present.below(q.c),
		PLoss:       q.PAbandon(),
		Waiting:     wait.mean,
		Response:    wait.mean + q.service,
	}
}

// stages are the rates at which the line in front of a request moves, its own
// patience included: with j ahead of it in line, c/S + (j + 1)·θ. A share
// (c/S)/(c/S + (j + 1)·θ) of those that find j ahead is served in the end.
func (q ErlangA) stage(j int) float64 {
	return float64(q.c)/q.service + float64(j+1)/q.patience
}

func (q ErlangA) share(j int) float64 { return float64(q.c) / q.service / q.stage(j) }

// lines goes through the lengths of line that an arrival may find.
func (q ErlangA) lines(visit func(j int, p float64)) {
	for j := max(0, q.present.first-q.c); q.c+j < q.present.first+len(q.present.p); j++ {
		visit(j, q.present.at(q.c+j))
	}
}

// servedWait is the waiting time of the requests served. Its distribution
// follows from the density of the wait that an arrival with unlimited patience
// would meet, λ·p_(c−1)·exp(λ(1 − e^(−θt))/θ − c·t/S), weighted with e^(−θt)
// ([BaHe81]); its moments from the stages.
func (q ErlangA) servedWait() palmTail {
	theta, mu := 1/q.patience, float64(q.c)/q.service
	var first, second, waits float64
	x := mu / theta
	skipped := max(0, q.present.first-q.c)
	var sum, squares float64 // Σ 1/r and Σ 1/r² over the stages
	if skipped > 0 {
		n := float64(skipped)
		sum = q.patience * (mathext.Digamma(x+n+1) - mathext.Digamma(x+1))
		squares = q.patience * q.patience * (mathext.Zeta(2, x+1) - mathext.Zeta(2, x+n+1))
	}
	q.lines(func(j int, p float64) {
		r := q.stage(j)
		sum += 1 / r
		squares += 1 / (r * r)
		p *= q.share(j)
		waits += p
		first += p * sum
		second += p * (sum*sum + squares)
	})
	served := waits + q.present.below(q.c)
	mean := first / served
	return palmTail{
		weight: waits / served, theta: theta, x: x + 1, y: q.lambda / theta,
		mean: mean, variance: math.Max(0, second/served-mean*mean),
		lst: func(s complex128) complex128 { return q.servedLST(s, served) },
	}
}

// shortest is the length of the shortest line that matters.
func (q ErlangA) shortest() int { return max(0, q.present.first-q.c) }

// servedLST is the transform of the served wait: a product of stages for every
// length of line, summed from the longest, and one for those that all lines have.
func (q ErlangA) servedLST(s complex128, served float64) complex128 {
	sum := complex128(0)
	for j := q.present.first + len(q.present.p) - 1 - q.c; j >= q.shortest(); j-- {
		r := complex(q.stage(j), 0)
		sum = (sum + complex(q.present.at(q.c+j)*q.share(j), 0)) * r / (r + s)
	}
	sum *= stagesLST(q.stage(0)*q.patience, q.shortest(), s*complex(q.patience, 0))
	return (sum + complex(q.present.below(q.c), 0)) / complex(served, 0)
}

// Waiting is the waiting time of the requests served.
func (q ErlangA) Waiting() Time { return q.servedWait() }

// Response is the response time of the requests served, by inversion. It is nil
// where lines of more than a hundred thousand matter: the wait is then so nearly
// constant that inversion smears it.
func (q ErlangA) Response() Time {
	if q.present.first+len(q.present.p)-q.c > maxTagged {
		return nil
	}
	return sumOf(q.servedWait(), newExpMix(0, expTerm{1, 1 / q.service}))
}

// WaitingOfAll is the time in line of every arrival, until it is served or
// gives up.
func (q ErlangA) WaitingOfAll() Time {
	theta := 1 / q.patience
	_, line := q.present.split(q.c)
	d := palmTail{
		weight: q.present.from(q.c), theta: theta, more: theta,
		x: float64(q.c) / q.service / theta, y: q.lambda / theta, lst: q.allLST,
	}
	if q.lambda > 0 {
		d.mean = line / q.lambda
	}
	d.variance = math.Max(0, q.allSecond(d.mean)-d.mean*d.mean)
	return d
}

// allSecond is the second moment of the time in line of every arrival, by the
// stages; where lines are so long that a window leaves out the shortest, from
// E[W²] = 2·E[W; abandoned]/θ.
func (q ErlangA) allSecond(mean float64) float64 {
	if q.present.first > q.c {
		served := q.servedWait()
		return 2 * q.patience * (mean - (1-q.PAbandon())*served.mean)
	}
	var m1, m2, second float64
	q.lines(func(j int, p float64) {
		r := q.stage(j)
		on := q.stage(j-1) / r // somebody ahead leaves first, not the request itself
		m1, m2 = 1/r+on*m1, 2/(r*r)+2/r*on*m1+on*m2
		second += p * m2
	})
	return second
}

// allLST is the transform of the shorter of two times, one of them exponential: of
// the wait V with unlimited patience and of the patience,
//
//	1 − s/(s + θ)·(1 − V*(s + θ))
//
// where V is a product of the stages c/S + i·θ, i ≤ j, with j ahead in line.
func (q ErlangA) allLST(s complex128) complex128 {
	theta := complex(1/q.patience, 0)
	both := s + theta
	first := q.shortest()
	sum := complex(q.present.below(q.c), 0)
	endless := stagesLST(float64(q.c)/q.service*q.patience, first, both*complex(q.patience, 0))
	for j := first; j < q.present.first+len(q.present.p)-q.c; j++ {
		r := complex(q.stage(j-1), 0)
		endless *= r / (r + both)
		sum += complex(q.present.at(q.c+j), 0) * (1 - s/both*(1-endless))
	}
	return sum
}
