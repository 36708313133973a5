package queueing

import (
	"fmt"
	"math"
)

// Hop says that a request which is done at a station as one class goes on to
// another station, perhaps as another class.
type Hop struct {
	From, FromClass int
	To, ToClass     int
	P               float64 // probability (1)
}

// Entry is a stream of requests from outside.
type Entry struct {
	To, Class int
	Rate      float64 // (1/s)
}

// SwitchingNetwork is a network whose requests change class on their way.
type SwitchingNetwork struct {
	Stations []MixedStation
	Service  [][]float64 // mean time of one visit, by class and station (s)
	Users    []int       // that start in each class; they may change (1)
	Hops     []Hop
	Entries  []Entry // open requests; they leave where the hops do not sum to 1

	// Reference is the station of each class at which a completion is counted
	// when a request of its chain comes by in any of the chain's classes. A class
	// that comes from outside counts entries instead.
	Reference []int
}

// Chain is a set of classes that requests change between.
type Chain struct {
	Classes []int
	Users   int
	Rate    float64     // from outside (1/s)
	Visits  [][]float64 // in each class at each station, by one request (1)
}

// SwitchingResult is the steady state of a [SwitchingNetwork].
type SwitchingResult struct {
	Chains []Chain
	Mixed  MixedResult // a class there is a chain here

	Throughput  [][]float64 // visits of each class to each station (1/s)
	PerVisit    [][]float64 // response time of one visit, by class and station (s)
	Present     [][]float64 // mean number, by class and station (1)
	Utilization [][]float64 // share of each station's servers, by class and station (1)
}

// Solve reduces classes to chains, solves for these by the given method
// ([MixedConvolution], [Linearizer], …), and splits the result: a chain's
// number at a station belongs to its classes in proportion to their work there,
// or, in order of arrival, each class waits equally long and then takes its own
// service.
//
//   - Domain: hops from each place sum to at most 1; a chain has users or
//     entries, not both.
//   - Accuracy: that of the method; the reduction is exact in product form.
//   - Source: [BCMP75]; [ReKo75].
//
// [BCMP75]: https://doi.org/10.1145/321879.321887
// [ReKo75]: https://doi.org/10.1147/rd.193.0283
func (s SwitchingNetwork) Solve(method func(MixedNetwork) (MixedResult, error)) (SwitchingResult, error) {
	chains, err := s.Chains()
	if err != nil {
		return SwitchingResult{}, err
	}
	r, err := method(s.mixed(chains))
	if err != nil {
		return SwitchingResult{}, err
	}
	return s.split(chains, r), nil
}

// mixed is the network with a class for each chain.
func (s SwitchingNetwork) mixed(chains []Chain) MixedNetwork {
	m := MixedNetwork{Stations: make([]MixedStation, len(s.Stations))}
	copy(m.Stations, s.Stations)
	for _, c := range chains {
		mc := MixedClass{Users: c.Users, Rate: c.Rate}
		for k := range s.Stations {
			visits, demand := 0.0, 0.0
			for _, j := range c.Classes {
				visits += c.Visits[j][k]
				demand += c.Visits[j][k] * s.Service[j][k]
			}
			mc.Demands, mc.Visits = append(mc.Demands, demand), append(mc.Visits, visits)
		}
		m.Classes = append(m.Classes, mc)
	}
	for k := range m.Stations {
		st := &m.Stations[k]
		if st.SCV != nil {
			st.SCV = s.pooled(chains, k)
		}
		if st.Weights != nil {
			st.Weights = s.weights(chains, k)
		}
	}
	return m
}

// pooled is the variability of a visit of each chain, whose classes differ.
func (s SwitchingNetwork) pooled(chains []Chain, k int) []float64 {
	var out []float64
	for _, c := range chains {
		visits, first, second := 0.0, 0.0, 0.0
		for _, j := range c.Classes {
			v, mean := c.Visits[j][k], s.Service[j][k]
			visits += v
			first += v * mean
			second += v * mean * mean * (1 + s.Stations[k].scv(j))
		}
		scv := 1.0
		if first > 0 {
			scv = math.Max(0, second*visits/(first*first)-1)
		}
		out = append(out, scv)
	}
	return out
}

