package queueing

import "math"

// openFlow is an open network with its traffic equations solved.
type openFlow struct {
	n      *OpenNetwork
	rate   []float64 // visits to each place (1/s), classes by stations
	leave  []float64 // probability of leaving the network from each place
	onward sparseFlow
	load   []float64 // of each station, in servers kept busy (1)
	total  []float64 // visits to each station (1/s)
}

func (f *openFlow) place(p OpenPlace) int { return p.Class*len(f.n.Stations) + p.Station }

// newOpenFlow checks a network and finds how often each place is visited.
func newOpenFlow(n *OpenNetwork) (*openFlow, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	stations := len(n.Stations)
	f := &openFlow{n: n, load: make([]float64, stations), total: make([]float64, stations)}
	places := stations * len(n.Classes)
	f.leave = make([]float64, places)
	for i := range f.leave {
		f.leave[i] = 1
	}
	come, leads := make([]flowEdge, 0, len(n.Routes)), make([]flowEdge, 0, len(n.Routes))
	for _, r := range n.Routes {
		from, to := f.place(r.From), f.place(r.To)
		f.leave[from] -= r.P
		come = append(come, flowEdge{to, from, r.P})
		leads = append(leads, flowEdge{from, to, r.P})
	}
	for i, p := range f.leave {
		if p < -1e-9 {
			w := want{station: "routes of an open network"}
			w.fail("sum of probabilities", 1-p, "at most 1 from each place")
			return nil, w.err
		}
		if p < 1e-14 {
			f.leave[i] = 0
		}
	}
	f.onward = newSparseFlow(places, leads)
	start := make([]float64, places)
	for r := range n.Classes {
		for k, p := range n.Classes[r].Start {
			start[f.place(OpenPlace{r, k})] = n.Classes[r].Arrivals * p
		}
	}
	var err error
	if f.rate, err = newSparseFlow(places, come).solve(start); err != nil {
		return nil, err
	}
	return f, f.loads()
}

// loads adds up the load of each station and wants it to be bearable.
func (f *openFlow) loads() error {
	stations := len(f.n.Stations)
	for r := range f.n.Classes {
		c := &f.n.Classes[r]
		for k, v := range c.Visits {
			f.rate[r*stations+k] = c.Arrivals * v
		}
		for k, x := range f.rate[r*stations : (r+1)*stations] {
			if x > 0 && c.Service[k].Mean == 0 {
				w := want{station: stationOfOpen(k)}
				w.fail("service time", 0, "a time above 0 for every class that comes")
				return w.err
			}
			f.total[k] += x
			f.load[k] += x * c.Service[k].Mean
		}
	}
	for k, a := range f.load {
		w := want{}
		if s := f.n.Stations[k].Servers; s > 0 && !(a < float64(s)) {
			w.station = stationOfOpen(k)
			w.stable(a, float64(s))
			return w.err
		}
		if math.IsInf(a, 1) {
			w.station = stationOfOpen(k)
			w.fail("load", a, "a finite load")
			return w.err
		}
	}
	return nil
}

// openWait is how a visit to a station is prolonged by others: by waiting in
// line, or under processor sharing by slower service.
type openWait struct {
	wait    float64 // mean time in line, all visits (s)
	pWait   float64 // probability that there is one (1)
	scv     float64 // of a wait that is one (1)
	stretch float64 // response over service time under processor sharing (1)
}

// result puts the figures together, given how each station holds visits up.
func (f *openFlow) result(waits []openWait) (OpenResult, error) {
	stations := len(f.n.Stations)
	out := OpenResult{Stations: make([]OpenFigures, stations), Classes: make([]OpenClassFigures, len(f.n.Classes)), net: f, waits: waits}
	passages := make([]OpenPassage, len(f.rate))
	times := make([]float64, len(f.rate))
	for k, s := range f.n.Stations {
		st := &out.Stations[k]
		st.Classes = passages[k*len(f.n.Classes) : (k+1)*len(f.n.Classes) : (k+1)*len(f.n.Classes)]
		st.Throughput, st.ArrivalSCV = f.total[k], 1
		for r := range st.Classes {
			p, i := &st.Classes[r], r*stations+k
			p.Throughput = f.rate[i]
			mean := f.n.Classes[r].Service[k].Mean
			if s.Servers > 0 {
				p.Utilization = p.Throughput * mean / float64(s.Servers)
			}
			if p.Throughput == 0 {
				continue // it never comes
			}
			p.Response = mean*waits[k].stretch + waits[k].wait
			p.Present = p.Throughput * p.Response
			times[i] = p.Response
			st.Utilization += p.Utilization
			st.Present += p.Present
		}
		st.Response = f.average(st)
		out.Present += st.Present
	}
	if err := f.classes(&out, times); err != nil {
		return OpenResult{}, err
	}
	if math.IsNaN(out.Present+out.Response) || math.IsInf(out.Present+out.Response, 1) {
		w := want{station: "open network"}
		w.fail("mean number present", out.Present, "rates, times and SCVs whose products are finite")
		return OpenResult{}, w.err
	}
	return out, nil
}

// average is the mean time of a visit to a station.
func (f *openFlow) average(st *OpenFigures) float64 {
	if st.Throughput > 0 {
		return st.Present / st.Throughput
	}
	return 0
}

// classes fills in the figures of the classes: what is left to go from each
// place is its own time and that of where it leads.
func (f *openFlow) classes(out *OpenResult, times []float64) error {
	left, err := f.onward.solve(times)
	if err != nil {
		return err
	}
	stations := len(f.n.Stations)
	for r := range f.n.Classes {
		c, p := &f.n.Classes[r], &out.Classes[r]
		p.Throughput = c.Arrivals
		weights, from := c.Start, left
		if c.Visits != nil {
			weights, from = c.Visits, times
		}
		for k, w := range weights {
			p.Response += w * from[r*stations+k]
		}
		p.Present = p.Throughput * p.Response
		out.Throughput += p.Throughput
	}
	if out.Throughput > 0 {
		out.Response = out.Present / out.Throughput
	}
	return nil
}
