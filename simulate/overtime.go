package simulate

import (
	"fmt"
	"math"
	"sync/atomic"

	"github.com/headroom/headroom/internal/arrivals"
	"github.com/headroom/headroom/measure"
)

// overTimeReplications is the number of replications of a test unless chosen.
const overTimeReplications = 20

// follows reports whether the system is looked at over time.
func (o *Options) follows() bool { return o.OverTime || o.Test != nil }

// timed fills in what a test says of the length of a simulation.
func (o *Options) timed() error {
	if o.Test == nil {
		return nil
	}
	if err := o.Test.Check(); err != nil {
		return fmt.Errorf("simulate: test %q: %w", o.Test.Name, err)
	}
	if o.Duration != 0 {
		return fmt.Errorf("simulate: both a test, which lasts %v s, and a duration of %v s", o.Test.Duration(), o.Duration)
	}
	o.Duration = o.Test.Duration()
	return nil
}

// shapesOf is the shape of the load of every workload; nil without a test, and
// for users who wait for each other, who must stay as many.
func (o *Options) shapesOf(p *program) []*arrivals.Shape {
	if o.Test == nil {
		return nil
	}
	out := make([]*arrivals.Shape, len(p.workloads))
	for i := range out {
		if o.Test.Meant(i) && p.workloads[i].slack < 0 {
			out[i] = arrivals.NewShape(o.Test, o.Warmup)
		}
	}
	return out
}

// test says what became of a test, or of a time with faults.
func (s *study) test() *measure.Test {
	out := &measure.Test{Duration: s.o.Duration, Peak: 1}
	if t := s.o.Test; t != nil {
		out.Name, out.Kind, out.Peak = t.Name, t.Kind.String(), t.Peak()
	}
	out.Recovery = s.recoveries()
	return out
}

// loadAt is the load on the busiest service by the open workloads when the
// factor of a test is as given, and that service.
func (s *study) loadAt(factor float64) (at int, load float64) {
	return s.busiest(func(i int) float64 {
		sum := 0.0
		for w := range s.workloads {
			if !s.workloads[w].open {
				continue
			}
			f := 1.0
			if s.o.Test.Meant(w) {
				f = factor
			}
			sum += f * s.workloads[w].rate * s.sure.peak[w][i]
		}
		return sum / s.services[i].capacity()
	})
}

// endsOverloaded is [study.overloaded] at the load that a test ends with.
func (s *study) endsOverloaded() bool {
	if s.o.Test == nil {
		return s.overloaded()
	}
	for i := range s.services {
		if s.services[i].bounded {
			return false
		}
	}
	if s.relieves() {
		return false
	}
	_, load := s.loadAt(s.o.Test.Factor(s.o.Duration))
	return load >= 1
}

// testCaveats say where a test asks for more than there is, and what did not
// come back.
func (s *study) testCaveats(r *measure.Result) []measure.Caveat {
	var out []measure.Caveat
	if s.o.Test != nil {
		if at, load := s.loadAt(s.o.Test.Peak()); at >= 0 && load >= 1 {
			out = append(out, measure.Caveat{
				What:   "simulate: overloaded for a time",
				Where:  "services." + s.services[at].name,
				Effect: fmt.Sprintf("at the peak of the test, x%.4g, it is asked for %.3g times the core time it has; figures of the whole test depend on how long that lasts", s.o.Test.Peak(), load),
			})
		}
	}
	for i := range s.workloads {
		if s.o.Test != nil && s.o.Test.Meant(i) && s.workloads[i].slack >= 0 {
			out = append(out, measure.Caveat{
				What:   "simulate: not modelled: a load that changes",
				Where:  "workloads." + s.workloads[i].name,
				Effect: "its users meet at a barrier, and are as many all the time",
			})
		}
	}
	if r.Test == nil {
		return out
	}
	for _, x := range r.Test.Recovery {
		if x.Recovered < 1 {
			out = append(out, measure.Caveat{
				What:   "simulate: not recovered from " + x.After,
				Where:  "workloads." + x.Workload,
				Effect: fmt.Sprintf("%.0f of %d replications had not recovered when the test ended; the time to recover is of the others, and too short", math.Round((1-x.Recovered)*float64(len(s.reps))), len(s.reps)),
			})
		}
	}
	return out
}

// settlingTime is a length after which the system has settled, for a look at
// how it does (s).
func settlingTime(p *program, o Options, aims []*aim, stop *atomic.Bool) (float64, error) {
	o.Replications, o.Duration = 8, 0
	s := newStudy(p, o, aims, stop)
	defer s.progress.stop()
	s.runPilots()
	if s.err != nil {
		return 0, s.err
	}
	return s.warmup, nil
}
