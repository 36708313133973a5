// Package usl fits the universal scalability law to measured throughputs: how
// much more a system does when it has more of something, and where that ends.
//
// It works on plain numbers and knows no engine.
package usl

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// USL is the universal scalability law: how much more a system does when it has
// more of something, of users or of processors:
//
//	X(N) = γ·N / (1 + α·(N − 1) + β·N·(N − 1))
//
// α is the share of the work that is done by one at a time, β what each pair
// costs to be kept coherent. With β = 0 it is Amdahl's law, and X has no peak.
//
// It is a shape for measured throughputs and not a model of a station: [FitTo]
// finds the three numbers.
type USL struct {
	Contention float64 // α (1)
	Coherency  float64 // β (1)
	Rate       float64 // γ, throughput of one (1/s)
}

// Throughput is X(n) (1/s).
//
//   - Domain: n > 0, α and β ≥ 0.
//   - Source: [Gunt07].
func (u USL) Throughput(n float64) float64 { return u.Rate * n / u.cost(n) }

// cost is the time that one takes of n, in units of what it takes alone (1).
func (u USL) cost(n float64) float64 { return 1 + (n-1)*(u.Contention+u.Coherency*n) }

// Response is the mean time of a request when n are in progress, n/X(n) by
// Little's law (s), where N counts users that do not think.
func (u USL) Response(n float64) float64 { return n / u.Throughput(n) }

// Peak is where throughput is greatest, N* = √((1 − α)/β) (1), and how great it
// is there (1/s). There is none with β = 0, where it only ever rises towards γ/α
// or, without α too, above all bounds: n is +Inf then and x that limit. With α of
// 1 or more, one alone is best.
//
//   - Source: [Gunt07].
func (u USL) Peak() (n, x float64) {
	switch {
	case u.Contention >= 1:
		return 1, u.Throughput(1)
	case u.Coherency == 0:
		return math.Inf(1), u.Rate / u.Contention
	}
	n = math.Max(1, math.Sqrt((1-u.Contention)/u.Coherency))
	return n, u.Throughput(n)
}

// Fit is a [USL] fitted to measurements.
type Fit struct {
	USL

	// NoContention and NoCoherency say that α or β was set to 0 because the
	// measurements fit best with a negative one, which means nothing: a peak, or
	// what keeps the system from scaling, is not in what was measured.
	NoContention, NoCoherency bool

	// Residual is the standard error of the throughputs about the curve, on as many
	// degrees of freedom as there are measurements less numbers fitted (1/s); 0
	// where there are none.
	Residual float64
}

// errSquares is of numbers so far apart that no sum of squares is a number.
var errSquares = errors.New("usl: no squares of these numbers can be summed")

// FitTo fits the universal scalability law to the throughputs x (1/s) measured
// with n, by least squares of the throughputs themselves. (The textbook's
// parabola through N/X − 1 takes the measurement at N = 1 for exact, and weighs
// the errors at large N by more.) α and β are not negative: of the fits with
// none, one or both of them at 0, it takes the best that keeps to that.
//
//   - Domain: at least three different n, all ≥ 1; throughputs above 0; both at
//     most 1e60.
//   - Accuracy: 1e-8 of each number where the measurements tell them apart.
//   - Source: [Gunt07] for the law; least squares by [Marq63].
func FitTo(n, x []float64) (Fit, error) {
	if err := check(n, x); err != nil {
		return Fit{}, err
	}
	return fitted(n, x)
}

// check says why nothing can be fitted to n and x.
func check(n, x []float64) error {
	if len(n) != len(x) {
		return fmt.Errorf("usl: %d numbers and %d throughputs; want one for each", len(n), len(x))
	}
	different := map[float64]bool{}
	for i := range n {
		if !(n[i] >= 1 && n[i] <= most) || !(x[i] >= 1/most && x[i] <= most) {
			return fmt.Errorf("usl: measurement %d: throughput %v of %v; want both up to 1e60, and a number of 1 or more", i+1, x[i], n[i])
		}
		different[n[i]] = true
	}
	if len(different) < 3 {
		return fmt.Errorf("usl: %d different numbers; want at least 3", len(different))
	}
	return nil
}

