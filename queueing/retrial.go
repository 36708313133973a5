package queueing

// Retrial is the M/M/c station without a line, at which an arrival that finds
// all servers busy goes away and tries again after an exponential time, as
// often as it takes.
type Retrial struct {
	c                      int
	lambda, service, pause float64
	orbit, blocked         float64 // mean number that will try again; share of the time all servers are busy (1)
}

// NewRetrial has arrival rate lambda (1/s), mean service time service (s), c
// servers, and a mean time pause (s) between two tries of a request. With one
// server,
//
//	orbit = ρ·(ρ + λ·pause)/(1 − ρ)    P(blocked) = ρ
//
// and with more the chain of (busy servers, orbit) is cut where nothing is left
// of it.
//
//   - Domain: λ ≥ 0, S > 0, pause > 0, c ≥ 1; λ·S ≥ c gives an [UnstableError].
//     With c > 1 an [InputError] where the orbit is so long that its chain
//     cannot be solved.
//   - Accuracy: exact for c = 1, 1e-9 otherwise.
//   - Source: [FaTe97].
func NewRetrial(lambda, service, pause float64, c int) (Retrial, error) {
	w := want{station: "M/M/c with retrials"}
	w.notNegative("arrival rate", lambda)
	w.positive("service time", service)
	w.positive("time between tries", pause)
	w.count("servers", c, 1)
	w.notNegative("arrivals between tries", lambda*pause)
	w.stable(lambda*service, float64(c))
	if w.err != nil {
		return Retrial{}, w.err
	}
	q := Retrial{c: c, lambda: lambda, service: service, pause: pause}
	switch {
	case lambda == 0:
	case c == 1:
		rho := lambda * service
		q.orbit, q.blocked = rho*(rho+lambda*pause)/(1-rho), rho
	default:
		return q, q.solve()
	}
	return q, nil
}

// Figures implements [Station]. PWait is the probability that the first try
// finds every server busy, InLine the number in orbit and Waiting the time until
// the try that succeeds.
func (q Retrial) Figures() Figures {
	f := Figures{
		Throughput:  q.lambda,
		Utilization: q.lambda * q.service / float64(q.c),
		Present:     q.orbit + q.lambda*q.service,
		InLine:      q.orbit,
		PWait:       q.blocked,
		PIdle:       1 - q.blocked,
	}
	if q.lambda > 0 {
		f.Waiting = q.orbit / q.lambda
	}
	f.Response = f.Waiting + q.service
	return f
}

// Waiting is not known: the tries of others overtake.
func (q Retrial) Waiting() Time { return nil }

// Response is not known.
func (q Retrial) Response() Time { return nil }

// solve doubles the longest orbit that the chain knows until it makes no
// difference.
func (q *Retrial) solve() error {
	for longest := 64; ; longest *= 2 {
		n := (longest + 1) * (q.c + 1)
		if float64(n)*float64(q.c)*float64(q.c) > maxChainWork || float64(n)*float64(2*q.c+4) > maxChainCells {
			return &InputError{
				Station: "M/M/c with retrials", Parameter: "offered load", Value: q.lambda * q.service,
				Want: "a load further below the number of servers, or shorter pauses: the orbit is too long to solve",
			}
		}
		pi, err := stationary(n, q.jumps(longest))
		if err != nil {
			return err
		}
		q.orbit, q.blocked = 0, 0
		edge := 0.0
		for s, p := range pi {
			j := s / (q.c + 1)
			q.orbit += float64(j) * p
			if s%(q.c+1) == q.c {
				q.blocked += p
			}
			if j == longest {
				edge += p
			}
		}
		if edge*float64(longest)*float64(longest) <= 1e-10*q.orbit {
			return nil
		}
	}
}

// jumps are those of the chain whose state (i busy, j in orbit) has the number
// j·(c + 1) + i.
func (q *Retrial) jumps(longest int) []jump {
	var jumps []jump
	width := q.c + 1
	for j := range longest + 1 {
		for i := range width {
			s := j*width + i
			switch {
			case i < q.c:
				jumps = append(jumps, jump{s, s + 1, q.lambda})
			case j < longest:
				jumps = append(jumps, jump{s, s + width, q.lambda})
			}
			if i > 0 {
				jumps = append(jumps, jump{s, s - 1, float64(i) / q.service})
			}
			if j > 0 && i < q.c {
				jumps = append(jumps, jump{s, s - width + 1, float64(j) / q.pause})
			}
		}
	}
	return jumps
}
