package foreign

import (
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// thinkStation is where users think, in a foreign network.
const thinkStation = "Think"

// jmva writes a network in product form: what a request asks of every station,
// by visits and mean service times.
func (x *exporter) jmva() *element {
	var flows []*flow
	for i := range x.m.Workloads {
		flows = append(flows, x.follow(&x.m.Workloads[i], true))
	}
	desks := x.desks(flows)
	uniqueNames(desks, map[string]bool{thinkStation: true})
	for _, d := range desks {
		x.productForm(d)
	}
	classes, stations, refs := tag("classes", "number", len(flows)), tag("stations"), tag("ReferenceStation")
	thinks := false
	for i := range x.m.Workloads {
		w := &x.m.Workloads[i]
		if w.Open() {
			if w.Arrivals.Kind != scenarios.Poisson {
				x.lost("workloads."+w.Name, "arrivals that are not Poisson are not carried over", "Poisson ones of the same rate")
			}
			classes.with(tag("openclass", "name", w.Name, "rate", w.Arrivals.Rate))
			continue
		}
		classes.with(tag("closedclass", "name", w.Name, "population", w.Users))
		ref := thinkStation
		if w.Think.Mean() == 0 {
			ref = firstOf(desks, w.Name)
		} else {
			thinks = true
			x.onlyMean("workloads."+w.Name, w.Think)
		}
		refs.with(tag("Class", "name", w.Name, "refStation", ref))
	}
	if thinks {
		stations.with(x.thinking())
	}
	for _, d := range desks {
		for c := range d.copies {
			stations.with(x.jmvaStation(d, c))
		}
	}
	stations.attrs = tag("", "number", len(stations.kids)).attrs
	refs.attrs = tag("", "number", len(refs.kids)).attrs
	p := tag("parameters").with(classes, stations, refs)
	return tag("model").with(tag("description"), p)
}

// firstOf is the first station that a class comes to.
func firstOf(desks []*desk, class string) string {
	for _, d := range desks {
		if d.visits[class] != nil {
			return d.called(0)
		}
	}
	return ""
}

// thinking is the delay where users think.
func (x *exporter) thinking() *element {
	times, visits := tag("servicetimes"), tag("visits")
	for i := range x.m.Workloads {
		w := &x.m.Workloads[i]
		mean, v := 0.0, 0
		if !w.Open() && w.Think.Mean() > 0 {
			mean, v = w.Think.Mean(), 1
		}
		times.with(tag("servicetime", "customerclass", w.Name).holding(mean))
		visits.with(tag("visit", "customerclass", w.Name).holding(v))
	}
	return tag("delaystation", "name", thinkStation).with(times, visits)
}

func (x *exporter) jmvaStation(d *desk, copy int) *element {
	times, visits := tag("servicetimes"), tag("visits")
	for i := range x.m.Workloads {
		class := x.m.Workloads[i].Name
		mean, n := 0.0, 0.0
		if v := d.visits[class]; v != nil {
			mean, n = v.mean(), neat(v.count/float64(d.copies))
		}
		times.with(tag("servicetime", "customerclass", class).holding(mean))
		visits.with(tag("visit", "customerclass", class).holding(n))
	}
	e := tag("delaystation", "name", d.called(copy))
	if !d.delay {
		e = tag("listation", "name", d.called(copy), "servers", x.servers(d))
	}
	return e.with(times, visits)
}

// productForm notes where a station is not one of a network in product form.
func (x *exporter) productForm(d *desk) {
	if x.room(d) >= 0 {
		x.lost(where(x.service(d.service)), "a bound on the requests there is not carried over", "any number may wait")
	}
	if d.service < 0 || d.delay {
		for _, class := range x.m.Workloads {
			if v := d.visits[class.Name]; v != nil {
				for _, p := range v.parts {
					x.onlyMean("station "+d.name, p.d)
				}
			}
		}
		return
	}
	s := x.service(d.service)
	mean, same := -1.0, true
	for _, w := range x.m.Workloads {
		v := d.visits[w.Name]
		if v == nil {
			continue
		}
		for _, p := range v.parts {
			same = same && (mean < 0 || p.d.Mean() == mean)
			mean = p.d.Mean()
			if s.Discipline == scenarios.PS {
				x.onlyMean(where(s), p.d)
			} else if p.d.Family() != dist.FamilyExponential && !p.d.IsZero() {
				x.lost(where(s), "demands that are not exponential, in order of arrival, are not in product form", "exponential ones of the same mean")
			}
		}
	}
	if !same && s.Discipline == scenarios.FIFO {
		x.lost(where(s), "different demands in order of arrival are not in product form", "processor sharing of the same means")
	}
}

// onlyMean notes that of a distribution only the mean is kept.
func (x *exporter) onlyMean(at string, d dist.Dist) {
	if d.Family() != dist.FamilyExponential && !d.IsZero() {
		x.lost(at, "distributions that are not exponential are carried over by their means", "in product form nothing else counts for means")
	}
}
