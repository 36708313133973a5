package queueing

import (
	"fmt"
	"math"
	"slices"
)

// MixedStation is one station of a network with several classes.
type MixedStation struct {
	// Servers is the number of servers; 0 makes it a delay without a line.
	Servers int

	// Rates, when set, replaces Servers: Rates[n−1] is the speed of the station
	// with n requests present, all classes together (1), in units of one server;
	// the last value holds beyond.
	Rates []float64

	// FIFO makes it serve in order of arrival; otherwise requests share it
	// equally, as in processor sharing. In order of arrival, a network is in
	// product form only if one visit takes as long for every class.
	FIFO bool

	// SCV is the squared coefficient of variation of the service times of each
	// class (1), where it serves in order of arrival; nil is exponential. When
	// requests share the station, only the mean matters.
	SCV []float64

	// Weights are the shares of the station that a request of each class gets,
	// relative to each other (1); nil is equal shares.
	Weights []float64
}

// MixedClass is one class of a [MixedNetwork]: closed with Users, open with
// Rate.
type MixedClass struct {
	Users   int       // requests that go round (1)
	Think   float64   // time between the end of a request and the next (s)
	Rate    float64   // arrivals from outside, which leave when done (1/s)
	Demands []float64 // at each station, all visits of one request (s)

	// Visits to each station by one request (1); nil is one each. Only stations
	// that serve in order of arrival ask for it: everywhere else demands say all.
	Visits []float64
}

// MixedNetwork is a network of queues and delays with several classes, closed
// and open.
type MixedNetwork struct {
	Stations []MixedStation
	Classes  []MixedClass
}

// MixedResult is the steady state of a [MixedNetwork].
type MixedResult struct {
	Throughput  []float64   // of each class (1/s)
	Response    []float64   // of each class, think time excluded (s)
	Residence   [][]float64 // of each class at each station, all visits (s)
	Present     [][]float64 // mean number of each class at each station (1)
	Utilization [][]float64 // share of each station's servers busy with each class (1); 0 for a delay
}

func (s MixedStation) isDelay() bool { return s.Servers == 0 && s.Rates == nil }

// single reports whether the station is one server of constant speed.
func (s MixedStation) single() bool { return s.Servers == 1 && s.Rates == nil }

// shared is the station as one class of closed requests sees it that ask for
// one unit of time each, next to open requests of a given load.
func (s MixedStation) shared(load float64) ClosedStation {
	return ClosedStation{Demand: 1, Servers: s.Servers, Rates: s.Rates, OpenLoad: load}
}

// scv is the squared coefficient of variation of a class's service times.
func (s MixedStation) scv(class int) float64 {
	if s.SCV == nil {
		return 1
	}
	return s.SCV[class]
}

// visits is the number of visits of one request to a station.
func (c MixedClass) visits(station int) float64 {
	if c.Visits == nil {
		return 1
	}
	return c.Visits[station]
}

// service is the time of one visit without waiting (s); 0 for a class that
// does not come.
func (c MixedClass) service(station int) float64 {
	if c.Demands[station] == 0 {
		return 0
	}
	return c.Demands[station] / c.visits(station)
}

// loads are the open load of each station, in servers kept busy.
func (m MixedNetwork) loads() []float64 {
	loads := make([]float64, len(m.Stations))
	for _, c := range m.Classes {
		for k := range loads {
			loads[k] += c.Rate * c.Demands[k]
		}
	}
	return loads
}

func (m MixedNetwork) newResult() MixedResult {
	r, k := len(m.Classes), len(m.Stations)
	return MixedResult{
		Throughput: make([]float64, r), Response: make([]float64, r),
		Residence: matrix(r, k), Present: matrix(r, k), Utilization: matrix(r, k),
	}
}

// check validates a network.
func (m MixedNetwork) check() error {
	w := want{station: "network"}
	for i, s := range m.Stations {
		w.station = fmt.Sprintf("station %d of a network", i+1)
		m.checkStation(&w, s)
	}
	for j, c := range m.Classes {
		w.station = fmt.Sprintf("class %d of a network", j+1)
		m.checkClass(&w, c)
	}
	if w.err != nil {
		return w.err
	}
	for i, load := range m.loads() {
		if s := m.Stations[i]; !s.isDelay() {
			w.station = fmt.Sprintf("station %d of a network", i+1)
			w.stable(load, s.shared(0).full())
		}
	}
	return w.err
}

