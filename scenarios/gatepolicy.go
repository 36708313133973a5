package scenarios

import (
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// GatePolicy says what a gate lets pass: how much worse a change may be than
// what was there before, which limits hold by themselves, and on which machine
// a measurement counts.
type GatePolicy struct {
	File string
	// Confidence is that of intervals, two-sided (1).
	Confidence float64
	// Tolerances are how much worse each metric may become: as a share of what it
	// was (1), or for errors as a difference of shares (1). What is not there is not judged.
	Tolerances map[string]float64
	// Workloads are tolerances that differ for a workload (1); off is [GateOff].
	Workloads map[string]map[string]float64
	// Wanted are the metrics that the policy names: they must be known.
	Wanted map[string]bool
	Limits GateLimits
	// Model is how far beyond the interval of a prediction a figure may be, as a
	// share of the prediction (1).
	Model   float64
	Machine GateMachine
}

// GateLimits are limits of a build by itself; below 0 there is none.
type GateLimits struct {
	Capacity    float64 // load that saturates the system, over its load (1): at least this
	Errors      float64 // share of the requests of any workload that fail (1): at most this
	CPU         float64 // CPU time of the target, for each request (s): at most this
	Allocations float64 // bytes that the target allocates for each request (B): at most this
	Drift       bool    // nothing may drift in the course of a test
}

// GateMachine says when the machine was too busy with others for a run to count.
type GateMachine struct {
	Others  float64 // share of its cores that neither the load nor the target used (1)
	Stalled float64 // share of the time in which tasks waited for a core (1); both must be passed
	Stolen  float64 // share of the cores that a virtual machine was not given (1)
	Late    float64 // share of the mean response time that is the lateness of the generator (1)
	Same    bool    // both sides must be from machines that are alike
}

// GateOff is the tolerance of a metric that is not judged.
const GateOff = -1.0

// GateMetrics are the metrics that a gate compares.
func GateMetrics() []string {
	return []string{"mean", "p50", "p95", "p99", "errors", "throughput", "cpu", "allocations"}
}

// DefaultGate is the policy where none is given.
func DefaultGate() GatePolicy {
	return GatePolicy{
		Confidence: 0.95,
		Tolerances: map[string]float64{
			"mean": 0.02, "p50": 0.03, "p95": 0.04, "p99": 0.05,
			"errors": 0.001, "throughput": 0.01, "cpu": 0.05, "allocations": 0.02,
		},
		Workloads: map[string]map[string]float64{}, Wanted: map[string]bool{},
		Limits:  GateLimits{Capacity: GateOff, Errors: GateOff, CPU: GateOff, Allocations: GateOff},
		Model:   0.10,
		Machine: GateMachine{Others: 0.10, Stalled: 0.20, Stolen: 0.05, Late: 0.02, Same: true},
	}
}

// Tolerance is how much worse a metric of a workload may become, and whether
// it is judged at all.
func (p *GatePolicy) Tolerance(workload, metric string) (float64, bool) {
	if v, ok := p.Workloads[workload][metric]; ok {
		return v, v >= 0
	}
	v, ok := p.Tolerances[metric]
	return v, ok && v >= 0
}

func gateKeys() keys {
	return keys{
		what:  "a gate's policy",
		known: []string{"gate", "confidence", "tolerances", "workloads", "limits", "model", "machine"},
		means: map[string]string{"version": "gate", "tolerance": "tolerances", "metrics": "tolerances", "thresholds": "limits", "host": "machine"},
	}
}

func toleranceKeys() keys {
	return keys{what: "tolerances", known: GateMetrics(), means: map[string]string{"average": "mean", "median": "p50", "error_rate": "errors", "allocs": "allocations", "rate": "throughput"}}
}

func gateLimitKeys() keys {
	return keys{what: "limits", known: []string{"capacity", "errors", "cpu", "allocations", "drift"}, means: map[string]string{"headroom": "capacity", "saturation": "capacity", "memory": "allocations"}}
}

func gateMachineKeys() keys {
	return keys{what: "machine", known: []string{"others", "stalled", "stolen", "late", "same"}, means: map[string]string{"foreign": "others", "steal": "stolen", "pressure": "stalled"}}
}

// ParseGate reads a policy; what it does not say is as in [DefaultGate].
func ParseGate(file string, src []byte) (*GatePolicy, Diagnostics) {
	spec, bad := ReadSpec(file, src)
	if len(bad) > 0 {
		return nil, bad
	}
	c := &compiler{file: file, m: &Model{}}
	p := DefaultGate()
	p.File = file
	root := spot{node: spec.root}
	if f, ok := c.fields(root, gateKeys()); ok {
		c.gate(root, f, &p)
	}
	if len(c.diags) > 0 {
		return nil, c.diags.sorted()
	}
	return &p, nil
}

func (c *compiler) gate(root spot, f fields, p *GatePolicy) {
	if s, ok := c.required(root, f, "gate", "start with gate: 1"); ok {
		c.whole(s, 1, 1)
	}
	if s, ok := f["confidence"]; ok {
		if x, ok := c.share(s); ok && (x < 0.5 || x > 0.9999) {
			c.fail(s, "", "%s; want 50%% to 99.99%%", s.node.Text)
		} else if ok {
			p.Confidence = x
		}
	}
	if s, ok := f["tolerances"]; ok {
		for metric, v := range c.tolerances(s) {
			p.Tolerances[metric], p.Wanted[metric] = v, v >= 0
		}
	}
	if s, ok := f["workloads"]; ok {
		for _, e := range c.entries(s, "a mapping from workloads to their tolerances") {
			p.Workloads[e.name] = c.tolerances(e.spot)
		}
	}
	if s, ok := f["limits"]; ok {
		c.gateLimits(s, &p.Limits)
	}
	if s, ok := f["model"]; ok {
		if x, ok := c.share(s); ok {
			p.Model = x
		}
	}
	if s, ok := f["machine"]; ok {
		c.gateMachine(s, &p.Machine)
	}
}

func (c *compiler) tolerances(s spot) map[string]float64 {
	out := map[string]float64{}
	f, ok := c.fields(s, toleranceKeys())
	if !ok {
		return out
	}
	for metric, v := range f {
		if isWord(v, "off") {
			out[metric] = GateOff
		} else if x, ok := c.share(v); ok {
			out[metric] = x
		}
	}
	return out
}

func (c *compiler) gateLimits(s spot, out *GateLimits) {
	f, ok := c.fields(s, gateLimitKeys())
	if !ok {
		return
	}
	if v, ok := f["capacity"]; ok {
		if x, ok := c.number(v, 0, "how many times its load the system bears, as 1.3"); ok {
			out.Capacity = x
		}
	}
	if v, ok := f["errors"]; ok {
		if x, ok := c.share(v); ok {
			out.Errors = x
		}
	}
	if v, ok := f["cpu"]; ok {
		if x := c.positive(v); x > 0 {
			out.CPU = x
		}
	}
	if v, ok := f["allocations"]; ok {
		if x, ok := c.number(v, 0, "a number of bytes for each request, as 65536"); ok {
			out.Allocations = x
		}
	}
	if v, ok := f["drift"]; ok {
		out.Drift = c.oneOf(v, []string{"none", "any"}) == "none"
	}
}

func (c *compiler) gateMachine(s spot, out *GateMachine) {
	f, ok := c.fields(s, gateMachineKeys())
	if !ok {
		return
	}
	for key, to := range map[string]*float64{"others": &out.Others, "stalled": &out.Stalled, "stolen": &out.Stolen, "late": &out.Late} {
		if v, ok := f[key]; ok {
			if x, ok := c.share(v); ok {
				*to = x
			}
		}
	}
	if v, ok := f["same"]; ok {
		out.Same = c.oneOf(v, []string{"yes", "no"}) == "yes"
	}
}

// oneOf reads one of a few words.
func (c *compiler) oneOf(s spot, words []string) string {
	want := strings.Join(words, " or ")
	text, ok := c.text(s, want)
	if !ok {
		return ""
	}
	if s.node.Kind == yamlx.Scalar && slices.Contains(words, text) {
		return text
	}
	c.fail(s, "", "%s; want %s", shorten(text), want)
	return ""
}
