package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// returns are how the chain comes back from levels above: u are the rates of
// U = A₁ + A₀·G, its moves within a level until it goes down from there for the
// first time, leak at which it does, and out its elimination. G are the states
// in which it comes out one level below.
type returns struct {
	u    *mat.Dense
	leak []float64
	out  *elimination
	row  []float64  // every row of G, where they are equal
	gain *mat.Dense // A₀·G, where it was found
	thin *entries   // A₀·G, where it is of few rows
}

// firstReturn finds the returns to the levels above.
func (p *Process) firstReturn() (*returns, error) {
	up, down := p.Above.Up, p.Above.Down
	r := &returns{u: mat.DenseCopyOf(p.Above.Local), leak: rowSums(down)}
	var err error
	if _, row, ok := outer(down); ok {
		// wherever it comes from, it comes out by the same law: G = 1·row
		r.row = row
		addOuter(r.u, rowSums(up), row)
	} else if column, row, ok := outer(up); ok {
		g, e, err := p.returnsFromOneLaw(column, row)
		if err != nil {
			return nil, err
		}
		addOuter(r.u, column, g)
		r.out = e
	} else if r.thin, err = p.returnsByDoubling(); err != nil {
		return nil, err
	} else if r.thin != nil {
		r.thin.addTo(r.u)
	} else {
		if r.gain, err = p.reduce(); err != nil {
			return nil, err
		}
		r.u.Add(r.u, r.gain)
	}
	if r.out == nil {
		r.out = newElimination(len(r.leak))
	}
	return r, r.out.of(r.u, r.leak)
}

// addReturns adds up·G to out, for moves up that may differ from those above.
func (r *returns) addReturns(out, up *mat.Dense, above Level) {
	switch {
	case r.row != nil:
		addOuter(out, rowSums(up), r.row)
	case r.thin != nil && same(up, above.Up):
		r.thin.addTo(out)
	case r.gain != nil && same(up, above.Up):
		out.Add(out, r.gain)
	default:
		r.out.addWay(out, up, above.Down)
	}
}

// sums is how often the chain is in each state of all the levels above together:
// the elimination of −U − A₀, for which (I − R)⁻¹ = I + A₀·(−U − A₀)⁻¹.
func (r *returns) sums(up *mat.Dense) (*elimination, error) {
	pivot := append([]float64(nil), r.leak...)
	for i := range pivot {
		row := r.u.RawRowView(i)
		pivot[i] += sum(row[:i]) + sum(row[i+1:]) - up.At(i, i)
	}
	r.u.Add(r.u, up) // which nobody reads after this
	return eliminateWith(r.u, pivot)
}

// outer writes a matrix of rank one as column·row, where row sums to 1.
func outer(a *mat.Dense) (column, row []float64, ok bool) {
	column = rowSums(a)
	r, _ := a.Dims()
	for i := range r {
		if column[i] == 0 {
			continue
		}
		if row == nil {
			row = scaled(a.RawRowView(i), 1/column[i])
			continue
		}
		for j, v := range a.RawRowView(i) {
			if off := v - column[i]*row[j]; off > 1e-15*column[i] || off < -1e-15*column[i] {
				return nil, nil, false
			}
		}
	}
	return column, row, row != nil
}

func addOuter(a *mat.Dense, column, row []float64) {
	for i, f := range column {
		if f != 0 {
			addRow(a.RawRowView(i), f, row)
		}
	}
}

// returnsFromOneLaw is row·G when every move up ends by one law, A₀ =
// column·row. Then R = column·ξ, and
//
//	ξ = row·(−A₁ − η·A₂)⁻¹    η = ξ·column    row·G = ξ·A₂
//
// The right side of the equation for η is convex in η and is 1 at 1, so that
// Newton's method climbs from 0 to the root below 1. A second derivative costs
// little beside an elimination and makes the steps those of Halley's method, of
// third order, once they bend little.
//
//   - Source: [LaRa99] as to R of rank one.
//
// What it returns besides is memory of no further use.
func (p *Process) returnsFromOneLaw(column, row []float64) ([]float64, *elimination, error) {
	local, down := p.Above.Local, p.Above.Down
	leaves, falls := rowSums(p.Above.Up), rowSums(down)
	n := len(row)
	eta, xi, turns := 0.0, make([]float64, n), 0
	off, e, leak := local, newElimination(n), make([]float64, n)
	fall := newThin(down)
	steps, twice, bends := make([]float64, n), make([]float64, n), make([]float64, n)
	if !fall.diagonal() {
		off = mat.NewDense(n, n, nil)
	}
	for {
		for i := range n {
			leak[i] = (1-eta)*falls[i] + leaves[i]
		}
		if !fall.diagonal() { // else the rates of a state to itself are none
			off.Copy(local)
			for i := range n {
				addRow(off.RawRowView(i), eta, down.RawRowView(i))
			}
		}
		if err := e.of(off, leak); err != nil {
			return nil, nil, err
		}
		copy(xi, row)
		e.leftRow(xi)
		missing := dot(xi, column) - eta
		copy(bends, column)
		e.columnIn(bends)
		fall.rowTimes(steps, xi)
		slope := 1 - dot(steps, bends)
		if !(slope > 0) {
			break
		}
		e.leftRow(steps)
		step := missing / slope
		fall.rowTimes(twice, steps)
		bend := step / slope * dot(twice, bends) // by which a straight line misses
		if bend < 0.5 {
			step /= 1 - bend
		}
		next := eta + step
		if !(next > 0 && next < 1 && next != eta) {
			break // as near as rounding lets it come
		}
		if turns++; turns > 100 {
			break
		}
		if math.Abs(bend) < 1e-7 {
			// ξ there by its series, of which the next term is lost in rounding
			e.leftRow(twice)
			addRow(xi, step, steps)
			addRow(xi, step*step, twice)
			break
		}
		eta = next
	}
	fall.rowTimes(steps, xi)
	return steps, e, nil
}