func (m MixedNetwork) checkStation(w *want, s MixedStation) {
	w.count("servers", s.Servers, 0)
	if s.Rates != nil && len(s.Rates) == 0 {
		w.fail("number of speeds", 0, "at least one")
	}
	for _, r := range s.Rates {
		w.positive("speed", r)
		w.scale("speed", r)
	}
	m.perClass(w, "squared coefficients of variation", s.SCV)
	m.perClass(w, "weights", s.Weights)
	for _, v := range s.SCV {
		w.scale("squared coefficient of variation", v)
	}
	for _, v := range s.Weights {
		w.positive("weight", v)
		w.scale("weight", v)
	}
}

// perClass wants a list to be absent or to have a value for each class.
func (m MixedNetwork) perClass(w *want, name string, list []float64) {
	if list != nil && len(list) != len(m.Classes) {
		w.fail("number of "+name, float64(len(list)), fmt.Sprintf("one for each of %d classes, or none", len(m.Classes)))
	}
}

func (m MixedNetwork) checkClass(w *want, c MixedClass) {
	w.count("users", c.Users, 0)
	w.scale("think time", c.Think)
	w.scale("rate", c.Rate)
	if c.Users > 0 && c.Rate > 0 {
		w.fail("rate", c.Rate, "0 for a closed class, or no users for an open one")
	}
	if len(c.Demands) != len(m.Stations) {
		w.fail("number of demands", float64(len(c.Demands)), fmt.Sprintf("one for each of %d stations", len(m.Stations)))
		return
	}
	if c.Visits != nil && len(c.Visits) != len(m.Stations) {
		w.fail("number of visits", float64(len(c.Visits)), fmt.Sprintf("one for each of %d stations, or none", len(m.Stations)))
		return
	}
	total := c.Think
	for i, d := range c.Demands {
		w.scale("demand", d)
		w.scale("visits", c.visits(i))
		if d > 0 && c.visits(i) == 0 {
			w.fail("visits", c.visits(i), "a number above 0 where there is demand")
		}
		total += d
	}
	if c.Users > 0 && total == 0 {
		w.fail("think time plus demands", total, "a time above 0, for otherwise requests go round infinitely fast")
	}
}

// productForm wants the network to be one that exact methods solve.
func (m MixedNetwork) productForm(w *want) {
	for k, s := range m.Stations {
		if s.isDelay() {
			continue
		}
		w.station = fmt.Sprintf("station %d of a network", k+1)
		first := 0.0
		for j, c := range m.Classes {
			if c.Demands[k] == 0 {
				continue
			}
			if s.Weights != nil && s.Weights[j] != slices.Max(s.Weights) {
				w.fail("weight", s.Weights[j], "equal weights for an exact solution; Linearizer approximates others")
			}
			if !s.FIFO {
				continue
			}
			service := c.service(k)
			if first == 0 {
				first = service
			}
			if math.Abs(service-first) > 1e-9*first {
				w.fail("service time", service, fmt.Sprintf("%v as for other classes, for an exact solution in order of arrival; Linearizer approximates others", first))
			}
			if s.scv(j) != 1 {
				w.fail("squared coefficient of variation", s.scv(j), "1 for an exact solution in order of arrival; Linearizer approximates others")
			}
		}
	}
}

// finish fills in what follows from throughput and residence times.
func (m MixedNetwork) finish(out *MixedResult) {
	for j, c := range m.Classes {
		if c.Rate > 0 {
			out.Throughput[j] = c.Rate
		}
		x := out.Throughput[j]
		for k, s := range m.Stations {
			out.Response[j] += out.Residence[j][k]
			out.Present[j][k] = x * out.Residence[j][k]
			if c.Demands[k] > 0 {
				out.Utilization[j][k] = s.shared(0).utilizationBy(x * c.Demands[k])
			}
		}
	}
}

// utilizationBy is the utilization by work that asks for a number of servers.
func (s ClosedStation) utilizationBy(load float64) float64 {
	if s.isDelay() {
		return 0
	}
	return math.Min(1, load/s.fastest())
}

func matrix(rows, columns int) [][]float64 {
	all := make([]float64, rows*columns)
	out := make([][]float64, rows)
	for i := range out {
		out[i] = all[i*columns : (i+1)*columns]
	}
	return out
}
