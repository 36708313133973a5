package gate

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate/paired"
	"github.com/headroom/headroom/scenarios"
)

// Schema is the version of the JSON form of a [Report].
const Schema = "headroom/gate/v1"

// Report is all that a gate found.
type Report struct {
	Schema      string       `json:"schema"`
	Scenario    string       `json:"scenario"`
	Outcome     Outcome      `json:"outcome"`
	Sentence    string       `json:"sentence"`
	Pairs       int          `json:"pairs"`
	Confidence  float64      `json:"confidence"`       // of the intervals, two-sided (1)
	Looks       int          `json:"looks"`            // at growing data, this one included
	MaxPairs    int          `json:"max_pairs"`        // after which there is no other look
	Faults      []string     `json:"faults,omitempty"` // why the runs cannot be judged
	Comparisons []Comparison `json:"comparisons,omitempty"`
	Checks      []Check      `json:"checks,omitempty"`
	Notes       []string     `json:"notes,omitempty"`
	Command     string       `json:"command,omitempty"`
}

// Question is what is put to a gate.
type Question struct {
	Name   string
	Model  *scenarios.Model // nil where only runs are known
	Policy *scenarios.GatePolicy
	Base   []*measure.Result
	Head   []*measure.Result
	// Looks are the numbers of pairs after which the question is put, the last one
	// the largest there can be; nil: once. Look says which of them this is.
	Looks []int
	Look  int
	// Predicted is what the model says, for its limits and its band; nil without.
	Predicted *measure.Result
	Band      bool // hold the runs against the prediction
}

// Ask judges runs against a baseline, the objectives and the policy's limits.
// What cannot be judged is never passed.
func Ask(q Question) (*Report, error) {
	pairs, notes, err := Pairs(q.Base, q.Head)
	if err != nil {
		return nil, err
	}
	r := &Report{Schema: Schema, Scenario: q.Name, Pairs: len(pairs), Notes: notes, Looks: 1, MaxPairs: len(pairs)}
	if r.Scenario == "" {
		r.Scenario = pairs[0].Head.Scenario.Name
	}
	level := (1 - q.Policy.Confidence) / 2
	if len(q.Looks) > 0 {
		if q.Look < 0 || q.Look >= len(q.Looks) || q.Looks[q.Look] != len(pairs) {
			return nil, fmt.Errorf("gate: %d pairs are no planned look (%v); looking whenever one likes makes false alarms", len(pairs), q.Looks)
		}
		level = paired.Levels(level, q.Looks)[q.Look]
		r.Looks, r.MaxPairs = q.Look+1, q.Looks[len(q.Looks)-1]
	}
	r.Confidence = 1 - 2*level
	r.Faults = Faults(pairs, q.Model, q.Policy)
	r.Comparisons = Compare(pairs, q.Policy, level)
	r.Checks = append(r.Checks, borne(q.Head)...)
	r.Checks = append(r.Checks, Objectives(q.Head, q.Policy)...)
	r.Checks = append(r.Checks, Limits(q.Head, q.Policy)...)
	if q.Predicted != nil {
		r.Checks = append(r.Checks, Capacity(q.Predicted, q.Policy)...)
	}
	if q.Band {
		if q.Predicted.Scenario.SHA256 != q.Head[0].Scenario.SHA256 {
			r.Faults = append(r.Faults, "the prediction is of another scenario than the runs")
		}
		r.Checks = append(r.Checks, Within(q.Head, q.Predicted, q.Policy)...)
	}
	r.conclude()
	return r, nil
}

// Static judges a prediction by itself: objectives and the policy's capacity.
func Static(name string, predicted *measure.Result, p *scenarios.GatePolicy) *Report {
	r := &Report{Schema: Schema, Scenario: name, Confidence: p.Confidence, Looks: 1}
	for _, o := range predicted.Objectives {
		r.Checks = append(r.Checks, Check{
			Kind: "objective", Name: o.Subject + " " + o.Metric, Unit: objectiveUnit(o.Metric), Value: o.Value, Limit: o.Limit,
			AtLeast: (scenarios.Objective{Metric: o.Metric}).AtLeast(), Verdict: o.Verdict,
		})
	}
	r.Checks = append(r.Checks, Capacity(predicted, p)...)
	r.Checks = append(r.Checks, borne([]*measure.Result{predicted})...)
	if len(r.Checks) == 0 {
		r.Faults = append(r.Faults, "nothing to judge: the scenario has no objectives, and the policy no limit of capacity")
	}
	for _, c := range predicted.Caveats {
		r.Notes = append(r.Notes, strings.TrimSuffix(strings.Join([]string{c.What, c.Effect}, ": "), ": "))
	}
	r.conclude()
	return r
}

// borne fails runs of a system that does not bear its load.
func borne(runs []*measure.Result) []Check {
	for _, r := range runs {
		if !r.Stable {
			return []Check{{Kind: "limit", Name: "bears its load", Unit: "1", Verdict: measure.Fail, Why: "the system is unstable under this load"}}
		}
	}
	return nil
}

// conclude is the worst of all: what cannot be judged comes before what is worse,
// since nothing follows from it.
func (r *Report) conclude() {
	var worse, broken, open []string
	for i := range r.Comparisons {
		switch c := &r.Comparisons[i]; c.Verdict {
		case measure.Fail:
			worse = append(worse, fmt.Sprintf("%s %s", c.subject(), c.changed()))
		case measure.Undecided:
			open = append(open, c.subject())
		}
	}
	for _, c := range r.Checks {
		switch c.Verdict {
		case measure.Fail:
			broken = append(broken, c.Name)
		case measure.Undecided:
			open = append(open, c.Name)
		}
	}
	switch {
	case len(r.Faults) > 0:
		r.Outcome, r.Sentence = Invalid, "The runs cannot be judged: "+r.Faults[0]+"."
	case len(worse) > 0:
		r.Outcome, r.Sentence = Regression, "Worse than before by more than is tolerated: "+strings.Join(worse, ", ")+"."
		if len(broken) > 0 {
			r.Sentence += " A limit does not hold: " + strings.Join(broken, ", ") + "."
		}
	case len(broken) > 0:
		r.Outcome, r.Sentence = Broken, "A limit does not hold: "+strings.Join(broken, ", ")+"."
	case len(open) > 0:
		r.Outcome, r.Sentence = Open, "The runs do not tell: "+strings.Join(open, ", ")+"."
		if n := r.More(); n > 0 {
			r.Sentence += fmt.Sprintf(" About %d pairs would, %d more.", n, n-r.Pairs)
		}
	case len(r.Comparisons) == 0 && r.Pairs > 0:
		r.Outcome, r.Sentence = Invalid, "Nothing was compared: the runs have no figure in common that the policy judges."
	case r.Pairs > 0:
		r.Outcome, r.Sentence = Passed, "Nothing is worse than before by more than is tolerated."
	default:
		r.Outcome, r.Sentence = Passed, "Every limit holds."
	}
}

// More is about how many pairs would decide everything that is open, all told; 0
// where that is not known.
func (r *Report) More() int {
	most := 0
	for i := range r.Comparisons {
		if c := &r.Comparisons[i]; c.Verdict == measure.Undecided {
			if c.Pairs == 0 {
				return 0
			}
			most = max(most, c.Pairs)
		}
	}
	return most
}
