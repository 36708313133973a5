package estimate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Regression is demands found by the utilization law.
type Regression struct {
	Demands   []Interval   // in the order of the columns (s); unknown where Confounded
	Unknown   []Confounded // which demands the data cannot tell apart
	Condition float64      // of the columns, scaled (1)
	Residuals []float64    // measured less fitted, row by row, (1)
	Error     float64      // standard error of a row; NaN where there are no rows to spare and none was given, (1)
	Free      int          // degrees of freedom
	AtZero    []int        // demands held at 0, which a negative one would fit better
}

// Utilization fits busy = throughputs·demands, row by row, with demands that are
// not negative, by weighted least squares: the utilization law, with the busy
// cores of a service and the throughputs of its operations in each load test
// or interval ([Bard78] fitted it so to whole systems). It uses the
// algorithm of active sets ([LaHa74] chapter 23).
//
// errs are the standard errors of the rows, where they are known; nil for rows
// as good as each other, whose error is then taken from the residuals. Intervals
// are from the covariance of the demands that are not at 0, by Student's t; a
// demand at 0 has the upper end that it would have if it were free.
//
//   - Domain: rows of equal length, every number finite; at least one row and
//     one column.
func Utilization(throughputs [][]float64, busy, errs []float64, confidence float64) (Regression, error) {
	a, b, err := weighted(throughputs, busy, errs)
	if err != nil {
		return Regression{}, err
	}
	rows, cols := a.Dims()
	r := Regression{Demands: make([]Interval, cols), Residuals: make([]float64, rows), Error: math.NaN()}
	r.Unknown, r.Condition = Confusion(a)
	lost := slices.Concat(r.Unknown...)
	x, free := nnls(a, b)
	sum := 0.0
	for i := range rows {
		d := b.AtVec(i) - mat.Dot(a.RowView(i), x)
		sum += d * d
		r.Residuals[i] = d
		if errs != nil {
			r.Residuals[i] *= errs[i]
		}
	}
	// A group of n that cannot be told apart has at most n − 1 numbers less.
	rank := cols
	for _, g := range r.Unknown {
		rank -= max(1, len(g)-1)
	}
	r.Free = rows - rank
	t := math.NaN()
	switch {
	case errs != nil:
		r.Error, t = 1, quantile(confidence, math.Inf(1))
		if r.Free > 0 && sum > float64(r.Free) { // they stray more than their errors say
			r.Error, t = math.Sqrt(sum/float64(r.Free)), quantile(confidence, float64(r.Free))
		}
	case r.Free > 0:
		r.Error = math.Sqrt(sum / float64(r.Free))
		t = quantile(confidence, float64(r.Free))
	}
	for j := range cols {
		if slices.Contains(lost, j) {
			r.Demands[j] = unknown()
			continue
		}
		set := free
		if !slices.Contains(free, j) {
			r.AtZero = append(r.AtZero, j)
			set = append(slices.Clone(free), j)
		}
		half := math.NaN()
		if se, ok := deviation(a, set, lost, j); ok {
			half = t * r.Error * se
		}
		v := x.AtVec(j)
		r.Demands[j] = Interval{v, math.Max(0, v-half), v + half}
		if math.IsNaN(half) {
			r.Demands[j].Lo = math.NaN()
		}
	}
	return r, nil
}

// weighted checks the rows and divides them by their errors.
func weighted(rows [][]float64, b, errs []float64) (*mat.Dense, *mat.VecDense, error) {
	switch {
	case len(rows) == 0 || len(rows[0]) == 0:
		return nil, nil, errors.New("estimate: nothing to fit to")
	case len(b) != len(rows) || errs != nil && len(errs) != len(rows):
		return nil, nil, fmt.Errorf("estimate: %d rows, %d values and %d errors; want as many of each", len(rows), len(b), len(errs))
	}
	a := mat.NewDense(len(rows), len(rows[0]), nil)
	v := mat.NewVecDense(len(rows), nil)
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return nil, nil, fmt.Errorf("estimate: row %d has %d numbers; want %d", i+1, len(row), len(rows[0]))
		}
		w := 1.0
		if errs != nil {
			if !(errs[i] > 0) || math.IsInf(errs[i], 1) {
				return nil, nil, fmt.Errorf("estimate: row %d has an error of %v; want more than 0", i+1, errs[i])
			}
			w = 1 / errs[i]
		}
		for j, x := range row {
			if math.IsNaN(x) || math.Abs(x) > 1e100 {
				return nil, nil, fmt.Errorf("estimate: row %d: %v is not a number to fit to", i+1, x)
			}
			a.Set(i, j, x*w)
		}
		if math.IsNaN(b[i]) || math.Abs(b[i]) > 1e100 {
			return nil, nil, fmt.Errorf("estimate: row %d: %v is not a number to fit to", i+1, b[i])
		}
		v.SetVec(i, b[i]*w)
	}
	return a, v, nil
}

