package queueing

import "math"

// GIMc is the GI/M/c station: independent gaps between arrivals, exponential
// service, c servers and one line in order of arrival.
type GIMc struct {
	lambda, service float64
	c               int
	rest            float64 // 1 − σ
	full            float64 // probability that an arrival finds c present
}

// NewGIMc is GI/M/c with the given gap between arrivals, mean service time
// service (s) and c servers. With A* the transform of the gap, σ the root below
// 1 of σ = A*(c(1 − σ)/S), φ_j = A*(j/S) and C_j = Π_(i≤j) φ_i/(1 − φ_i), an
// arrival finds n ≥ c present with probability K·σ^(n−c), where
//
//	1/K = 1/(1 − σ) + Σ_(j≤c) C(c, j)/(C_j(1 − φ_j)) · (c(1 − φ_j) − j)/(c(1 − σ) − j)
//
// and waits with probability K/(1 − σ), then for an exponential time of rate
// c(1 − σ)/S. Every term is positive, so nothing cancels.
//
//   - Domain: E[gap] > 0, S > 0, c ≥ 1; S ≥ c·E[gap] gives an [UnstableError].
//   - Accuracy: exact up to that of the root (as in [GIM1]) and of A*.
//   - Source: [Taka62].
func NewGIMc(gap Service, service float64, c int) (GIMc, error) {
	w := want{station: "GI/M/c"}
	w.positive("gap between arrivals", gap.Moment(1))
	w.positive("service time", service)
	w.count("servers", c, 1)
	w.stable(service/gap.Moment(1), float64(c))
	if w.err != nil {
		return GIMc{}, w.err
	}
	lst := func(s float64) float64 { return real(gap.LST(complex(s, 0))) }
	q := GIMc{lambda: 1 / gap.Moment(1), service: service, c: c}
	q.rest = gim1Root(gap, service/float64(c))
	q.full = q.seenFull(lst)
	return q, nil
}

// seenFull is K. The terms are summed through their logarithms, for binomials
// and products of hundreds of servers leave the range of numbers.
func (q GIMc) seenFull(lst func(float64) float64) float64 {
	n := float64(q.c)
	root := n * q.rest
	over := func(x float64) float64 { return n*(1-lst(x/q.service)) - x } // 0 at root
	logs := make([]float64, 0, q.c+1)
	logs = append(logs, -math.Log(q.rest))
	most, choose := logs[0], 0.0
	for j := 1; j <= q.c; j++ {
		x := float64(j)
		phi := lst(x / q.service)
		ratio := over(x) / (root - x)
		if math.Abs(x-root) < 1e-5*root { // both vanish here; their slopes do not
			h := 1e-3 * root
			ratio = (8*(over(root-h)-over(root+h)) - (over(root-2*h) - over(root+2*h))) / (12 * h)
		}
		choose += math.Log((n - x + 1) / x)
		// C(c, j)/C_j, its factors taken one j at a time
		choose += math.Log1p(-phi) - math.Log(phi)
		term := choose - math.Log1p(-phi) + math.Log(ratio)
		logs = append(logs, term)
		most = math.Max(most, term)
	}
	if math.IsInf(most, 1) {
		return 0
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l - most)
	}
	return math.Exp(-most) / sum
}

func (q GIMc) drain() float64 { return float64(q.c) * q.rest / q.service }

// Figures implements [Station]. All servers are busy for the share ρ·(K/σ +
// K/(1 − σ)) of time, since as many arrivals find n present as services end with
// n + 1 present.
func (q GIMc) Figures() Figures {
	a := q.lambda * q.service
	pWait := q.full / q.rest
	wait := pWait / q.drain()
	busy := 0.0
	if q.rest < 1 {
		busy = a / float64(q.c) * (q.full/(1-q.rest) + pWait)
	}
	return Figures{
		Throughput:  q.lambda,
		Utilization: a / float64(q.c),
		Present:     q.lambda*wait + a,
		InLine:      q.lambda * wait,
		PWait:       pWait,
		PIdle:       math.Max(0, 1-busy),
		Waiting:     wait,
		Response:    wait + q.service,
	}
}

// Waiting is 0 or, with the probability of a wait, exponential.
func (q GIMc) Waiting() Time {
	p := q.full / q.rest
	return newExpMix(1-p, expTerm{p, q.drain()})
}

// Response is the sum of waiting and service, as in M/M/c.
func (q GIMc) Response() Time {
	return mmcResponse{
		mu: 1 / q.service, pWait: q.full / q.rest, drain: q.drain(),
		apart: (float64(q.c)*q.rest - 1) / q.service,
	}
}
