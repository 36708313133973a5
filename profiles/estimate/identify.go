package estimate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a number and where it lies with the confidence asked for; the ends
// are NaN where nothing is known of them.
type Interval struct {
	Value, Lo, Hi float64 // (s), (1) or (1/s)
}

// unknown is the interval of a parameter that is not guessed.
func unknown() Interval { return Interval{math.NaN(), math.NaN(), math.NaN()} }

// tooFlat is the ratio of singular values, of columns scaled to length 1, below which
// a direction is not seen in the data: an error of one part in a thousand of what
// was measured would move the parameters by all they are.
const tooFlat = 1e-3

// Confounded are parameters that the data cannot tell apart: only a combination
// of them is known.
type Confounded []int

// Names puts the parameters into words.
func (c Confounded) Names(names []string) string {
	var out []string
	for _, i := range c {
		out = append(out, names[i])
	}
	if len(out) == 1 {
		return "nothing measured depends on " + out[0]
	}
	return fmt.Sprintf("only a combination of %s is known", strings.Join(out, " and "))
}

// Confusion finds the directions in which a linear model (rows: measurements;
// columns: parameters) does not change by the singular values of its columns scaled
// to length 1 ([BeKW80]): the parameters that take part in one are not known.
// The condition number is the ratio of the largest singular value to the least.
func Confusion(a *mat.Dense) (groups []Confounded, condition float64) {
	rows, cols := a.Dims()
	scaled := mat.NewDense(max(rows, cols), cols, nil) // more rows than columns, or directions would be missed
	for j := range cols {
		length := mat.Norm(a.ColView(j), 2)
		if length == 0 {
			groups = append(groups, Confounded{j})
			continue
		}
		for i := range rows {
			scaled.Set(i, j, a.At(i, j)/length)
		}
	}
	empty := slices.Concat(groups...)
	var svd mat.SVD
	if !svd.Factorize(scaled, mat.SVDThin) {
		return []Confounded{all(cols)}, math.Inf(1)
	}
	sigma := svd.Values(nil)
	var v mat.Dense
	svd.VTo(&v)
	for k, s := range sigma {
		if s > tooFlat*sigma[0] {
			continue
		}
		var group Confounded
		for j := range cols {
			if math.Abs(v.At(j, k)) > 0.05 && !slices.Contains(empty, j) {
				group = append(group, j)
			}
		}
		if len(group) > 0 {
			groups = join(groups, group)
		}
	}
	if least := sigma[len(sigma)-1]; least > 0 {
		condition = sigma[0] / least
	} else {
		condition = math.Inf(1)
	}
	return groups, condition
}

// join adds a group to those it shares a parameter with.
func join(groups []Confounded, more Confounded) []Confounded {
	var out []Confounded
	for _, g := range groups {
		if slices.ContainsFunc(g, func(i int) bool { return slices.Contains(more, i) }) {
			more = append(more, g...)
			continue
		}
		out = append(out, g)
	}
	slices.Sort(more)
	return append(out, slices.Compact(more))
}

func all(n int) Confounded {
	out := make(Confounded, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// quantile is that of Student's t with so many degrees of freedom, of the normal
// law where they are not bounded.
func quantile(confidence, free float64) float64 {
	if math.IsInf(free, 1) {
		return distuv.UnitNormal.Quantile((1 + confidence) / 2)
	}
	return distuv.StudentsT{Sigma: 1, Nu: free}.Quantile((1 + confidence) / 2)
}
