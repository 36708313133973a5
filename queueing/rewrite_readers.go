package queueing

import "math"

// learnDrains brings up to date how long writers wait for readers. A reader that
// a writer finds at the lock came since the last writer left. Where that was
// before the writer came, there are a Poisson number N of them, and the last of
// them leaves after an exponential time's H_N-fold on average; where the writer
// waited for another, those between the two began together:
//
//	r = s·(ρ·ln(1 + ρ·λ_r/λ_w) + (1 − ρ)·E[H_N])
//
// with s the time that a reader has the lock and ρ the probability that a writer
// is there. The line is one, in order of arrival, as seen by writers only.
//
//   - Source: [John95].
func (w *rewrite) learnDrains(x *solver) float64 {
	change := 0.0
	for i := range w.parts {
		p := &w.parts[i]
		if p.kind != holding || p.hold.pool || !w.uses[p.hold].shared || !w.uses[p.hold].exclusive {
			continue
		}
		f := w.figuresOf(x, len(w.from.Services)+i)
		keys := w.keys[p.hold][p.tier].keys
		name := w.m.Services[len(w.from.Services)+i].Name
		drain := 0.0
		if f.writers > 0 && f.readers > 0 {
			s := f.read / f.readers
			busy := math.Min(1, f.gated/keys)
			drain = s * (busy*math.Log1p(busy*f.readers/f.writers) + (1-busy)*harmonicOfPoisson(f.read/keys))
		}
		before := w.know.drain[name]
		change = math.Max(change, math.Abs(drain-before)/math.Max(drain, 1e-300))
		w.know.drain[name] = before + 0.6*(drain-before)
	}
	return change
}

// harmonicOfPoisson is E[H_N], the mean harmonic number of a Poisson N of mean a:
// ∫ (1 − e^−t)/t dt from 0 to a.
func harmonicOfPoisson(a float64) float64 {
	const n = 200
	sum := 0.0
	for i := range n { // midpoints
		t := a * (float64(i) + 0.5) / n
		sum -= math.Expm1(-t) / t
	}
	return sum * a / n
}
