package queueing

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// luStationary is the stationary distribution of a small chain by LU
// decomposition, which shares no step with [stationary].
func luStationary(t testing.TB, n int, jumps []jump) []float64 {
	t.Helper()
	a := mat.NewDense(n, n, nil) // transposed generator, its last row the sum of all
	for _, j := range jumps {
		a.Set(j.to, j.from, a.At(j.to, j.from)+j.rate)
		a.Set(j.from, j.from, a.At(j.from, j.from)-j.rate)
	}
	for i := range n {
		a.Set(n-1, i, 1)
	}
	right := mat.NewVecDense(n, nil)
	right.SetVec(n-1, 1)
	var pi mat.VecDense
	if err := pi.SolveVec(a, right); err != nil {
		t.Fatal(err)
	}
	return pi.RawVector().Data
}

// absorbing is a chain that comes to an end at the rates exit.
type absorbing struct {
	a    *mat.Dense // generator within the chain
	exit []float64
}

func newAbsorbing(n int, jumps []jump, exit []float64) absorbing {
	a := mat.NewDense(n, n, nil)
	for _, j := range jumps {
		a.Set(j.from, j.to, a.At(j.from, j.to)+j.rate)
		a.Set(j.from, j.from, a.At(j.from, j.from)-j.rate)
	}
	for i, r := range exit {
		a.Set(i, i, a.At(i, i)-r)
	}
	return absorbing{a, exit}
}

// survival is Σ start·exp(A·t)·value.
func (c absorbing) survival(start, value []float64, t float64) float64 {
	var at, e mat.Dense
	at.Scale(t, c.a)
	e.Exp(&at)
	return mat.Inner(mat.NewVecDense(len(start), start), &e, mat.NewVecDense(len(value), value))
}

// before is (−A)⁻¹·value: with value 1 the mean time to the end, with the rates
// of one way out the probability of that way.
func (c absorbing) before(t testing.TB, value []float64) []float64 {
	t.Helper()
	var x mat.VecDense
	var minus mat.Dense
	minus.Scale(-1, c.a)
	if err := x.SolveVec(&minus, mat.NewVecDense(len(value), value)); err != nil {
		t.Fatal(err)
	}
	return x.RawVector().Data
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// checkTime wants the moments and the transform of a time to be those of its
// own survival function, integrated by Simpson's rule, and its quantiles to
// undo it.
func checkTime(t *testing.T, what string, d Time, tol float64) {
	t.Helper()
	end := d.Quantile(1 - 1e-9)
	const panels = 4000
	var first, second, transform float64
	s := 1 / d.Mean()
	for i := range panels + 1 {
		x := end * float64(i) / panels
		w := []float64{2, 4}[i%2]
		if i == 0 || i == panels {
			w = 1
		}
		w *= end / panels / 3
		v := d.Survival(x)
		if i == 0 {
			v = d.Survival(1e-12 * end) // beside the atom
		}
		first += w * v
		second += w * 2 * x * v
		transform += w * math.Exp(-s*x) * v
	}
	near(t, what+": mean", d.Mean(), first, tol)
	near(t, what+": variance", d.Variance(), second-first*first, 10*tol)
	near(t, what+": transform", real(d.LST(complex(s, 0))), 1-s*transform, tol)
	for _, p := range []float64{0.5, 0.9, 0.99, 0.999} {
		if q := d.Quantile(p); q > 0 {
			near(t, what+": quantile", d.Survival(q), 1-p, 1e-6)
			near(t, what+": both sides", d.CDF(q), p, 1e-6)
		}
	}
}

// The elimination agrees with LU on a chain without structure, and keeps
// probabilities that LU loses.
func TestStationary(t *testing.T) {
	var jumps []jump
	const n = 12
	for i := range n {
		for j := range n {
			if i != j && (i*7+j*5)%3 > 0 {
				jumps = append(jumps, jump{i, j, float64(1+(i*i+3*j)%11) / 4})
			}
		}
	}
	got, err := stationary(n, jumps)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range luStationary(t, n, jumps) {
		near(t, "p", got[i], want, 1e-12)
	}
	var line []jump
	for i := range 300 {
		line = append(line, jump{i, i + 1, 1}, jump{i + 1, i, 5})
	}
	got, err = stationary(301, line)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "far tail", got[300], 0.8*math.Pow(5, -300), 1e-11)
	if _, err := stationary(1e7, []jump{{0, 1e7 - 1, 1}, {1e7 - 1, 0, 1}}); err == nil {
		t.Error("a chain too large to solve must be refused")
	}
}
