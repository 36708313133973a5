package queueing

import "github.com/headroom/headroom/scenarios/dist"

// NewRoundRobin is one of n equal replicas of c servers each to which a stream
// of Poisson arrivals of rate lambda (1/s) is dealt in turn; service is
// exponential with mean service (s). Every n-th arrival comes to a replica, so
// the gaps there are Erlang-n, and the replica is E_n/M/c. The replicas are not
// independent of each other, but each of them is exact.
//
//   - Domain: λ > 0, S > 0, n ≥ 1, c ≥ 1; λ·S ≥ n·c gives an [UnstableError] for
//     the replica.
//   - Source: [Klei75] for the stages of an Erlang gap; [NewGIMc].
func NewRoundRobin(lambda, service float64, n, c int) (GIMc, error) {
	w := want{station: "round robin"}
	w.positive("arrival rate", lambda)
	w.positive("service time", service)
	w.count("replicas", n, 1)
	w.positive("gap between arrivals", float64(n)/lambda)
	if w.err != nil {
		return GIMc{}, w.err
	}
	return NewGIMc(dist.ErlangOf(float64(n)/lambda, n), service, c)
}
