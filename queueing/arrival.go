package queueing

import "math"

// arrival is the state of approximate mean value analysis: closed classes only,
// their figures flat, one row of classes a station.
type arrival struct {
	m        MixedNetwork
	classes  []int // of the network, those with users
	r        int   // number of them
	think    []float64
	stations []arrivalStation

	users   []float64 // solved for (1)
	x       []float64 // throughput of each class (1/s)
	q       []float64 // number present of each class at each station (1)
	reside  []float64 // residence time of each class at each station (s)
	total   []float64 // number present at each station (1)
	weighed []float64 // the same, each class times its weight
	work    []float64 // busy servers at each station, by closed classes (1)
	variety []float64 // Σ of those times service·(SCV − 1)/2 (s)
	shift   []float64 // what others are more of than q says, when a class arrives (1)
	shiftW  []float64 // the same, each class times its weight
	shiftOf []float64 // the same by class, at (k·R + j)·R + r; nil where no station has weights
}

// arrivalStation is what a station is for the closed classes.
type arrivalStation struct {
	kind    stationKind
	single  bool
	demand  []float64 // of each class (s)
	visits  []float64
	service []float64 // of one visit (s)
	// weight is what a class counts for others in front: its service time where
	// the station serves in order of arrival, its share where it has weights.
	weight   []float64
	variety  []float64 // service·(SCV − 1)/2 (s)
	load     float64   // of open classes, in servers
	openWork float64   // Σ of their load times service (s)
	first    float64   // 1/speed with one request present, no open ones
	full     float64   // servers that open classes leave
	crowd    *crowd
}

// stationKind is how requests wait.
type stationKind uint8

const (
	kindDelay stationKind = iota
	kindShared
	kindWeights
	kindFIFO
)

func newArrival(m MixedNetwork) *arrival {
	a := &arrival{m: m}
	population := 0
	for j, c := range m.Classes {
		if c.Users > 0 {
			a.classes = append(a.classes, j)
			a.think = append(a.think, c.Think)
			a.users = append(a.users, float64(c.Users))
			population += c.Users
		}
	}
	a.r = len(a.classes)
	var tables crowds
	loads := m.loads()
	a.stations = make([]arrivalStation, len(m.Stations))
	for k := range m.Stations {
		a.stations[k] = newArrivalStation(m, a.classes, k, loads[k])
		if a.stations[k].kind == kindWeights && a.shiftOf == nil {
			a.shiftOf = make([]float64, len(m.Stations)*a.r*a.r)
		}
		if s := &a.stations[k]; s.kind != kindDelay && !s.single {
			s.crowd = tables.of(m.Stations[k].shared(loads[k]), population-1)
		}
	}
	k := len(m.Stations)
	a.x = make([]float64, a.r)
	for _, list := range []*[]float64{&a.q, &a.reside, &a.shift, &a.shiftW} {
		*list = make([]float64, k*a.r)
	}
	for _, list := range []*[]float64{&a.total, &a.weighed, &a.work, &a.variety} {
		*list = make([]float64, k)
	}
	return a
}

func newArrivalStation(m MixedNetwork, classes []int, k int, load float64) arrivalStation {
	s := m.Stations[k]
	out := arrivalStation{kind: kindShared, single: s.single(), load: load}
	if s.isDelay() {
		out.kind = kindDelay
	} else {
		out.first = 1 / s.shared(0).speed(1)
		out.full = s.shared(0).full() - load
	}
	switch {
	case out.kind == kindDelay:
	case s.FIFO:
		out.kind = kindFIFO
	case s.Weights != nil && !equalOver(s.Weights, classes):
		out.kind = kindWeights
	}
	lists := matrix(5, len(classes))
	out.demand, out.visits, out.service, out.weight, out.variety = lists[0], lists[1], lists[2], lists[3], lists[4]
	for i, j := range classes {
		c := &m.Classes[j]
		service, weight := c.service(k), 1.0
		if out.kind == kindFIFO {
			weight = service
		}
		if out.kind == kindWeights {
			weight = s.Weights[j]
		}
		out.demand[i], out.visits[i], out.service[i] = c.Demands[k], c.visits(k), service
		out.weight[i], out.variety[i] = weight, service*(s.scv(j)-1)/2
	}
	for j, c := range m.Classes {
		out.openWork += c.Rate * c.Demands[k] * c.service(k) * (1 + s.scv(j)) / 2
	}
	return out
}

