package simulate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// objectiveCaveats point out objectives that are judged by too little: on
// percentiles that few times lie beyond, and on shares of failures so small that
// few would have been seen at the limit. Of the percentiles of workloads
// tailCaveats speaks.
func (s *study) objectiveCaveats() []measure.Caveat {
	var out []measure.Caveat
	w := s.windows()
	for _, o := range s.model.Objectives {
		of, err := s.findOf(subject{kind: o.Kind, name: o.Subject})
		if err != nil {
			continue
		}
		if why := s.tooLittle(of, o, w); why != "" {
			out = append(out, measure.Caveat{
				What:   "simulate: an objective judged by little",
				Where:  "objectives." + o.Subject,
				Effect: fmt.Sprintf("%s.%s: %s; a target on it (--precision %[1]s.%[2]s=20%%) simulates for longer", o.Subject, o.Metric, why),
			})
		}
	}
	return out
}

// tooLittle says what an objective is judged by where that is too little.
func (s *study) tooLittle(of subject, o scenarios.Objective, w []totals) string {
	if q, ok := quantileShares[o.Metric]; ok && of.kind != scenarios.OfWorkload {
		if beyond := float64(s.times(of).n()) * (1 - q); beyond < fewInTail {
			return fmt.Sprintf("it rests on the %.0f longest times, and its interval is a guess", beyond)
		}
	}
	if o.Metric != "errors" && o.Metric != "rejected" {
		return ""
	}
	r, _ := s.sums(of, o.Metric, w)
	failed, all := 0.0, 0.0
	for _, p := range r {
		failed += p.num
		all += p.den
	}
	if failed >= fewInTail || o.Limit*all >= fewInTail {
		return ""
	}
	return fmt.Sprintf("%.0f of %.0f failed, and at the limit of %.2g about %.2g would have; that is too few to tell one from the other", failed, all, o.Limit, o.Limit*all)
}
