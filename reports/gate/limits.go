package gate

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate/paired"
	"github.com/headroom/headroom/scenarios"
)

// Check is a limit that holds or does not, whatever was there before.
type Check struct {
	Kind    string           `json:"kind"` // objective, limit, drift, model, validity
	Name    string           `json:"name"`
	Unit    string           `json:"unit"` // s, 1/s, B, 1, or share, which is 1 too
	Value   measure.Estimate `json:"value,omitzero"`
	Limit   float64          `json:"limit"`           // in the unit; of a band, its middle
	AtLeast bool             `json:"at_least"`        // the limit is a floor
	Within  []float64        `json:"within,omitzero"` // of a band, its ends, in the unit
	Verdict measure.Verdict  `json:"verdict"`
	Why     string           `json:"why,omitempty"`
}

// Objectives judges the objectives that runs carry, each by its mean over them
// all: the runs are the sample.
func Objectives(runs []*measure.Result, p *scenarios.GatePolicy) []Check {
	type key struct{ subject, metric string }
	var (
		order  []key
		values = map[key][]float64{}
		only   = map[key]measure.Objective{}
		failed = map[key]bool{}
	)
	for _, r := range runs {
		for _, o := range r.Objectives {
			k := key{o.Subject, o.Metric}
			if _, seen := only[k]; !seen {
				order, only[k] = append(order, k), o
			}
			if o.Value.Known() {
				values[k] = append(values[k], o.Value.Value)
			} else if o.Verdict == measure.Fail {
				failed[k] = true // of a system that is saturated
			}
		}
	}
	var out []Check
	for _, k := range order {
		o := only[k]
		c := Check{
			Kind: "objective", Name: k.subject + " " + k.metric, Unit: objectiveUnit(k.metric), Limit: o.Limit,
			AtLeast: (scenarios.Objective{Metric: k.metric}).AtLeast(),
		}
		switch {
		case failed[k]:
			c.Verdict, c.Why = measure.Fail, "a run did not bear the load"
		case len(values[k]) < len(runs):
			c.Verdict, c.Why = measure.Undecided, fmt.Sprintf("known of %d of %d runs", len(values[k]), len(runs))
		case len(runs) == 1:
			c.Value, c.Verdict = o.Value, decide(o.Value, o.Limit, c.AtLeast)
		default:
			c.Value = over(values[k], p.Confidence)
			c.Verdict = decide(c.Value, o.Limit, c.AtLeast)
		}
		out = append(out, c)
	}
	return out
}

func objectiveUnit(metric string) string {
	switch metric {
	case "errors", "utilization", "p_wait", "rejected":
		return "share"
	case "depth":
		return "1"
	case "throughput":
		return "1/s"
	}
	return "s"
}

// over is the mean of runs with its interval. No run is negative in any figure
// that a gate looks at.
func over(x []float64, confidence float64) measure.Estimate {
	mean, lo, hi := paired.Interval(x, confidence)
	if math.IsInf(hi, 0) {
		return measure.Exactly(mean)
	}
	return measure.Between(mean, max(lo, 0), hi, confidence)
}

// Limits holds runs against the limits of a policy. Capacity is for [Capacity].
func Limits(runs []*measure.Result, p *scenarios.GatePolicy) []Check {
	var out []Check
	if p.Limits.Errors >= 0 {
		for _, w := range workloadsOf(runs) {
			out = append(out, limited(runs, w, "errors", p.Limits.Errors, p.Confidence))
		}
	}
	if p.Limits.CPU >= 0 {
		out = append(out, limited(runs, "", "cpu", p.Limits.CPU, p.Confidence))
	}
	if p.Limits.Allocations >= 0 {
		out = append(out, limited(runs, "", "allocations", p.Limits.Allocations, p.Confidence))
	}
	if p.Limits.Drift {
		out = append(out, drifts(runs)...)
	}
	return out
}

func workloadsOf(runs []*measure.Result) []string {
	names := map[string]bool{}
	for _, r := range runs {
		for name := range r.Workloads {
			names[name] = true
		}
	}
	return sorted(names)
}

