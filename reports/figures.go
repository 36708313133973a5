package reports

import "github.com/headroom/headroom/measure"

// figure is one figure of a workload, a service or a topic.
type figure struct {
	metric string
	unit   unit
	get    func(r *measure.Result, subject string) measure.Estimate
}

// minor figures of one result are left out of a terminal that is too narrow.
func (f figure) minor() bool {
	return f.metric == "in system" || f.metric == "present" || f.metric == "p90"
}

// figuresOf lists the figures that are compared, in the order of the tables.
func figuresOf(kind string) []figure {
	switch kind {
	case kindWorkload:
		return workloadFigures()
	case kindService:
		return serviceFigures()
	case kindJob:
		return jobFigures()
	default:
		return topicFigures()
	}
}

func workloadFigures() []figure {
	of := func(metric string, u unit, get func(*measure.Workload) measure.Estimate) figure {
		return figure{metric, u, func(r *measure.Result, subject string) measure.Estimate {
			if w := r.Workloads[subject]; w != nil {
				return get(w)
			}
			return measure.Estimate{}
		}}
	}
	response := func(metric string) figure {
		return of(metric, seconds, func(w *measure.Workload) measure.Estimate { return timeOf(w.Response, metric) })
	}
	return []figure{
		of("offered", perSecond, func(w *measure.Workload) measure.Estimate {
			if w.Throughput.Known() {
				return measure.Estimate{} // says the same, but for failures, which have a line of their own
			}
			return w.Offered
		}),
		of("throughput", perSecond, func(w *measure.Workload) measure.Estimate { return w.Throughput }),
		of(metricFailed, share, func(w *measure.Workload) measure.Estimate { return w.Failed }),
		response("mean"), response("p50"), response("p90"), response("p95"), response("p99"),
		of("in system", number, func(w *measure.Workload) measure.Estimate { return w.InSystem }),
	}
}

func serviceFigures() []figure {
	of := func(metric string, u unit, get func(*measure.Service) measure.Estimate) figure {
		return figure{metric, u, func(r *measure.Result, subject string) measure.Estimate {
			if s := r.Services[subject]; s != nil {
				return get(s)
			}
			return measure.Estimate{}
		}}
	}
	return []figure{
		of("utilization", share, func(s *measure.Service) measure.Estimate { return s.Utilization }),
		of("throughput", perSecond, func(s *measure.Service) measure.Estimate { return s.Throughput }),
		of("response", seconds, func(s *measure.Service) measure.Estimate { return timeOf(s.Response, "mean") }),
		of("present", number, func(s *measure.Service) measure.Estimate { return s.Present }),
		of("waiting", number, func(s *measure.Service) measure.Estimate { return s.Waiting }),
		of("p_wait", share, func(s *measure.Service) measure.Estimate { return s.PWait }),
		of("rejected", share, func(s *measure.Service) measure.Estimate { return positive(s.Rejected) }),
	}
}

func topicFigures() []figure {
	of := func(metric string, u unit, get func(*measure.Topic) measure.Estimate) figure {
		return figure{metric, u, func(r *measure.Result, subject string) measure.Estimate {
			if t := r.Topics[subject]; t != nil {
				return get(t)
			}
			return measure.Estimate{}
		}}
	}
	return []figure{
		of("throughput", perSecond, func(t *measure.Topic) measure.Estimate { return t.Throughput }),
		of("delay mean", seconds, func(t *measure.Topic) measure.Estimate { return timeOf(t.Delay, "mean") }),
		of("delay p99", seconds, func(t *measure.Topic) measure.Estimate { return timeOf(t.Delay, "p99") }),
		of("batch", number, func(t *measure.Topic) measure.Estimate { return t.Batch }),
		of("depth", number, func(t *measure.Topic) measure.Estimate { return t.Depth }),
		of("dropped", share, func(t *measure.Topic) measure.Estimate { return positive(t.Dropped) }),
		of("rejected", share, func(t *measure.Topic) measure.Estimate { return positive(t.Rejected) }),
		of("blocked", number, func(t *measure.Topic) measure.Estimate { return positive(t.Blocked) }),
		of("redelivered", number, func(t *measure.Topic) measure.Estimate { return positive(t.Redelivered) }),
		of("dead", share, func(t *measure.Topic) measure.Estimate { return positive(t.Dead) }),
	}
}

// positive passes on a figure that is above zero: a service that turns nobody
// away needs no row to say so.
func positive(e measure.Estimate) measure.Estimate {
	if e.Value > 0 {
		return e
	}
	return measure.Estimate{}
}

// timeOf is a figure of a distribution by the name that objectives call it.
func timeOf(t *measure.Times, metric string) measure.Estimate {
	if t == nil {
		return measure.Estimate{}
	}
	switch metric {
	case "mean":
		return t.Mean
	case "p50":
		return t.P50
	case "p90":
		return t.P90
	case "p95":
		return t.P95
	case "p99":
		return t.P99
	case "p999":
		return t.P999
	case "max":
		return t.Max
	default:
		return measure.Estimate{}
	}
}
