package simulate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// jobsOf adds the figures of all jobs.
func (s *study) jobsOf(r *measure.Result, w []totals) {
	for i := range s.jobs {
		if r.Jobs == nil {
			r.Jobs = make(map[string]*measure.Job)
		}
		spec, c := &s.jobs[i], s.jobCol(i)
		out := &measure.Job{Throughput: rate(over(w, c+joEnded, atTime)), Stages: make(map[string]*measure.Stage)}
		if s.limited() || spec.once {
			out.Running = rate(over(w, c+joRunning, atTime))
			out.Makespan = s.sample(func(k *kernel) *histogram { return &k.jobs[i].makespan }).times()
		}
		for j := range spec.stages {
			tally := func(k *kernel) *stageTally { return &k.jobs[i].stages[j] }
			copies, failed := make(ratio, len(s.reps)), make(ratio, len(s.reps))
			for n, rep := range s.reps {
				t := tally(rep.k)
				copies[n] = pair{float64(t.copies), float64(t.tasks)}
				failed[n] = pair{float64(t.failed), float64(t.tasks)}
			}
			st := &measure.Stage{Copies: rate(copies), Failed: rate(failed)}
			if s.limited() || spec.once {
				st.Time = s.sample(func(k *kernel) *histogram { return &tally(k).time }).times()
				st.Task = s.sample(func(k *kernel) *histogram { return &tally(k).task }).times()
			}
			out.Stages[spec.stages[j].name] = st
		}
		r.Jobs[spec.name] = out
	}
}

// fewRuns is how many runs of a job make its figures ones to rely on.
const fewRuns = 30

// jobCaveats point out jobs of which few runs were seen.
func (s *study) jobCaveats() []measure.Caveat {
	var out []measure.Caveat
	for i := range s.jobs {
		n := s.sample(func(k *kernel) *histogram { return &k.jobs[i].makespan }).n()
		if n >= fewRuns {
			continue
		}
		out = append(out, measure.Caveat{
			What: "simulate: few runs of a job", Where: "jobs." + s.jobs[i].name,
			Effect: fmt.Sprintf("%d ended in the time simulated", n),
		})
	}
	return out
}