// spread starts with every class spread evenly.
func (a *arrival) spread() {
	for k := range a.stations {
		for r, n := range a.users {
			a.q[k*a.r+r] = 0
			if a.stations[k].demand[r] > 0 {
				a.q[k*a.r+r] = n / float64(len(a.stations))
			}
		}
	}
}

// sums brings the sums over classes up to date with the numbers present.
func (a *arrival) sums() {
	for k := range a.stations {
		s := &a.stations[k]
		total, weighed, work, variety := 0.0, 0.0, 0.0, 0.0
		for r, q := range a.q[k*a.r : (k+1)*a.r] {
			total += q
			weighed += q * s.weight[r]
			work += a.x[r] * s.demand[r]
			variety += a.x[r] * s.demand[r] * s.variety[r]
		}
		a.total[k], a.weighed[k], a.work[k], a.variety[k] = total, weighed, work, variety
	}
}

// sweep is one round over all classes. It returns the largest change of a
// number present, as a share of the class.
func (a *arrival) sweep(damp float64) float64 {
	change := 0.0
	a.sums()
	for r, n := range a.users {
		if n <= 0 {
			continue
		}
		cycle := a.think[r]
		for k := range a.stations {
			at := k*a.r + r
			a.reside[at] = a.residence(k, r, 1/n)
			cycle += a.reside[at]
		}
		x := n / cycle
		a.x[r] = x
		for k := range a.stations {
			at := k*a.r + r
			d := damp * (x*a.reside[at] - a.q[at])
			change = math.Max(change, math.Abs(d)/(damp*n))
			a.q[at] += d
			a.total[k] += d
			a.weighed[k] += d * a.stations[k].weight[r]
		}
	}
	return change
}

// residence is the time of one request of a class at a station, when it finds
// what is there on average less its own share, 1/N of its class, and more by
// the shift.
func (a *arrival) residence(k, r int, share float64) float64 {
	s := &a.stations[k]
	d := s.demand[r]
	if d == 0 || s.kind == kindDelay {
		return d
	}
	at := k*a.r + r
	ahead := math.Max(0, a.total[k]-share*a.q[at]+a.shift[at])
	if s.kind == kindShared {
		return d * s.stretch(ahead)
	}
	weighed := math.Max(0, a.weighed[k]-share*a.q[at]*s.weight[r]+a.shiftW[at])
	if s.kind == kindWeights && s.single {
		return a.unequal(k, r, share)
	}
	if s.kind == kindWeights {
		return d * s.stretch(weighed/s.weight[r])
	}
	own := share * a.x[r] * d
	return s.visits[r] * (s.service[r]*s.first + s.wait(ahead, weighed, a.work[k]-own, a.variety[k]-own*s.variety[r]))
}

// stretch is residence by demand where requests share the station.
func (s *arrivalStation) stretch(ahead float64) float64 {
	if s.single {
		return (1 + ahead) / s.full
	}
	v, _ := s.crowd.at(ahead)
	return v
}

// wait is the time in line before one visit, in order of arrival. Those in
// front, so many of them and of so much service, hold the servers up as they
// do where requests share it; the service in progress is longer by its variety
// than an exponential one, if a server is free of which there is none to end.
func (s *arrivalStation) wait(ahead, weighed, work, variety float64) float64 {
	if ahead+s.load <= 0 {
		return 0
	}
	longer, full := 0.0, work // at one server, the chance that it is busy
	var v float64
	if s.single {
		v = (1 + ahead) / s.full
	} else {
		v, full = s.crowd.at(ahead)
	}
	if work > 0 {
		longer = variety / work * math.Min(1, full) / s.full
	}
	return math.Max(0, (v-s.first)*(weighed+s.openWork)/(ahead+s.load)+longer)
}
