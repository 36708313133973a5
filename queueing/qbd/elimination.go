package qbd

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// errCaught says that a set of states cannot be left.
var errCaught = errors.New("queueing: qbd: some states are never left")

// elimination is −U in factors, where U holds rates among a set of states that
// is left at last: it has rates off the diagonal, and leak is the rate at which
// each state leaves the set. The diagonal is what is lost in total, and is never
// needed: each pivot is the sum of the rates that remain. So nothing is
// subtracted, and every entry of a solution has nearly all its digits.
//
//   - Source: elimination [GrTH85], with a leak [AlXY02].
type elimination struct {
	n     int
	rate  []float64 // above the diagonal the rates left, below it the multipliers
	pivot []float64
	leak  []float64 // that is left at each pivot
	least float64   // of eliminateWith: what is left of a pivot, at least
}

func newElimination(n int) *elimination {
	return &elimination{n: n, rate: make([]float64, n*n), pivot: make([]float64, n), leak: make([]float64, n)}
}

func eliminate(off *mat.Dense, leak []float64) (*elimination, error) {
	n, _ := off.Dims()
	e := newElimination(n)
	return e, e.of(off, leak)
}

// of eliminates anew, in place.
func (e *elimination) of(off *mat.Dense, leak []float64) error {
	for i := range e.n {
		copy(e.row(i), off.RawRowView(i))
	}
	return e.inPlace(leak)
}

// ofRows is of for rates row by row.
func (e *elimination) ofRows(off, leak []float64) error {
	copy(e.rate, off)
	return e.inPlace(leak)
}

func (e *elimination) inPlace(leak []float64) error {
	n := e.n
	v := e.leak
	copy(v, leak)
	for i := range n { // row by row, for most rows of a sparse matrix have little to go through
		row := e.row(i)
		for k := range i {
			if row[k] == 0 {
				continue
			}
			f := row[k] / e.pivot[k]
			row[k] = f
			addRow(row[k+1:], f, e.row(k)[k+1:]) // spoils the diagonal, which is not read
			v[i] += f * v[k]
		}
		d := v[i] + sum(row[i+1:])
		if !(d > 0) {
			return errCaught
		}
		e.pivot[i] = d
	}
	return nil
}

// eliminateWith is an M-matrix in factors, where off are the rates off its
// diagonal, and pivot is the diagonal, both of which are overwritten. The pivots are found
// by subtractions: for −U − A₀ that costs the digits that a load near 1 takes.
func eliminateWith(off *mat.Dense, pivot []float64) (*elimination, error) {
	n, _ := off.Dims()
	e := &elimination{n: n, rate: off.RawMatrix().Data, pivot: pivot}
	e.least = 1
	first := append(e.leak, pivot...)
	for i := range n {
		row := e.row(i)
		for k := range i {
			if row[k] == 0 {
				continue
			}
			above := e.row(k)
			row[k] /= e.pivot[k]
			addRow(row[k+1:], row[k], above[k+1:])
			e.pivot[i] -= row[k] * above[i]
		}
		if !(e.pivot[i] > 1e-17*first[i]) {
			return nil, errCaught
		}
		e.least = math.Min(e.least, e.pivot[i]/first[i])
	}
	return e, nil
}

func (e *elimination) row(i int) []float64 { return e.rate[i*e.n : (i+1)*e.n] }

// solve is (−U)⁻¹·b.
func (e *elimination) solve(b *mat.Dense) *mat.Dense {
	x := mat.DenseCopyOf(b)
	e.solveIn(x)
	return x
}

// solveIn puts (−U)⁻¹·x in x.
func (e *elimination) solveIn(x *mat.Dense) {
	_, width := x.Dims()
	e.solveRows(x.RawMatrix().Data, width)
}

// solveRows is solveIn for rows of the given width, one after the other.
func (e *elimination) solveRows(x []float64, width int) {
	for i := range e.n {
		row := x[i*width : (i+1)*width]
		for k, f := range e.row(i)[:i] {
			if f != 0 {
				addRow(row, f, x[k*width:(k+1)*width])
			}
		}
	}
	for i := e.n - 1; i >= 0; i-- {
		row := x[i*width : (i+1)*width]
		for j, r := range e.row(i)[i+1:] {
			if r != 0 {
				addRow(row, r, x[(i+1+j)*width:(i+2+j)*width])
			}
		}
		by := 1 / e.pivot[i]
		for j := range row {
			row[j] *= by
		}
	}
}

// column is (−U)⁻¹·b.
func (e *elimination) column(b []float64) []float64 {
	x := append([]float64(nil), b...)
	e.columnIn(x)
	return x
}

// columnIn puts (−U)⁻¹·x in x.
func (e *elimination) columnIn(x []float64) {
	for i := range x {
		x[i] += dot(e.row(i)[:i], x[:i])
	}
	for i := e.n - 1; i >= 0; i-- {
		x[i] = (x[i] + dot(e.row(i)[i+1:], x[i+1:])) / e.pivot[i]
	}
}

// left is b·(−U)⁻¹.
func (e *elimination) left(b *mat.Dense) *mat.Dense {
	x := mat.DenseCopyOf(b)
	rows, _ := x.Dims()
	for r := range rows {
		e.leftRow(x.RawRowView(r))
	}
	return x
}

// addWay adds up·(−U)⁻¹·down to out: ways up, about there, and down again.
func (e *elimination) addWay(out, up, down *mat.Dense) {
	column, row, ok := outer(up)
	if !ok {
		timesInto(out, 1, e.left(up), down)
		return
	}
	e.leftRow(row)
	addOuter(out, column, rowTimes(row, down))
}

// leftRow is x·(−U)⁻¹, in place.
func (e *elimination) leftRow(x []float64) {
	for i := range e.n {
		if x[i] == 0 {
			continue
		}
		x[i] /= e.pivot[i]
		addRow(x[i+1:], x[i], e.row(i)[i+1:])
	}
	for k := e.n - 1; k > 0; k-- {
		if x[k] != 0 {
			addRow(x[:k], x[k], e.row(k)[:k])
		}
	}
}

// longRun is the stationary law of the chain with rates off the diagonal.
func longRun(off *mat.Dense) ([]float64, error) { return longRunIn(mat.DenseCopyOf(off)) }

// longRunIn is the same, in the memory of the rates.
func longRunIn(a *mat.Dense) ([]float64, error) {
	n, _ := a.Dims()
	rates := a.RawMatrix().Data
	for k := n - 1; k > 0; k-- {
		last := rates[k*n : k*n+k]
		down := sum(last)
		if !(down > 0) {
			return nil, errCaught
		}
		for i := range k {
			if rates[i*n+k] != 0 {
				rates[i*n+k] /= down
				addRow(rates[i*n:i*n+k], rates[i*n+k], last)
			}
		}
	}
	x := make([]float64, n)
	x[0] = 1
	for k := 1; k < n; k++ {
		for i := range k {
			x[k] += x[i] * rates[i*n+k]
		}
		if x[k] > 1e200 {
			x = scaled(x, 1e-200)
		}
	}
	return scaled(x, 1/sum(x)), nil
}
