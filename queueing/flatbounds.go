package queueing

import (
	"context"
	"math"

	"github.com/headroom/headroom/measure"
)

// certain is the confidence of what a proof says: all but that of an exact
// figure, which has no interval (1).
const certain = 1 - 1e-9

// solveBounds says what the figures of one closed workload lie between. With
// c_k servers at station k and D the sum of all demands,
//
//	N/(N·D + Z) ≤ X ≤ min(min_k c_k/D_k, N/(D + Z))
//
// holds whatever the service times are and however they are shared, since some
// server works while not all users think. In product form with single servers,
// those of [Bounds] are closer.
//
//   - Source: [LZGS84], the closer ones also [CaMS08].
//
// [CaMS08]: https://doi.org/10.1109/TC.2008.37
func solveBounds(_ context.Context, f *flat) (*measure.Result, error) {
	class := f.net.Classes[0]
	n := float64(class.Users)
	single, sum, most := true, 0.0, math.Inf(1)
	c := ClosedNetwork{Users: class.Users, Think: class.Think}
	for k, s := range f.net.Stations {
		d := class.Demands[k]
		sum += d
		most = math.Min(most, float64(s.Servers)/d)
		st := &f.x.stations[f.of[k]]
		single = single && s.Servers == 1 && !(f.inOrder(f.of[k]) && !st.mix.exponential)
		c.Stations = append(c.Stations, ClosedStation{Demand: d, Servers: s.Servers})
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	x := Between{n / (n*sum + class.Think), math.Min(most, n/(sum+class.Think))}
	detail := "asymptotic bounds"
	if single {
		b, err := Bounds(c)
		if err != nil {
			return nil, err
		}
		detail = "asymptotic, balanced-job and geometric bounds"
		x.Low = math.Max(x.Low, math.Max(b.Balanced.Low, b.Geometric.Low))
		x.High = math.Min(x.High, math.Min(b.Balanced.High, b.Geometric.High))
	}
	return f.between(x, detail), nil
}

// estimate is the middle of an interval that is certain.
func (b Between) estimate() measure.Estimate {
	if !(b.High > b.Low) { // but for rounding
		return exactly((b.Low + b.High) / 2)
	}
	return measure.Between((b.Low+b.High)/2, b.Low, b.High, certain)
}

// times is the interval in another unit.
func (b Between) times(factor float64) Between { return Between{b.Low * factor, b.High * factor} }

// between is what follows for a single closed workload from bounds on its
// throughput.
func (f *flat) between(throughput Between, detail string) *measure.Result {
	x := f.x
	r := x.newResult(detail)
	wl := &x.m.Workloads[0]
	n, think := float64(wl.Users), wl.Think.Mean()
	response := Between{math.Max(0, n/throughput.High-think), math.Max(0, n/throughput.Low-think)}
	inside := Between{math.Max(0, n-throughput.High*think), math.Max(0, n-throughput.Low*think)}
	x.requests[0] = throughput.High
	x.setStations()
	r.Workloads[wl.Name] = &measure.Workload{
		Offered: throughput.estimate(), Throughput: throughput.estimate(), Failed: exactly(0),
		Response: &measure.Times{Mean: response.estimate()}, InSystem: inside.estimate(),
	}
	for op, runs := range x.tr.workload[0] {
		r.Operations[x.m.Operations[op].Name] = &measure.Operation{Throughput: throughput.times(runs).estimate(), Visits: exactly(runs)}
	}
	for id := range x.m.Services {
		s := &x.m.Services[id]
		runs := 0.0
		for _, op := range s.Operations {
			runs += x.tr.workload[0][op]
		}
		busy := throughput.times(f.demand[0][id] / float64(s.Replicas) / float64(s.Cores))
		busy.High = math.Min(1, busy.High)
		out := &measure.Service{
			Replicas: exactly(float64(s.Replicas)), Throughput: throughput.times(runs).estimate(), Utilization: busy.estimate(), Rejected: exactly(0),
		}
		if runs > 0 {
			out.ServiceTime = onlyMeanOf(f.demand[0][id] / runs)
		}
		r.Services[s.Name] = out
	}
	f.saturation(r)
	return r
}
