package queueing

import "math"

// PS is the M/M/c station under processor sharing: each of n requests is served
// at rate min(1, c/n). Its mean figures depend on the service time through its
// mean only, so they hold for M/G/1 and, closely, for M/G/c under processor
// sharing as well.
type PS struct {
	mmc   MMc
	chain psChain
}

// NewPS is M/M/c-PS with arrival rate lambda (1/s), mean service time service
// (s) and c servers. The number present is that of M/M/c, so the mean figures
// are too, but nobody waits: a request that finds n others is served from the
// start, at rate min(1, c/(n+1)).
//
//   - Domain: λ ≥ 0, S > 0, c ≥ 1; λ·S ≥ c gives an [UnstableError].
//   - Accuracy: means exact; the response time to better than 1e-6 (see
//     [PS.Response]).
//   - Source: [CoMT70] for c = 1; [Kell79] for the insensitivity.
func NewPS(lambda, service float64, c int) (PS, error) {
	q, err := NewMMc(lambda, service, c)
	if err != nil {
		return PS{}, err
	}
	return PS{q, newPSChain(c, service, mmcSeen(c, lambda*service, q.pWait))}, nil
}

// Figures implements [Station]. PWait is the probability that an arrival finds
// every server busy, though it is served at once.
func (q PS) Figures() Figures {
	f := q.mmc.Figures()
	f.InLine, f.Waiting = 0, 0
	return f
}

// Waiting is none.
func (q PS) Waiting() Time { return newExpMix(1) }

// Response is the response time of an exponential service time. It is a mixture
// of exponentials: see [PS.ResponseTo].
func (q PS) Response() Time { return q.chain.exponential(q.mmc.service) }

// ResponseTo is the response time of a request that brings the given service
// demand (s) to the station, whatever that of the others. For an exponential
// demand of the given mean it is found exactly; its mean is that of the demand
// times 1 + W/S, where W is the mean wait of the same station in order of
// arrival.
func (q PS) ResponseTo(mean float64) (Time, error) {
	w := want{station: "M/M/c-PS"}
	w.positive("service demand", mean)
	if w.err != nil {
		return nil, w.err
	}
	return q.chain.exponential(mean), nil
}

// ResponseToExactly is the response time of a request that brings exactly x
// seconds of service demand. Mean, variance and the probability of meeting no
// slowdown at all are exact for c = 1, the rest of the distribution is fitted to them.
func (q PS) ResponseToExactly(x float64) (Time, error) {
	w := want{station: "M/M/c-PS"}
	w.positive("service demand", x)
	if w.err != nil {
		return nil, w.err
	}
	return q.chain.constant(x), nil
}

// mmcSeen is the distribution of the number present in M/M/c with offered load
// a, cut where what is left is below psTail.
func mmcSeen(c int, a, pWait float64) []float64 {
	rho := a / float64(c)
	beyond := 0
	if pWait > psTail && rho > 0 {
		beyond = int(math.Ceil(math.Log(psTail/pWait) / math.Log(rho)))
	}
	n := min(c+beyond, maxPSStates)
	p := make([]float64, n+1)
	p[0] = 1
	sum, last := 1.0, 1.0
	for k := 1; k <= n; k++ {
		ratio := rho
		if k < c {
			ratio = a / float64(k)
		}
		last *= ratio
		p[k] = last
		if sum += last; sum > 1e200 {
			last *= 1e-200
			for i := range k + 1 {
				p[i] *= 1e-200
			}
			sum *= 1e-200
		}
	}
	sum = 1 / sum
	for k := range p {
		p[k] *= sum
	}
	for len(p) > 1 && len(p) > c+1 && p[len(p)-1] < psTail*(1-rho)*0.01 {
		p = p[:len(p)-1]
	}
	return p
}

const (
	// psTail is the probability that the truncated state spaces leave out.
	psTail = 1e-11
	// maxPSStates bounds them; at a load so close to one that it bites, the
	// figures that need the whole tail come from closed forms instead.
	maxPSStates = 1 << 15
)
