package queueing

import "math"

// Setup is the M/M/c station whose servers switch off as soon as they have
// nothing to do and take a set-up time when they are needed again: functions
// that start cold. A request that no server waits for makes one more server
// that is off start up; a server that frees itself takes the next request in
// line, and one that is starting up for it stops.
type Setup struct {
	c                      int
	lambda, service, setup float64
	present, on, starting  float64 // mean numbers (1)
}

// NewSetup has arrival rate lambda (1/s), mean service time service (s), mean
// set-up time setup (s) and c servers. With one server the set-up only adds to
// the response of M/M/1,
//
//	T = T_(M/M/1) + Exp(setup)
//
// With more, the chain of (servers on, number present) has levels that are
// alike from c on and servers on that only rise within one, so that the ratio
// matrix between levels is triangular and found entry by entry; the levels
// below are solved by elimination.
//
//   - Domain: λ ≥ 0, S and setup from 1e-60 to 1e60, 1 ≤ c ≤ 250; λ·S ≥ c gives
//     an [UnstableError].
//   - Accuracy: 1e-10 (tested against a truncated chain).
//   - Source: one server [Welc64]; more [GaHA13], the chain's triangular ratio
//     matrix [LaRa99].
//
// [GaHA13]: https://doi.org/10.1145/2465529.2465760
func NewSetup(lambda, service, setup float64, c int) (Setup, error) {
	w := want{station: "M/M/c with set-up"}
	w.notNegative("arrival rate", lambda)
	w.scaled("service time", service)
	w.scaled("set-up time", setup)
	w.count("servers", c, 1)
	if c > maxSetupServers {
		w.fail("servers", float64(c), "a whole number from 1 to 250")
	}
	w.stable(lambda*service, float64(c))
	if w.err != nil {
		return Setup{}, w.err
	}
	q := Setup{c: c, lambda: lambda, service: service, setup: setup}
	switch {
	case lambda == 0:
		return q, nil
	case c == 1:
		q.on = lambda * service
		q.present = lambda * q.response1().Mean()
		q.starting = (1 - q.on) * lambda * setup / (1 + lambda*setup)
		return q, nil
	}
	return q, q.solve()
}

const maxSetupServers = 250

// Starting is the mean number of servers that are starting up (1).
func (q Setup) Starting() float64 { return q.starting }

// Figures implements [Station]. Every arrival waits, since no server stays on
// without work: PWait is 1, and PIdle, that of a server being on and idle, 0.
func (q Setup) Figures() Figures {
	f := Figures{
		Throughput:  q.lambda,
		Utilization: q.lambda * q.service / float64(q.c),
		Present:     q.present,
		InLine:      math.Max(0, q.present-q.on),
		PWait:       1,
		Waiting:     q.setup, // of the rare arrival that comes alone
	}
	if q.lambda > 0 {
		f.Waiting = f.InLine / q.lambda
	}
	f.Response = f.Waiting + q.service
	return f
}

// response1 is that of one server.
func (q Setup) response1() Time { return expPair(1/q.service-q.lambda, 1/q.setup) }

// expPair is the sum of two independent exponential times with the given rates
// (1/s): the response of a station at which everybody waits.
func expPair(a, b float64) Time { return mmcResponse{mu: a, pWait: 1, drain: b, apart: b - a} }

// Waiting is known for one server: the wait of M/M/1 and a set-up time. For
// more it is nil.
func (q Setup) Waiting() Time {
	if q.c > 1 {
		return nil
	}
	rho := q.lambda * q.service
	return mixedTime{
		[]float64{1 - rho, rho},
		[]Time{newExpMix(0, expTerm{1, 1 / q.setup}), q.response1()},
	}
}

// Response is known for one server. For more it is nil.
func (q Setup) Response() Time {
	if q.c > 1 {
		return nil
	}
	return q.response1()
}
