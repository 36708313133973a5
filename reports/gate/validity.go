package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Faults are the reasons why pairs cannot be judged at all: a run that measured
// its generator, or a machine busy with others, or not what the other side
// measured. None: they can.
//
// The model tells which workloads are open, so that their loads can be compared;
// without it, that both sides are of the same scenario has to do.
func Faults(pairs []Pair, m *scenarios.Model, p *scenarios.GatePolicy) []string {
	var out []string
	say := func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); len(out) < mostFaults {
			out = append(out, text)
		}
	}
	if len(pairs) == 0 {
		say("there are no pairs of runs")
		return out
	}
	for i, pair := range pairs {
		for side, r := range map[string]*measure.Result{"base": pair.Base, "head": pair.Head} {
			for _, why := range faultsOf(r, side == "base", &p.Machine) {
				say("pair %d, %s: %s", i+1, side, why)
			}
		}
		if same(pair.Base, pair.Head) {
			say("pair %d: a run is compared with itself", i+1)
		}
	}
	first := pairs[0].Base
	if m != nil && first.Scenario.SHA256 != m.Digest {
		say("the runs are of another scenario (%.12s) than the one given (%.12s)", first.Scenario.SHA256, m.Digest)
	}
	for i, pair := range pairs {
		for side, r := range map[string]*measure.Result{"base": pair.Base, "head": pair.Head} {
			for _, why := range differs(first, r, p.Machine.Same) {
				say("pair %d, %s, against the first of the baseline: %s", i+1, side, why)
			}
		}
	}
	if why := loadsDiffer(pairs, m); why != "" {
		say("%s", why)
	}
	slices.Sort(out)
	return out
}

// mostFaults bounds how many reasons are told.
const mostFaults = 12

// faultsOf is what is wrong with a run by itself. That what is judged does not
// bear its load is no fault of the measurement; that the baseline does not is.
func faultsOf(r *measure.Result, base bool, m *scenarios.GateMachine) []string {
	var out []string
	if r.Kind != measure.Measurement {
		out = append(out, "a prediction, not a measurement")
	}
	if r.Interrupted {
		out = append(out, "interrupted")
	}
	if r.Aborted != "" {
		out = append(out, "ended early: "+r.Aborted)
	}
	if r.Validity != nil && !r.Validity.Valid {
		out = append(out, "not valid: "+strings.Join(r.Validity.Reasons, "; "))
	}
	if base && !r.Stable {
		out = append(out, "the baseline itself does not bear the load")
	}
	if len(r.Workloads) == 0 {
		out = append(out, "no workload was measured")
	}
	return slices.Concat(out, late(r, m), busy(r, m))
}

// late says whether the generator was: by how much longer requests took from
// when they were due than from when they were sent, without what they waited for
// each other at a cap.
func late(r *measure.Result, m *scenarios.GateMachine) []string {
	var out []string
	for _, name := range workloadsOf([]*measure.Result{r}) {
		w := r.Workloads[name]
		due := w.Response
		if w.Target != nil {
			due = w.Target
		}
		if due == nil || w.Service == nil || !due.Mean.Known() || !w.Service.Mean.Known() {
			continue
		}
		if share := (due.Mean.Value - w.Service.Mean.Value) / due.Mean.Value; share > m.Late {
			out = append(out, fmt.Sprintf("the generator was late: %.0f %% of the mean response time of %s is its own", 100*share, name))
		}
	}
	return out
}

// busy says whether others kept the machine from what was measured. What the
// target used there, as far as somebody watched it, is not others.
func busy(r *measure.Result, m *scenarios.GateMachine) []string {
	p := r.Run.Pressure
	if p == nil {
		return nil
	}
	var out []string
	others := p.Others
	if h := r.Run.Host; h != nil && h.Cores > 0 {
		others = max(others-cpuUse(r)/float64(h.Cores), 0)
	}
	if others > m.Others && p.Stalled > m.Stalled {
		out = append(out, fmt.Sprintf("other processes used %.0f %% of the machine, and tasks waited for a core %.0f %% of the time", 100*others, 100*p.Stalled))
	}
	if p.Stolen > m.Stolen {
		out = append(out, fmt.Sprintf("the host of the machine kept %.0f %% of its cores back", 100*p.Stolen))
	}
	return out
}

func same(a, b *measure.Result) bool {
	return a == b || a.Run.Started.Equal(b.Run.Started) && !a.Run.Started.IsZero() && a.Run.Seed == b.Run.Seed && a.Run.Requests == b.Run.Requests
}

// differs says why two runs are not of the same thing.
func differs(a, b *measure.Result, host bool) []string {
	var out []string
	if a.Scenario.SHA256 != b.Scenario.SHA256 || a.Scenario.Part != b.Scenario.Part {
		out = append(out, fmt.Sprintf("another scenario (%s, %.12s) than %s (%.12s)", b.Scenario.Name, b.Scenario.SHA256, a.Scenario.Name, a.Scenario.SHA256))
	}
	if math.Abs(a.Run.Duration-b.Run.Duration) > 0.01*a.Run.Duration || a.Run.Warmup != b.Run.Warmup {
		out = append(out, fmt.Sprintf("%.4g s after %.4g s of warm-up, not %.4g s after %.4g s", b.Run.Duration, b.Run.Warmup, a.Run.Duration, a.Run.Warmup))
	}
	if x, y := testName(a), testName(b); x != y {
		out = append(out, fmt.Sprintf("the load of %s, not of %s", y, x))
	}
	if x, y := hostName(a.Run.Host), hostName(b.Run.Host); host && x != y {
		out = append(out, fmt.Sprintf("another machine: %s, not %s", y, x))
	}
	return out
}

func testName(r *measure.Result) string {
	if r.Test == nil {
		return "no test"
	}
	return "a " + r.Test.Kind + " test"
}

// hostName says what matters of a machine; a new kernel or Go is no other one.
func hostName(h *measure.Host) string {
	if h == nil {
		return "an unknown one"
	}
	return fmt.Sprintf("%s/%s, %d cores, %s, %.0f GB", h.OS, h.Arch, h.Cores, h.CPU, float64(h.Memory)/1e9)
}

// sameLoad is by how much the load of two sides may differ by chance alone, in
// standard deviations of a Poisson count.
const sameLoad = 5.0

// loadsDiffer compares what was offered over all pairs by open workloads; those
// whose users wait for their answers offer what they are let.
func loadsDiffer(pairs []Pair, m *scenarios.Model) string {
	for _, name := range judgedOf(pairs, "mean") {
		base, head, requests := 0.0, 0.0, 0.0
		for _, p := range pairs {
			b, h := p.Base.Workloads[name], p.Head.Workloads[name]
			if b == nil || h == nil {
				return fmt.Sprintf("workload %s is not in every run", name)
			}
			base, head = base+b.Offered.Value, head+h.Offered.Value
			requests += b.Offered.Value * p.Base.Run.Duration
		}
		if w, ok := workloadOf(m, name); !ok || !w.Open() || base <= 0 || head <= 0 {
			continue
		}
		if off := math.Abs(math.Log(head / base)); off > max(0.01, sameLoad*math.Sqrt(2/requests)) {
			return fmt.Sprintf("another load: %.4g/s of %s before, %.4g/s now", base/float64(len(pairs)), name, head/float64(len(pairs)))
		}
	}
	return ""
}

func workloadOf(m *scenarios.Model, name string) (*scenarios.Workload, bool) {
	if m == nil {
		return nil, false
	}
	return m.WorkloadByName(name)
}
