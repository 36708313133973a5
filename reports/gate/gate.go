// Package gate judges results by the objectives of their scenario. It knows
// three verdicts: an interval that straddles a limit, or a figure that is not
// known, neither passes nor fails.
//
// It never runs an engine and never looks at anything but the result: see
// [Judge] and [Worst].
package gate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Judge holds r against the objectives of the model it is of (of a cell, the
// model of the cell) and returns a verdict for each, in the model's order.
//
// Of a result that is not stable, the figures that have no limit are absent;
// an objective that bounds such a figure of a subject whose requests reach a
// saturated service has failed.
func Judge(m *scenarios.Model, r *measure.Result) []measure.Objective {
	if m == nil || r == nil || len(m.Objectives) == 0 {
		return nil
	}
	var hit map[scenarios.ServiceID]bool
	if !r.Stable {
		hit = saturated(m, r)
	}
	out := make([]measure.Objective, 0, len(m.Objectives))
	for _, o := range m.Objectives {
		value := figure(r, o)
		verdict := decide(value, o.Limit, o.AtLeast())
		if !value.Known() && grows(o.Metric) && hit != nil && affected(m, o, hit) {
			verdict = measure.Fail
		}
		out = append(out, measure.Objective{Subject: o.Subject, Metric: o.Metric, Limit: o.Limit, Value: value, Verdict: verdict})
	}
	return out
}

// Worst is the worst of the verdicts: fail, then undecided, then pass. Without
// objectives there is nothing to fail: pass.
func Worst(objectives []measure.Objective) measure.Verdict {
	worst := measure.Pass
	for _, o := range objectives {
		switch o.Verdict {
		case measure.Fail:
			return measure.Fail
		case measure.Undecided:
			worst = measure.Undecided
		}
	}
	return worst
}

// Conclude is the verdict on several results of the same system together, and
// the reason for it in a sentence, empty where everything passed. A system
// that is not stable fails, with objectives or without.
func Conclude(results ...*measure.Result) (measure.Verdict, string) {
	verdict, why := measure.Pass, ""
	for _, r := range results {
		if r == nil {
			continue
		}
		if !r.Stable {
			return measure.Fail, "the system is unstable under this load"
		}
		for _, o := range r.Objectives {
			switch {
			case o.Verdict == measure.Fail:
				return measure.Fail, fmt.Sprintf("an objective is not met: %s %s", o.Subject, o.Metric)
			case o.Verdict == measure.Undecided && verdict == measure.Pass:
				verdict, why = measure.Undecided, fmt.Sprintf("an objective is undecided: %s %s", o.Subject, o.Metric)
			}
		}
	}
	return verdict, why
}

// rounding is the relative error that a figure computed by formula may have: a
// throughput that must be 200/s and comes out as 199.99999999999997/s passes.
const rounding = 1e-9

// decide compares a figure with a ceiling, or with a floor.
func decide(e measure.Estimate, limit float64, floor bool) measure.Verdict {
	if !e.Known() {
		return measure.Undecided
	}
	lo, hi := e.Lo, e.Hi
	if floor { // turned over, a floor is a ceiling
		lo, hi, limit = -hi, -lo, -limit
	}
	slack := rounding * max(limit, -limit)
	switch {
	case hi <= limit+slack:
		return measure.Pass
	case lo > limit+slack:
		return measure.Fail
	default: // the limit is inside the interval, or the figure is not a number
		return measure.Undecided
	}
}

// grows reports whether a metric has no limit in an unstable system.
func grows(metric string) bool {
	switch metric {
	case "errors", "rejected", "throughput", "utilization", "p_wait":
		return false
	}
	return true
}
