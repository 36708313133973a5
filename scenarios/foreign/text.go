package foreign

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// text writes a draft as a scenario file.
func (d *draft) text() []byte {
	t := texter{m: &d.m, remarks: d.remarks}
	for _, a := range d.about {
		t.line(0, "# %s", a)
	}
	t.line(0, "headroom: 1")
	t.line(0, "name: %s", d.m.Name)
	t.line(0, "")
	t.line(0, "services:")
	for i := range d.m.Services {
		t.service(&d.m.Services[i])
	}
	if len(d.m.Topics) > 0 {
		t.line(0, "")
		t.line(0, "topics:")
		for _, topic := range d.m.Topics {
			t.remark(2, topic.Name)
			t.line(2, "%s: {partitions: %d, consumer: %s, batch: %d}", topic.Name, topic.Partitions, t.op(topic.Consumer), topic.Batch)
		}
	}
	if !d.m.Network.Latency.IsZero() {
		t.line(0, "")
		t.remark(0, "network")
		t.line(0, "network: {latency: %s}", law(d.m.Network.Latency))
	}
	t.line(0, "")
	t.line(0, "workloads:")
	for i := range d.m.Workloads {
		t.workload(&d.m.Workloads[i])
	}
	return []byte(t.b.String())
}

type texter struct {
	m       *scenarios.Model
	remarks map[string][]string
	b       strings.Builder
}

// remark writes what is to be said of a thing before it.
func (t *texter) remark(indent int, of string) {
	for _, r := range t.remarks[of] {
		t.line(indent, "# %s", r)
	}
}

func (t *texter) line(indent int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text != "" {
		t.b.WriteString(strings.Repeat(" ", indent))
	}
	t.b.WriteString(text)
	t.b.WriteByte('\n')
}

func (t *texter) op(id scenarios.OpID) string { return t.m.Operations[id].Name }

func (t *texter) service(s *scenarios.Service) {
	t.remark(2, s.Name)
	t.line(2, "%s:", s.Name)
	if s.Replicas > 1 {
		t.line(4, "replicas: %d", s.Replicas)
	}
	if s.Cores > 1 {
		t.line(4, "cores: %d", s.Cores)
	}
	if s.Threads > 0 {
		t.line(4, "threads: %d", s.Threads)
	}
	if s.Backlog != scenarios.Unlimited {
		t.line(4, "backlog: %d", s.Backlog)
	}
	if s.Discipline == scenarios.FIFO {
		t.line(4, "discipline: fifo")
	}
	t.line(4, "operations:")
	for _, id := range s.Operations {
		t.remark(6, t.op(id))
		_, name, _ := strings.Cut(t.op(id), ".")
		t.steps(6, name+":", t.m.Operations[id].Steps)
	}
}

// steps writes a list of steps under a key, on one line where they fit.
func (t *texter) steps(indent int, key string, steps []scenarios.Step) {
	if flow, ok := t.flow(steps); ok && len(flow) < 100 {
		t.line(indent, "%s %s", key, flow)
		return
	}
	t.line(indent, "%s", key)
	for _, s := range steps {
		t.step(indent+2, s)
	}
}

