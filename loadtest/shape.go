package loadtest

import (
	"fmt"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/internal/recovery"
	"github.com/headroom/headroom/scenarios"
)

// shapesOf are the shapes of the loads of all workloads under a test that begins
// after a warm-up (s); nil for those that it is not about, and without a test.
func shapesOf(m *scenarios.Model, t *scenarios.Test, warmup float64) []*arrivals.Shape {
	if t == nil {
		return nil
	}
	out := make([]*arrivals.Shape, len(m.Workloads))
	for i := range out {
		if t.Meant(i) {
			out[i] = arrivals.NewShape(t, warmup)
		}
	}
	return out
}

func shapeOf(shapes []*arrivals.Shape, i int) *arrivals.Shape {
	if shapes == nil {
		return nil
	}
	return shapes[i]
}

// disturbancesOf are what the workloads have to recover from: surges of the load
// and, of an emulated system, the faults that it acts out.
func disturbancesOf(m *scenarios.Model, o Options) []recovery.Disturbance {
	faults := m.Faults
	if o.Target != "" || o.URL == nil {
		faults = nil
	}
	return recovery.Disturbances(o.Test, faults, m, o.Duration)
}

// peakOf is the largest factor of the load of workload i (1).
func peakOf(t *scenarios.Test, i int) float64 {
	if t == nil || !t.Meant(i) {
		return 1
	}
	return t.Peak()
}

// timed fills in what a test says of the length of a run.
func (o *Options) timed() error {
	if o.Test == nil {
		return nil
	}
	if err := o.Test.Check(); err != nil {
		return fmt.Errorf("loadtest: test %q: %w", o.Test.Name, err)
	}
	if o.Duration != 0 {
		return fmt.Errorf("loadtest: both a test, which lasts %v s, and a duration of %v s", o.Test.Duration(), o.Duration)
	}
	o.Duration = o.Test.Duration()
	return nil
}
