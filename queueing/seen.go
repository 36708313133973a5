package queueing

import "math"

// manySources is from how many sources on no more than so many of them are
// looked at, at one station that has open requests too.
const manySources = 4000

// cutSources reports whether a distribution of [seenWithSources] ends before what
// is beyond its end is negligible.
func cutSources(p []float64, a float64, sources int) bool {
	most := maxPSStates + 1
	if a > 0 && sources > manySources {
		most = manySources
	}
	return len(p) >= most && p[len(p)-1] > 1e-6
}

// seenWithSources is the distribution of the number of others that a request
// finds at a station of c servers where open requests bring the load a and
// sources others each go round between the station, for demand, and elsewhere,
// for think, both times on average (s): the product form of an open and a
// closed class. A request of a source sees one source less.
//
//	π(n) ∝ Σ_k C(n, k)·a^(n−k)·(M)_k·(D/Z)^k / Π_(j≤n) min(j, c)
//
// With M sources of which E[k | n] are at the station, π(n+1)/π(n) is
// (a + (M − E[k | n])·D/Z)/min(n+1, c), by the flow over the cut between them, and
// never rises: what is left beyond n is less than a geometric tail.
//
//   - Source: [BCMP75]; for a = 0 the machine-repair model.
//
// [BCMP75]: https://doi.org/10.1145/321879.321887
func seenWithSources(c int, a float64, sources int, demand, think float64) []float64 {
	if sources <= 0 {
		return mmcSeen(c, a, ErlangC(c, a))
	}
	ratio := demand / think
	if a == 0 && sources > manySources { // the machine-repair model, wherever its mode is
		w := birthDeathAround(min(sources, maxPSStates), func(n int) float64 { return float64(sources-n+1) * ratio / float64(min(n, c)) })
		return append(make([]float64, w.first, w.first+len(w.p)), w.p...)
	}
	terms := make([]float64, min(sources, maxPSStates)+1) // of the present n, by k
	terms[0] = 1
	p := []float64{1}
	sum, before := 1.0, 1.0
	most := maxPSStates
	if sources > manySources {
		most = manySources
	}
	for n := 1; n < most; n++ {
		speed := float64(min(n, c))
		total := 0.0
		for k := min(n, sources); k >= 0; k-- {
			if k == n {
				terms[k] = terms[k-1] * ratio * float64(sources-n+1) / speed
			} else {
				terms[k] *= a * float64(n) / float64(n-k) / speed
			}
			total += terms[k]
		}
		p = append(p, total)
		sum += total
		if sum > 1e200 {
			for i := range p {
				p[i] *= 1e-200
			}
			for k := range terms {
				terms[k] *= 1e-200
			}
			sum *= 1e-200
			total *= 1e-200
		}
		if n >= c+sources && total < psTail*sum*math.Max(1e-3, 1-a/float64(c)) || total == 0 {
			break
		}
		if total < 1e-8*psTail*sum*(1-total/before) {
			break
		}
		before = total
	}
	return normalise(p)
}

// seenRenewal is the distribution of the number that an arrival finds at c
// servers with offered load a when arrivals are not Poisson: the chance to wait
// is pWait and the mean wait is waits services. Beyond c − 1 it falls
// geometrically, as in GI/M/c, at the rate that gives that wait; below, it has
// the shape of M/M/c.
func seenRenewal(c int, a, pWait, waits float64) []float64 {
	if !(pWait > 0) || !(waits > 0) {
		return normalise(birthDeath(c-1, func(n int) float64 { return a / float64(n) }))
	}
	sigma := 1 - pWait/(float64(c)*waits) // W = P(wait)·S/(c·(1 − σ))
	sigma = math.Max(0, math.Min(sigma, 1-1e-9))
	seen := birthDeath(c-1, func(n int) float64 { return a / float64(n) })
	for n := range seen {
		seen[n] *= 1 - pWait
	}
	for p := pWait * (1 - sigma); p > psTail*(1-sigma) && len(seen) < maxPSStates; p *= sigma {
		seen = append(seen, p)
	}
	return normalise(seen)
}

// seenMean is the distribution of the number at a station of c servers, when
// only its mean and the number of users who may be there are known: that of the
// machine-repair model with so many users, or of M/M/c where they are very many
// or the mean is above them.
func seenMean(c int, mean float64, users int) []float64 {
	if mean <= 1e-12 {
		return []float64{1}
	}
	if users <= 4000 && mean < 0.98*float64(users) {
		law := func(logRatio float64) []float64 {
			r := math.Exp(logRatio)
			return birthDeath(users, func(n int) float64 { return r * float64(users-n+1) / float64(min(n, c)) })
		}
		off := func(logRatio float64) float64 { return meanOf(law(logRatio)) - mean }
		lo, hi := math.Log(mean/float64(users))-3, 0.0
		for off(hi) < 0 && hi < 60 {
			hi += 3
		}
		return trim(law(illinois(off, lo, hi, off(lo), off(hi))))
	}
	present := func(a float64) float64 { return a + ErlangC(c, a)*a/(float64(c)-a) }
	lo, hi := 0.0, float64(c)
	for range 200 {
		mid := (lo + hi) / 2
		if mid <= lo || mid >= hi {
			break
		}
		if present(mid) < mean {
			lo = mid
		} else {
			hi = mid
		}
	}
	a := math.Min(lo, float64(c)*(1-1e-9))
	return mmcSeen(c, a, ErlangC(c, a))
}

func meanOf(p []float64) float64 {
	sum := 0.0
	for n, x := range p {
		sum += float64(n) * x
	}
	return sum
}

// trim cuts a negligible tail.
func trim(p []float64) []float64 {
	for len(p) > 1 && p[len(p)-1] < 1e-14 {
		p = p[:len(p)-1]
	}
	return p
}

// seenMixed is the distribution of all requests at a station, open and closed,
// when that of the closed ones is given.
func seenMixed(s ClosedStation, closed []float64) []float64 {
	if s.OpenLoad == 0 {
		return closed
	}
	var out []float64
	for n, p := range closed {
		if p < 1e-13 {
			continue
		}
		weights := s.openBeside(n)
		for len(out) < n+len(weights) {
			out = append(out, 0)
		}
		for m, w := range weights {
			out[n+m] += p * w
		}
	}
	return normalise(out)
}

// openBeside is the distribution of the number of open requests at a station
// beside n closed ones, up to the states that are looked at.
func (s ClosedStation) openBeside(n int) []float64 {
	out := []float64{1}
	for m, sum := 0, 1.0; n+m < maxPSStates; m++ {
		step := s.openStep(n, m)
		next := out[m] * step
		if n+m >= s.settled() && step < 1 && next*float64(m+2) < psTail*sum {
			break
		}
		out = append(out, next)
		if sum += next; next > largeTerm {
			for i := range out {
				out[i] = math.Ldexp(out[i], -largePower)
			}
			sum = math.Ldexp(sum, -largePower)
		}
	}
	return normalise(out)
}
