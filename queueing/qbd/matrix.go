package qbd

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// times is a·b. It skips the zeros of a.
func times(a, b *mat.Dense) *mat.Dense {
	r, _ := a.Dims()
	_, c := b.Dims()
	out := mat.NewDense(r, c, nil)
	timesInto(out, 0, a, b)
	return out
}

// timesInto is out = keep·out + a·b.
func timesInto(out *mat.Dense, keep float64, a, b *mat.Dense) {
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a.RawMatrix(), b.RawMatrix(), keep, out.RawMatrix())
}

// rowTimes is x·a.
func rowTimes(x []float64, a *mat.Dense) []float64 {
	r, c := a.Dims()
	out := make([]float64, c)
	for i := range r {
		if x[i] != 0 {
			addRow(out, x[i], a.RawRowView(i))
		}
	}
	return out
}

// timesColumn is a·x.
func timesColumn(a *mat.Dense, x []float64) []float64 {
	r, _ := a.Dims()
	out := make([]float64, r)
	for i := range out {
		out[i] = dot(a.RawRowView(i), x)
	}
	return out
}

// rowPower is x·a^k for a square matrix.
func rowPower(x []float64, a *mat.Dense, k int) []float64 {
	n, _ := a.Dims()
	for k > 2*n { // squaring is less work than so many steps
		if k%2 == 1 {
			x = rowTimes(x, a)
		}
		a = times(a, a)
		k /= 2
	}
	for range k {
		x = rowTimes(x, a)
	}
	return x
}

// addRow is y += f·x.
func addRow(y []float64, f float64, x []float64) {
	blas64.Implementation().Daxpy(len(x), f, x, 1, y, 1)
}

func dot(x, y []float64) float64 {
	return blas64.Implementation().Ddot(len(x), x, 1, y, 1)
}

func sum(x []float64) float64 {
	var even, odd float64 // two at a time, for an addition waits for the one before
	for ; len(x) >= 4; x = x[4:] {
		even += x[0] + x[2]
		odd += x[1] + x[3]
	}
	for _, v := range x {
		even += v
	}
	return even + odd
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func rowSums(a *mat.Dense) []float64 {
	r, _ := a.Dims()
	out := make([]float64, r)
	for i := range out {
		out[i] = sum(a.RawRowView(i))
	}
	return out
}

func scaled(x []float64, by float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * by
	}
	return out
}

func identity(n int) *mat.Dense {
	out := mat.NewDense(n, n, nil)
	for i := range n {
		out.Set(i, i, 1)
	}
	return out
}

// largest is the largest entry, 0 if there is none above.
func largest(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = math.Max(m, v)
	}
	return m
}