// weights are those of each chain: the mean by work of those of its classes.
func (s SwitchingNetwork) weights(chains []Chain, k int) []float64 {
	var out []float64
	for _, c := range chains {
		work, sum, plain := 0.0, 0.0, 0.0
		for _, j := range c.Classes {
			d := c.Visits[j][k] * s.Service[j][k]
			work += d
			sum += d * s.Stations[k].Weights[j]
			plain += s.Stations[k].Weights[j] / float64(len(c.Classes))
		}
		if work > 0 {
			plain = sum / work
		}
		out = append(out, plain)
	}
	return out
}

// split gives each class its part of its chain.
func (s SwitchingNetwork) split(chains []Chain, r MixedResult) SwitchingResult {
	classes, stations := len(s.Users), len(s.Stations)
	out := SwitchingResult{
		Chains: chains, Mixed: r,
		Throughput: matrix(classes, stations), PerVisit: matrix(classes, stations),
		Present: matrix(classes, stations), Utilization: matrix(classes, stations),
	}
	for i, c := range chains {
		for k, st := range s.Stations {
			visits, demand := 0.0, 0.0
			for _, j := range c.Classes {
				visits += c.Visits[j][k]
				demand += c.Visits[j][k] * s.Service[j][k]
			}
			if visits == 0 {
				continue
			}
			for _, j := range c.Classes {
				v, service := c.Visits[j][k], s.Service[j][k]
				if v == 0 {
					continue
				}
				out.Throughput[j][k] = r.Throughput[i] * v
				per := 0.0
				switch {
				case st.FIFO && !st.isDelay():
					per = math.Max(0, (r.Residence[i][k]-demand)/visits) + service
				case demand > 0:
					per = r.Residence[i][k] * service / demand
				}
				out.PerVisit[j][k] = per
				out.Present[j][k] = out.Throughput[j][k] * per
				out.Utilization[j][k] = st.shared(0).utilizationBy(out.Throughput[j][k] * service)
			}
		}
	}
	return out
}

// check validates what the reduction itself needs; the method checks the rest.
func (s SwitchingNetwork) check() error {
	w := want{station: "network with class switching"}
	classes, stations := len(s.Users), len(s.Stations)
	same := func(name string, got, number int) {
		if got != number {
			w.fail(name, float64(got), fmt.Sprintf("%d", number))
		}
	}
	within := func(name string, v, n int) {
		if v < 0 || v >= n {
			w.fail(name, float64(v), fmt.Sprintf("0 to %d", n-1))
		}
	}
	same("number of classes with service times", len(s.Service), classes)
	same("number of reference stations", len(s.Reference), classes)
	for _, list := range s.Service {
		same("number of service times", len(list), stations)
		for _, v := range list {
			w.scale("service time", v)
		}
	}
	for _, st := range s.Stations {
		if st.SCV != nil {
			same("number of squared coefficients of variation", len(st.SCV), classes)
		}
		if st.Weights != nil {
			same("number of weights", len(st.Weights), classes)
		}
	}
	for _, k := range s.Reference {
		within("reference station", k, stations)
	}
	for _, n := range s.Users {
		w.count("users", n, 0)
	}
	out := map[[2]int]float64{}
	for _, h := range s.Hops {
		within("station of a hop", h.From, stations)
		within("station of a hop", h.To, stations)
		within("class of a hop", h.FromClass, classes)
		within("class of a hop", h.ToClass, classes)
		w.notNegative("probability of a hop", h.P)
		out[[2]int{h.From, h.FromClass}] += h.P
	}
	for _, e := range s.Entries {
		within("station of an entry", e.To, stations)
		within("class of an entry", e.Class, classes)
		w.scale("rate of an entry", e.Rate)
	}
	if w.err == nil {
		s.checkSums(&w, out)
	}
	return w.err
}

// checkSums wants the probabilities from each place to sum to at most one, and
// to one where closed requests are.
func (s SwitchingNetwork) checkSums(w *want, out map[[2]int]float64) {
	open := map[int]bool{}
	group := s.groups()
	for _, e := range s.Entries {
		open[group[e.Class]] = true
	}
	for at, p := range out {
		if p > 1+1e-9 || !open[group[at[1]]] && p < 1-1e-9 {
			w.fail(fmt.Sprintf("sum of the probabilities from station %d in class %d", at[0]+1, at[1]+1), p, "1 (less where open requests leave)")
		}
	}
}