const most = 1e60

func fitted(n, x []float64) (Fit, error) {
	s := newSquares(n, x)
	best, least := Fit{}, math.Inf(1)
	for _, f := range []Fit{{}, {NoContention: true}, {NoCoherency: true}, {NoContention: true, NoCoherency: true}} {
		sum := s.fit(&f)
		if f.Contention >= 0 && f.Coherency >= 0 && sum < least {
			best, least = f, sum
		}
	}
	if math.IsInf(least, 1) {
		return Fit{}, errSquares
	}
	best.Residual = s.residual(best, least)
	best.Rate *= s.unit
	return best, nil
}

// squares are measurements, the throughputs in units of the greatest, so that
// no square is out of bounds.
type squares struct {
	n, x []float64
	unit float64
}

func newSquares(n, x []float64) squares {
	s := squares{n: n, x: make([]float64, len(x))}
	for _, v := range x {
		s.unit = math.Max(s.unit, v)
	}
	for i, v := range x {
		s.x[i] = v / s.unit
	}
	return s
}

// sum is the sum of squares of a law, +Inf where a throughput is not positive.
func (s squares) sum(u USL) float64 {
	sum := 0.0
	for i, n := range s.n {
		if !(u.cost(n) > 0) {
			return math.Inf(1)
		}
		d := s.x[i] - u.Throughput(n)
		sum += d * d
	}
	return sum
}

// residual is the standard error about the fitted curve (1/s).
func (s squares) residual(f Fit, squares float64) float64 {
	free := len(s.n) - len(f.free())
	if free == 0 {
		return 0
	}
	return s.unit * math.Sqrt(squares/float64(free))
}

// fitted points to the numbers that are not held at 0.
func (f *Fit) free() (out []*float64) {
	out = append(out, &f.Rate)
	if !f.NoContention {
		out = append(out, &f.Contention)
	}
	if !f.NoCoherency {
		out = append(out, &f.Coherency)
	}
	return out
}

// fit minimises the sum of squares by Marquardt's steps between Newton's and the
// steepest descent, from linear growth through the first measurement.
func (s squares) fit(f *Fit) (squares float64) {
	f.Rate = s.x[0] / s.n[0]
	squares = s.sum(f.USL)
	damp := 1e-3
	for range 500 {
		next := *f
		better := math.Inf(1)
		if s.step(&next, damp) {
			better = s.sum(next.USL)
		}
		if better < squares {
			*f, squares = next, better
			damp = math.Max(damp/8, 1e-14)
		} else if damp *= 8; damp > 1e16 {
			return squares
		}
	}
	return squares
}

// step moves what is fitted; false where it takes more damping to say where to.
func (s squares) step(f *Fit, damp float64) bool {
	at := f.free()
	normal := mat.NewSymDense(len(at), nil)
	slope := mat.NewVecDense(len(at), nil)
	for i, n := range s.n {
		x := f.Throughput(n)
		g := []float64{x / f.Rate}
		if !f.NoContention {
			g = append(g, -x*(n-1)/f.cost(n))
		}
		if !f.NoCoherency {
			g = append(g, -x*n*(n-1)/f.cost(n))
		}
		for a := range g {
			slope.SetVec(a, slope.AtVec(a)+g[a]*(s.x[i]-x))
			for b := range a + 1 {
				normal.SetSym(a, b, normal.At(a, b)+g[a]*g[b])
			}
		}
	}
	for a := range at {
		normal.SetSym(a, a, normal.At(a, a)*(1+damp))
	}
	var c mat.Cholesky
	var by mat.VecDense
	if !c.Factorize(normal) || c.SolveVecTo(&by, slope) != nil {
		return false
	}
	for a, p := range at {
		*p += by.AtVec(a)
	}
	return true
}
