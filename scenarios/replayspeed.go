package scenarios

import (
	"fmt"
	"math"
	"slices"

	"github.com/headroom/headroom/scenarios/dist"
)

// Replayed returns the model with its logs played at so many times their own
// speed; other workloads are as they were. It is an error where no workload
// replays a log, or the speed is not a number above 0 that leaves rates and
// times within bounds.
func (m *Model) Replayed(speed float64) (*Model, error) {
	if !(speed > 0) || math.IsInf(speed, 0) {
		return nil, fmt.Errorf("a speed of %v; want a number above 0", speed)
	}
	out := *m
	out.Workloads = slices.Clone(m.Workloads)
	found := false
	for i := range out.Workloads {
		w := &out.Workloads[i]
		if !w.Open() || w.Arrivals.Kind != Replay {
			continue
		}
		found = true
		a := *w.Arrivals
		a.Rate *= speed
		if n := len(a.Times); !(a.Rate <= maxRate) || !(a.Times[n-1]/speed <= maxTime) {
			return nil, fmt.Errorf("%s at %v times its speed is beyond what can be played", w.Name, speed)
		}
		a.Times = make([]float64, len(w.Arrivals.Times))
		for j, t := range w.Arrivals.Times {
			a.Times[j] = t / speed
		}
		a.Gap = dist.Exponential(1 / a.Rate)
		w.Arrivals = &a
	}
	if !found {
		return nil, fmt.Errorf("no workload of %s replays a log, so there is no speed to change", m.Name)
	}
	return &out, nil
}
