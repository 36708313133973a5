package foreign

import (
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// leading is the activity that the first steps of a list are, and how many they
// are; nil where the first step takes more than one activity.
func (g *graphWriter) leading(steps []scenarios.Step) (*element, int) {
	if len(steps) == 0 {
		return nil, 0
	}
	if a := g.sliced(steps); a != nil {
		return a, 2
	}
	if a := g.activity(steps[0]); a != nil {
		return a, 1
	}
	return nil, 0
}

// sliced is the activity that two steps are: work, and a loop of calls with the
// same work after each, which is a demand in slices with calls between.
func (g *graphWriter) sliced(steps []scenarios.Step) *element {
	if len(steps) < 2 {
		return nil
	}
	d, ok := g.work(steps[0])
	loop, isLoop := steps[1].(scenarios.Repeat)
	if !ok || !isLoop || loop.PerMessage || len(loop.Steps) != 2 {
		return nil
	}
	again, ok := g.work(loop.Steps[1])
	if !ok || !again.Equal(d) || d.Family() != dist.FamilyExponential {
		return nil
	}
	n, random := rounds(loop)
	mean := neat(d.Mean() * (1 + n))
	if !random && loop.Count.Variance() > 0 || mean/(1+n) != d.Mean() {
		return nil
	}
	a := tag("activity", "host-demand-mean", mean)
	switch c := loop.Steps[0].(type) {
	case scenarios.Call:
		a.with(g.synch(c.Op, n))
	case scenarios.Choose:
		if !random || !g.eachCalls(c, n, a) {
			return nil
		}
	default:
		return nil
	}
	if !random {
		a.attrs = append(a.attrs, tag("", "call-order", "DETERMINISTIC").attrs...)
	}
	return a
}

// work is the demand of a step on the processor of the task.
func (g *graphWriter) work(s scenarios.Step) (dist.Dist, bool) {
	switch s := s.(type) {
	case scenarios.CPU:
		return s.Demand, true
	case scenarios.Wait:
		return s.Time, g.endless
	}
	return dist.Dist{}, false
}

// eachCalls adds the calls of a choice to an activity, where each branch is
// one call.
func (g *graphWriter) eachCalls(c scenarios.Choose, n float64, a *element) bool {
	total := 0.0
	var means []float64
	for _, b := range c.Branches {
		mean := neat(b.P * n)
		means = append(means, mean)
		total += mean
	}
	if total != n {
		return false
	}
	for i, b := range c.Branches {
		if len(b.Steps) != 1 || means[i] == 0 {
			return false
		}
		call, ok := b.Steps[0].(scenarios.Call)
		if !ok || means[i]/total != b.P {
			return false
		}
		a.with(g.synch(call.Op, means[i]))
	}
	return true
}
