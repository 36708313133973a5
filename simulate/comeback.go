package simulate

import (
	"github.com/headroom/headroom/internal/recovery"
	"github.com/headroom/headroom/measure"
)

// recoveries are how each workload came back after each disturbance. The
// interval of a figure is Student's over the replications.
func (s *study) recoveries() []measure.Recovery {
	estimate := func(values []float64) measure.Estimate {
		var r ratio
		for _, v := range values {
			r = append(r, pair{v, 1})
		}
		return rate(r)
	}
	var out []measure.Recovery
	for _, d := range recovery.Disturbances(s.o.Test, s.model.Faults, s.model, s.o.Duration) {
		for i := range s.workloads {
			r, ok := recovery.Of(s.workloads[i].name, s.courses(i), s.reps[0].rec.interval, d, estimate)
			if ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// courses are what a workload did over time, in each replication.
func (s *study) courses(i int) [][]recovery.Stretch {
	lines := make([][]recovery.Stretch, len(s.reps))
	for r := range s.reps {
		for _, x := range s.reps[r].rec.line.workloads[i] {
			lines[r] = append(lines[r], recovery.Stretch{N: x.n, Failed: x.failed, Sum: x.sum, Present: x.present / x.length, Last: x.last})
		}
	}
	return lines
}
