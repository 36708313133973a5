package queueing

// MMcN is the M/M/c//N station, the model of machines under repair: N sources
// each think, ask, wait in line for one of c servers, are served, and think
// again.
type MMcN struct {
	c             int
	service       float64
	present, seen window
}

// NewMMcN has the given number of sources with mean think time think (s), mean
// service time service (s) and c servers:
//
//	p_n ∝ Π_(j≤n) (N − j + 1)·S / (Z·min(j, c))
//
// An arrival sees the station with one source less, whatever the distribution
// of the think time.
//
//   - Domain: N ≥ 1, Z and S from 1e-60 to 1e60, c ≥ 1. Any load is stable.
//   - Accuracy: exact up to rounding; the response time by inversion, see
//     [Survival].
//   - Source: [GrHa98]; what arrivals see [SeMi81].
//
// [SeMi81]: https://doi.org/10.1145/322248.322257
func NewMMcN(sources int, think, service float64, c int) (MMcN, error) {
	w := want{station: "M/M/c//N"}
	w.count("sources", sources, 1)
	w.scaled("think time", think)
	w.scaled("service time", service)
	w.count("servers", c, 1)
	if w.err != nil {
		return MMcN{}, w.err
	}
	around := func(sources int) window {
		return birthDeathAround(sources, func(n int) float64 {
			return float64(sources-n+1) / float64(min(n, c)) * (service / think)
		})
	}
	return MMcN{c: c, service: service, present: around(sources), seen: around(sources - 1)}, nil
}

// Present is the probability of n sources at the station (1).
func (q MMcN) Present(n int) float64 { return q.present.at(n) }

// Seen is the probability that an arrival finds n others at the station (1).
func (q MMcN) Seen(n int) float64 { return q.seen.at(n) }

// Figures implements [Station].
func (q MMcN) Figures() Figures {
	busy, line := q.present.split(q.c)
	f := Figures{
		Throughput:  busy / q.service,
		Utilization: busy / float64(q.c),
		Present:     busy + line,
		InLine:      line,
		PWait:       q.seen.from(q.c),
		PIdle:       q.present.below(q.c),
	}
	// over those that an arrival finds, since line and throughput may both be tiny
	for i, p := range q.seen.p {
		f.Waiting += p * float64(max(0, q.seen.first+i-q.c+1))
	}
	f.Waiting *= q.service / float64(q.c)
	f.Response = f.Waiting + q.service
	return f
}

// wait is the wait of an arrival: n ≥ c others mean n − c + 1 departures.
func (q MMcN) wait() erlangMix {
	m := erlangMix{rate: float64(q.c) / q.service, atom: q.seen.below(q.c)}
	for n := q.c; n < q.seen.first+len(q.seen.p); n++ {
		m.weights = append(m.weights, q.seen.at(n))
	}
	return m
}

// Waiting is the waiting time of an arrival.
func (q MMcN) Waiting() Time { return q.wait() }

// Response is waiting plus service.
func (q MMcN) Response() Time { return sumOf(q.wait(), newExpMix(0, expTerm{1, 1 / q.service})) }
