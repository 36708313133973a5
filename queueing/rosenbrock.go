package queueing

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// rosenbrock follows y' = f(t, y) by the second-order L-stable Rosenbrock method
// ROS2,
//
//	(I − γhJ)·k₁ = f(t, y) + γh·f_t
//	(I − γhJ)·k₂ = f(t + h, y + h·k₁) − 2·k₁ − γh·f_t
//	y ← y + (3/2)h·k₁ + (1/2)h·k₂        γ = 1 + 1/√2
//
// whose stages are linear equations ([VSBH99]): steps may be long
// against the shortest service time once that has settled. y + h·k₁ is of first
// order; half of what it differs by is taken for the error of a step. γ is the
// larger root, with which positive solutions stay so at long steps.
type rosenbrock struct {
	f         func(t float64, y, dy []float64)
	tolerance float64 // relative, of a step (1)
	small     float64 // below which errors are absolute
	h         float64 // the step to try next (s)
	jac       *mat.Dense
	steps     int
}

// mostSteps bounds the steps of one solution.
const mostSteps = 2_000_000

var errStiff = errors.New("queueing: the flow over time does not settle: too many steps; simulate it")

// follow brings y from the instant t to end, within which f is smooth. each is
// told of every step.
func (r *rosenbrock) follow(t, end float64, y []float64, each func(from, to float64, before, after []float64)) error {
	n := len(y)
	const gamma = 1 + 1/math.Sqrt2
	f0, f1, ft := make([]float64, n), make([]float64, n), make([]float64, n)
	k1, k2, next := make([]float64, n), make([]float64, n), make([]float64, n)
	a, lu := mat.NewDense(n, n, nil), mat.LU{}
	if r.h == 0 {
		r.h = (end - t) / 1000
	}
	for t < end {
		if r.steps++; r.steps > mostSteps {
			return errStiff
		}
		h := math.Min(r.h, end-t)
		last := h == end-t
		r.f(t, y, f0)
		r.jacobian(t, y, f0)
		tiny := 1e-4 * h
		r.f(t+tiny, y, f1)
		for i := range n {
			ft[i] = (f1[i] - f0[i]) / tiny
		}
		for {
			for i := range n {
				for j := range n {
					x := -gamma * h * r.jac.At(i, j)
					if i == j {
						x++
					}
					a.Set(i, j, x)
				}
			}
			lu.Factorize(a)
			for i := range n {
				k1[i] = f0[i] + gamma*h*ft[i]
			}
			if err := solveInto(&lu, k1); err != nil && !isCondition(err) {
				return err
			}
			for i := range n {
				next[i] = math.Max(0, y[i]+h*k1[i])
			}
			r.f(t+h, next, f1)
			for i := range n {
				k2[i] = f1[i] - 2*k1[i] - gamma*h*ft[i]
			}
			if err := solveInto(&lu, k2); err != nil && !isCondition(err) {
				return err
			}
			off := 0.0
			for i := range n {
				next[i] = y[i] + 1.5*h*k1[i] + 0.5*h*k2[i]
				e := math.Abs(0.5*h*(k1[i]+k2[i])) / (r.small + math.Max(math.Abs(y[i]), math.Abs(next[i])))
				off = math.Max(off, e)
				next[i] = math.Max(0, next[i])
			}
			factor := math.Min(3, math.Max(0.2, 0.9*math.Sqrt(r.tolerance/math.Max(off, 1e-300))))
			if off <= r.tolerance || h <= 1e-12*(1+end) {
				each(t, t+h, y, next)
				copy(y, next)
				t += h
				if last {
					t = end
				}
				if !last || factor < 1 {
					r.h = h * factor
				}
				break
			}
			h *= factor
			last = false
			if r.steps++; r.steps > mostSteps {
				return errStiff
			}
		}
	}
	return nil
}

// solveInto solves a system of equations whose right side is v, into v.
func solveInto(lu *mat.LU, v []float64) error {
	x := mat.NewVecDense(len(v), v)
	return lu.SolveVecTo(x, false, x)
}

func isCondition(err error) bool {
	var c mat.Condition
	return errors.As(err, &c) && !math.IsInf(float64(c), 1)
}

// jacobian works out ∂f/∂y by differences.
func (r *rosenbrock) jacobian(t float64, y, f0 []float64) {
	n := len(y)
	if r.jac == nil {
		r.jac = mat.NewDense(n, n, nil)
	}
	moved := append([]float64(nil), y...)
	f := make([]float64, n)
	for j := range n {
		d := 1e-7 * (r.small + math.Abs(y[j]))
		moved[j] = y[j] + d
		d = moved[j] - y[j]
		r.f(t, moved, f)
		moved[j] = y[j]
		for i := range n {
			r.jac.Set(i, j, (f[i]-f0[i])/d)
		}
	}
}
