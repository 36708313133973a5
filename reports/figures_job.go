package reports

import "github.com/headroom/headroom/measure"

func jobFigures() []figure {
	of := func(metric string, u unit, get func(*measure.Job) measure.Estimate) figure {
		return figure{metric, u, func(r *measure.Result, subject string) measure.Estimate {
			if j := r.Jobs[subject]; j != nil {
				return get(j)
			}
			return measure.Estimate{}
		}}
	}
	makespan := func(metric string) figure {
		return of("makespan "+metric, seconds, func(j *measure.Job) measure.Estimate { return timeOf(j.Makespan, metric) })
	}
	return []figure{
		of("throughput", perSecond, func(j *measure.Job) measure.Estimate { return j.Throughput }),
		makespan("mean"), makespan("p50"), makespan("p99"),
		of("running", number, func(j *measure.Job) measure.Estimate { return j.Running }),
	}
}
