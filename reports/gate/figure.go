package gate

import (
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// figure finds the figure that an objective bounds; it is not known where the
// result does not have it.
func figure(r *measure.Result, o scenarios.Objective) measure.Estimate {
	switch o.Kind {
	case scenarios.OfWorkload:
		return ofWorkload(r.Workloads[o.Subject], o.Metric)
	case scenarios.OfOperation:
		return ofOperation(r.Operations[o.Subject], o.Metric)
	case scenarios.OfService:
		return ofService(r.Services[o.Subject], o.Metric)
	case scenarios.OfTopic:
		return ofTopic(r.Topics[o.Subject], o.Metric)
	}
	return measure.Estimate{}
}

func ofWorkload(w *measure.Workload, metric string) measure.Estimate {
	switch {
	case w == nil:
		return measure.Estimate{}
	case metric == "errors":
		return w.Failed
	case metric == "throughput":
		return w.Throughput
	}
	return ofTimes(w.Response, metric)
}

func ofOperation(op *measure.Operation, metric string) measure.Estimate {
	switch {
	case op == nil:
		return measure.Estimate{}
	case metric == "throughput":
		return op.Throughput
	}
	return ofTimes(op.Response, metric)
}

func ofService(s *measure.Service, metric string) measure.Estimate {
	if s == nil {
		return measure.Estimate{}
	}
	switch metric {
	case "utilization":
		return s.Utilization
	case "p_wait":
		return s.PWait
	case "rejected":
		return s.Rejected
	case "throughput":
		return s.Throughput
	}
	return ofTimes(s.Response, metric)
}

func ofTopic(t *measure.Topic, metric string) measure.Estimate {
	if t == nil {
		return measure.Estimate{}
	}
	switch metric {
	case "depth":
		return t.Depth
	case "throughput":
		return t.Throughput
	}
	return ofTimes(t.Delay, metric)
}

func ofTimes(t *measure.Times, metric string) measure.Estimate {
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
	}
	return measure.Estimate{}
}
