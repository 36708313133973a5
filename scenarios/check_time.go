package scenarios

import (
	"fmt"
	"math"
	"slices"
)

// process checks what an arrival process is made of.
func (c *checker) process(where string, a *Arrivals) {
	switch a.Kind {
	case MMPP:
		c.want(len(a.States) > 0, where, "a Markov-modulated process without states")
		for i, s := range a.States {
			ok := s.Rate >= 0 && !math.IsInf(s.Rate, 0) && s.Stay > 0 && !math.IsInf(s.Stay, 0)
			c.want(ok, where, "state %d: %v/s for %v s", i, s.Rate, s.Stay)
		}
	case Batch:
		c.want(a.Size.Mean() > 0, where, "batches of %v", a.Size)
		gap := a.Gap.Mean() * a.Rate
		c.want(math.Abs(gap/BatchMean(a.Size)-1) <= 1e-6, where, "a mean gap of %v s between batches of %v at %v/s", a.Gap.Mean(), a.Size, a.Rate)
	case Replay:
		c.want(len(a.Times) > 1 && slices.IsSorted(a.Times), where, "a log of %d requests; want at least 2, in order of time", len(a.Times))
		if n := len(a.Times); n > 1 {
			ok := a.Times[0] > 0 && math.Abs(a.Times[n-1]*a.Rate/float64(n)-1) <= 1e-6
			c.want(ok, where, "a log of %d requests in %v s, the first at %v s, at %v/s", n, a.Times[n-1], a.Times[0], a.Rate)
		}
	}
}

// overTime checks faults and tests.
func (c *checker) overTime() {
	for i := range c.m.Faults {
		c.fault(fmt.Sprintf("faults[%d]", i), &c.m.Faults[i])
	}
	names := map[string]bool{}
	for i := range c.m.Tests {
		t := &c.m.Tests[i]
		where := fmt.Sprintf("tests[%d] %q", i, t.Name)
		c.want(t.Name != "" && !names[t.Name], where, "the name is empty or taken")
		names[t.Name] = true
		c.errs = append(c.errs, prefixed(where, t.Check())...)
		for _, w := range t.Workloads {
			c.want(w >= 0 && w < len(c.m.Workloads), where, "no workload %d", w)
		}
	}
}

func prefixed(where string, err error) []error {
	if err == nil {
		return nil
	}
	return []error{fmt.Errorf("scenarios: %s: %w", where, err)}
}

// Check says what is wrong with the phases of a test.
func (t *Test) Check() error {
	if len(t.Phases) == 0 || t.Kind > BreakpointTest {
		return fmt.Errorf("%d phases of a test of kind %d; want at least 1, of a known kind", len(t.Phases), t.Kind)
	}
	for i, p := range t.Phases {
		for _, x := range []float64{p.For, p.From, p.To, p.Period} {
			if !(x >= 0) || math.IsInf(x, 0) {
				return fmt.Errorf("phase %d: %+v; want finite numbers of at least 0", i, p)
			}
		}
		if p.For == 0 {
			return fmt.Errorf("phase %d lasts no time", i)
		}
	}
	if t.Peak() == 0 {
		return fmt.Errorf("there is no load in any of %d phases", len(t.Phases))
	}
	return nil
}

func (c *checker) fault(where string, f *Fault) {
	c.want(f.Kind <= PauseFault, where, "no fault %d", f.Kind)
	c.want(f.At >= 0 && !math.IsInf(f.At, 0) && f.For > 0 && !math.IsInf(f.For, 0), where, "at %v s for %v s", f.At, f.For)
	known := func(id ServiceID) bool { return id >= 0 && int(id) < len(c.m.Services) }
	for _, id := range f.Between {
		c.want(known(id), where, "no service %d", id)
	}
	switch f.Kind {
	case LoseFault:
		c.share(where, f.Factor)
	case PartitionFault:
		c.want(len(f.Between) > 0, where, "a partition of nothing")
	default:
		if !known(f.Service) {
			c.fail(where, "no service %d", f.Service)
			return
		}
		most := c.m.Services[f.Service].Replicas
		c.want(f.Replicas >= 0 && f.Replicas <= most, where, "%d replicas of %d", f.Replicas, most)
		c.want(f.Kind != SlowFault || f.Factor > 0 && f.Factor < 1, where, "a speed of %v", f.Factor)
	}
}
