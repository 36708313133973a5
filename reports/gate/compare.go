package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/internal/holm"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate/paired"
	"github.com/headroom/headroom/scenarios"
)

// Outcome is what a gate says in the end.
type Outcome string

const (
	Passed     Outcome = "pass"       // nothing is worse by more than is tolerated, and every limit holds
	Regression Outcome = "regression" // something is worse by more than is tolerated
	Broken     Outcome = "broken"     // an objective or a limit does not hold
	Open       Outcome = "undecided"  // the runs do not tell
	Invalid    Outcome = "invalid"    // the runs cannot be judged
)

// Comparison is one metric of one workload, before and after; an empty workload
// is the target as a whole.
type Comparison struct {
	Workload  string           `json:"workload,omitempty"`
	Metric    string           `json:"metric"`
	Unit      string           `json:"unit"`
	Base      float64          `json:"base"`      // mean of the runs, geometric but for errors, in the unit
	Head      float64          `json:"head"`      // likewise, in the unit
	Change    measure.Estimate `json:"change"`    // of head over base: a share more (1); for errors the difference of the shares
	Tolerance float64          `json:"tolerance"` // how much worse it may be, in the terms of Change (1)
	PWorse    float64          `json:"p_worse"`   // of runs like these if it were no worse than is tolerated, adjusted for all metrics (1)
	PWithin   float64          `json:"p_within"`  // of runs like these if it were worse than that (1)
	Verdict   measure.Verdict  `json:"verdict"`
	Why       string           `json:"why,omitempty"`
	// Pairs is about how many pairs would decide, all told; 0 where it is decided,
	// or no number would.
	Pairs int `json:"pairs,omitempty"`
	// Detectable is the least change that as many pairs would find worse 95 times in
	// a hundred, on this machine (1); 0 where there are too few.
	Detectable float64 `json:"detectable,omitempty"`

	shifts []float64 // by pair, worse is more
	raw    float64   // p-value before the adjustment
}

// subject names what a comparison is about.
func (c *Comparison) subject() string { return strings.TrimSpace(c.Workload + " " + c.Metric) }

// Compare judges pairs at a one-sided level: 0.025 for intervals of 95 %, less
// where it is one of several looks (see [paired.Levels]). Metrics that no run
// has are left out unless the policy wants them.
func Compare(pairs []Pair, p *scenarios.GatePolicy, level float64) []Comparison {
	var out []Comparison
	for _, metric := range scenarios.GateMetrics() {
		for _, workload := range judgedOf(pairs, metric) {
			tolerance, judged := p.Tolerance(workload, metric)
			if !judged {
				continue
			}
			c := Comparison{Workload: workload, Metric: metric, Unit: unit(metric), Tolerance: tolerance, Verdict: measure.Undecided, PWorse: 1, PWithin: 1, raw: 1}
			if c.fill(pairs, level) || p.Wanted[metric] {
				out = append(out, c)
			}
		}
	}
	decideAll(out, level)
	return out
}

// judgedOf are the workloads whose metric is compared: all that a run has, or
// the target as a whole.
func judgedOf(pairs []Pair, metric string) []string {
	if metric == "cpu" || metric == "allocations" {
		return []string{""}
	}
	names := map[string]bool{}
	for _, p := range pairs {
		for _, r := range []*measure.Result{p.Base, p.Head} {
			for name := range r.Workloads {
				names[name] = true
			}
		}
	}
	return sorted(names)
}

func sorted(names map[string]bool) []string {
	out := make([]string, 0, len(names))
	for name := range names {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// fill takes the figures of all pairs; it reports whether any run has one.
func (c *Comparison) fill(pairs []Pair, level float64) bool {
	some := false
	var base, head []float64
	for _, p := range pairs {
		b, knownB := value(p.Base, c.Workload, c.Metric)
		h, knownH := value(p.Head, c.Workload, c.Metric)
		some = some || knownB || knownH
		if !knownB || !knownH {
			continue
		}
		if d, ok := shift(c.Metric, b, h); ok {
			c.shifts = append(c.shifts, d)
			base, head = append(base, b), append(head, h)
		}
	}
	if len(c.shifts) > 0 {
		c.Base, c.Head = middle(c.Metric, base), middle(c.Metric, head)
		c.estimate(level)
	}
	switch {
	case !some:
		c.Why = "no run has it: nothing watched the target"
	case len(c.shifts) < len(pairs):
		c.Why = fmt.Sprintf("known of %d of %d pairs only", len(c.shifts), len(pairs))
	case len(c.shifts) == 1:
		c.Why = "one run against one: how much runs of the same build differ is not known"
	}
	if c.Why == "" {
		limit := tolerated(c.Metric, c.Tolerance)
		c.raw, c.PWithin = paired.Above(c.shifts, limit), paired.Below(c.shifts, limit)
	}
	return some
}

// estimate is the change with its interval, which is known of two pairs or more.
func (c *Comparison) estimate(level float64) {
	mean, lo, hi := paired.Interval(c.shifts, 1-2*level)
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		c.Change = measure.Exactly(change(c.Metric, mean)) // of one pair: the gate does not judge by it
		return
	}
	a, b := change(c.Metric, lo), change(c.Metric, hi)
	c.Change = measure.Between(change(c.Metric, mean), min(a, b), max(a, b), 1-2*level)
}

// middle is the geometric mean, or of errors the mean.
func middle(metric string, x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		if metric == "errors" {
			sum += v
		} else {
			sum += math.Log(v)
		}
	}
	sum /= float64(len(x))
	if metric == "errors" {
		return sum
	}
	return math.Exp(sum)
}

// decideAll gives every comparison its verdict. That something is worse is
// asked of many metrics at once, so that p-values are adjusted by Holm's method;
// that nothing is needs all of them, each at the whole level [Berg82].
func decideAll(all []Comparison, level float64) {
	p := make([]float64, len(all))
	for i := range all {
		p[i] = all[i].raw
	}
	for i, adjusted := range holm.Adjust(p) {
		c := &all[i]
		c.PWorse = adjusted
		c.detectable(level / float64(len(all)))
		switch {
		case c.Why != "":
		case adjusted <= level:
			c.Verdict = measure.Fail
		case c.PWithin <= level:
			c.Verdict = measure.Pass
		default:
			c.open(level, len(all))
		}
	}
}

// open says why a comparison is undecided.
func (c *Comparison) open(level float64, among int) {
	limit := tolerated(c.Metric, c.Tolerance)
	mean, _, _ := paired.Interval(c.shifts, 0.95)
	need := level
	if mean > limit {
		need = level / float64(among)
	}
	c.Pairs = paired.Needed(c.shifts, limit, need)
	switch {
	case c.Pairs == 0:
		c.Why = fmt.Sprintf("too close to what is tolerated: %d pairs would not tell", paired.MostPairs)
	case c.Pairs <= len(c.shifts): // the ranks are not sure where Student's t is, or the other way round
		c.Pairs = len(c.shifts) + 2
		fallthrough
	default:
		c.Why = fmt.Sprintf("about %d pairs would decide", c.Pairs)
	}
}

// detectable is the least change that would be found at this level.
func (c *Comparison) detectable(level float64) {
	if len(c.shifts) < 2 {
		return
	}
	beyond := paired.Detectable(paired.Spread(c.shifts), len(c.shifts), level, 0.95)
	if math.IsInf(beyond, 0) {
		return
	}
	if least := math.Abs(change(c.Metric, tolerated(c.Metric, c.Tolerance)+beyond)); !math.IsInf(least, 0) {
		c.Detectable = least
	}
}
