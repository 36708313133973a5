package queueing

// MMInf is the M/M/∞ station, a pure delay: every arrival has a server of its
// own. Its mean figures hold for any distribution of the service time.
type MMInf struct{ lambda, service float64 }

// NewMMInf is M/M/∞ with arrival rate lambda (1/s) and mean service time
// service (s).
//
//		L = λ·S, and the number present has the Poisson distribution
//
//	  - Domain: λ ≥ 0, S > 0; it is never unstable.
//	  - Source: [Erla17]; [GrHa98].
func NewMMInf(lambda, service float64) (MMInf, error) {
	w := want{station: "M/M/∞"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	return MMInf{lambda, service}, w.err
}

// Figures implements [Station].
func (q MMInf) Figures() Figures {
	return Figures{Throughput: q.lambda, Present: q.lambda * q.service, PIdle: 1, Response: q.service}
}

// Waiting is none.
func (q MMInf) Waiting() Time { return newExpMix(1) }

// Response is one service time.
func (q MMInf) Response() Time { return newExpMix(0, expTerm{1, 1 / q.service}) }
