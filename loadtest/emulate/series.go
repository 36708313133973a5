package emulate

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// series writes the services' part of the series of r, to the scale of what is
// there: of a point of r outside of the measured time nothing is known here.
func (s *System) series(r *measure.Result, t track) {
	if r.Series == nil {
		r.Series = &measure.Series{Interval: 1}
	}
	every, start := r.Series.Interval, r.Series.Start
	points := int((t.to()-t.from()-start)/every + 0.01)
	for _, w := range r.Series.Workloads {
		points = len(w.Throughput)
	}
	r.Series.Services = map[string]measure.ServiceSeries{}
	for i, sv := range s.services {
		var line measure.ServiceSeries
		cores, varies := float64(sv.model.Replicas*sv.model.Cores), sv.varies()
		for p := range points {
			a := t.from() + start + float64(p)*every
			b := min(a+every, t.to())
			utilization, present := math.NaN(), math.NaN()
			if a > t.from()-0.01*every && b > a+0.5*every {
				could := (b - a) * cores
				if varies {
					could = (t.total(i, ofOn, b) - t.total(i, ofOn, a)) * float64(sv.model.Cores)
				}
				utilization = min(1, (t.total(i, ofBusy, b)-t.total(i, ofBusy, a))/could)
				present = (t.total(i, ofPresent, b) - t.total(i, ofPresent, a)) / (b - a)
			}
			line.Utilization = append(line.Utilization, utilization)
			line.Present = append(line.Present, present)
		}
		r.Series.Services[sv.model.Name] = line
	}
}
