package reports

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks marks an axis at round numbers, about count of them, labelled without
// idle zeros.
func ticks(lo, hi float64, count int) []plot.Tick {
	step := niceStep(hi-lo, count)
	if !(step > 0) || math.IsInf(step, 0) {
		return []plot.Tick{{Value: lo, Label: tickLabel(lo)}}
	}
	var out []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*step && len(out) < 100; k++ {
		out = append(out, plot.Tick{Value: k * step, Label: tickLabel(k * step)})
	}
	return out
}

// niceStep is the step of 1, 2 or 5 times a power of ten that divides a span
// into at most count pieces.
func niceStep(span float64, count int) float64 {
	if !(span > 0) || count < 1 {
		return 0
	}
	least := span / float64(count)
	p := math.Pow(10, math.Floor(math.Log10(least)))
	for _, f := range []float64{1, 2, 5, 10} {
		if f*p >= least*(1-1e-9) {
			return f * p
		}
	}
	return 10 * p
}

func tickLabel(v float64) string {
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	v, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	if err != nil {
		return ""
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
	if len(s) > 7 {
		s = strconv.FormatFloat(math.Abs(v), 'g', 3, 64)
	}
	if v < 0 {
		return "−" + s
	}
	return s
}

// tailTicks marks the axis of a tail, drawn as the logarithm of the share of
// requests that are slower, by that share and the percentile it belongs to.
func tailTicks(lo float64) []plot.Tick {
	out := []plot.Tick{{Value: 0, Label: "100 %"}}
	for k := -1.0; k >= lo-1e-9; k-- {
		out = append(out, plot.Tick{Value: k, Label: tailLabel(k)})
	}
	return out
}

func tailLabel(k float64) string {
	p := map[float64]string{-1: "p90", -2: "p99", -3: "p99.9", -4: "p99.99"}[k]
	return tickLabel(math.Pow(10, k)*100) + " %  " + p
}

// logTicks marks powers of ten of a logarithmic axis, and 2 and 5 times them
// where there are few.
func logTicks(lo, hi float64) []plot.Tick {
	factors := []float64{1}
	if hi-lo < 3 {
		factors = []float64{1, 2, 5}
	}
	var out []plot.Tick
	for k := math.Floor(lo); k <= hi; k++ {
		for _, f := range factors {
			if v := k + math.Log10(f); v >= lo-1e-9 && v <= hi+1e-9 {
				out = append(out, plot.Tick{Value: v, Label: tickLabel(math.Pow(10, v))})
			}
		}
	}
	return out
}

func constant(t []plot.Tick) plot.Ticker { return plot.ConstantTicks(t) }