// deviation is the square root of entry j of the inverse of AᵀA over a set of
// columns, without those that are not known.
func deviation(a *mat.Dense, set, lost []int, j int) (float64, bool) {
	var cols []int
	for _, k := range set {
		if !slices.Contains(lost, k) {
			cols = append(cols, k)
		}
	}
	n := len(cols)
	normal := mat.NewSymDense(n, nil)
	for p := range n {
		for q := range p + 1 {
			normal.SetSym(p, q, mat.Dot(a.ColView(cols[p]), a.ColView(cols[q])))
		}
	}
	var c mat.Cholesky
	var inv mat.SymDense
	if !c.Factorize(normal) || c.InverseTo(&inv) != nil {
		return 0, false
	}
	at := slices.Index(cols, j)
	return math.Sqrt(inv.At(at, at)), at >= 0
}

// nnls minimises |Ax − b| over x ≥ 0 by Lawson and Hanson's active sets. It
// returns the columns that are above 0.
func nnls(a *mat.Dense, b *mat.VecDense) (x *mat.VecDense, free []int) {
	rows, cols := a.Dims()
	x = mat.NewVecDense(cols, nil)
	residual := mat.NewVecDense(rows, nil)
	slope := mat.NewVecDense(cols, nil)
	scale := mat.Norm(a, 2) * mat.Norm(b, 2)
	for range 10 * cols {
		residual.MulVec(a, x)
		residual.SubVec(b, residual)
		slope.MulVec(a.T(), residual)
		best := -1
		for j := range cols {
			if !slices.Contains(free, j) && slope.AtVec(j) > 1e-12*scale && (best < 0 || slope.AtVec(j) > slope.AtVec(best)) {
				best = j
			}
		}
		if best < 0 {
			return x, free
		}
		free = append(free, best)
		for len(free) > 0 {
			s := least(a, b, free)
			alpha, at := 1.0, -1
			for i, j := range free {
				if s[i] <= 0 {
					if f := x.AtVec(j) / (x.AtVec(j) - s[i]); f <= alpha || at < 0 {
						alpha, at = f, j
					}
				}
			}
			if at < 0 {
				for i, j := range free {
					x.SetVec(j, s[i])
				}
				break
			}
			if math.IsNaN(alpha) {
				alpha = 0
			}
			for i, j := range free {
				x.SetVec(j, x.AtVec(j)+alpha*(s[i]-x.AtVec(j)))
			}
			x.SetVec(at, 0)
			free = slices.DeleteFunc(free, func(j int) bool { return x.AtVec(j) <= 1e-300 })
		}
	}
	return x, free
}

// least solves least squares over some columns, by the pseudoinverse where they depend
// on each other.
func least(a *mat.Dense, b *mat.VecDense, cols []int) []float64 {
	rows, _ := a.Dims()
	sub := mat.NewDense(rows, len(cols), nil)
	for k, j := range cols {
		for i := range rows {
			sub.Set(i, k, a.At(i, j))
		}
	}
	var svd mat.SVD
	out := make([]float64, len(cols))
	if !svd.Factorize(sub, mat.SVDThin) {
		return out
	}
	rank := svd.Rank(1e-10)
	if rank == 0 {
		return out
	}
	var x mat.Dense
	svd.SolveTo(&x, b, rank)
	for k := range out {
		out[k] = x.At(k, 0)
	}
	return out
}
