package qbd

import (
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// Solution is where a [Process] is in the long run. It is immutable.
type Solution struct {
	levels [][]float64  // π_n of the levels of the start and of the first above, π_f
	top    step         // R: π_(f+k) = π_f·R^k
	above  []float64    // Σ_k π_(f+k)
	rest   *elimination // of −U − A₀; see past

	sure bool // that it is one: see Process.solve

	once sync.Once
	r    *mat.Dense // R written out; see ratio

	summed sync.Once
	sums   [3][]float64 // see past
}

// step is the matrix up·(−U)⁻¹ that leads from a level to the next one, in two
// factors: to apply it to a row takes no product of matrices.
type step struct {
	up  *mat.Dense
	out *elimination
}

// from is x·step.
func (s step) from(x []float64) []float64 {
	y := rowTimes(x, s.up)
	s.out.leftRow(y)
	return y
}

// ratio is R, worked out when first asked for.
func (s *Solution) ratio() *mat.Dense {
	s.once.Do(func() { s.r = s.top.out.left(s.top.up) })
	return s.r
}

// Solve finds the long run of a process.
//
//	R = A₀·(−A₁ − A₀·G)⁻¹    π_(n+1) = π_n·R above the start
//
// Below, the levels are taken away one after the other from the top, each time
// leaving a chain on those that remain, until one is left.
//
//   - Domain: blocks that fit together, rates from 0 to 1e60, every
//     state reached from every other. A process that drifts upwards gives a
//     [domain.UnstableError]: its load is steps up per step down (1), which must
//     stay below 1.
//   - Accuracy: relative 1e-12 or so for each state; sums over all levels lose
//     the digits that a load near 1 takes.
//   - Source: [Neut81]; the levels of the start [GaJL84].
func (p *Process) Solve() (*Solution, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	s, err := p.solve()
	if err == nil && s.sure {
		return s, nil
	}
	rise, fall, drifts := p.drift()
	if drifts != nil {
		return nil, p.caught()
	}
	if err := domain.Stable(p.Name, rise/fall, 1); err != nil {
		return nil, err
	}
	return s, err
}

// solve is for a process that was found good. It also finds out whether the
// process does not drift upwards, for then and only then −U − A₀ is an M-matrix:
// the spectral radius of R is below 1. Near 1 the drift says so more surely.
func (p *Process) solve() (*Solution, error) {
	back, err := p.firstReturn()
	if err != nil {
		return nil, p.caught()
	}
	e := back.out
	s := &Solution{top: step{p.Above.Up, e}}
	steps := make([]step, len(p.Start)) // π_(n+1) = π_n·step_n
	down := p.Above.Down
	var ground *mat.Dense
	for n := len(p.Start) - 1; n >= 0; n-- {
		l := p.Start[n]
		steps[n] = step{l.Up, e}
		last := n == len(p.Start)-1
		if last && n > 0 && p.returnsAsAbove(l, back.leak) {
			down = l.Down
			continue // U is the same
		}
		ground = mat.DenseCopyOf(l.Local)
		if last {
			back.addReturns(ground, l.Up, p.Above)
		} else {
			e.addWay(ground, l.Up, down)
		}
		if n == 0 {
			break
		}
		if e, err = eliminate(ground, rowSums(l.Down)); err != nil {
			return nil, p.caught()
		}
		down = l.Down
	}
	at, err := longRunIn(ground)
	if err != nil {
		return nil, p.caught()
	}
	s.climb(at, steps)
	rest, err := back.sums(p.Above.Up)
	if err != nil {
		return nil, &domain.UnstableError{Station: p.Name, Load: 1, Capacity: 1}
	}
	s.sure = rest.least > surely
	s.sumUp(rest)
	return s, nil
}

// surely is what has to be left of every pivot of −U − A₀ for the process to be
// taken as one that does not drift upwards.
const surely = 1e-6

// returnsAsAbove reports whether a level of the start is left like those above.
func (p *Process) returnsAsAbove(l Level, leak []float64) bool {
	return slices.Equal(rowSums(l.Down), leak) && same(l.Up, p.Above.Up) && same(l.Local, p.Above.Local)
}

// same reports whether two matrices are equal, or even one.
func same(a, b *mat.Dense) bool { return a == b || mat.Equal(a, b) }

// climb puts the levels back, up to a factor; it scales them all down when they
// outgrow the numbers.
func (s *Solution) climb(at []float64, steps []step) {
	s.levels = append(s.levels, at)
	for _, step := range steps {
		at = step.from(at)
		s.levels = append(s.levels, at)
		if sum(at) > 1e200 {
			for n := range s.levels {
				s.levels[n] = scaled(s.levels[n], 1e-200)
			}
			at = s.levels[len(s.levels)-1]
		}
	}
}

// sumUp adds the levels without end and makes all probabilities sum to 1; rest
// is the elimination of −U − A₀.
func (s *Solution) sumUp(rest *elimination) {
	first := s.levels[len(s.levels)-1]
	above := rowTimes(first, s.top.up)
	rest.leftRow(above)
	addRow(above, 1, first)
	s.rest = rest
	total := sum(above)
	for _, at := range s.levels[:len(s.levels)-1] {
		total += sum(at)
	}
	for i, at := range s.levels {
		s.levels[i] = scaled(at, 1/total)
	}
	s.above = scaled(above, 1/total)
}

// past is (I − R)⁻ᵏ·1 for k from 1 to 3, worked out when first asked for.
func (s *Solution) past(k int) []float64 {
	s.summed.Do(func() {
		last := ones(len(s.above))
		for i := range s.sums {
			more := timesColumn(s.top.up, s.rest.column(last))
			addRow(more, 1, last)
			s.sums[i], last = more, more
		}
	})
	return s.sums[k-1]
}

// first is the lowest level above the start.
func (s *Solution) first() int { return len(s.levels) - 1 }

// Level is the probability (1) of each state of level n; nil below level 0.
func (s *Solution) Level(n int) []float64 {
	switch f := s.first(); {
	case n < 0:
		return nil
	case n <= f:
		return append([]float64(nil), s.levels[n]...)
	default:
		return s.raise(s.levels[f], n-f)
	}
}

// raise is x·R^k.
func (s *Solution) raise(x []float64, k int) []float64 {
	if k <= fewSteps {
		for range k {
			x = s.top.from(x)
		}
		return x
	}
	return rowPower(x, s.ratio(), k)
}

// fewSteps is how many steps cost less than writing out their matrix.
const fewSteps = 8

// P is the probability (1) of level n.
func (s *Solution) P(n int) float64 { return sum(s.Level(n)) }

// Tail is the probability (1) of a level above n.
func (s *Solution) Tail(n int) float64 {
	f := s.first()
	if n >= f-1 {
		return sum(s.raise(s.above, n+1-f))
	}
	t := sum(s.above)
	for _, at := range s.levels[max(n+1, 0):f] {
		t += sum(at)
	}
	return t
}

// Mean is the mean level (1).
func (s *Solution) Mean() float64 { return s.Excess(0) }

// Excess is the mean (1) of how far the level is above n, 0 where it is not.
func (s *Solution) Excess(n int) float64 {
	f := s.first()
	if n > f {
		// Σ_k k·π_(n+k)·1 = π_n·R·(I − R)⁻²·1
		return dot(s.raise(s.levels[f], n-f+1), s.past(2))
	}
	e := float64(f-n)*sum(s.above) + dot(s.top.from(s.levels[f]), s.past(2))
	for k := n + 1; k < f; k++ {
		e += float64(k-n) * sum(s.levels[k])
	}
	return e
}

// Variance is the variance of the level (1).
func (s *Solution) Variance() float64 {
	m, f := s.Mean(), s.first()
	v := 0.0
	for k, at := range s.levels[:f] {
		d := float64(k) - m
		v += d * d * sum(at)
	}
	// Σ_k (d + k)²·π_(f+k)·1, where Σ k·R^k = R(I − R)⁻² and
	// Σ k²·R^k = R(I + R)(I − R)⁻³
	d := float64(f) - m
	one := s.top.from(s.levels[f])
	twice := append([]float64(nil), one...)
	addRow(twice, 1, s.top.from(one))
	v += d*d*sum(s.above) + 2*d*dot(one, s.past(2))
	return v + dot(twice, s.past(3))
}
