package kinds

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// Conclude answers the question of a test on its result: it fills in what is
// known of r.Test by its kind. Of a load test and a breakpoint test the answer
// needs the objectives: see [ByObjectives] and [Search]. Draws is the stream
// that intervals are resampled with.
func Conclude(t *scenarios.Test, m Names, r *measure.Result, draws *rand.Rand) {
	if t == nil || r.Test == nil {
		return
	}
	a := answer{test: t, r: r}
	for i, name := range m {
		if t.Meant(i) && r.Workloads[name] != nil {
			a.workloads = append(a.workloads, name)
		}
	}
	switch t.Kind {
	case scenarios.ScalabilityTest:
		a.scalability(draws)
	case scenarios.StressTest:
		a.stress()
	case scenarios.SpikeTest:
		a.spike()
	case scenarios.SoakTest:
		a.soak()
	}
	if r.Interrupted && r.Test.Verdict == measure.Pass {
		r.Test.Verdict = measure.Undecided
		a.say("it was cut short")
	}
	r.Test.Answer = strings.Join(a.said, "; ")
}

// Names are those of the workloads of a model, in its order.
type Names []string

// NamesOf lists them.
func NamesOf(m *scenarios.Model) Names {
	var out Names
	for i := range m.Workloads {
		out = append(out, m.Workloads[i].Name)
	}
	return out
}

// answer is in the making.
type answer struct {
	test      *scenarios.Test
	r         *measure.Result
	workloads []string // that the test is about
	said      []string
}

func (a *answer) say(format string, args ...any) {
	a.said = append(a.said, fmt.Sprintf(format, args...))
}

// worst makes the verdict no better than v.
func (a *answer) worst(v measure.Verdict) {
	old := a.r.Test.Verdict
	if old == "" || v == measure.Fail || v == measure.Undecided && old == measure.Pass {
		a.r.Test.Verdict = v
	}
}

// ByObjectives answers the question of a load test from the objectives of its
// result, which have been judged; it leaves results of other tests as they are.
func ByObjectives(r *measure.Result) {
	if r.Test == nil || r.Test.Kind != scenarios.LoadTest.String() || r.Test.Name == "" || len(r.Objectives) == 0 {
		return
	}
	worst, missed := measure.Pass, []string{}
	for _, o := range r.Objectives {
		switch o.Verdict {
		case measure.Fail:
			worst = measure.Fail
			missed = append(missed, o.Subject+" "+o.Metric)
		case measure.Undecided:
			if worst == measure.Pass {
				worst = measure.Undecided
			}
		}
	}
	r.Test.Verdict = worst
	switch worst {
	case measure.Pass:
		r.Test.Answer = "all objectives hold under it"
	case measure.Fail:
		r.Test.Answer = "objectives not met under it: " + strings.Join(missed, ", ")
	default:
		r.Test.Answer = "it cannot be told whether all objectives hold under it"
	}
}

// spike says how the workloads came back from bursts.
func (a *answer) spike() {
	seen := false
	for _, x := range a.r.Test.Recovery {
		if !strings.HasPrefix(x.After, "phase") {
			continue
		}
		seen = true
		text := fmt.Sprintf("%s after %s: ", x.Workload, x.After)
		if x.Recovered < 1 {
			text += fmt.Sprintf("not recovered at the end in %.0f %% of the runs", 100*(1-x.Recovered))
			a.worst(measure.Fail)
		} else {
			text += fmt.Sprintf("recovered in %.3g s", x.Time.Value)
			a.worst(measure.Pass)
		}
		text += fmt.Sprintf(", mean response time up to %.3g s (usually %.3g s), %.4g requests lost", x.Slowest.Value, x.Usual, x.Lost.Value)
		a.say("%s", text)
	}
	if !seen {
		a.worst(measure.Undecided)
		a.say("there was no burst that something came after, or the run was too short to tell")
	}
}
