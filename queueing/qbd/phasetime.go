package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// at is the law at t (s): the probabilities that the time is longer and that it
// has ended, and the density (1/s), all from one row of the exponential of the
// rates, in which the end is one more phase.
//
//   - Accuracy: nothing is subtracted, so that the smallest probabilities keep
//     their digits; relative 1e-15 times q·t or so, where q is the rate of the
//     fastest phase, and 1e-14 where no phase is come back to.
func (p *PH) at(t float64) (stays, ended, density float64) {
	n := len(p.start)
	switch {
	case math.IsNaN(t):
		return t, t, t
	case t < 0:
		return 1, 0, 0
	case t == 0:
		return 1, 0, dot(p.start, p.exit)
	}
	jumps, q := p.jumps()
	var row []float64
	switch qt := q * t; {
	case qt > 1e300:
		return 0, 1, 0
	case qt > 20*float64(n+1):
		row = p.squared(jumps, q, t)
	default:
		row = p.summed(jumps, qt)
	}
	return math.Min(1, sum(row[:n])), math.Min(1, row[n]), dot(row[:n], p.exit)
}

// summed follows the steps of the fastest phase, of which qt (1) are to be
// expected:
//
//		α·e^(Qt) = Σ_j e^(−qt)·(qt)^j/j! · α·P^j    P = I + Q/q
//
//	  - Source: uniformization [Jens53].
func (p *PH) summed(jumps *mat.Dense, qt float64) []float64 {
	at := append(append([]float64(nil), p.start...), 0)
	row := make([]float64, len(at))
	// past the mode and the phases the terms fall fast
	enough := int(qt+12*math.Sqrt(qt)) + len(at) + 30
	for j := 0; j <= enough; j++ {
		if j > 0 {
			at = rowTimes(at, jumps)
		}
		logs, _ := math.Lgamma(float64(j + 1))
		addRow(row, math.Exp(float64(j)*math.Log(qt)-qt-logs), at)
	}
	return row
}

// squared is for times that are long against the fastest phase: the exponential
// over t/2^k by the sum of terms above, and then k squarings. Where phases are
// not come back to, the diagonal is known.
func (p *PH) squared(jumps *mat.Dense, q, t float64) []float64 {
	n := len(p.start)
	k := math.Ilogb(q*t) + 1
	h := math.Ldexp(t, -k)
	ahead := p.ahead()
	onDiagonal := func(e *mat.Dense, h float64) {
		e.Set(n, n, 1)
		for i := 0; ahead && i < n; i++ {
			e.Set(i, i, math.Exp(-p.total(i)*h))
		}
	}
	term, e := identity(n+1), identity(n+1)
	for j := 1; j < n+18; j++ {
		term = times(term, jumps)
		term.Scale(q*h/float64(j), term)
		e.Add(e, term)
	}
	e.Scale(math.Exp(-q*h), e)
	onDiagonal(e, h)
	for range k {
		e = times(e, e)
		h *= 2
		onDiagonal(e, h)
	}
	return rowTimes(append(append([]float64(nil), p.start...), 0), e)
}

// ahead says whether phases are only ever left for later ones.
func (p *PH) ahead() bool {
	for i := range p.start {
		if sum(p.within.RawRowView(i)[:i]) > 0 {
			return false
		}
	}
	return true
}

// jumps is the chain at the steps of its fastest phase, with its end as one more
// phase, and the rate of the steps (1/s).
func (p *PH) jumps() (*mat.Dense, float64) {
	n, q := len(p.start), 0.0
	for i := range n {
		q = math.Max(q, p.total(i))
	}
	out := mat.NewDense(n+1, n+1, nil)
	for i := range n {
		row := out.RawRowView(i)
		addRow(row, 1/q, p.within.RawRowView(i))
		row[n] = p.exit[i] / q
		row[i] = (q - p.total(i)) / q
	}
	out.Set(n, n, 1)
	return out, q
}
