package queueing

import (
	"fmt"
	"slices"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// stretchOfTime is a disturbance: a surge of the load, or a fault.
type stretchOfTime struct {
	what         string
	began, ended float64 // (s)
}

// takeFaults sorts the faults of a model into those that flows can follow, the
// cores of all replicas of a service slower or standing still, and the rest,
// which become reservations.
func (t *timed) takeFaults(m *scenarios.Model) *scenarios.Model {
	if len(m.Faults) == 0 {
		return m
	}
	for _, f := range m.Faults {
		named := func(what string) {
			t.left = append(t.left, scenarios.Feature{Word: scenarios.WordFaults, What: fmt.Sprintf("%s at %g s", what, f.At), Where: "faults", Effect: "it does not happen"})
		}
		switch {
		case f.Kind == scenarios.KillFault:
			named("replicas that are killed")
		case f.Kind == scenarios.PartitionFault, f.Kind == scenarios.LoseFault:
			named("messages that are lost")
		case f.Replicas > 0 && f.Replicas < m.Services[f.Service].Replicas:
			named("some of the replicas slower than the others")
		default:
			t.faults = append(t.faults, f)
		}
	}
	out := *m
	out.Faults = nil
	return &out
}

// speed is the speed that is left of a service at an instant (1).
func (t *timed) speed(service int, at float64) float64 {
	speed := 1.0
	for i := range t.faults {
		f := &t.faults[i]
		if int(f.Service) != service || at < f.At || at >= f.At+f.For {
			continue
		}
		if f.Kind == scenarios.PauseFault {
			return 0
		}
		speed *= f.Factor
	}
	return speed
}

// slower lets faults slow the stations down.
func (t *timed) slower(n *FluidNet) {
	for i := range n.Stations {
		hit := slices.ContainsFunc(t.faults, func(f scenarios.Fault) bool { return int(f.Service) == i })
		if hit {
			n.Stations[i].Speed = func(at float64) float64 { return t.speed(i, at) }
		}
	}
}

// disturbances are the surges of the load and the faults, in order of time.
func (t *timed) disturbances() []stretchOfTime {
	var out []stretchOfTime
	if t.o.Test != nil {
		for _, s := range t.o.Test.Surges() {
			out = append(out, stretchOfTime{s.What, s.Began, s.Ended})
		}
	}
	for _, f := range t.faults {
		what := "pause "
		if f.Kind == scenarios.SlowFault {
			what = "slow "
		}
		if end := f.At + f.For; end < t.duration {
			out = append(out, stretchOfTime{what + t.m.Services[f.Service].Name, f.At, end})
		}
	}
	slices.SortFunc(out, func(a, b stretchOfTime) int {
		if a.began < b.began {
			return -1
		}
		return 1
	})
	return out
}

// notSettledCaveat is that of a workload that a test leaves as it was not.
func notSettledCaveat(x measure.Recovery) measure.Caveat {
	return measure.Caveat{
		What: "queueing: not recovered from " + x.After, Where: "workloads." + x.Workload,
		Effect: "when the test ends it is not as before; a longer last phase would tell",
	}
}
