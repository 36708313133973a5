package capacity

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Elasticity is by how many per cent a metric grows when a parameter does by one.
type Elasticity struct {
	Parameter Parameter
	Metric    Metric
	Value     float64 // NaN where it is not known (1)
	Error     float64 // what the difference quotient may be off by; NaN of whole numbers (1)
	// Step says that the parameter is a whole number, so that the value is of one
	// step up and one down, or of one step up where it is 1.
	Step bool
	// Base is the metric as it is, Low and High at 10 % less and more of the parameter (one step
	// of a whole number), for a tornado: in the unit of the metric, (s), (1/s) or (1).
	Base, Low, High float64
}

// Elasticities are the local sensitivities of metrics to all parameters of a
// model, d ln y / d ln x. They are central differences in the logarithm at 2 %
// and 1 %, put together by Richardson's extrapolation [Rich11]: the error left is
// of fourth order, and estimated by how far the two are apart. Those of whole
// numbers are differences over one step each way. A parameter whose change makes
// the system unstable has none on that side.
func Elasticities(ctx context.Context, m *scenarios.Model, metrics []Metric) ([]Elasticity, error) {
	base, err := values(ctx, m, metrics)
	if err != nil {
		return nil, err
	}
	if base == nil {
		return nil, errors.New("capacity: the system is not stable, so that it has no sensitivities; lower the load first")
	}
	params := Parameters(m)
	out := make([]Elasticity, len(params)*len(metrics))
	err = inParallel(len(params), func(i int) error {
		return ofParameter(ctx, params[i], metrics, base, out[i*len(metrics):][:len(metrics)])
	})
	return out, err
}

// inParallel calls do for 0 to n−1, several at a time, and returns the first error.
func inParallel(n int, do func(i int) error) error {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		first error
		next  int
	)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := first != nil
				mu.Unlock()
				if i >= n || stop {
					return
				}
				if err := do(i); err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}

// values are the metrics of a model, nil where it is not stable or not valid.
func values(ctx context.Context, m *scenarios.Model, metrics []Metric) ([]float64, error) {
	if m.Check() != nil {
		return nil, nil
	}
	r, err := solve(ctx, m, metrics)
	if err != nil {
		return nil, err
	}
	if !r.Stable {
		return nil, nil
	}
	return figuresOf(read(m, r, metrics)), nil
}

func figuresOf(list []measure.Objective) []float64 {
	out := make([]float64, len(list))
	for i, o := range list {
		if out[i] = o.Value.Value; !o.Value.Known() {
			out[i] = math.NaN()
		}
	}
	return out
}

func ofParameter(ctx context.Context, p Parameter, metrics []Metric, base []float64, out []Elasticity) error {
	var wrong error
	at := func(x float64) []float64 {
		if wrong != nil || p.Most > 0 && x > p.Most {
			return nil
		}
		v, err := values(ctx, p.With(x), metrics)
		if err != nil {
			wrong = err
		}
		return v
	}
	of := func(v []float64, k int) float64 {
		if v == nil {
			return math.NaN()
		}
		return v[k]
	}
	if p.Whole {
		up := at(p.Value + 1)
		down, from := base, p.Value
		if p.Value > 1 {
			if v := at(p.Value - 1); v != nil {
				down, from = v, p.Value-1
			}
		}
		for k := range metrics {
			e := &out[k]
			*e = Elasticity{Parameter: p, Metric: metrics[k], Error: math.NaN(), Step: true, Base: base[k], Low: of(down, k), High: of(up, k)}
			e.Value = math.Log(e.High/e.Low) / math.Log((p.Value+1)/from)
		}
		return wrong
	}
	slope := func(h float64) (up, down []float64) { return at(p.Value * math.Exp(h)), at(p.Value * math.Exp(-h)) }
	const h = 0.02
	up2, down2 := slope(h)
	up1, down1 := slope(h / 2)
	high, low := at(1.1*p.Value), at(0.9*p.Value)
	for k := range metrics {
		e := &out[k]
		*e = Elasticity{Parameter: p, Metric: metrics[k], Base: base[k], Low: of(low, k), High: of(high, k)}
		wide := math.Log(of(up2, k)/of(down2, k)) / (2 * h)
		near := math.Log(of(up1, k)/of(down1, k)) / h
		e.Value = (4*near - wide) / 3
		e.Error = math.Abs(near-wide) / 3
	}
	return wrong
}
