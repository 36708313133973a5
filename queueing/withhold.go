package queueing

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// unsettledMost is how much figures may still move in the last round (1); beyond
// it they say nothing of the system.
const unsettledMost = 0.25

// lawTolerance is how far figures that did not settle may be from the laws that
// they must obey (1).
const lawTolerance = 1e-6

// withholdUnsettled leaves out of a result what did not settle, where it still
// moved much or contradicts itself, and says so.
func (x *solver) withholdUnsettled(r *measure.Result) {
	if x.unsettled <= unsettledMost && (x.unsettled == 0 || len(r.Check(lawTolerance)) == 0) {
		return
	}
	withhold(r)
	for i := range r.Caveats {
		if c := &r.Caveats[i]; c.What == "queueing: "+unsettledWhat {
			c.Effect = fmt.Sprintf("the last round still moved some figures by %.2g %%, and so they are left out; simulate the model", 100*x.unsettled)
		}
	}
	x.answerMany(r)
}

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

// unsettledWhat begins the caveat of figures that did not settle.
const unsettledWhat = "the rounds of the solution did not settle"

// unsettledEffect says what figures are that did not settle.
func (x *solver) unsettledEffect() string {
	return fmt.Sprintf("figures are those of the last round, which still moved some by %.2g %%", 100*x.unsettled)
}
