package queueing

import (
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
// It is a shape for measured throughputs and not a model of a station: [FitUSL]
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

// USLFit is a [USL] fitted to measurements.
type USLFit struct {
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

// FitUSL fits the universal scalability law to the throughputs x (1/s) measured
// with n, by least squares of the throughputs themselves. (The textbook's
// parabola through N/X − 1 takes the measurement at N = 1 for exact, and weighs
// the errors at large N by more.) α and β are not negative: of the fits with
// none, one or both of them at 0, it takes the best that keeps to that.
//
//   - Domain: at least three different n, all ≥ 1; throughputs above 0; both at
//     most 1e60.
//   - Accuracy: 1e-8 of each number where the measurements tell them apart.
//   - Source: [Gunt07] for the law; least squares by [Marq63].
func FitUSL(n, x []float64) (USLFit, error) {
	w := want{station: "universal scalability law"}
	if len(x) != len(n) {
		w.fail("throughputs", float64(len(x)), fmt.Sprintf("%d, one for each number", len(n)))
	}
	different := map[float64]bool{}
	for i := range min(len(n), len(x)) {
		if !(n[i] >= 1 && n[i] <= maxScale) {
			w.fail(fmt.Sprintf("number %d", i+1), n[i], "a number from 1 to 1e60")
		}
		w.scaled(fmt.Sprintf("throughput %d", i+1), x[i])
		different[n[i]] = true
	}
	if w.err == nil && len(different) < 3 {
		w.fail("different numbers", float64(len(different)), "at least 3")
	}
	if w.err != nil {
		return USLFit{}, w.err
	}
	s := newUSLSquares(n, x)
	best, least := USLFit{}, math.Inf(1)
	for _, f := range []USLFit{{}, {NoContention: true}, {NoCoherency: true}, {NoContention: true, NoCoherency: true}} {
		squares := s.fit(&f)
		if f.Contention >= 0 && f.Coherency >= 0 && squares < least {
			best, least = f, squares
		}
	}
	if math.IsInf(least, 1) {
		w.fail("throughput 1", x[0], "numbers whose squares can be summed")
		return USLFit{}, w.err
	}
	best.Residual = s.residual(best, least)
	best.Rate *= s.unit
	return best, nil
}

// uslSquares are measurements, the throughputs in units of the greatest, so that
// no square is out of bounds.
type uslSquares struct {
	n, x []float64
	unit float64
}

func newUSLSquares(n, x []float64) uslSquares {
	s := uslSquares{n: n, x: make([]float64, len(x))}
	for _, v := range x {
		s.unit = math.Max(s.unit, v)
	}
	for i, v := range x {
		s.x[i] = v / s.unit
	}
	return s
}

// sum is the sum of squares of a law, +Inf where a throughput is not positive.
func (s uslSquares) sum(u USL) float64 {
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
func (s uslSquares) residual(f USLFit, squares float64) float64 {
	free := len(s.n) - len(f.fitted())
	if free == 0 {
		return 0
	}
	return s.unit * math.Sqrt(squares/float64(free))
}

// fitted points to the numbers that are not held at 0.
func (f *USLFit) fitted() (out []*float64) {
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
func (s uslSquares) fit(f *USLFit) (squares float64) {
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
func (s uslSquares) step(f *USLFit, damp float64) bool {
	at := f.fitted()
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
