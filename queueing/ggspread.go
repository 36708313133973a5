package queueing

import "math"

// WaitSpread is a mean wait (s) by an approximation and what others make of it.
type WaitSpread struct {
	Best   float64 // by [NewGGc], or [NewMGc] for Poisson arrivals
	Lo, Hi float64 // least and most of the set
}

// SpreadGGc is the mean wait in GI/G/c, for the parameters of [NewGGc], by every
// approximation here that applies: that of [NewGGc], that of [NewMGc] when
// arrivalSCV is 1, [AllenCunneen], [Kimura] where it is less and, for one server,
// [KraemerLangenbachBelz]. How far they are apart says how much the wait depends on more than two moments;
// it is no bound.
//
//   - Domain: as [NewGGc].
//   - Source: [Whit93], [Kimu94], [Alle90], [KrLa76].
func SpreadGGc(lambda, mean, arrivalSCV, serviceSCV float64, c int) (WaitSpread, error) {
	q, err := NewGGc(lambda, mean, arrivalSCV, serviceSCV, 0, c)
	if err != nil {
		return WaitSpread{}, err
	}
	set := []float64{q.wait}
	if arrivalSCV == 1 {
		m, err := NewMGc(lambda, mean, serviceSCV, 0, c)
		if err != nil {
			return WaitSpread{}, err
		}
		set = []float64{m.wait, q.wait}
	}
	w, err := AllenCunneen(lambda, mean, arrivalSCV, serviceSCV, c)
	if err != nil {
		return WaitSpread{}, err
	}
	set = append(set, w)
	if arrivalSCV < 1 && c <= kimuraServers {
		if w, err = Kimura(lambda, mean, arrivalSCV, serviceSCV, c); err != nil {
			return WaitSpread{}, err
		}
		set = append(set, w)
	}
	if c == 1 {
		if w, err = KraemerLangenbachBelz(lambda, mean, arrivalSCV, serviceSCV); err != nil {
			return WaitSpread{}, err
		}
		set = append(set, w)
	}
	s := WaitSpread{set[0], set[0], set[0]}
	for _, w := range set {
		s.Lo, s.Hi = math.Min(s.Lo, w), math.Max(s.Hi, w)
	}
	return s, nil
}

// KingmanBound is a mean wait (s) that GI/G/1 never exceeds,
//
//	W ≤ λ·(Var A + Var S) / (2(1 − ρ))
//
// for the parameters of [KraemerLangenbachBelz]; it is exact in the limit ρ → 1.
//
//   - Domain: λ ≥ 0, mean > 0, SCVs ≥ 0; ρ ≥ 1 gives an [UnstableError]. At λ = 0
//     there is no gap to speak of, and it is 0.
//   - Source: [King62].
func KingmanBound(lambda, mean, arrivalSCV, serviceSCV float64) (float64, error) {
	w := checkGGc("GI/G/1", lambda, mean, arrivalSCV, serviceSCV, 1)
	if w.err != nil || lambda == 0 {
		return 0, w.err
	}
	rho := lambda * mean
	return (arrivalSCV/lambda + rho*mean*serviceSCV) / (2 * (1 - rho)), nil
}