func limited(runs []*measure.Result, workload, metric string, limit, confidence float64) Check {
	c := Check{Kind: "limit", Name: metric + " per request", Unit: unit(metric), Limit: limit, Verdict: measure.Undecided}
	if metric == "errors" {
		c.Name = workload + " errors"
	}
	var x []float64
	for _, r := range runs {
		if v, ok := value(r, workload, metric); ok {
			x = append(x, v)
		}
	}
	if len(x) < len(runs) {
		c.Why = fmt.Sprintf("known of %d of %d runs; live.observe says what to watch", len(x), len(runs))
		return c
	}
	c.Value = over(x, confidence)
	c.Verdict = decide(c.Value, limit, false)
	return c
}

// drifts tells of soak tests whether a figure went the wrong way in any of them.
// Runs that were not such a test say nothing about drift, which is no pass.
func drifts(runs []*measure.Result) []Check {
	c := Check{Kind: "drift", Name: "drift in the course of a test", Unit: "1", Verdict: measure.Pass}
	for _, r := range runs {
		if r.Test == nil || len(r.Test.Drift) == 0 {
			c.Verdict, c.Why = measure.Undecided, "not every run is a soak test: give --test one of kind soak"
			return []Check{c}
		}
		for _, d := range r.Test.Drift {
			if d.Drifts {
				c.Verdict, c.Why = measure.Fail, fmt.Sprintf("%s changed by %.3g from %.3g (p %.2g)", d.What, d.Change.Value, d.Level, d.P)
			}
		}
	}
	return []Check{c}
}

// Capacity holds a prediction against the least number of times that the system
// must bear its load. A system that is unstable bears it less than once.
func Capacity(r *measure.Result, p *scenarios.GatePolicy) []Check {
	if p.Limits.Capacity < 0 {
		return nil
	}
	c := Check{Kind: "limit", Name: "capacity over load", Unit: "1", Limit: p.Limits.Capacity, AtLeast: true, Verdict: measure.Undecided, Why: "the solver knows no saturation of this system"}
	least := math.Inf(1)
	for name, rate := range r.Saturation {
		w := r.Workloads[name]
		if w == nil || !(w.Offered.Value > 0) {
			continue
		}
		if x := rate / w.Offered.Value; x < least {
			least, c.Why = x, "by the model, first at "+r.Bottleneck
		}
	}
	switch {
	case !math.IsInf(least, 1):
		c.Value = measure.Exactly(least)
		c.Verdict = decide(c.Value, c.Limit, true)
	case !r.Stable:
		c.Verdict, c.Why = measure.Fail, "the system is unstable under this load"
	}
	return []Check{c}
}

// Within holds the mean of runs against what a model predicted: the interval of
// the prediction, and a share of it more on both sides. Of a prediction for
// another scenario nothing follows.
func Within(runs []*measure.Result, model *measure.Result, p *scenarios.GatePolicy) []Check {
	var out []Check
	for _, name := range workloadsOf(runs) {
		predicted := model.Workloads[name]
		for _, metric := range []string{"mean", "p50", "p95", "p99", "throughput"} {
			e := ofWorkload(predicted, metric)
			if !e.Known() {
				continue
			}
			var x []float64
			for _, r := range runs {
				if v, ok := value(r, name, metric); ok {
					x = append(x, v)
				}
			}
			c := Check{Kind: "model", Name: name + " " + metric, Unit: unit(metric), Limit: e.Value, Verdict: measure.Undecided}
			lo, hi := e.Lo-p.Model*e.Value, e.Hi+p.Model*e.Value
			c.Within = []float64{lo, hi}
			switch {
			case len(x) < len(runs):
				c.Why = fmt.Sprintf("known of %d of %d runs", len(x), len(runs))
			default:
				c.Value = over(x, p.Confidence)
				switch {
				case c.Value.Lo >= lo && c.Value.Hi <= hi:
					c.Verdict = measure.Pass
				case c.Value.Lo > hi || c.Value.Hi < lo:
					c.Verdict, c.Why = measure.Fail, fmt.Sprintf("%+.0f %% off the model: the code no longer behaves as the scenario says, or the scenario is out of date", 100*(c.Value.Value/e.Value-1))
				}
			}
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		out = append(out, Check{Kind: "model", Name: "prediction", Unit: "1", Verdict: measure.Undecided, Why: "the prediction has no figure that the runs have"})
	}
	return out
}