// flow is plain steps on one line.
func (t *texter) flow(steps []scenarios.Step) (string, bool) {
	var parts []string
	for _, s := range steps {
		one, ok := t.simple(s)
		if !ok || strings.Contains(one, `"`) {
			return "", false
		}
		parts = append(parts, "{"+one+"}")
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

// simple is a step that has no steps within.
func (t *texter) simple(s scenarios.Step) (string, bool) {
	switch s := s.(type) {
	case scenarios.CPU:
		return "cpu: " + law(s.Demand), true
	case scenarios.Wait:
		return "wait: " + law(s.Time), true
	case scenarios.Call:
		if r := s.Options.Retry; r != nil {
			return fmt.Sprintf("call: %s, retry: {attempts: %d, backoff: %s}", t.op(s.Op), r.Attempts, law(r.Backoff)), true
		}
		return "call: " + t.op(s.Op), true
	case scenarios.Fail:
		return "fail: " + plain(s.P), true
	case scenarios.Publish:
		return "publish: " + t.m.Topics[s.Topic].Name, true
	}
	return "", false
}

func (t *texter) step(indent int, s scenarios.Step) {
	if one, ok := t.simple(s); ok {
		if c, ok := s.(scenarios.Call); ok && c.Options.Retry != nil {
			one = "{" + one + "}"
		}
		t.line(indent, "- %s", one)
		return
	}
	switch s := s.(type) {
	case scenarios.Parallel:
		t.line(indent, "- parallel:")
		for _, b := range s.Branches {
			t.branch(indent+4, b)
		}
		if s.Need < len(s.Branches) {
			t.line(indent+2, "join: %d", s.Need)
		}
	case scenarios.Choose:
		t.line(indent, "- choose:")
		for _, b := range s.Branches {
			t.line(indent+4, "- p: %s", plain(b.P))
			t.steps(indent+6, "do:", b.Steps)
		}
	case scenarios.Repeat:
		t.line(indent, "- repeat:")
		t.line(indent+4, "count: %s", law(s.Count))
		t.steps(indent+4, "do:", s.Steps)
	}
}

// branch writes a branch of a parallel step: a list in a list.
func (t *texter) branch(indent int, steps []scenarios.Step) {
	if flow, ok := t.flow(steps); ok && len(flow) < 100 {
		t.line(indent, "- %s", flow)
		return
	}
	t.line(indent, "-")
	for _, s := range steps {
		t.step(indent+2, s)
	}
}

func (t *texter) workload(w *scenarios.Workload) {
	t.remark(2, w.Name)
	t.line(2, "%s:", w.Name)
	if a := w.Arrivals; a != nil {
		switch a.Kind {
		case scenarios.Poisson:
			t.line(4, "arrivals: poisson(%s/s)", plain(a.Rate))
		case scenarios.Constant:
			t.line(4, "arrivals: constant(%s/s)", plain(a.Rate))
		case scenarios.Renewal:
			t.line(4, "arrivals: %s", quoted("renewal("+a.Gap.String()+")"))
		}
	} else {
		t.line(4, "users: %d", w.Users)
		if !w.Think.IsZero() {
			t.line(4, "think: %s", law(w.Think))
		}
	}
	switch {
	case len(w.Mix) > 0:
		t.line(4, "does: %s", t.shares(w.Mix, false))
	case w.Route != nil:
		t.line(4, "does:")
		t.line(6, "route:")
		t.line(8, "start: %s", t.shares(w.Route.Start, false))
		for i := range t.m.Operations {
			if next, ok := w.Route.Next[scenarios.OpID(i)]; ok {
				t.line(8, "%s: %s", t.op(scenarios.OpID(i)), t.shares(next, true))
			}
		}
	default:
		t.steps(4, "does:", w.Steps)
	}
}

// shares writes where requests go; what the shares leave of 1 ends.
func (t *texter) shares(shares []scenarios.Share, end bool) string {
	sum := 0.0
	var parts []string
	for _, s := range shares {
		sum += s.P
		parts = append(parts, t.op(s.Op)+": "+plain(s.P))
	}
	if rest := 1 - sum; end && rest > 1e-9 {
		if len(shares) == 0 {
			return "end"
		}
		if short := neat(rest); sum+short == 1 {
			rest = short
		}
		parts = append(parts, "end: "+plain(rest))
	} else if len(shares) == 1 {
		return t.op(shares[0].Op)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// law writes a distribution as a value of YAML.
func law(d dist.Dist) string { return quoted(d.String()) }

func quoted(text string) string {
	if strings.Contains(text, ":") {
		return `"` + text + `"`
	}
	return text
}
