package simulate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// crashes reports whether replicas lose what they have in progress.
func (s *service) crashes() bool { return s.failures != nil && !s.failures.Pause || s.killed }

// replicaTime is the time for which replicas of a service were up, summed over
// them, in a row of totals (s).
func (p *program) replicaTime(service int, row totals) float64 {
	if s := &p.services[service]; !s.varies {
		return row[atTime] * float64(s.replicas)
	}
	return row[p.stationCol(service)+stOn]
}

// cost is what a service costs for an hour; absent where that is not said.
func (s *study) cost(i int, w []totals) measure.Estimate {
	each := s.model.Services[i].Cost
	switch {
	case each == 0:
		return measure.Estimate{}
	case s.services[i].scaling == nil:
		return measure.Exactly(each * float64(s.model.Services[i].Replicas))
	}
	return rate(over(w, s.stationCol(i)+stPaid, atTime).per(1 / each))
}

// fewFailures is how many failures make the figures of what they cause ones to trust.
const fewFailures = 100

// failureCaveats point out services that failed too seldom in the time simulated
// to say what that does.
func (s *study) failureCaveats() []measure.Caveat {
	var out []measure.Caveat
	for i := range s.services {
		f := s.services[i].failures
		if f == nil {
			continue
		}
		seen := 0.0
		for _, w := range s.windows() {
			seen += s.replicaTime(i, w) / f.Up.Mean()
		}
		if seen < fewFailures {
			out = append(out, measure.Caveat{
				What:   "simulate: few failures in the time simulated",
				Where:  "services." + s.services[i].name,
				Effect: fmt.Sprintf("about %.2g of them; what they do is seen roughly or not at all, and intervals cannot be trusted; a longer duration or a shorter mtbf shows more", seen),
			})
		}
	}
	return out
}
