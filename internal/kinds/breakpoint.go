package kinds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Rules of a search.
const (
	ladder     = 1.5  // from one rung to the next, as long as all hold or none does
	resolution = 0.05 // of the breakpoint
	mostRungs  = 24
	little     = 0.10 // by how much N may differ from X·R, as a share, besides what the ends of a run do
)

// Search looks for the largest load that meets the objectives.
type Search struct {
	// Test says where: from the smallest to the largest load of its phases, each
	// rung as long as its first phase.
	Test *scenarios.Test
	// Guess is where the system is thought to saturate, to begin near by (1); 0
	// begins at the smallest load.
	Guess float64
	// Try runs a test of one level after a warm-up (s), and judges its objectives.
	Try func(ctx context.Context, t *scenarios.Test, warmup float64, rung int) (*measure.Result, error)
}

// Run climbs a ladder until a rung breaks, or down until one holds, and halves
// what lies between; the largest load that held has to hold once more, for twice
// as long, for a search would else end at whatever load was lucky. The result is
// that of the last run at it.
func (s *Search) Run(ctx context.Context) (*measure.Result, error) {
	x := climb{Search: s, low: math.Inf(1)}
	for i := range s.Test.Phases {
		p := &s.Test.Phases[i]
		x.high = max(x.high, p.From, p.To)
		for _, f := range []float64{p.From, p.To} {
			if f > 0 {
				x.low = min(x.low, f)
			}
		}
	}
	if !(x.low <= x.high) {
		return nil, errors.New("breakpoint: there is no load in any phase of the test")
	}
	at := x.low
	if s.Guess > 0 && !math.IsInf(s.Guess, 0) {
		at = min(max(s.Guess/ladder, x.low), x.high)
	}
	for at > 0 && len(x.tried) < mostRungs {
		if err := x.rung(ctx, at, 1); err != nil {
			return nil, err
		}
		if x.last.Interrupted || ctx.Err() != nil {
			return x.result(true), nil
		}
		if at = x.next(); at == 0 && x.held > 0 && !x.confirmed {
			if err := x.rung(ctx, x.held, 2); err != nil {
				return nil, err
			}
			if x.last.Interrupted || ctx.Err() != nil {
				return x.result(true), nil
			}
			x.confirmed = x.tried[len(x.tried)-1].holds
			at = x.next()
		}
	}
	return x.result(false), nil
}

// climb is a search under way.
type climb struct {
	*Search
	low, high   float64 // bounds (1)
	held, broke float64 // 0 = not known yet (1)
	confirmed   bool
	tried       []rung
	levels      []measure.Level
	last, best  *measure.Result // best is the last at a load that held
	bestAt      float64
}

type rung struct {
	load  float64
	holds bool
	valid bool
}

// rung tries a load, for so many times the usual length.
func (x *climb) rung(ctx context.Context, load, longer float64) error {
	length := x.Test.Phases[0].For * longer
	t := &scenarios.Test{
		Name: x.Test.Name, Kind: scenarios.BreakpointTest, Workloads: x.Test.Workloads, Abort: x.Test.Abort,
		Phases: []scenarios.Phase{{For: length, From: load, To: load}},
	}
	r, err := x.Try(ctx, t, settles*x.Test.Phases[0].For, len(x.tried))
	if err != nil {
		return err
	}
	why := Breaks(r)
	x.tried = append(x.tried, rung{load, why == "", r.Validity == nil || r.Validity.Valid})
	if x.last = r; why == "" {
		x.best, x.bestAt = r, load
	}
	if r.Test != nil {
		for _, l := range r.Test.Levels {
			l.Verdict, l.Why = measure.Pass, why
			if why != "" {
				l.Verdict = measure.Fail
			}
			x.levels = append(x.levels, l)
		}
	}
	x.bracket()
	return nil
}

// bracket finds the smallest load that broke and the largest below it that held
// whenever it was tried.
func (x *climb) bracket() {
	x.held, x.broke = 0, 0
	for _, r := range x.tried {
		if !r.holds && (x.broke == 0 || r.load < x.broke) {
			x.broke = r.load
		}
	}
	for _, r := range x.tried {
		if r.holds && (x.broke == 0 || r.load < x.broke) {
			x.held = max(x.held, r.load)
		}
	}
}