// reduce is A₀·G by cyclic reduction: each turn takes every other level away, so
// that k turns follow the chain up 2^k levels. What returns only at a turn falls
// quadratically, and it stops when what the next one would add is lost in
// rounding. A turn costs an elimination, the solution for two blocks and four
// products, 12·n³ and two thirds: those of logarithmic reduction [LaRa93]
// without the two products that gather G; of the last one only the half is done
// that says what returns. Moves from few states, or to few, remain so, and cost as
// much less.
//
//   - Accuracy: nothing is subtracted; relative 1e-14 or so.
//   - Source: [BiMe96].
func (p *Process) reduce() (*mat.Dense, error) {
	n, _ := p.Above.Local.Dims()
	up, down := supported(p.Above.Up), supported(p.Above.Down)
	rise := rowSums(p.Above.Up)
	within, gain := mat.DenseCopyOf(p.Above.Local), mat.NewDense(n, n, nil)
	if len(up.rows) == 0 || len(down.rows) == 0 {
		return gain, nil
	}
	t := newTurn(n, up, down)
	before := 1.0
	for range 100 {
		if err := t.begin(within); err != nil {
			return nil, err
		}
		most := 0.0 // that returns only now, of what goes up
		for a, i := range up.rows {
			to, all, sum := within.RawRowView(i), gain.RawRowView(i), 0.0
			returns := t.back.RawRowView(a)
			for b, j := range down.columns {
				to[j] += returns[b]
				all[j] += returns[b]
				sum += returns[b]
			}
			most = max(most, sum/rise[i])
		}
		if by := most / before; most < 1e-16 || most*by*by < 1e-17 {
			break
		}
		before = most
		t.finish(within)
	}
	return gain, nil
}

// turn is one turn of a cyclic reduction, in memory that serves for all of them.
type turn struct {
	up, down           support
	fromUp, fromDown   *mat.Dense // the blocks with all columns
	toUp, toDown       *mat.Dense // (−within)⁻¹ times the blocks, with all rows
	back, over, higher *mat.Dense // up·toDown, down·toUp and their squares
	lower              *mat.Dense
	e                  *elimination
	leak               []float64
}

func newTurn(n int, up, down support) *turn {
	block := func(rows, columns int) *mat.Dense { return mat.NewDense(rows, columns, nil) }
	ur, uc, dr, dc := len(up.rows), len(up.columns), len(down.rows), len(down.columns)
	return &turn{
		up: up, down: down, fromUp: block(ur, n), fromDown: block(dr, n), toUp: block(n, uc), toDown: block(n, dc),
		back: block(ur, dc), over: block(dr, uc), higher: block(ur, uc), lower: block(dr, dc),
		e: newElimination(n), leak: make([]float64, n),
	}
}

// begin finds what goes up and comes back.
func (t *turn) begin(within *mat.Dense) error {
	clear(t.leak)
	t.up.place(t.fromUp, t.toUp, t.leak)
	t.down.place(t.fromDown, t.toDown, t.leak)
	if err := t.e.of(within, t.leak); err != nil {
		return err
	}
	t.e.solveIn(t.toDown)
	timesInto(t.back, 0, t.fromUp, t.toDown)
	return nil
}

// finish finds what goes on, and what goes down and comes back.
func (t *turn) finish(within *mat.Dense) {
	t.e.solveIn(t.toUp)
	timesInto(t.higher, 0, t.fromUp, t.toUp)
	timesInto(t.lower, 0, t.fromDown, t.toDown)
	timesInto(t.over, 0, t.fromDown, t.toUp)
	t.up.block.Copy(t.higher)
	t.down.block.Copy(t.lower)
	for a, i := range t.down.rows {
		to := within.RawRowView(i)
		for b, j := range t.up.columns {
			to[j] += t.over.At(a, b)
		}
	}
}

// support is a matrix by its rows and columns that are not all zeros.
type support struct {
	rows, columns []int
	block         *mat.Dense
}

func supported(a *mat.Dense) support {
	r, c := a.Dims()
	var s support
	used := make([]bool, c)
	for i := range r {
		any := false
		for j, v := range a.RawRowView(i) {
			if v != 0 {
				any, used[j] = true, true
			}
		}
		if any {
			s.rows = append(s.rows, i)
		}
	}
	for j, u := range used {
		if u {
			s.columns = append(s.columns, j)
		}
	}
	if len(s.rows) == 0 {
		return s
	}
	s.block = mat.NewDense(len(s.rows), len(s.columns), nil)
	for x, i := range s.rows {
		for y, j := range s.columns {
			s.block.Set(x, y, a.At(i, j))
		}
	}
	return s
}

// place writes the matrix with all its columns, and with all its rows, and adds
// its row sums.
func (s support) place(wide, tall *mat.Dense, sums []float64) {
	clear(wide.RawMatrix().Data)
	clear(tall.RawMatrix().Data)
	for x, i := range s.rows {
		values, row := s.block.RawRowView(x), wide.RawRowView(x)
		copy(tall.RawRowView(i), values)
		for y, j := range s.columns {
			row[j] = values[y]
		}
		sums[i] += sum(values)
	}
}
