package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// MAP is a Markovian arrival process: a chain of phases some of whose moves
// bring an arrival. It is immutable.
type MAP struct {
	without, with *mat.Dense // rates of moves without an arrival and with one (1/s)
	comes         []float64  // rate of arrivals in each phase (1/s)
	phase         []float64  // stationary law of the phase (1)
	rate          float64    // of arrivals (1/s)
	gap           *PH
}

// NewMAP is the stream of arrivals that moves between phases at the rates
// without (1/s), with no arrival, and with (1/s), with one. In the textbook's
// matrices, without is D₀, whose diagonal is not read, and with is D₁, whose
// diagonal is.
//
//   - Domain: square and of one size, at most 1000 phases; rates from 0 to
//     1e60, not all of with 0; every phase reached from every other.
//   - Source: [Luca91].
func NewMAP(without, with *mat.Dense) (*MAP, error) {
	const name = "Markovian arrivals"
	if without == nil || with == nil {
		return nil, &domain.InputError{Station: name, Parameter: "matrices of rates given", Value: 0, Want: "two"}
	}
	n, columns := without.Dims()
	rows, wide := with.Dims()
	if err := domain.First(
		domain.Count(name, "number of phases", n, 1, maxOrder),
		domain.Count(name, "columns of the moves without an arrival", columns, n, n),
		domain.Count(name, "rows of the moves with an arrival", rows, n, n),
		domain.Count(name, "columns of the moves with an arrival", wide, n, n),
		checkRates(name, "rate without an arrival", without, true),
		checkRates(name, "rate with an arrival", with, false)); err != nil {
		return nil, err
	}
	m := &MAP{without: mat.DenseCopyOf(without), with: mat.DenseCopyOf(with), comes: rowSums(with)}
	for i := range n {
		m.without.Set(i, i, 0)
	}
	var err error
	if m.phase, err = longRun(m.all()); err != nil {
		return nil, &domain.InputError{Station: name, Parameter: "rate out of some phases", Value: 0, Want: "phases that all reach each other"}
	}
	m.rate = dot(m.phase, m.comes)
	if err := domain.Positive(name, "rate of arrivals", m.rate); err != nil {
		return nil, err
	}
	m.gap, err = NewPH(scaled(rowTimes(m.phase, m.with), 1/m.rate), m.without, m.comes)
	return m, err
}

// PoissonArrivals come at a rate (1/s), independently of each other.
func PoissonArrivals(rate float64) (*MAP, error) {
	if err := domain.Positive("Poisson arrivals", "rate", rate); err != nil {
		return nil, err
	}
	return NewMAP(mat.NewDense(1, 1, nil), mat.NewDense(1, 1, []float64{rate}))
}

// RenewalArrivals come after independent gaps of one law.
func RenewalArrivals(gap *PH) (*MAP, error) {
	if gap == nil {
		return nil, &domain.InputError{Station: "renewal arrivals", Parameter: "laws of the gaps given", Value: 0, Want: "one"}
	}
	n := gap.Phases()
	with := mat.NewDense(n, n, nil)
	addOuter(with, gap.exit, gap.start)
	return NewMAP(gap.within, with)
}

// Arrivals are the stream as a [MAP].
func (m MMPP2) Arrivals() (*MAP, error) { return NewMAP(m.Blocks()) }

// all is the rates of moves of either kind.
func (m *MAP) all() *mat.Dense {
	out := mat.DenseCopyOf(m.without)
	out.Add(out, m.with)
	return out
}

// Phases is the number of phases.
func (m *MAP) Phases() int { return len(m.comes) }

// Rate is the mean rate of arrivals (1/s).
func (m *MAP) Rate() float64 { return m.rate }

// Gap is the law of the time from one arrival to the next (s).
func (m *MAP) Gap() *PH { return m.gap }

// SCV is the squared coefficient of variation of the gaps (1).
func (m *MAP) SCV() float64 { return m.gap.SCV() }

// Autocorrelation is the correlation (1) of two gaps that are lag gaps apart; 1
// for a lag of 0.
//
//	ρ_k = m₁·(φ' − φ)·P^k·M·1 / Var    M = (−D₀)⁻¹    P = M·D₁    φ' = φ·M/m₁
//
// where φ is the law of the phase after an arrival; φ' − φ sums to 0, so that
// the correlation keeps its digits as it falls.
//
//   - Domain: lag of either sign; NaN where gaps do not vary.
//   - Source: [FiMe93].
func (m *MAP) Autocorrelation(lag int) float64 {
	if lag == 0 {
		return 1
	}
	if lag < 0 {
		lag = -lag
	}
	n := m.Phases()
	e, err := eliminate(m.without, m.comes)
	if err != nil {
		return math.NaN() // not so: every phase leads to an arrival
	}
	after := scaled(rowTimes(m.phase, m.with), 1/m.rate)
	off := scaled(after, m.rate)
	e.leftRow(off)
	addRow(off, -1, after)
	off = rowPower(off, e.solve(m.with), lag)
	return dot(off, e.column(ones(n))) / m.rate / m.gap.Variance()
}

// Dispersion is the variance of the arrivals of a long time over their mean (1).
//
//		I = 1 + 2·(π·D₁/λ − π)·g    (−D₀ − D₁)·g = D₁·1 − λ·1
//
//	  - Source: [FiMe93], in which g is written by an inverse.
func (m *MAP) Dispersion() float64 {
	n := m.Phases()
	if n == 1 {
		return 1
	}
	// g is known up to a constant: let it be 0 in the first phase
	all := m.all()
	inner := mat.DenseCopyOf(all.Slice(1, n, 1, n))
	e, err := eliminate(inner, mat.Col(nil, 0, all.Slice(1, n, 0, 1)))
	if err != nil {
		return math.NaN() // not so: every phase reaches the first
	}
	right := append([]float64(nil), m.comes[1:]...)
	addRow(right, -m.rate, ones(n-1))
	g := e.column(right)
	weigh := scaled(rowTimes(m.phase, m.with), 1/m.rate)
	addRow(weigh, -1, m.phase)
	return 1 + 2*dot(weigh[1:], g)
}
