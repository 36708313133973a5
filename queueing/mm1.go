package queueing

// NewMM1 is M/M/1 with arrival rate lambda (1/s) and mean service time service
// (s): [NewMMc] with one server, where
//
//		L = ρ/(1 − ρ)    T = S/(1 − ρ), exponential    P(wait) = ρ
//
//	  - Domain: λ ≥ 0, S > 0; ρ = λ·S ≥ 1 gives an [UnstableError].
//	  - Source: [Kend53]; [GrHa98].
func NewMM1(lambda, service float64) (MMc, error) {
	w := want{station: "M/M/1"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.stable(lambda*service, 1)
	if w.err != nil {
		return MMc{}, w.err
	}
	return newMMc(lambda, service, 1), nil
}
