package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
	"github.com/headroom/headroom/queueing/internal/quantile"
)

// PH is a phase-type distribution: the time that a Markov chain spends in its
// phases before it leaves them for good. Every law of a positive time is as near
// as one likes to one of these. It is immutable, and never zero.
type PH struct {
	start  []float64
	within *mat.Dense // rates off the diagonal (1/s)
	exit   []float64  // (1/s)
	leave  *elimination
	moment [4]float64 // E[T^k] (s^k)
}

// NewPH is the time in phases of which the first is drawn from start (1); within
// holds the rates from phase to phase (1/s), its diagonal not being read, and
// exit those at which the time ends (1/s). In the textbook's matrices, start is
// α, within is T off its diagonal, and exit is −T·1. Phases that are never
// reached are left out.
//
//   - Domain: start sums to 1 within 1e-9; rates from 0 to 1e60; every
//     phase that is reached comes to an end; at most 1000 phases.
//   - Source: [Neut81].
func NewPH(start []float64, within *mat.Dense, exit []float64) (*PH, error) {
	const name = "phase-type time"
	n := len(start)
	err := domain.Count(name, "number of phases", n, 1, maxOrder)
	if err == nil && within == nil {
		err = &domain.InputError{Station: name, Parameter: "rates within the phases", Value: 0, Want: "one row for each phase"}
	}
	if err == nil {
		r, c := within.Dims()
		err = domain.First(
			domain.Count(name, "rows of the rates within the phases", r, n, n),
			domain.Count(name, "columns of the rates within the phases", c, n, n),
			domain.Count(name, "number of exit rates", len(exit), n, n))
	}
	if err == nil {
		err = domain.First(
			checkRates(name, "probability to start in a phase", mat.NewDense(1, n, start), false),
			checkRates(name, "rate within the phases", within, true),
			checkRates(name, "exit rate", mat.NewDense(1, n, exit), false))
	}
	if err != nil {
		return nil, err
	}
	if s := sum(start); !(math.Abs(s-1) < 1e-9) {
		return nil, &domain.InputError{Station: name, Parameter: "sum of the probabilities to start", Value: s, Want: "1"}
	}
	p := reached(start, within, exit)
	if p.leave, err = eliminate(p.within, p.exit); err != nil {
		return nil, &domain.InputError{Station: name, Parameter: "rate out of some phases", Value: 0, Want: "phases that all come to an end"}
	}
	return p, p.measure(name)
}

// reached is the law without the phases that are never entered.
func reached(start []float64, within *mat.Dense, exit []float64) *PH {
	seen := make([]bool, len(start))
	var list []int
	enter := func(rates []float64) {
		for j, r := range rates {
			if r > 0 && !seen[j] {
				seen[j] = true
				list = append(list, j)
			}
		}
	}
	enter(start)
	for k := 0; k < len(list); k++ {
		row := append([]float64(nil), within.RawRowView(list[k])...)
		row[list[k]] = 0
		enter(row)
	}
	var old []int
	for j, ok := range seen {
		if ok {
			old = append(old, j)
		}
	}
	n := len(old)
	p := &PH{start: make([]float64, n), within: mat.NewDense(n, n, nil), exit: make([]float64, n)}
	for i, a := range old {
		p.start[i], p.exit[i] = start[a]/sum(start), exit[a]
		for j, b := range old {
			if i != j {
				p.within.Set(i, j, within.At(a, b))
			}
		}
	}
	return p
}

// measure finds the moments, E[T^k] = k!·α·(−T)^(−k)·1, with no subtraction.
func (p *PH) measure(name string) error {
	left := ones(len(p.start))
	p.moment[0] = 1
	for k := 1; k < len(p.moment); k++ {
		left = p.leave.column(scaled(left, float64(k)))
		p.moment[k] = dot(p.start, left)
		if m := p.moment[k]; !(m > 0) || math.IsInf(m, 1) {
			return &domain.InputError{Station: name, Parameter: "moment of a time", Value: m, Want: "rates nearer to 1"}
		}
	}
	return nil
}

// Phases is the number of phases that are reached.
func (p *PH) Phases() int { return len(p.start) }

// Moment is E[T^k] (s^k) for k from 0 up; +Inf where it is beyond the numbers
// and NaN below 0.
func (p *PH) Moment(k int) float64 {
	if k < 0 {
		return math.NaN()
	}
	if k < len(p.moment) {
		return p.moment[k]
	}
	left := ones(len(p.start))
	for i := 1; i <= k; i++ {
		left = p.leave.column(scaled(left, float64(i)))
		if m := dot(p.start, left); math.IsInf(m, 1) || m == 0 {
			return m
		}
	}
	return dot(p.start, left)
}

// Mean is the mean time (s).
func (p *PH) Mean() float64 { return p.moment[1] }

// Variance is the variance of the time (s²).
func (p *PH) Variance() float64 { return p.moment[2] - p.moment[1]*p.moment[1] }

// SCV is the squared coefficient of variation (1).
func (p *PH) SCV() float64 { return p.moment[2]/p.moment[1]/p.moment[1] - 1 }

// CDF is the probability (1) that the time is t (s) at most.
func (p *PH) CDF(t float64) float64 { _, ended, _ := p.at(t); return ended }

// Survival is the probability (1) that the time is longer than t (s).
func (p *PH) Survival(t float64) float64 { stays, _, _ := p.at(t); return stays }

// Density is the density of the time at t (1/s).
func (p *PH) Density(t float64) float64 { _, _, d := p.at(t); return d }

// Quantile is the smallest t (s) with CDF(t) ≥ q; 0 for q ≤ 0, +Inf for q ≥ 1
// and NaN for what is not a number.
func (p *PH) Quantile(q float64) float64 {
	return quantile.Newton(p.CDF, p.Survival, p.Density, p.Mean(), q)
}

// LST is the transform E[exp(−s·T)] (1) for Re s ≥ 0, by Gaussian elimination of
// s·I − T, whose diagonal dominates.
//
//   - Source: α·(sI − T)⁻¹·exit, as [Neut81].
func (p *PH) LST(s complex128) complex128 {
	n := len(p.start)
	rows := make([][]complex128, n)
	for i := range rows {
		rows[i] = make([]complex128, n+1)
		for j, r := range p.within.RawRowView(i) {
			rows[i][j] = complex(-r, 0)
		}
		rows[i][i] = s + complex(p.total(i), 0)
		rows[i][n] = complex(p.exit[i], 0)
	}
	for k := range n {
		for i := k + 1; i < n; i++ {
			if f := rows[i][k] / rows[k][k]; f != 0 {
				for j := k; j <= n; j++ {
					rows[i][j] -= f * rows[k][j]
				}
			}
		}
	}
	var out complex128
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			rows[i][n] -= rows[i][j] * rows[j][n]
		}
		rows[i][n] /= rows[i][i]
		out += complex(p.start[i], 0) * rows[i][n]
	}
	return out
}

// total is the rate (1/s) out of phase i.
func (p *PH) total(i int) float64 { return sum(p.within.RawRowView(i)) + p.exit[i] }
