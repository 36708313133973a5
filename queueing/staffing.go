package queueing

import "math"

// ServersForLoss is the fewest servers (1) without a line that turn away no
// more than the share p of the arrivals, at the given offered load (erlangs):
// the inverse of [ErlangB] over c.
//
//   - Domain: 0 ≤ load < 5e7, 0 < p < 1.
//   - Accuracy: exact; it goes up the recursion of ErlangB once.
//   - Source: [Erla17].
func ServersForLoss(load, p float64) (int, error) {
	w := want{station: "M/G/c/c"}
	w.sized(load)
	w.inner("loss", p)
	if w.err != nil {
		return 0, w.err
	}
	c, _ := fewestServers(load, func(_ int, b float64) bool { return b <= p })
	return c, nil
}

// ServersForWait is the fewest servers (1) of M/M/c at which no more than the
// share p of the arrivals waits, at the given offered load (erlangs): the
// inverse of [ErlangC] over c.
//
//   - Domain: 0 ≤ load < 5e7, 0 < p < 1.
//   - Accuracy: exact.
//   - Source: [Erla17].
func ServersForWait(load, p float64) (int, error) {
	w := want{station: "M/M/c"}
	w.sized(load)
	w.inner("share that waits", p)
	if w.err != nil {
		return 0, w.err
	}
	c, _ := fewestServers(load, func(c int, b float64) bool { return erlangCFromB(c, load, b) <= p })
	return max(1, c), nil
}

// fewestServers climbs the recursion of [ErlangB] to the first c that serves.
func fewestServers(load float64, serves func(c int, b float64) bool) (c int, b float64) {
	b = 1
	for c = 0; c < maxServers && !serves(c, b); {
		c++
		ab := load * b
		b = ab / (float64(c) + ab)
	}
	return c, b
}

// LoadForLoss is the largest offered load (erlangs) at which c servers without
// a line turn away no more than the share p of the arrivals.
//
//   - Domain: c ≥ 1, 0 < p < 1.
//   - Accuracy: 1e-12.
//   - Source: [Erla17].
func LoadForLoss(c int, p float64) (float64, error) {
	w := want{station: "M/G/c/c"}
	w.count("servers", c, 1)
	w.inner("loss", p)
	if w.err != nil {
		return 0, w.err
	}
	// c servers carry no more than c, so that B ≥ 1 − c/a
	return loadFor(p, math.Min(float64(c)/(1-p), math.MaxFloat64), func(a float64) float64 { return ErlangB(c, a) }), nil
}

// LoadForWait is the largest offered load (erlangs) at which no more than the
// share p of the arrivals at M/M/c waits.
//
//   - Domain: c ≥ 1, 0 < p < 1.
//   - Accuracy: 1e-12.
//   - Source: [Erla17].
func LoadForWait(c int, p float64) (float64, error) {
	w := want{station: "M/M/c"}
	w.count("servers", c, 1)
	w.inner("share that waits", p)
	if w.err != nil {
		return 0, w.err
	}
	return loadFor(p, float64(c), func(a float64) float64 { return ErlangC(c, a) }), nil
}

// loadFor finds the load below most at which a rising probability is p.
func loadFor(p, most float64, probability func(a float64) float64) float64 {
	f := func(a float64) float64 { return math.Log(math.Max(probability(a), 1e-300) / p) }
	lo := 0.5 * most
	for f(lo) > 0 && lo > 0 {
		lo *= 0.5
	}
	return illinois(f, lo, most, f(lo), f(most))
}

// ServersForWaitWithin is the fewest servers (1) of M/M/c at which the share p
// of the arrivals waits t (s) at most, where
//
//	P(W > t) = C·exp(−(c − a)·t/S)
//
// with arrival rate lambda (1/s) and mean service time service (s).
//
//   - Domain: λ ≥ 0, S > 0, t ≥ 0, 0 < p < 1; λ·S < 5e7.
//   - Accuracy: exact.
//   - Source: [Erla17]; [GrHa98].
func ServersForWaitWithin(lambda, service, t, p float64) (int, error) {
	load, err := checkWithin(lambda, service, t, p)
	if err != nil {
		return 0, err
	}
	c, _ := fewestServers(load, func(c int, b float64) bool {
		spare := float64(c) - load
		return spare > 0 && erlangCFromB(c, load, b)*math.Exp(-spare*t/service) <= 1-p
	})
	return max(1, c), nil
}

// ServersForResponseWithin is the fewest servers (1) of M/M/c at which the share
// p of the requests is answered within t (s), waiting and service together.
//
//   - Domain: as [ServersForWaitWithin], and t long enough that the service
//     alone allows it: 1 − exp(−t/S) > p.
//   - Accuracy: exact.
//   - Source: [GrHa98].
func ServersForResponseWithin(lambda, service, t, p float64) (int, error) {
	load, err := checkWithin(lambda, service, t, p)
	if err != nil {
		return 0, err
	}
	if !(math.Exp(-t/service) < 1-p) {
		return 0, &InputError{
			Station: "M/M/c", Parameter: "time", Value: t,
			Want: "a time that the service alone keeps that often: more than −S·ln(1 − p)",
		}
	}
	c, _ := fewestServers(load, func(c int, b float64) bool {
		if !(float64(c) > load) {
			return false
		}
		q := MMc{c: c, lambda: lambda, service: service, pWait: erlangCFromB(c, load, b), drain: (float64(c) - load) / service}
		return q.Response().Survival(t) <= 1-p
	})
	return max(1, c), nil
}

func checkWithin(lambda, service, t, p float64) (load float64, err error) {
	w := want{station: "M/M/c"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.notNegative("time", t)
	w.inner("share", p)
	w.sized(lambda * service)
	return lambda * service, w.err
}
