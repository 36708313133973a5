package qbd

import (
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
	g    *mat.Dense // G, where it was found
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
		g, err := p.returnsFromOneLaw(column, row)
		if err != nil {
			return nil, err
		}
		addOuter(r.u, column, g)
	} else {
		if r.g, err = p.reduce(); err != nil {
			return nil, err
		}
		timesInto(r.u, 1, up, r.g)
	}
	r.out, err = eliminate(r.u, r.leak)
	return r, err
}

// addReturns adds up·G to out.
func (r *returns) addReturns(out, up, down *mat.Dense) {
	switch {
	case r.row != nil:
		addOuter(out, rowSums(up), r.row)
	case r.g != nil:
		timesInto(out, 1, up, r.g)
	default:
		timesInto(out, 1, r.out.left(up), down)
	}
}

// sums is how often the chain is in each state of all the levels above together:
// the elimination of −U − A₀, for which (I − R)⁻¹ = I + A₀·(−U − A₀)⁻¹.
func (r *returns) sums(up *mat.Dense) (*elimination, error) {
	off := mat.DenseCopyOf(r.u)
	off.Add(off, up)
	pivot := append([]float64(nil), r.leak...)
	for i := range pivot {
		row := r.u.RawRowView(i)
		pivot[i] += sum(row[:i]) + sum(row[i+1:]) - up.At(i, i)
	}
	return eliminateWith(off, pivot)
}

// outer writes a matrix of rank one as column·row, where row sums to 1.
func outer(a *mat.Dense) (column, row []float64, ok bool) {
	column = rowSums(a)
	r, c := a.Dims()
	for i := range r {
		if column[i] == 0 {
			continue
		}
		if row == nil {
			row = scaled(a.RawRowView(i), 1/column[i])
			continue
		}
		for j := range c {
			if off := a.At(i, j) - column[i]*row[j]; off > 1e-15*column[i] || off < -1e-15*column[i] {
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
// Newton's method climbs from 0 to the root below 1.
//
//   - Source: [LaRa99] as to R of rank one.
func (p *Process) returnsFromOneLaw(column, row []float64) ([]float64, error) {
	local, down := p.Above.Local, p.Above.Down
	leaves, falls := rowSums(p.Above.Up), rowSums(down)
	eta := 0.0
	var xi []float64
	for range 200 {
		off := mat.DenseCopyOf(down)
		off.Scale(eta, off)
		off.Add(off, local)
		leak := scaled(falls, 1-eta)
		addRow(leak, 1, leaves)
		e, err := eliminate(off, leak)
		if err != nil {
			return nil, err
		}
		xi = append([]float64(nil), row...)
		e.leftRow(xi)
		value := dot(xi, column)
		slope := dot(rowTimes(xi, down), e.column(column))
		next := eta + (value-eta)/(1-slope)
		if !(next > eta) || next >= 1 {
			break // as near as rounding lets it come
		}
		eta = next
	}
	return rowTimes(xi, down), nil
}

// reduce is G by logarithmic reduction: each turn looks at every other level
// only, so that k turns follow the chain up 2^k levels. It stops when no more
// of it returns.
//
//   - Accuracy: nothing is subtracted; relative 1e-14 or so, and for the rows to
//     sum to 1 they are divided by their sum.
//   - Source: [LaRa93].
func (p *Process) reduce() (*mat.Dense, error) {
	up, down := p.Above.Up, p.Above.Down
	leak := rowSums(up)
	addRow(leak, 1, rowSums(down))
	e, err := eliminate(p.Above.Local, leak)
	if err != nil {
		return nil, err
	}
	h, l := e.solve(up), e.solve(down)
	g, t := mat.DenseCopyOf(l), mat.DenseCopyOf(h)
	for range 100 {
		u := times(h, l)
		timesInto(u, 1, l, h)
		h, l = times(h, h), times(l, l)
		leak = rowSums(h)
		addRow(leak, 1, rowSums(l))
		if e, err = eliminate(u, leak); err != nil {
			return nil, err
		}
		h, l = e.solve(h), e.solve(l)
		more := times(t, l)
		g.Add(g, more)
		if largest(rowSums(more)) < 1e-16 {
			break
		}
		t = times(t, h)
	}
	for i, s := range rowSums(g) {
		if s > 0 {
			row := g.RawRowView(i)
			for j := range row {
				row[j] /= s
			}
		}
	}
	return g, nil
}
