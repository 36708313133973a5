package qbd

import "gonum.org/v1/gonum/mat"

// thin is a square matrix that may have nothing off its diagonal, as the ends of
// exponential services have.
type thin struct {
	all  *mat.Dense
	diag []float64 // nil where there is more
}

func newThin(a *mat.Dense) thin {
	n, _ := a.Dims()
	diag := make([]float64, n)
	for i := range n {
		for j, v := range a.RawRowView(i) {
			if v != 0 && i != j {
				return thin{all: a}
			}
		}
		diag[i] = a.RawRowView(i)[i]
	}
	return thin{a, diag}
}

func (t thin) diagonal() bool { return t.diag != nil }

// rowTimes puts x times the matrix in out, which is not x.
func (t thin) rowTimes(out, x []float64) {
	if t.diag != nil {
		for i, v := range t.diag {
			out[i] = x[i] * v
		}
		return
	}
	clear(out)
	for i, v := range x {
		if v != 0 {
			addRow(out, v, t.all.RawRowView(i))
		}
	}
}
