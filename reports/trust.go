package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/measure"
)

// trust is how far predictions are from what was measured; without a
// measurement, how far the predictions are from each other.
type trust struct {
	subject, reference string  // names of the two results
	measured           bool    // whether one of the two is a measurement
	mean, tail         float64 // the largest relative differences of a workload (1)
	tailKnown          bool
	mood               mood
	late               []string // topics whose delays differ by more than that, in words
}

// trustOf takes the first part that has two results to compare, one measured
// before one that is not.
func (p *Page) trustOf(parts []*part) *trust {
	var best *trust
	for _, x := range parts {
		if t := x.trust(p.tolerance()); t != nil && (best == nil || t.measured && !best.measured) {
			best = t
		}
	}
	return best
}

func (x *part) trust(tolerance Tolerance) *trust {
	model := x.byMethod(measure.Simulation)
	if model < 0 {
		model = x.byMethod(measure.Analytic)
	}
	other := x.byMethod(measure.LoadTest)
	if other < 0 {
		other = x.byMethod(measure.Analytic)
	}
	if model < 0 || other < 0 || model == other {
		return nil
	}
	a, b := x.results[other], x.results[model]
	t := &trust{subject: a.Name, reference: b.Name, measured: a.Result.Kind == measure.Measurement}
	known := false
	for name := range a.Result.Workloads {
		mean, tail := offBy(a.Result, b.Result, kindWorkload, name)
		if mean >= 0 {
			t.mean, known = math.Max(t.mean, mean), true
		}
		if tail >= 0 {
			t.tail, t.tailKnown = math.Max(t.tail, tail), true
		}
	}
	if !known {
		return nil
	}
	t.mood = t.judge(tolerance)
	for _, name := range x.subjects(nil)[kindTopic] {
		mean, tail := offBy(a.Result, b.Result, kindTopic, name)
		if within(mean, tolerance.Mean) == good && within(tail, tolerance.Tail) == good {
			continue
		}
		said := fmt.Sprintf("of %s by %s in the mean", name, share.text(math.Max(mean, 0)))
		if tail >= 0 {
			said += fmt.Sprintf(" and %s at p99", share.text(tail))
		}
		t.late = append(t.late, said)
	}
	return t
}

// offBy is how far two results differ on a subject in mean and p99, −1 where
// one of them does not know.
func offBy(a, b *measure.Result, kind, subject string) (mean, tail float64) {
	mean, tail = -1, -1
	ta, tb := timesOf(a, kind, subject), timesOf(b, kind, subject)
	if d, ok := off(timeOf(ta, "mean"), timeOf(tb, "mean")); ok {
		mean = d
	}
	if d, ok := off(timeOf(ta, "p99"), timeOf(tb, "p99")); ok {
		tail = d
	}
	return mean, tail
}

// judge calls what is within tolerance good, and what is within twice that
// doubtful.
func (t *trust) judge(tolerance Tolerance) mood {
	worst := t.mean / tolerance.Mean
	if t.tailKnown {
		worst = math.Max(worst, t.tail/tolerance.Tail)
	}
	return within(worst, 1)
}

// off is the size of the relative difference of two figures.
func off(a, b measure.Estimate) (float64, bool) {
	if !a.Known() || !b.Known() || b.Value == 0 {
		return 0, false
	}
	d := math.Abs(a.Value-b.Value) / math.Abs(b.Value)
	return d, !math.IsNaN(d) && !math.IsInf(d, 0)
}

// sentences are the verdict on the model.
func (t *trust) sentences() []sentence {
	out := []sentence{t.sentence()}
	if len(t.late) > 0 {
		out = append(out, sentence{doubtful, "Delays of messages differ more: " + strings.Join(firstFew(t.late), "; ") + "."})
	}
	return out
}

func (t *trust) sentence() sentence {
	within := fmt.Sprintf("within %s in the mean", share.ceiling(t.mean))
	if t.tailKnown {
		within += fmt.Sprintf(" and %s at p99", share.ceiling(t.tail))
	}
	if !t.measured {
		what := "agree"
		if t.mood != good {
			what = "do not agree well"
		}
		return sentence{t.mood, fmt.Sprintf("Response times %s and %s %s %s. Nothing was measured yet.", t.subject, t.reference, what, within)}
	}
	opening := map[mood]string{
		good:     "The model can be trusted here",
		doubtful: "The model can be trusted with care",
		bad:      "The model cannot be trusted here",
	}[t.mood]
	return sentence{t.mood, fmt.Sprintf("%s: response times %s and %s agree %s.", opening, t.subject, t.reference, within)}
}

// ceiling is a share rounded up, to a whole percent from 1 % on, so that
// "within" stays true.
func (u unit) ceiling(v float64) string {
	p := 100 * v
	if p >= 1 {
		return fixed(math.Ceil(p-1e-9), 0) + " %"
	}
	return fixed(math.Ceil(10*p-1e-9)/10, 1) + " %"
}
