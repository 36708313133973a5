package queueing

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// manyUsers is the limit of a closed network for very many users: its stations
// meet a Poisson stream of the rate x at which the users that an open network has
// on average are those that there are,
//
//	x·Z + Σ_k Q_k(x) = N
//
// which is the throughput (1/s). Beyond some hundred users it is off by less than
// a part in N where no station is saturated, and at most by that of the asymptotic
// bounds where one is.
//
//   - Source: the fixed-population-mean method, [Whit84].
func (c ClosedNetwork) manyUsers() float64 {
	most := math.Inf(1)
	for _, s := range c.Stations {
		if !s.isDelay() && s.Demand > 0 {
			most = math.Min(most, s.copies()*(s.full()-s.OpenLoad)/s.Demand)
		}
	}
	users := func(x float64) float64 {
		sum := x * c.Think
		for _, s := range c.Stations {
			sum += s.presentOfMany(x)
		}
		return sum
	}
	if math.IsInf(most, 1) {
		return float64(c.Users) / users(1)
	}
	lo, hi := 0.0, most
	for range 200 {
		mid := (lo + hi) / 2
		if mid <= lo || mid >= hi {
			break
		}
		if users(mid) < float64(c.Users) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// presentOfMany is the mean number of closed requests at a station of several
// servers, or its copies, that meets a stream of them of rate x (1/s).
func (s ClosedStation) presentOfMany(x float64) float64 {
	own := x * s.Demand / s.copies()
	if s.isDelay() || own == 0 {
		return x * s.Demand
	}
	a := own + s.OpenLoad
	c := s.settled()
	if a >= float64(c) {
		return math.Inf(1)
	}
	return s.copies() * own * (1 + ErlangC(c, a)/(float64(c)-a))
}

// answerMany fills in what is known of a closed workload of very many users whose
// solution did not settle: throughput, mean response time and utilizations.
func (x *solver) answerMany(r *measure.Result) {
	c := x.closed
	if c == nil || !c.many {
		return
	}
	w := c.workloads[0]
	wl := &x.m.Workloads[w]
	x.closedNetwork(c)
	rate := c.network.manyUsers()
	mean := float64(wl.Users)/rate - wl.Think.Mean()
	if !(rate > 0) || !(mean >= 0) || math.IsInf(rate, 1) || math.IsInf(mean, 1) {
		return
	}
	out := r.Workloads[wl.Name]
	out.Throughput, out.InSystem = measure.Exactly(rate), measure.Exactly(rate*mean)
	out.Response = &measure.Times{Mean: measure.Exactly(mean)}
	requests := append([]float64(nil), x.requests...)
	requests[w] = rate
	for id, load := range x.loads(requests) {
		if s := r.Services[x.m.Services[id].Name]; s != nil {
			s.Utilization = measure.Exactly(math.Min(1, load))
		}
	}
	r.Caveats = append(r.Caveats, measure.Caveat{
		What: "queueing: a closed workload of very many users: its limit for many of them", Where: "workloads." + wl.Name,
		Effect: "throughput, mean response time and utilizations are as good as exact; the rest is left out",
	})
}
