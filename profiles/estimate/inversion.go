package estimate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Predict says what a model with the given parameters would have shown in the place
// of each measurement; +Inf or NaN where the model is overloaded.
type Predict func(parameters []float64) ([]float64, error)

// Measured is one figure that was measured: a mean response time, a utilization,
// a throughput, with its standard error. With an error of 0 all such figures
// are taken to be off by the same part of their value.
type Measured struct {
	Name         string
	Value, Error float64 // (s), (1) or (1/s)
}

// Inversion is parameters with which a model shows what was measured.
type Inversion struct {
	Parameters []Interval // unknown where Confounded
	Unknown    []Confounded
	Condition  float64   // of the slopes, scaled (1)
	Residuals  []float64 // measured less predicted, in the units of each, (s), (1) or (1/s)
	Error      float64   // of a figure, in units of its own error; NaN where there are none to spare, (1)
	Free       int
}

const mostRounds = 60

// Invert turns a model round by Marquardt's least squares ([Marq63]) in the logarithms of
// the parameters, from a start. Intervals are from the slope of the
// predictions at the end; parameters without a slope of their own are refused
// ([LWXZ06] invert response times through a queueing model in this way).
//
//   - Domain: start above 0; at least one figure; the model must bear the load of
//     the start.
func Invert(predict Predict, measured []Measured, start []float64, confidence float64) (Inversion, error) {
	w, known, err := weights(measured, start)
	if err != nil {
		return Inversion{}, err
	}
	s := search{predict: predict, measured: measured, w: w}
	at := make([]float64, len(start))
	for i, v := range start {
		at[i] = math.Log(v)
	}
	off, err := s.off(at)
	if err != nil {
		return Inversion{}, err
	}
	if math.IsInf(squares(off), 1) {
		return Inversion{}, errors.New("estimate: the model is overloaded with the parameters to start from; start from smaller ones")
	}
	at, off, err = s.minimise(at, off)
	if err != nil {
		return Inversion{}, err
	}
	slope, err := s.slope(at, off)
	if err != nil {
		return Inversion{}, err
	}
	return s.conclude(at, off, slope, known, confidence), nil
}

// weights are the errors that figures are divided by; known tells whether they
// are errors or only parts of the values.
func weights(measured []Measured, start []float64) (w []float64, known bool, err error) {
	if len(measured) == 0 || len(start) == 0 {
		return nil, false, errors.New("estimate: nothing to fit, or nothing to fit to")
	}
	for i, v := range start {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, false, fmt.Errorf("estimate: parameter %d starts at %v; want more than 0", i+1, v)
		}
	}
	known = true
	for _, m := range measured {
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) || !(m.Error >= 0) {
			return nil, false, fmt.Errorf("estimate: %s is %v ± %v", m.Name, m.Value, m.Error)
		}
		known = known && m.Error > 0
	}
	for _, m := range measured {
		e := m.Error
		if !known {
			e = math.Abs(m.Value)
		}
		if e == 0 {
			return nil, false, fmt.Errorf("estimate: %s is 0, which says nothing about its error", m.Name)
		}
		w = append(w, e)
	}
	return w, known, nil
}

type search struct {
	predict  Predict
	measured []Measured
	w        []float64
}

// off is measured less predicted in units of the errors; +Inf where the model
// has no answer.
func (s search) off(at []float64) ([]float64, error) {
	p := make([]float64, len(at))
	for i, v := range at {
		p[i] = math.Exp(v)
	}
	got, err := s.predict(p)
	if err != nil {
		return nil, err
	}
	if len(got) != len(s.measured) {
		return nil, fmt.Errorf("estimate: %d predictions of %d measurements", len(got), len(s.measured))
	}
	out := make([]float64, len(got))
	for i, v := range got {
		out[i] = (s.measured[i].Value - v) / s.w[i]
		if math.IsNaN(out[i]) {
			out[i] = math.Inf(1)
		}
	}
	return out, nil
}

func squares(off []float64) float64 {
	sum := 0.0
	for _, v := range off {
		sum += v * v
	}
	return sum
}

// slope is how predictions change with the logarithms of the parameters, by
// differences to both sides, or to the lower one where the upper is overloaded.
func (s search) slope(at, off []float64) (*mat.Dense, error) {
	const h = 1e-4
	out := mat.NewDense(len(off), len(at), nil)
	for j := range at {
		up, down := slices.Clone(at), slices.Clone(at)
		up[j] += h
		down[j] -= h
		above, err := s.off(up)
		if err != nil {
			return nil, err
		}
		below, err := s.off(down)
		if err != nil {
			return nil, err
		}
		for i := range off {
			d := (below[i] - above[i]) / (2 * h)
			if math.IsInf(above[i], 0) {
				d = (below[i] - off[i]) / h
			}
			if math.IsNaN(d) || math.IsInf(d, 0) {
				d = 0
			}
			out.Set(i, j, d)
		}
	}
	return out, nil
}

func (s search) minimise(at, off []float64) ([]float64, []float64, error) {
	damp := 1e-3
	for range mostRounds {
		slope, err := s.slope(at, off)
		if err != nil {
			return nil, nil, err
		}
		better := false
		for ; damp < 1e12 && !better; damp *= 8 {
			step, ok := damped(slope, off, damp)
			if !ok {
				continue
			}
			next := slices.Clone(at)
			for i := range next {
				next[i] += math.Max(-2, math.Min(2, step[i]))
			}
			then, err := s.off(next)
			if err != nil {
				return nil, nil, err
			}
			if now, was := squares(then), squares(off); now < was {
				done := was-now < 1e-10*(was+1e-300)
				at, off, better = next, then, true
				damp /= 64
				if done {
					return at, off, nil
				}
			}
		}
		damp = math.Max(damp, 1e-12)
		if !better {
			break
		}
	}
	return at, off, nil
}