// next is the load to try next; 0 when the bracket is narrow enough.
func (x *climb) next() float64 {
	switch {
	case x.broke == 0 && x.held < x.high:
		return min(x.held*ladder, x.high)
	case x.broke == 0:
		return 0 // all held
	case x.held == 0 && x.broke > x.low:
		return max(x.broke/ladder, x.low)
	case x.held == 0:
		return 0 // none did
	case x.broke > x.held*(1+resolution):
		return math.Sqrt(x.held * x.broke)
	}
	return 0
}

// result is that of the last run at the load that held, or of the last at all.
func (x *climb) result(cut bool) *measure.Result {
	r := x.last
	if x.best != nil && x.bestAt == x.held {
		r = x.best
	}
	t := &measure.Test{Name: x.Test.Name, Kind: x.Test.Kind.String(), Peak: 1, Levels: x.levels, Breakpoint: &measure.Breakpoint{Held: x.held, Broke: x.broke}}
	for _, l := range x.levels {
		t.Duration += l.Seconds
		t.Peak = max(t.Peak, l.Load)
		if l.Load == x.held && l.Offered.Known() {
			if t.Breakpoint.Rates == nil {
				t.Breakpoint.Rates = map[string]float64{}
			}
			t.Breakpoint.Rates[l.Workload] = l.Offered.Value
		}
	}
	switch {
	case x.held == 0 && x.broke == 0:
		t.Verdict, t.Answer = measure.Undecided, "nothing was tried to its end"
	case x.held == 0:
		t.Verdict, t.Answer = measure.Fail, fmt.Sprintf("not even x%.4g holds", x.broke)
	case x.broke == 0:
		t.Verdict, t.Answer = measure.Pass, fmt.Sprintf("x%.4g holds, the largest load that the test allows", x.held)
	default:
		t.Verdict, t.Answer = measure.Pass, fmt.Sprintf("the breakpoint lies between x%.4g, which holds, and x%.4g, which does not", x.held, x.broke)
	}
	if t.Verdict == measure.Pass && x.held < 1 {
		t.Verdict = measure.Fail
		t.Answer += ": below the load of the scenario"
	}
	for _, r := range x.tried {
		if !r.valid && r.load == x.broke {
			t.Verdict = measure.Undecided
			t.Answer += fmt.Sprintf("; at x%.4g it was the generator that did not hold, and the system may", x.broke)
			break
		}
	}
	if len(x.tried) >= mostRungs || !x.confirmed && x.held > 0 {
		t.Answer += "; it was not confirmed by a longer run"
	}
	if cut {
		t.Answer += "; the search was cut short"
		t.Verdict = measure.Undecided
		r.Interrupted = true
	}
	r.Test = t
	return r
}

// Breaks says why a load does not hold: an objective that is not met by its
// figure as it stands, an unstable system, requests that pile up, or a
// measurement that is not to be believed; empty where it holds.
func Breaks(r *measure.Result) string {
	var out []string
	if !r.Stable {
		out = append(out, "requests pile up")
	}
	if r.Validity != nil && !r.Validity.Valid {
		out = append(out, "the measurement is not valid: "+strings.Join(r.Validity.Reasons, ", "))
	}
	for _, o := range r.Objectives {
		if o.Verdict == measure.Fail || o.Verdict == measure.Undecided && o.Value.Known() && missed(o) {
			out = append(out, o.Subject+" "+o.Metric)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Workloads)) {
		w := r.Workloads[name]
		if w.Response == nil || !w.InSystem.Known() || !w.Throughput.Known() || w.Failed.Value > fewFail {
			continue
		}
		// Little's law ([Litt61]) holds of what ends as it came; the requests at
		// either end of a run are R/T of it each.
		n, xr := w.InSystem.Value, w.Throughput.Value*w.Response.Mean.Value
		slack := little + 2*w.Response.Mean.Value/max(r.Run.Duration, 1e-9)
		if n > 0.1 && n > xr*(1+slack) {
			out = append(out, fmt.Sprintf("%s: %.3g requests in the system where throughput times response time is %.3g: they pile up", name, n, xr))
		}
	}
	return strings.Join(out, "; ")
}

// missed reports whether a figure is on the wrong side of its limit.
func missed(o measure.Objective) bool {
	if o.Metric == "throughput" {
		return o.Value.Value < o.Limit
	}
	return o.Value.Value > o.Limit
}
