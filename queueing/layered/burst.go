package layered

// burst gives activities that run beside others a time that varies more than an
// exponential one, as it does if the number of calls is random: with
// probability 1 − p it is none, otherwise exponential,
//
//	p = 2/(1 + c²)    mean of the exponential: m/p
//
// whose first two moments are those of the activity, m and m²(1 + c²) = 2m²/p. It
// is exact for a geometric number of exponential calls alone. Less than 1, c²
// is taken for 1. It returns times and presences of those that are not none, and p (1).
// The mean of the longest of several depends on this; that of a sequence does not.
func (g *graph) burst(alone []moments, at [][]presence) ([]moments, [][]presence, []float64) {
	p := make([]float64, len(alone))
	for a, m := range alone {
		p[a] = min(1, 2/(1+m.scv()))
	}
	joint := make([]bool, len(alone))
	for _, s := range g.states {
		if s.begins {
			joint[s.running[0]] = true
		}
	}
	times, places := make([]moments, len(alone)), make([][]presence, len(alone))
	for a, m := range alone {
		times[a], places[a] = m, at[a]
		if !joint[a] || p[a] == 1 {
			continue
		}
		times[a].mean /= p[a]
		places[a] = nil
		for _, x := range at[a] {
			x.stay /= p[a]
			x.service /= p[a]
			places[a] = append(places[a], x)
		}
	}
	return times, places, p
}
