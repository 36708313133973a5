package foreign

import (
	"fmt"
	"math"
	"strconv"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// maxStations bounds what replicas are written out as.
const maxStations = 1000

// desk is a station of a foreign network: one replica of a service, the waits of
// a service, those of a workload, or the network.
type desk struct {
	name    string
	service scenarios.ServiceID // −1 for a delay that belongs to none
	delay   bool
	copies  int
	visits  map[string]*visited // by class
}

// visited is what one class does at a station.
type visited struct {
	count  float64 // visits of a request, over all copies (1)
	branch string  // the parallel branch they are in
	mixed  bool    // more than one branch
	places int     // of the flow
	parts  []part
}

type part struct {
	p float64 // visits (1)
	d dist.Dist
}

// desks gathers the stations of all flows, services first and in their order.
func (x *exporter) desks(flows []*flow) []*desk {
	byKey := map[string]*desk{}
	var out []*desk
	add := func(key string, d desk) *desk {
		if byKey[key] == nil {
			d.visits = map[string]*visited{}
			byKey[key] = &d
			out = append(out, &d)
		}
		return byKey[key]
	}
	waits := x.onlyWaits(flows)
	for id := range x.m.Services {
		s := &x.m.Services[id]
		add("cpu "+s.Name, desk{name: s.Name, service: scenarios.ServiceID(id), delay: waits[id], copies: 1})
	}
	for _, f := range flows {
		come := make([]float64, len(f.places))
		for _, k := range f.sorted() {
			come[k[1]] += f.moves[k]
		}
		for i, p := range f.places {
			n := come[i]
			if p.kind != cpuWork && p.kind != waitWork || n == 0 {
				continue
			}
			d := add(x.deskOf(f, p, waits))
			d.add(f.name, n, p)
			f.desks[i] = d
		}
	}
	var used []*desk
	for _, d := range out {
		if len(d.visits) > 0 {
			if d.service >= 0 {
				d.copies = x.copies(x.service(d.service))
			}
			used = append(used, d)
		}
	}
	return used
}

// onlyWaits are the services that need no cores, only time.
func (x *exporter) onlyWaits(flows []*flow) []bool {
	out := make([]bool, len(x.m.Services))
	for _, f := range flows {
		for _, p := range f.places {
			if p.kind == waitWork && p.service >= 0 {
				out[p.service] = true
			}
		}
	}
	for _, f := range flows {
		for _, p := range f.places {
			if p.kind == cpuWork {
				out[p.service] = false
			}
		}
	}
	return out
}

// deskOf is the station that a place belongs to, and its key.
func (x *exporter) deskOf(f *flow, p spot, waits []bool) (string, desk) {
	switch {
	case p.service == networkService:
		return "network", desk{name: "network", service: -1, delay: true, copies: 1}
	case p.service < 0:
		return "wait of " + f.name, desk{name: f.name + "-wait", service: -1, delay: true, copies: 1}
	}
	s := x.service(p.service)
	if p.kind == waitWork && !waits[p.service] {
		return "wait at " + s.Name, desk{name: s.Name + "-wait", service: -1, delay: true, copies: 1}
	}
	return "cpu " + s.Name, desk{}
}

func (d *desk) add(class string, n float64, p spot) {
	v := d.visits[class]
	if v == nil {
		v = &visited{branch: p.branch}
		d.visits[class] = v
	}
	v.mixed = v.mixed || v.branch != p.branch
	v.count += n
	v.places++
	for i := range v.parts {
		if v.parts[i].d.Equal(p.work) {
			v.parts[i].p += n
			return
		}
	}
	v.parts = append(v.parts, part{n, p.work})
}

// mean is the mean time of one visit (s).
func (v *visited) mean() float64 {
	if len(v.parts) == 1 {
		return v.parts[0].d.Mean()
	}
	sum := 0.0
	for _, p := range v.parts {
		sum += p.p * p.d.Mean()
	}
	return sum / v.count
}

// scv is the squared coefficient of variation of one visit (1).
func (v *visited) scv() float64 {
	if len(v.parts) == 1 {
		return v.parts[0].d.SCV()
	}
	m, second := v.mean(), 0.0
	for _, p := range v.parts {
		second += p.p * p.d.Moment(2)
	}
	if m == 0 {
		return 0
	}
	return math.Max(0, second/v.count/m/m-1)
}

// copies is how many stations the replicas of a service are: one where they
// share a line, else one each, which requests pick at random.
func (x *exporter) copies(s *scenarios.Service) int {
	if s.Replicas == 1 || s.Balancing == scenarios.Shared && s.Threads == 0 {
		return 1
	}
	switch s.Balancing {
	case scenarios.Random:
	case scenarios.Shared:
		x.lost(where(s), "one central line before replicas with threads is not carried over", "requests go to the replicas at random")
	default:
		x.lost(where(s), "its balancing is not carried over", "requests go to the replicas at random")
	}
	if s.Replicas > maxStations {
		x.fail(0, "%s: %d replicas; at most %d stations are written out", where(s), s.Replicas, maxStations)
		return 1
	}
	return s.Replicas
}

// servers of one copy of a station.
func (x *exporter) servers(d *desk) int {
	s := x.service(d.service)
	n := s.Cores
	if d.copies == 1 {
		n *= s.Replicas
	}
	if s.Threads > 0 && s.Threads < s.Cores {
		n = s.Threads
	}
	return n
}

// called is the name of a copy of a station.
func (d *desk) called(copy int) string {
	if d.copies == 1 {
		return d.name
	}
	return d.name + "-" + strconv.Itoa(copy+1)
}

// uniqueNames gives stations names that differ from each other and from those taken.
func uniqueNames(desks []*desk, taken map[string]bool) {
	for _, d := range desks {
		base := d.name
		for i := 2; ; i++ {
			free := true
			for c := range d.copies {
				free = free && !taken[d.called(c)]
			}
			if free {
				break
			}
			d.name = fmt.Sprintf("%s-%d", base, i)
		}
		for c := range d.copies {
			taken[d.called(c)] = true
		}
	}
}
