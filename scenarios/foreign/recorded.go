package foreign

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// Asked is one kind of request of a load that was recorded.
type Asked struct {
	Name   string // wished for; empty = made of method and path
	Method string
	Path   string    // an example of it; empty where none can be asked for
	Weight float64   // how often, in any unit
	Takes  dist.Dist // what an answer takes; the zero value where it is not known
	CPU    bool      // Takes is work of a core
}

// Recorded is a load that was seen at a live system. What stands in it as text
// is in the language.
type Recorded struct {
	Name     string
	File     string   // for messages
	About    []string // lines for the head of the scenario
	Base     string   // URL of the system
	Asks     []Asked
	Arrivals string   // of an open load
	Users    int      // of a closed one, where Arrivals is empty
	Think    string   // of a closed one
	Phases   []string // of a test that plays the load again; empty = none
	Test     string   // its name
	Observe  string   // URL of metrics; empty = none
	Cores    int      // of the service; 0 = one
}

// Scenario writes a recorded load as a scenario of one service, whose
// operations can be asked for at the live system. An error is [Mistakes].
func (r *Recorded) Scenario() (*Imported, error) {
	rep := &report{file: r.File}
	d := newDraft(rep)
	a := newAsks(d, r.Base)
	d.about = r.About
	d.m.Name = tidy(r.Name)
	if r.Cores > 0 {
		d.m.Services[a.service].Cores = r.Cores
	}
	guessed := false
	sum := 0.0
	for _, one := range r.Asks {
		sum += one.Weight
		guessed = a.recorded(one) || guessed
	}
	if len(r.Asks) == 0 || !(sum > 0) {
		d.fail(0, "no requests")
	}
	if guessed {
		d.note(0, "", "how long requests take is not known", "1ms of a core stands for each: predictions need measured times, load tests do not")
	}
	if err := rep.err(); err != nil {
		return nil, err
	}
	text := append(d.text(), r.loadText(d, sum)...)
	text = append(text, a.recordedText(r.Observe)...)
	m, diags := scenarios.Parse(r.File, text, nil)
	for _, one := range diags {
		rep.fail(0, "the scenario made of this is not valid: %s: %s", one.Path, one.Msg)
	}
	if err := rep.err(); err != nil {
		return nil, err
	}
	return &Imported{Text: text, Model: m, Notes: rep.notes}, nil
}

// recorded adds a kind of request; guessed tells that its time is.
func (a *asks) recorded(one Asked) (guessed bool) {
	name := one.Name
	if name == "" {
		name = nameOf(one.Method, holesOut.Replace(one.Path))
	}
	step := scenarios.Step(scenarios.CPU{Demand: dist.Const(0.001)})
	switch {
	case one.Takes.IsZero():
		guessed = true
	case one.CPU:
		step = scenarios.CPU{Demand: one.Takes}
	default:
		step = scenarios.Wait{Time: one.Takes}
	}
	a.operation(a.service, name, step)
	r := ask{method: one.Method, path: strings.ReplaceAll(one.Path, "${", "$${")}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, one.Method) {
		r.path = ""
	}
	if r.path != "" {
		a.hide(&r)
	}
	a.ops = append(a.ops, r)
	if slices.Contains([]string{"POST", "PUT", "PATCH"}, one.Method) && r.path != "" {
		a.note(0, "", "bodies of requests are not in a log", "POST, PUT and PATCH are sent without: write their body, or take them out of the mix")
	}
	return guessed
}

// holesOut takes the marks of folded paths out of names.
var holesOut = strings.NewReplacer("{", "", "}", "")

// loadText writes the workload and its test.
func (r *Recorded) loadText(d *draft, sum float64) []byte {
	t := texter{m: &d.m}
	t.line(2, "%s:", d.free("", "visitors"))
	if r.Arrivals != "" {
		t.line(4, "arrivals: %s", r.Arrivals)
	} else {
		t.line(4, "users: %d", r.Users)
		t.line(4, "think: %s", r.Think)
	}
	left := 1.0
	var parts []string
	for i, one := range r.Asks {
		p := math.Max(math.Round(one.Weight/sum*1e5), 1) / 1e5
		if i == len(r.Asks)-1 {
			p = math.Round(math.Max(left, 0)*1e5) / 1e5
		}
		left -= p
		parts = append(parts, t.op(scenarios.OpID(i))+": "+plain(p))
	}
	if len(parts) == 1 {
		t.line(4, "does: %s", t.op(0))
	} else {
		t.line(4, "does:")
		for _, p := range parts {
			t.line(6, "%s", p)
		}
	}
	if len(r.Phases) > 0 {
		t.line(0, "")
		t.line(0, "tests:")
		t.line(2, "%s:", tidy(r.Test))
		t.line(4, "phases:")
		for _, p := range r.Phases {
			t.line(6, "- %s", p)
		}
	}
	return []byte(t.b.String())
}

// recordedText writes where the live system is and how it is asked.
func (a *asks) recordedText(observe string) []byte {
	t := texter{m: &a.m}
	t.line(0, "")
	t.line(0, "live:")
	t.line(2, "base: %s", quotedText(a.base))
	if observe != "" {
		t.line(2, "observe:")
		t.line(4, "metrics: %s", quotedText(observe))
	}
	var left []string
	head := false
	for i, r := range a.ops {
		if r.path == "" {
			left = append(left, a.m.Operations[i].Name)
			continue
		}
		if !head {
			t.line(2, "operations:")
			head = true
		}
		t.ask(a.m.Operations[i].Name, r)
	}
	if len(left) > 0 {
		a.note(0, strings.Join(left, ", "), fmt.Sprintf("no request that could be sent for %s", several(len(left), "operation")), "say how under live.operations, or take them out of the mix")
	}
	return []byte(t.b.String())
}
