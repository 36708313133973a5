package queueing

import (
	"context"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// flat is a model as a network of stations that requests pass one after the
// other: the classes are its workloads, the stations the cores of each replica,
// and all time in waits and on the network is thinking. With product form that
// changes nothing, whatever the order in which a request comes to its stations.
//
//   - Source: [BCMP75].
type flat struct {
	x      *solver
	demand [][]float64 // by workload and service, all visits of one request (s)
	visits [][]float64 // by workload and service: CPU steps that take time (1)
	second [][]float64 // by workload and service: Σ E[S²] of those (s²)
	delay  []float64   // by workload: waits and network (s)

	net     MixedNetwork
	of      []int     // service of each station
	part    []int     // and which of its groups each station is of
	share   []float64 // of the visits to that service which come to each station (1)
	tooMany bool      // stations: then there are none
}

// newFlat makes a flat network of a model that is sound. What does not fit into
// one is left out: see misfits.
func newFlat(m *scenarios.Model) (*flat, error) {
	x, err := newInnerSolver(m, nil)
	if err != nil {
		return nil, err
	}
	x.setStations()
	for id := range m.Services { // closed workloads, which are not there yet, overload nothing
		_, _, x.down[id] = x.stations[id].overload()
	}
	for w := range m.Workloads {
		if !m.Workloads[w].Open() {
			x.requests[w] = 1 // so that there is something to look at
		}
	}
	x.setStations()
	n, k := len(m.Workloads), len(m.Services)
	f := &flat{x: x, demand: matrix(n, k), visits: matrix(n, k), second: matrix(n, k), delay: make([]float64, n)}
	for w := range m.Workloads {
		for op, runs := range x.tr.workload[w] {
			id := int(x.p.ops[op].service)
			for _, u := range x.p.ops[op].uses {
				if d := x.p.demands[id][u.demand]; runs > 0 && d.Mean() > 0 {
					steps := runs * u.called()
					f.visits[w][id] += steps
					f.demand[w][id] += steps * d.Mean()
					f.second[w][id] += steps * d.Moment(2)
				}
			}
		}
		f.delay[w] = x.delayOf(w)
	}
	f.network()
	return f, nil
}

// called is the number of times in a run that is not about a batch.
func (u use) called() float64 { return u.fixed + u.perMsg }

// setStations brings the stations up to date with the requests.
func (x *solver) setStations() {
	x.rates = x.tr.rates(x.p, x.requests, x.batch, x.view, x.viewers)
	x.stations = make([]station, len(x.m.Services))
	for id := range x.stations {
		x.stations[id] = x.newStation(id)
		if len(x.m.Topics) > 0 { // nothing comes by them, but batches are asked about
			x.lookAway(&x.stations[id])
		}
	}
}

// network makes the stations and classes.
func (f *flat) network() {
	m := f.x.m
	for w := range m.Workloads {
		c := MixedClass{Users: m.Workloads[w].Users, Rate: f.x.requests[w]}
		if !m.Workloads[w].Open() {
			c.Rate, c.Think = 0, m.Workloads[w].Think.Mean()+f.delay[w]
		}
		f.net.Classes = append(f.net.Classes, c)
	}
	for id := range m.Services {
		s := &m.Services[id]
		if f.x.stations[id].mix.rate == 0 {
			continue
		}
		for i, part := range sharesOf(s) {
			for range int(math.Round(part.replicas)) {
				if len(f.of) == mostFlatStations {
					f.tooMany, f.of, f.share, f.net.Stations = true, nil, nil, nil
					return
				}
				f.of, f.part, f.share = append(f.of, id), append(f.part, i), append(f.share, part.each)
				f.net.Stations = append(f.net.Stations, MixedStation{Servers: capacity(s)})
			}
		}
	}
	for w := range f.net.Classes {
		c := &f.net.Classes[w]
		c.Demands, c.Visits = make([]float64, len(f.of)), make([]float64, len(f.of))
		for k, id := range f.of {
			c.Demands[k], c.Visits[k] = f.demand[w][id]*f.share[k], f.visits[w][id]*f.share[k]
		}
	}
}

// stationOf is the first station of a group of a service, −1 if there is none.
func (f *flat) stationOf(id, group int) int {
	for k := range f.of {
		if f.of[k] == id && f.part[k] == group {
			return k
		}
	}
	return -1
}

// work is what it takes to go through all populations: their number times that
// of servers.
func (f *flat) work() float64 {
	work := 0.0
	for _, s := range f.net.Stations {
		work += float64(s.Servers)
	}
	for w := range f.x.m.Workloads {
		work *= 1 + float64(f.x.m.Workloads[w].Users)
	}
	return work
}

// scv is the squared coefficient of variation of the CPU steps of a workload at
// a service (1); 1 where there are none.
func (f *flat) scv(w, id int) float64 {
	v, d := f.visits[w][id], f.demand[w][id]
	if d == 0 {
		return 1
	}
	mean := d / v
	return math.Max(0, f.second[w][id]/v/mean/mean-1)
}

// ordered is the network with what is in order of arrival as it is, and not as
// if requests shared the cores.
func (f *flat) ordered() MixedNetwork {
	out := f.net
	out.Stations = append([]MixedStation(nil), f.net.Stations...)
	for k, id := range f.of {
		if f.inOrder(id) {
			s := &out.Stations[k]
			s.FIFO, s.SCV = true, make([]float64, len(out.Classes))
			for w := range out.Classes {
				if s.SCV[w] = f.scv(w, id); s.SCV[w] < 1e-12 {
					s.SCV[w] = 0
				}
			}
		}
	}
	return out
}

// unstable reports whether some service is offered more than it can do.
func (f *flat) unstable() bool { return f.x.overloaded() }

// busiest is the part of its servers that the busiest station would need (1):
// more than all of them where an approximation of saturated ones is off.
func (f *flat) busiest(r MixedResult) float64 {
	most := 0.0
	for k, s := range f.net.Stations {
		busy := 0.0
		for w, c := range f.net.Classes {
			busy += r.Throughput[w] * c.Demands[k]
		}
		most = math.Max(most, busy/float64(s.Servers))
	}
	return most
}

// flatTimes are what a method says of a flat network.
type flatTimes struct {
	throughput []float64   // by workload (1/s)
	residence  [][]float64 // by workload and service, all visits of one request (s)
}

// mixed are the times of a network solved as one of several classes.
func (f *flat) mixed(r MixedResult) flatTimes {
	out := flatTimes{r.Throughput, matrix(len(f.net.Classes), len(f.x.m.Services))}
	for w := range out.residence {
		for k, id := range f.of {
			out.residence[w][id] += r.Residence[w][k]
		}
	}
	return out
}

func (f *flat) solveMixed(network MixedNetwork, by func(MixedNetwork) (MixedResult, error), name string) (*measure.Result, error) {
	r, err := by(network)
	if err != nil {
		return nil, err
	}
	return f.result(f.mixed(r), name), nil
}

func solveMVA(_ context.Context, f *flat) (*measure.Result, error) {
	for _, s := range f.net.Stations {
		if s.Servers > 1 {
			return f.solveMixed(f.net, ServersMVA, "exact mean value analysis, several servers")
		}
	}
	return f.solveMixed(f.net, MixedMVA, "exact mean value analysis")
}

func solveConvolution(_ context.Context, f *flat) (*measure.Result, error) {
	return f.solveMixed(f.net, MixedConvolution, "convolution")
}

func solveSchweitzer(_ context.Context, f *flat) (*measure.Result, error) {
	return f.solveMixed(f.ordered(), Schweitzer, "approximate mean value analysis (Bard, Schweitzer)")
}

func solveLinearizer(_ context.Context, f *flat) (*measure.Result, error) {
	return f.solveMixed(f.ordered(), Linearizer, "approximate mean value analysis (Linearizer)")
}

// solveProductForm takes every station of an open network as M/M/c.
func solveProductForm(_ context.Context, f *flat) (*measure.Result, error) {
	n := OpenNetwork{Stations: make([]OpenStation, len(f.of))}
	for k := range n.Stations {
		n.Stations[k] = OpenStation{Servers: f.net.Stations[k].Servers, Shared: true}
	}
	for w, c := range f.net.Classes {
		class := OpenClass{Arrivals: c.Rate, SCV: 1, Service: make([]OpenService, len(f.of)), Visits: c.Visits}
		for k, id := range f.of {
			if f.visits[w][id] > 0 {
				class.Service[k] = OpenService{Mean: f.demand[w][id] / f.visits[w][id], SCV: 1}
			}
		}
		n.Classes = append(n.Classes, class)
	}
	r, err := ProductForm(n)
	if err != nil {
		return nil, err
	}
	return f.result(f.open(r), "product form, every station as M/M/c"), nil
}

// open are the times of an open network.
func (f *flat) open(r OpenResult) flatTimes {
	out := flatTimes{make([]float64, len(f.net.Classes)), matrix(len(f.net.Classes), len(f.x.m.Services))}
	for w, c := range f.net.Classes {
		out.throughput[w] = c.Rate
		for k, id := range f.of {
			out.residence[w][id] += c.Visits[k] * r.Stations[k].Classes[w].Response
		}
	}
	return out
}

// respond is the mean time at the cores of one CPU step of a workload (s).
func (f *flat) respond(t *flatTimes, w, id int, d dist.Dist) float64 {
	demand, mean := f.demand[w][id], d.Mean()
	if demand == 0 || mean == 0 {
		return mean
	}
	if f.inOrder(id) {
		return mean + f.waits(t, w, id)/f.visits[w][id]
	}
	return mean * t.residence[w][id] / demand
}

// waits is how long one request of a workload waits at a service, over all its
// visits (s).
func (f *flat) waits(t *flatTimes, w, id int) float64 {
	return math.Max(0, t.residence[w][id]-f.demand[w][id])
}
