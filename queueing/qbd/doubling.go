package qbd

import "gonum.org/v1/gonum/mat"

// layers are levels put on top of each other, as seen by who comes in: from
// below in one of p states, or from above in one of q. What comes in leaves on
// the side that it goes through to, or on that it came from.
type layers struct {
	p, q    int
	through []float64 // p×p: in from below, out above
	back    []float64 // p×q: in from below, out below
	over    []float64 // q×p: in from above, out above
	down    []float64 // q×q: in from above, out below

	turn, ahead, meets, sides []float64 // of double
	within                    *elimination
	leak                      []float64
	more                      []float64
}

func newLayers(p, q int) *layers {
	return &layers{
		p: p, q: q,
		through: make([]float64, p*p), back: make([]float64, p*q), over: make([]float64, q*p), down: make([]float64, q*q),
		turn: make([]float64, p*q), ahead: make([]float64, p*p), meets: make([]float64, q*q), sides: make([]float64, q*(p+q)),
		within: newElimination(q), leak: make([]float64, q), more: make([]float64, p*q),
	}
}

// double puts the layers on top of a copy of themselves. With N = (I − over·back)⁻¹
// for what goes to and fro between the two,
//
//	through ← through² + through·back·N·over·through    back ← back + through·back·N·down
//	over ← over + down·N·over·through                   down ← down·N·down
//
// It returns the largest share of what comes in from below that now goes back and
// did not before.
//
//   - Accuracy: nothing is subtracted, for rows sum to 1: what does not meet the
//     other copy again is down·1 + over·through·1.
//   - Source: [Redh62], the product of two scatterers; as doubling for Riccati
//     equations [GuLX06].
func (l *layers) double() (float64, error) {
	p, q := l.p, l.q
	clear(l.turn)
	clear(l.meets)
	multiply(l.turn, l.through, l.back, p, q)
	multiply(l.meets, l.over, l.back, p, q)
	clear(l.sides)
	for i := range q {
		side := l.sides[i*(p+q) : (i+1)*(p+q)]
		rowInto(side[:p], l.over[i*p:(i+1)*p], l.through)
		l.leak[i] = sum(l.down[i*q:(i+1)*q]) + sum(side[:p])
		copy(side[p:], l.down[i*q:(i+1)*q])
	}
	if err := l.within.ofRows(l.meets, l.leak); err != nil {
		return 0, err
	}
	l.within.solveRows(l.sides, p+q)
	clear(l.ahead)
	multiply(l.ahead, l.through, l.through, p, p)
	most := 0.0
	for i := range p {
		turn, ahead, more := l.turn[i*q:(i+1)*q], l.ahead[i*p:(i+1)*p], l.more[i*q:(i+1)*q]
		clear(more)
		for k, f := range turn {
			if side := l.sides[k*(p+q) : (k+1)*(p+q)]; f != 0 {
				addTo(ahead, f, side[:p])
				addTo(more, f, side[p:])
			}
		}
		addTo(l.back[i*q:(i+1)*q], 1, more)
		most = max(most, sum(more))
	}
	l.through, l.ahead = l.ahead, l.through
	for i := range q {
		down := l.down[i*q : (i+1)*q]
		copy(l.leak, down)
		clear(down)
		for k, f := range l.leak {
			if side := l.sides[k*(p+q) : (k+1)*(p+q)]; f != 0 {
				addTo(l.over[i*p:(i+1)*p], f, side[:p])
				addTo(down, f, side[p:])
			}
		}
	}
	return most, nil
}

// multiply adds a·b to out, for b of so many rows and columns.
func multiply(out, a, b []float64, rows, columns int) {
	for i := 0; i*columns < len(out); i++ {
		rowInto(out[i*columns:(i+1)*columns], a[i*rows:(i+1)*rows], b)
	}
}

// rowInto adds x·b to out.
func rowInto(out, x, b []float64) {
	n := len(out)
	for k, f := range x {
		if f != 0 {
			addTo(out, f, b[k*n:(k+1)*n])
		}
	}
}

// addTo is addRow for short rows.
func addTo(y []float64, f float64, x []float64) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] += f * v
	}
}

// returnsByDoubling is A₀·G where moves up lead to few states and moves down to
// few others: what becomes of a level that was come into depends on nothing else.
// After k turns 2^k levels are known. It is nil where the states are not few, and
// [Process.reduce] takes less.
//
//   - Source: see [layers.double].
func (p *Process) returnsByDoubling() (*entries, error) {
	n, _ := p.Above.Local.Dims()
	up, down := supported(p.Above.Up), supported(p.Above.Down)
	if len(up.rows) == 0 || len(down.rows) == 0 || len(up.columns)+len(down.columns) > n {
		return nil, nil
	}
	l := newLayers(len(up.columns), len(down.columns))
	leak, width := make([]float64, n), l.p+l.q
	side := make([]float64, n*width)
	place := func(s support, first int) {
		for x, i := range s.rows {
			row := s.block.RawRowView(x)
			copy(side[i*width+first:], row)
			leak[i] += sum(row)
		}
	}
	place(up, 0)
	place(down, l.p)
	e, err := eliminate(p.Above.Local, leak)
	if err != nil {
		return nil, err
	}
	e.solveRows(side, width)
	for x, i := range up.columns {
		row := side[i*width : (i+1)*width]
		copy(l.through[x*l.p:(x+1)*l.p], row)
		copy(l.back[x*l.q:(x+1)*l.q], row[l.p:])
	}
	for x, i := range down.columns {
		row := side[i*width : (i+1)*width]
		copy(l.over[x*l.p:(x+1)*l.p], row)
		copy(l.down[x*l.q:(x+1)*l.q], row[l.p:])
	}
	for range 100 {
		more, err := l.double()
		if err != nil {
			return nil, err
		}
		if more < 1e-16 {
			break
		}
	}
	out := &entries{up.rows, down.columns, make([]float64, len(up.rows)*l.q)}
	for x := range up.rows {
		rowInto(out.at[x*l.q:(x+1)*l.q], up.block.RawRowView(x), l.back)
	}
	return out, nil
}

// entries are those of a matrix in some rows and columns, with zeros elsewhere.
type entries struct {
	rows, columns []int
	at            []float64
}

func (t *entries) addTo(out *mat.Dense) {
	n := len(t.columns)
	for x, i := range t.rows {
		row := out.RawRowView(i)
		for y, j := range t.columns {
			row[j] += t.at[x*n+y]
		}
	}
}
