package capacity

import (
	"fmt"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/simulate"
)

// finer is by how much a simulation that cannot decide is made more precise.
const finer = 0.25

// verify simulates a plan in all cases that it must bear.
func (s *search) verify(out *Sizing, best option) error {
	all, _ := s.cases(best)
	out.Verified, out.Checked = measure.Pass, nil
	out.Simulated++
	for i, p := range all {
		if s.o.Progress != nil {
			s.o.Progress(fmt.Sprintf("simulating plan %d, case %d of %d", out.Simulated, i+1, len(all)))
		}
		judged, stable, err := s.simulated(p)
		if err != nil {
			return err
		}
		verdict := gate.Worst(judged)
		if !stable {
			verdict = measure.Fail
		}
		if i == 0 || worse(verdict, out.Verified) {
			out.Checked = judged
		}
		if worse(verdict, out.Verified) {
			out.Verified = verdict
		}
		if verdict == measure.Fail {
			return nil
		}
	}
	return nil
}

func worse(a, b measure.Verdict) bool {
	rank := map[measure.Verdict]int{measure.Pass: 0, measure.Undecided: 1, measure.Fail: 2}
	return rank[a] > rank[b]
}

// simulated judges a plan by simulation, more precisely where that does not
// decide. An interval that still straddles its limit fails where the figure
// itself is beyond it.
func (s *search) simulated(p option) (judged []measure.Objective, stable bool, err error) {
	m := s.loadedModel(p)
	o := *s.o.Simulate
	for round := range 2 {
		r, err := simulate.Run(s.ctx, m, o)
		if err != nil {
			return nil, false, err
		}
		if err := s.ctx.Err(); err != nil {
			return nil, false, err
		}
		judged = gate.Judge(m, r)
		if !r.Stable || gate.Worst(judged) != measure.Undecided {
			return judged, r.Stable, nil
		}
		if round == 0 {
			if o.Precision == 0 {
				o.Precision = 0.02
			}
			o.Precision *= finer
		}
	}
	for i := range judged {
		x := &judged[i]
		over := x.Value.Value > x.Limit
		if m.Objectives[i].AtLeast() {
			over = x.Value.Value < x.Limit
		}
		if x.Verdict == measure.Undecided && x.Value.Known() && over {
			x.Verdict = measure.Fail
		}
	}
	return judged, true, nil
}
