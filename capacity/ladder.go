package capacity

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// Rung is something that breaks as the load grows: an objective that is not met
// any more, or a resource that is full.
type Rung struct {
	Factor float64            // multiple of the present load at which it breaks; 0 = at any load (1)
	Rates  map[string]float64 // of the workloads that grow, then (1/s); users of closed ones (1)

	// Either an objective, or a resource of a service.
	Objective *scenarios.Objective
	Service   string
	Resource  string
	AtMost    bool // it breaks no later than that
}

// String says what breaks, as "shoppers.p99" or "cores of db".
func (r Rung) String() string {
	if r.Objective != nil {
		return r.Objective.Subject + "." + r.Objective.Metric
	}
	return r.Resource + " of " + r.Service
}

const (
	ladderTol  = 1e-3 // relative width to which a load is found
	mostGrowth = 1e4  // load beyond which nobody looks
)

// Ladder is what breaks first, and what then, as the load of all open workloads
// grows together (of the users of closed ones where there is no open one): each
// objective at the load from which on it fails, found by bisection to a
// thousandth, and each resource at the load at which it is full
// (queueing.Explanation.Limits). Objectives that nothing breaks, and floors on
// throughput, which a small load breaks and no large one, are left out.
func Ladder(ctx context.Context, m *scenarios.Model) ([]Rung, error) {
	c := climber{m: m, known: map[float64][]measure.Verdict{}}
	e, err := queueing.Explain(ctx, m, queueing.Options{Brief: true})
	if err != nil {
		return nil, err
	}
	var out []Rung
	for _, l := range e.Limits {
		out = append(out, Rung{Factor: l.Factor, Service: l.Service, Resource: string(l.Resource), AtMost: l.AtMost})
	}
	for i := range m.Objectives {
		if m.Objectives[i].AtLeast() {
			continue
		}
		f, ok, err := c.breaks(ctx, i)
		if err != nil {
			return nil, err
		}
		if ok {
			o := m.Objectives[i]
			out = append(out, Rung{Factor: f, Objective: &o})
		}
	}
	slices.SortStableFunc(out, func(a, b Rung) int { return cmp.Compare(a.Factor, b.Factor) })
	for i := range out {
		out[i].Rates = ratesAt(m, out[i].Factor)
	}
	return out, nil
}

// ratesAt are the loads of those workloads that grow, at a multiple.
func ratesAt(m *scenarios.Model, factor float64) map[string]float64 {
	out := map[string]float64{}
	for i := range m.Workloads {
		if w := &m.Workloads[i]; w.Open() {
			out[w.Name] = w.Arrivals.Rate * factor
		}
	}
	if len(out) == 0 {
		for i := range m.Workloads {
			out[m.Workloads[i].Name] = float64(m.Workloads[i].Users) * factor
		}
	}
	return out
}

// Bears is the largest multiple of the present load at which every objective is
// met and nothing is full, by the ladder: its first rung; +Inf of one that is
// empty (1).
func Bears(ladder []Rung) float64 {
	if len(ladder) == 0 {
		return math.Inf(1)
	}
	return ladder[0].Factor
}

// climber judges a model at multiples of its load.
type climber struct {
	m     *scenarios.Model
	known map[float64][]measure.Verdict // nil: not stable
}

func (c *climber) at(ctx context.Context, factor float64) ([]measure.Verdict, error) {
	if v, ok := c.known[factor]; ok {
		return v, nil
	}
	m := scaledLoad(c.m, factor)
	r, err := solve(ctx, m, objectiveMetrics(m))
	if err != nil {
		return nil, fmt.Errorf("capacity: at %.4g times the load: %w", factor, err)
	}
	var out []measure.Verdict
	for _, o := range gate.Judge(m, r) {
		v := o.Verdict
		if !r.Stable && !o.Value.Known() {
			v = measure.Fail
		}
		out = append(out, v)
	}
	c.known[factor] = out
	return out, nil
}

// breaks finds the load from which on an objective fails.
func (c *climber) breaks(ctx context.Context, i int) (factor float64, ok bool, err error) {
	fails := func(f float64) bool {
		if err != nil {
			return true
		}
		var v []measure.Verdict
		if v, err = c.at(ctx, f); err != nil {
			return true
		}
		return v[i] == measure.Fail
	}
	good, bad := 1.0, 1.0
	if fails(1) {
		for good = 0.5; fails(good); good /= 2 {
			if bad = good; good < 1.0/1024 || err != nil {
				return 0, true, err
			}
		}
	} else {
		for bad = 2; !fails(bad); bad *= 2 {
			if good = bad; bad > mostGrowth || err != nil {
				return 0, false, err
			}
		}
	}
	for bad/good > 1+ladderTol && err == nil {
		mid := math.Sqrt(bad * good)
		if fails(mid) {
			bad = mid
		} else {
			good = mid
		}
	}
	return good, true, err
}

// objectiveMetrics are the figures that the objectives of a model are about.
func objectiveMetrics(m *scenarios.Model) []Metric {
	out := make([]Metric, len(m.Objectives))
	for i, o := range m.Objectives {
		out[i] = Metric{o.Subject, o.Kind, o.Metric, o.Limit}
	}
	return out
}
