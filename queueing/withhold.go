package queueing

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// unsettledMost is how much figures may still move in the last round (1); beyond
// it they say nothing of the system.
const unsettledMost = 0.25

// withhold leaves out of a result what did not settle: all but what is offered
// and how many replicas there are.
func withhold(r *measure.Result) {
	for name, w := range r.Workloads {
		r.Workloads[name] = &measure.Workload{Offered: w.Offered}
	}
	for name := range r.Operations {
		r.Operations[name] = &measure.Operation{}
	}
	for name, s := range r.Services {
		r.Services[name] = &measure.Service{Replicas: s.Replicas}
	}
	for name := range r.Topics {
		r.Topics[name] = &measure.Topic{}
	}
}

// unsettledEffect says what became of figures that did not settle.
func (x *solver) unsettledEffect() string {
	if x.unsettled > unsettledMost {
		return fmt.Sprintf("the last round still moved some figures by %.2g %%, and so they are left out; simulate the model", 100*x.unsettled)
	}
	return fmt.Sprintf("figures are those of the last round, which still moved some by %.2g %%", 100*x.unsettled)
}
