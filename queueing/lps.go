package queueing

import (
	"math"
	"math/cmplx"
)

// LPS is the M/M/c station whose servers are shared by a limited number of
// requests: cores under a limit of threads. Up to k requests hold a thread and
// share the c cores equally, none of them faster than one core; the rest wait
// for a thread in order of arrival.
type LPS struct {
	mmc    MMc
	k      int
	pQueue float64 // probability that an arrival waits for a thread (1)
}

// NewLPS has arrival rate lambda (1/s), mean demand service (s), c cores and k
// threads. The number present is that of M/M/c, and a request that finds n ≥ k
// others waits for n − k + 1 departures:
//
//		P(W > t) = C·ρ^(k−c)·exp(−(c − a)·t/S)    a = λ·S, ρ = a/c, C = ErlangC(c, a)
//
//	  - Domain: λ ≥ 0, S from 1e-60 to 1e60, c and k ≥ 1; with k < c only k cores are ever used.
//	    λ·S ≥ min(c, k) gives an [UnstableError].
//	  - Accuracy: exact up to rounding; the response time by inversion, see
//	    [LPS.Response].
//	  - Source: numbers as [GrHa98]; the station [AvHa88].
func NewLPS(lambda, service float64, c, k int) (LPS, error) {
	w := want{station: "M/M/c with limited sharing"}
	w.notNegative("arrival rate", lambda)
	w.scaled("service time", service)
	w.count("cores", c, 1)
	w.count("threads", k, 1)
	c = min(c, k)
	w.stable(lambda*service, float64(c))
	if w.err != nil {
		return LPS{}, w.err
	}
	q := LPS{mmc: newMMc(lambda, service, c), k: k}
	q.pQueue = q.mmc.pWait * math.Pow(q.rho(), float64(k-c))
	return q, nil
}

func (q LPS) rho() float64 { return q.mmc.lambda * q.mmc.service / float64(q.mmc.c) }

// Figures implements [Station]. PWait is the probability that an arrival finds
// every core busy, InLine and Waiting are for a thread.
func (q LPS) Figures() Figures {
	f := q.mmc.Figures()
	f.Waiting = q.pQueue / q.mmc.drain
	f.InLine = q.mmc.lambda * f.Waiting
	return f
}

// Waiting is the time until a request has a thread.
func (q LPS) Waiting() Time { return newExpMix(1-q.pQueue, expTerm{q.pQueue, q.mmc.drain}) }

// effective is the number of threads beyond which less than 1e-15 of the
// arrivals comes, at most k.
func (q LPS) effective() int {
	const rare = 1e-15
	if q.pQueue >= rare {
		return q.k
	}
	most := float64(q.mmc.c)
	if q.mmc.pWait > rare {
		most += math.Ceil(math.Log(rare/q.mmc.pWait) / math.Log(q.rho()))
	}
	return int(math.Min(most, float64(q.k)))
}

// Response is the response time with exponential demands, by inversion of its
// transform ([LPS.lst]). It is nil where more than a thousand threads matter.
func (q LPS) Response() Time {
	k := q.effective()
	if k > maxSharing {
		return nil
	}
	c := tagged{birth: q.mmc.lambda, leave: make([]float64, k), end: make([]float64, k)}
	for n := range k {
		each := math.Min(1, float64(q.mmc.c)/float64(n+1)) / q.mmc.service
		c.leave[n], c.end[n] = float64(n)*each, each
	}
	a := q.mmc.lambda * q.mmc.service
	seen := append(mmcSeen(q.mmc.c, a, q.mmc.pWait)[:q.mmc.c:q.mmc.c], make([]float64, k+1-q.mmc.c)...)
	for n, p := q.mmc.c, q.mmc.pWait*(1-q.rho()); n <= k; n++ {
		seen[n] = p
		p *= q.rho()
	}
	lst := func(s complex128) complex128 { return q.lst(c, seen, s) }
	mean := q.mmc.Figures().Response
	radius := math.Min(c.end[k-1], q.mmc.drain)
	return transformed{
		mean: mean, variance: math.Max(0, secondMoment(lst, radius)-mean*mean),
		lst: lst, euler: fineInversion(),
	}
}

// maxSharing bounds the threads of a response time: each point of its inversion
// takes so many steps.
const maxSharing = 1000

// lst adds what arrivals find. With k − 1 or more others the tagged request is
// served at the rate e, others leave at ℓ and come at λ, so that
//
//	f_(k−1+j) = g + (f_(k−1) − g)·z^j    g = e/(s + e)    λz² − (s + λ + ℓ + e)·z + ℓ = 0
//
// Who waits for a thread starts with k − 1 others and those behind it that came
// meanwhile: Poisson arrivals over the departures it waited for. The chain is that
// of [CoMT70] with a limit.
//
// [CoMT70]: https://doi.org/10.1145/321556.321568
func (q LPS) lst(c tagged, seen []float64, s complex128) complex128 {
	k := len(c.end)
	e, leave, lambda := complex(c.end[k-1], 0), complex(c.leave[k-1], 0), complex(c.birth, 0)
	g := e / (s + e)
	sum := s + lambda + leave + e
	root := cmplx.Sqrt(sum*sum - 4*lambda*leave)
	if cmplx.Abs(sum-root) > cmplx.Abs(sum+root) {
		root = -root
	}
	z := 2 * leave / (sum + root)
	f := c.transform(s, func(complex128) (a, b complex128) { return g * (1 - z), z })
	total := complex128(0)
	for n, x := range f {
		total += complex(seen[n], 0) * x
	}
	// Σ_(n≥k) p_n·h^(n−k+1), where each departure weighs h
	waits := func(drift complex128) complex128 {
		rate := complex(float64(q.mmc.c)/q.mmc.service, 0)
		h := rate / (rate + drift)
		return complex(seen[k], 0) * h / (1 - complex(q.rho(), 0)*h)
	}
	return total + g*waits(s) + (f[k-1]-g)*waits(s+lambda*(1-z))
}
