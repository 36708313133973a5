package kinds

import (
	"math"
	"slices"

	"github.com/headroom/headroom/internal/trend"
	"github.com/headroom/headroom/measure"
)

// Rules of drift.
const (
	byChance  = 0.05 // probability of a trend by chance below which it is none
	relevant  = 0.05 // change over the test, as a share of the level, below which nobody minds
	uncertain = 0.20 // change that cannot be ruled out, as a share of the level, above which nothing is decided
	blocks    = 120  // that a series is cut into
)

// Figure is a series that should not drift: of a workload, or of the target's
// memory or files by a monitor.
type Figure struct {
	What   string
	Values measure.Values // at evenly spaced instants, in their own unit: (s), (1/s), (1) or (B)
	// FallsAreBad says that it is for the worse when it goes down, as a throughput.
	FallsAreBad bool
}

// soak says whether anything drifts.
func (a *answer) soak() {
	var figures []Figure
	if a.r.Series != nil {
		from := max(int(math.Ceil(-a.r.Series.Start/a.r.Series.Interval-1e-9)), 0)
		for _, name := range a.workloads {
			w := a.r.Series.Workloads[name]
			for _, f := range []Figure{{name + " mean", w.Mean, false}, {name + " p99", w.P99, false}, {name + " errors", w.Failed, false}} {
				if from < len(f.Values) {
					f.Values = f.Values[from:]
				}
				figures = append(figures, f)
			}
		}
	}
	a.drifts(Drifts(figures))
}

func (a *answer) drifts(found []measure.Drift) {
	a.r.Test.Drift = append(a.r.Test.Drift, found...)
	if len(found) == 0 {
		a.worst(measure.Undecided)
		a.say("too short to tell whether anything drifts")
		return
	}
	any := false
	for _, d := range found {
		scale := math.Abs(d.Level)
		switch {
		case d.Drifts:
			any = true
			a.worst(measure.Fail)
			a.say("%s drifts by %+.3g from %.3g in the course of the test", d.What, d.Change.Value, d.Level)
		case scale > 0 && math.Max(-d.Change.Lo, d.Change.Hi) > uncertain*scale:
			a.worst(measure.Undecided)
			a.say("%s: a change of %.0f %% cannot be ruled out", d.What, 100*math.Max(-d.Change.Lo, d.Change.Hi)/scale)
		default:
			a.worst(measure.Pass)
		}
	}
	if !any {
		a.say("nothing drifts by more than chance and %.0f %%", 100*relevant)
	}
}

// Drifts looks for trends in all figures together: the probabilities are those
// of Holm's procedure ([Holm79]), so that of figures that do not drift, however
// many, one is said to in 5 % of tests at most.
func Drifts(figures []Figure) []measure.Drift {
	var out []measure.Drift
	var found []trend.Trend
	var bad []bool
	for _, f := range figures {
		v := trend.Blocks(f.Values, blocks)
		t, ok := trend.Of(v)
		if !ok {
			continue
		}
		span := float64(len(v) - 1)
		out = append(out, measure.Drift{
			What: f.What, Level: t.Median,
			Change: measure.Between(t.Slope*span, min(t.Lo, t.Slope)*span, max(t.Hi, t.Slope)*span, confidence),
		})
		found, bad = append(found, t), append(bad, f.FallsAreBad == (t.Slope < 0) && t.Slope != 0)
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case found[i].P < found[j].P:
			return -1
		case found[i].P > found[j].P:
			return 1
		}
		return 0
	})
	p := 0.0
	for rank, i := range order {
		p = math.Min(1, math.Max(p, found[i].P*float64(len(order)-rank)))
		out[i].P = p
		out[i].Drifts = p < byChance && bad[i] && math.Abs(out[i].Change.Value) >= relevant*math.Abs(out[i].Level)
	}
	return out
}
