package queueing

import "github.com/headroom/headroom/scenarios/dist"

// Kimura is the mean wait (s) of GI/G/c, for the parameters of [NewGGc], by
// interpolation between stations where one or both of gaps and service are
// constant:
//
//	W = (ca² + cs²) / ((1 − ca²)/W(D/M/c) + (1 − cs²)/W(M/D/c) + 2(ca² + cs² − 1)/W(M/M/c))
//
// with W(M/D/c) of [Cosm75] and the exact W(D/M/c). For Poisson arrivals it is the
// mean of [NewMGc]. As no gaps are more regular than constant ones the formula is
// for ca² ≤ 1 only.
//
//   - Domain: as [NewGGc], with ca² ≤ 1 and up to 10 000 servers.
//   - Accuracy: exact for D/M/c and M/M/c; within 5 % of exact means of E2/M/c and
//     E2/E3/1 for ρ ≥ 0.9, and below them at lighter loads, where there is little
//     wait: at ρ = 0.7 by 6 % for one server and 25 % for ten (tested).
//   - Source: [Kimu94].
//
// [Kimu94]: https://doi.org/10.1007/BF01158699
func Kimura(lambda, mean, arrivalSCV, serviceSCV float64, c int) (float64, error) {
	w := checkGGc("GI/G/c", lambda, mean, arrivalSCV, serviceSCV, c)
	if arrivalSCV > 1 {
		w.fail("SCV of the gaps between arrivals", arrivalSCV, "at most 1")
	}
	if c > kimuraServers {
		w.fail("servers", float64(c), "at most 10 000")
	}
	if w.err != nil {
		return 0, w.err
	}
	exp := newMMc(lambda, mean, c)
	wM := exp.pWait / exp.drain
	if wM == 0 {
		return 0, nil
	}
	rho := lambda * mean / float64(c)
	sum := (1-serviceSCV)/(0.5*(1+cosmetatos(c, rho))) + 2*(arrivalSCV+serviceSCV-1)
	if arrivalSCV < 1 {
		constantGaps := waitConstantGaps(lambda*mean, c) * mean / wM
		if constantGaps == 0 {
			return 0, nil
		}
		sum += (1 - arrivalSCV) / constantGaps
	}
	return wM * (arrivalSCV + serviceSCV) / sum, nil
}

// kimuraServers bounds the terms of D/M/c.
const kimuraServers = 10_000

// waitConstantGaps is the wait in D/M/c at the offered load a, in services; at
// loads nearer to 0 or 1 than it can be told by a root it is that of the limit.
func waitConstantGaps(a float64, c int) float64 {
	const near = 1e-9
	rho := a / float64(c)
	if rho < near {
		return 0
	}
	if exp := newMMc(a, 1, c); 1-rho < near {
		return 0.5 * exp.pWait / exp.drain
	}
	q, err := NewGIMc(dist.Const(1/a), 1, c)
	if err != nil {
		return 0
	}
	return q.Figures().Waiting
}
