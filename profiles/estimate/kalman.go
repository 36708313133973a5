package estimate

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Sight is what was measured in one interval of time, and how a model predicts it.
type Sight struct {
	Predict  Predict
	Measured []Measured // each with an Error above 0
}

// Track is parameters over time.
type Track struct {
	Steps     [][]Interval // after each sight
	Surprise  float64      // mean square of what was measured less predicted, in units of what was expected: 1 where the errors are right, (1)
	Forgotten int          // sights that the model could not bear, left out
}

// Kalman follows parameters by the extended Kalman filter ([Kalm60]; [ZhWL08] track the
// demands of a queueing model by it): the state is the logarithms of the parameters,
// which wander by drift (1, standard deviation of a step; 0: they are constant);
// each sight corrects them by what the model predicts there, linearised.
//
// prior is the standard deviation of the logarithms at the start; 2 says that the
// start may be wrong by a factor of 7 and more. Each sight is linearised again
// about what it teaches, up to eight times (the iterated filter, [Jazw70]).
func Kalman(sights []Sight, start []float64, prior, drift, confidence float64) (Track, error) {
	n := len(start)
	if n == 0 || len(sights) == 0 || !(prior > 0) || !(drift >= 0) {
		return Track{}, errors.New("estimate: a filter wants parameters, sights, a prior above 0 and a drift of at least 0")
	}
	x := mat.NewVecDense(n, nil)
	p := mat.NewSymDense(n, nil)
	for i, v := range start {
		if !(v > 0) || math.IsInf(v, 1) {
			return Track{}, fmt.Errorf("estimate: parameter %d starts at %v; want more than 0", i+1, v)
		}
		x.SetVec(i, math.Log(v))
		p.SetSym(i, i, prior*prior)
	}
	var out Track
	count := 0
	for _, s := range sights {
		for i := range n {
			p.SetSym(i, i, p.At(i, i)+drift*drift)
		}
		for _, m := range s.Measured {
			if !(m.Error > 0) {
				return Track{}, fmt.Errorf("estimate: %s has no error; a filter wants one", m.Name)
			}
		}
		surprise, ok, err := correct(x, p, s)
		if err != nil {
			return Track{}, err
		}
		if !ok {
			out.Forgotten++
		} else {
			out.Surprise += surprise
			count++
		}
		out.Steps = append(out.Steps, around(x, p, confidence))
	}
	if count > 0 {
		out.Surprise /= float64(count)
	}
	return out, nil
}

func around(x *mat.VecDense, p *mat.SymDense, confidence float64) []Interval {
	z := quantile(confidence, math.Inf(1))
	out := make([]Interval, x.Len())
	for i := range out {
		v, se := math.Exp(x.AtVec(i)), math.Sqrt(p.At(i, i))
		out[i] = Interval{v, v * math.Exp(-z*se), v * math.Exp(z*se)}
	}
	return out
}

// correct takes one sight in; false where the model has no answer to it.
func correct(x *mat.VecDense, p *mat.SymDense, s Sight) (surprise float64, ok bool, err error) {
	w := make([]float64, len(s.Measured))
	for i, m := range s.Measured {
		w[i] = m.Error
	}
	look := search{predict: s.Predict, measured: s.Measured, w: w}
	n, k := x.Len(), len(w)
	at := append([]float64(nil), x.RawVector().Data...)
	var gain, slope mat.Dense
	for round := range 8 {
		off, err := look.off(at)
		if err != nil {
			return 0, false, err
		}
		if math.IsInf(squares(off), 1) {
			return 0, false, nil
		}
		h, err := look.slope(at, off)
		if err != nil {
			return 0, false, err
		}
		slope.CloneFrom(h)
		// In units of the errors the noise of a sight is the unit matrix.
		var ph, spread, inv mat.Dense
		ph.Mul(p, slope.T())
		spread.Mul(&slope, &ph)
		for i := range k {
			spread.Set(i, i, spread.At(i, i)+1)
		}
		if inv.Inverse(&spread) != nil {
			return 0, false, nil
		}
		gain.Reset()
		gain.Mul(&ph, &inv)
		// off + H·(at − x): what would be missed at x if the model were linear.
		miss := mat.NewVecDense(k, append([]float64(nil), off...))
		back := mat.NewVecDense(n, nil)
		for i := range n {
			back.SetVec(i, at[i]-x.AtVec(i))
		}
		var add mat.VecDense
		add.MulVec(&slope, back)
		miss.AddVec(miss, &add)
		if round == 0 {
			var e mat.VecDense
			e.MulVec(&inv, miss)
			surprise = mat.Dot(miss, &e) / float64(k)
		}
		var step mat.VecDense
		step.MulVec(&gain, miss)
		moved := 0.0
		for i := range n {
			next := x.AtVec(i) + math.Max(-3, math.Min(3, step.AtVec(i)))
			moved = math.Max(moved, math.Abs(next-at[i]))
			at[i] = next
		}
		if moved < 1e-9 {
			break
		}
	}
	var kh, less mat.Dense
	kh.Mul(&gain, &slope)
	less.Mul(&kh, p)
	for i := range n {
		x.SetVec(i, at[i])
		for j := range i + 1 {
			p.SetSym(i, j, p.At(i, j)-(less.At(i, j)+less.At(j, i))/2)
		}
	}
	return surprise, true, nil
}