// damped is a step of Marquardt's: with parameters in units in which the squares
// of each one's slopes sum to 1 ([Marq63] section III). One without any slope stays.
func damped(slope *mat.Dense, off []float64, damp float64) ([]float64, bool) {
	_, n := slope.Dims()
	scaled := mat.DenseCopyOf(slope)
	unit := make([]float64, n)
	for j := range n {
		unit[j] = mat.Norm(slope.ColView(j), 2)
		if unit[j] == 0 {
			unit[j] = 1
		}
		for i := range off {
			scaled.Set(i, j, slope.At(i, j)/unit[j])
		}
	}
	var normal mat.SymDense
	normal.SymOuterK(1, scaled.T())
	for j := range n {
		normal.SetSym(j, j, 1+damp)
	}
	var right, step mat.VecDense
	right.MulVec(scaled.T(), mat.NewVecDense(len(off), off))
	var c mat.Cholesky
	if !c.Factorize(&normal) || c.SolveVecTo(&step, &right) != nil {
		return nil, false
	}
	out := step.RawVector().Data
	for j := range out {
		out[j] /= unit[j]
	}
	return out, true
}

func (s search) conclude(at, off []float64, slope *mat.Dense, known bool, confidence float64) Inversion {
	out := Inversion{Error: math.NaN()}
	out.Unknown, out.Condition = Confusion(slope)
	lost := slices.Concat(out.Unknown...)
	for i, v := range off {
		out.Residuals = append(out.Residuals, v*s.w[i])
	}
	rank := len(at)
	for _, g := range out.Unknown {
		rank -= max(1, len(g)-1)
	}
	out.Free = len(off) - rank
	t := math.NaN()
	switch {
	case known:
		out.Error, t = 1, quantile(confidence, math.Inf(1))
		if out.Free > 0 && squares(off) > float64(out.Free) {
			out.Error, t = math.Sqrt(squares(off)/float64(out.Free)), quantile(confidence, float64(out.Free))
		}
	case out.Free > 0:
		out.Error, t = math.Sqrt(squares(off)/float64(out.Free)), quantile(confidence, float64(out.Free))
	}
	for j := range at {
		if slices.Contains(lost, j) {
			out.Parameters = append(out.Parameters, unknown())
			continue
		}
		v := math.Exp(at[j])
		half := math.NaN()
		if se, ok := deviation(slope, all(len(at)), lost, j); ok {
			half = t * out.Error * se
		}
		out.Parameters = append(out.Parameters, Interval{v, v * math.Exp(-half), v * math.Exp(half)})
	}
	return out
}

// Whole is a whole number such as a limit on threads, found by trying.
type Whole struct {
	Value, Lo, Hi int  // Hi is the greatest tried where nothing bounds it from above
	Bounded       bool // larger numbers fit worse
}

// InvertWhole finds one whole number from 1 to most: for each candidate the other
// parameters are fitted anew, and all candidates whose sum of squares is not
// beyond the least by more than the F distribution allows are in its interval
// (a profile likelihood; [SeWi89]). It is refused (not Bounded) where the greatest
// is among them: then no limit was felt.
func InvertWhole(with func(n int) Predict, measured []Measured, start []float64, most int, confidence float64) (Whole, Inversion, error) {
	var tried []int
	for n := 1; n < most; n = max(n+1, n*5/4) {
		tried = append(tried, n)
	}
	tried = append(tried, most)
	type result struct {
		n   int
		in  Inversion
		sum float64
	}
	var all []result
	best := -1
	try := func(n int) error {
		if slices.ContainsFunc(all, func(r result) bool { return r.n == n }) {
			return nil
		}
		in, err := Invert(with(n), measured, start, confidence)
		if err != nil {
			return nil //nolint:nilerr // a model that cannot bear the load is no candidate
		}
		w, _, err := weights(measured, start)
		if err != nil {
			return err
		}
		sum := 0.0
		for i, d := range in.Residuals {
			sum += d / w[i] * d / w[i]
		}
		all = append(all, result{n, in, sum})
		if best < 0 || sum < all[best].sum {
			best = len(all) - 1
		}
		return nil
	}
	for _, n := range tried {
		if err := try(n); err != nil {
			return Whole{}, Inversion{}, err
		}
	}
	if best < 0 {
		return Whole{}, Inversion{}, errors.New("estimate: no limit bears the loads that were measured")
	}
	for d := -3; d <= 3; d++ {
		if n := all[best].n + d; n >= 1 && n <= most {
			if err := try(n); err != nil {
				return Whole{}, Inversion{}, err
			}
		}
	}
	b := all[best]
	free := float64(max(1, len(measured)-len(start)-1))
	limit := b.sum * (1 + math.Pow(quantile(confidence, free), 2)/free)
	if _, known, _ := weights(measured, start); known {
		limit = b.sum + math.Pow(quantile(confidence, math.Inf(1)), 2)*math.Max(1, b.sum/free)
	}
	out := Whole{Value: b.n, Lo: b.n, Hi: b.n}
	for _, r := range all {
		if r.sum <= limit+1e-12 {
			out.Lo, out.Hi = min(out.Lo, r.n), max(out.Hi, r.n)
		}
	}
	out.Bounded = out.Hi < most
	return out, b.in, nil
}
