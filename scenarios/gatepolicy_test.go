package scenarios

import (
	"strings"
	"testing"
)

func TestParseGate(t *testing.T) {
	p, bad := ParseGate("gate.yaml", []byte(`gate: 1
confidence: 99%
tolerances: {mean: 3%, p50: off, errors: 0.5%}
workloads: {staff: {p99: 20%, mean: off}}
limits: {capacity: 1.3, errors: 1%, cpu: 3ms, allocations: 65536, drift: none}
model: 15%
machine: {others: 25%, stalled: 50%, stolen: 1%, late: 10%, same: no}
`))
	if bad != nil {
		t.Fatal(bad)
	}
	for _, c := range []struct {
		workload, metric string
		want             float64
		judged           bool
	}{
		{"users", "mean", 0.03, true},
		{"users", "p50", GateOff, false},
		{"users", "p99", 0.05, true},
		{"staff", "p99", 0.20, true},
		{"staff", "mean", GateOff, false},
		{"staff", "errors", 0.005, true},
	} {
		if got, judged := p.Tolerance(c.workload, c.metric); got != c.want || judged != c.judged {
			t.Errorf("%s %s: %v, %v", c.workload, c.metric, got, judged)
		}
	}
	if want := (GateLimits{1.3, 0.01, 0.003, 65536, true}); p.Limits != want {
		t.Errorf("limits %+v", p.Limits)
	}
	if want := (GateMachine{0.25, 0.5, 0.01, 0.10, false}); p.Machine != want {
		t.Errorf("machine %+v", p.Machine)
	}
	if p.Confidence != 0.99 || p.Model != 0.15 || !p.Wanted["mean"] || p.Wanted["p50"] {
		t.Errorf("%+v", p)
	}
}

// What is wrong is told with its place and a way out.
func TestParseGateMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"confidence: 95%":                     `"gate" is missing`,
		"gate: 2":                             "gate.yaml:1:7",
		"gate: 1\ntolerances: {p98: 1%}":      `no key "p98"`,
		"gate: 1\ntolerances: {p99: 300%}":    "gate.yaml:2:19",
		"gate: 1\nconfidence: 20%":            "want 50% to 99.99%",
		"gate: 1\nlimits: {cpu: -1ms}":        "gate.yaml:2:15",
		"gate: 1\nlimits: {drift: never}":     "want none or any",
		"gate: 1\nlimits: {capacity: x}":      "gate.yaml:2:20",
		"gate: 1\nmachine: {same: perhaps}":   "want yes or no",
		"gate: 1\nmachine: {foreign: 10%}":    "others",
		"gate: 1\nworkloads: [a]":             "gate.yaml:2:12",
		"[1]":                                 "gate.yaml:1:1",
		"":                                    "gate.yaml",
		"gate: 1\ntolerances: {mean: {a: b}}": "gate.yaml:2:20",
		"gate: 1\nlimits: {errors: nan}":      "gate.yaml:2:18",
		"gate: 1\nlimits: {allocations: -5}":  "gate.yaml:2:23",
	} {
		p, bad := ParseGate("gate.yaml", []byte(text))
		if p != nil || !strings.Contains(bad.Error(), want) {
			t.Errorf("%q: %v; want %q", text, bad, want)
		}
	}
}
