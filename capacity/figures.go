package capacity

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// Metric is a figure of a result, named as objectives name theirs; of the
// metrics of a [Table] those with an objective carry its limit.
type Metric struct {
	Subject string
	Kind    scenarios.SubjectKind
	Name    string  // "p99", "mean", "errors", "throughput", "utilization", …
	Limit   float64 // of the objective (s), (1/s) or (1); NaN without one
}

// String is the metric as users write it: "shoppers.p99".
func (m Metric) String() string { return m.Subject + "." + m.Name }

// AtLeast reports whether more is better.
func (m Metric) AtLeast() bool { return m.Name == "throughput" }

// Unit is that of its values: "s", "1/s" or "1".
func (m Metric) Unit() string {
	switch m.Name {
	case "throughput":
		return "1/s"
	case "errors", "utilization", "p_wait", "rejected", "depth":
		return "1"
	}
	return "s"
}

// percentile reports whether a metric needs more than means.
func (m Metric) percentile() bool { return m.Unit() == "s" && m.Name != "mean" }

// ParseMetric reads a metric of a model, as shoppers.p99 or web.checkout.mean.
func ParseMetric(m *scenarios.Model, text string) (Metric, error) {
	dot := strings.LastIndexByte(text, '.')
	if dot <= 0 {
		return Metric{}, fmt.Errorf("%q is no figure; write one as shoppers.p99 or db.utilization", text)
	}
	out := Metric{Subject: text[:dot], Name: text[dot+1:], Limit: math.NaN()}
	var ok bool
	for _, kind := range []scenarios.SubjectKind{scenarios.OfWorkload, scenarios.OfService, scenarios.OfTopic, scenarios.OfOperation} {
		if found(m, kind, out.Subject) {
			out.Kind, ok = kind, true
			break
		}
	}
	if !ok {
		return out, fmt.Errorf("%q: no workload, service, topic or operation %q", text, out.Subject)
	}
	probe := *m
	probe.Objectives = []scenarios.Objective{{Subject: out.Subject, Kind: out.Kind, Metric: out.Name, Limit: 1}}
	if err := probe.Check(); err != nil {
		return out, fmt.Errorf("%q: %q is no figure of a %s", text, out.Name, kindName(out.Kind))
	}
	return out, nil
}

func found(m *scenarios.Model, kind scenarios.SubjectKind, name string) bool {
	var ok bool
	switch kind {
	case scenarios.OfWorkload:
		_, ok = m.WorkloadByName(name)
	case scenarios.OfOperation:
		_, ok = m.OpByName(name)
	case scenarios.OfService:
		_, ok = m.ServiceByName(name)
	case scenarios.OfTopic:
		_, ok = m.TopicByName(name)
	}
	return ok
}

func kindName(k scenarios.SubjectKind) string {
	return [...]string{"workload", "operation", "service", "topic"}[k]
}

// DefaultMetrics are the objectives of a model, mean and p99 of its workloads,
// the throughput of closed ones, and the utilization of its services.
func DefaultMetrics(m *scenarios.Model) []Metric {
	var out []Metric
	add := func(kind scenarios.SubjectKind, subject, name string, limit float64) {
		if !slices.ContainsFunc(out, func(x Metric) bool { return x.Subject == subject && x.Kind == kind && x.Name == name }) {
			out = append(out, Metric{subject, kind, name, limit})
		}
	}
	for _, o := range m.Objectives {
		add(o.Kind, o.Subject, o.Metric, o.Limit)
	}
	for i := range m.Workloads {
		w := &m.Workloads[i]
		add(scenarios.OfWorkload, w.Name, "mean", math.NaN())
		add(scenarios.OfWorkload, w.Name, "p99", math.NaN())
		if !w.Open() {
			add(scenarios.OfWorkload, w.Name, "throughput", math.NaN())
		}
	}
	for i := range m.Services {
		add(scenarios.OfService, m.Services[i].Name, "utilization", math.NaN())
	}
	return out
}

// wanted names the subjects whose percentiles the metrics need.
func wanted(metrics []Metric) []string {
	out := []string{}
	for _, m := range metrics {
		if m.percentile() && !slices.Contains(out, m.Subject) {
			out = append(out, m.Subject)
		}
	}
	return out
}

// read takes the metrics out of a result, with the verdicts of those that have
// a limit.
func read(m *scenarios.Model, r *measure.Result, metrics []Metric) []measure.Objective {
	probe := *m
	probe.Objectives = make([]scenarios.Objective, len(metrics))
	for i, x := range metrics {
		limit := x.Limit
		if math.IsNaN(limit) {
			limit = math.Inf(1)
			if x.AtLeast() {
				limit = math.Inf(-1)
			}
		}
		probe.Objectives[i] = scenarios.Objective{Subject: x.Subject, Kind: x.Kind, Metric: x.Name, Limit: limit}
	}
	return gate.Judge(&probe, r)
}

// cost is what the replicas of a model cost for an hour (1, in the currency of
// the scenario): [CostOf] of each service.
func cost(m *scenarios.Model) float64 {
	sum := 0.0
	for i := range m.Services {
		sum += CostOf(&m.Services[i]) * float64(m.Services[i].Replicas)
	}
	return sum
}

// CostOf is what one replica of a service costs: its cost as the scenario says
// it or, where it does not, one for each of its cores (1).
func CostOf(s *scenarios.Service) float64 {
	if s.Cost > 0 {
		return s.Cost
	}
	return float64(s.Cores)
}

// scaledLoad is a model at a multiple of its load: of the rates of open
// workloads or, where there are none, of the users of closed ones.
func scaledLoad(m *scenarios.Model, factor float64) *scenarios.Model {
	if factor == 1 {
		return m
	}
	if slices.ContainsFunc(m.Workloads, func(w scenarios.Workload) bool { return w.Open() }) {
		return m.Scale(factor)
	}
	out := *m
	out.Workloads = slices.Clone(m.Workloads)
	for i := range out.Workloads {
		w := &out.Workloads[i]
		w.Users = max(1, int(math.Round(float64(w.Users)*factor)))
	}
	return &out
}
