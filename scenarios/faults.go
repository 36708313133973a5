package scenarios

import (
	"slices"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// faults reads what goes wrong on the timeline.
func (c *compiler) faults(s spot) {
	if s.node.Kind != yamlx.Sequence {
		c.fail(s, "write faults: [{kill: db, at: 60s, for: 30s, replicas: 1}]", "%s; want a list of faults", found(s.node))
		return
	}
	for i := range s.node.Items {
		c.fault(s.item(i))
	}
}

func (c *compiler) fault(s spot) {
	if !c.mapping(s, "a fault, as {kill: db, at: 60s, for: 30s}") {
		return
	}
	kind := c.faultKind(s)
	if kind < 0 {
		return
	}
	word := faultWords()[kind]
	f, ok := c.fields(s, besideFaultKeys(word))
	if !ok {
		return
	}
	out := Fault{Kind: FaultKind(kind)}
	if v, ok := c.required(s, f, "at", "say when it begins, as at: 60s"); ok {
		out.At, _ = c.duration(v)
		if out.At > maxTime {
			c.fail(v, "is the unit right?", "%.3g s is more than 30 years", out.At)
		}
	}
	if v, ok := c.required(s, f, "for", "say how long it lasts, as for: 30s"); ok {
		out.For = c.length(v)
	}
	switch out.Kind {
	case PartitionFault:
		out.Between = c.serviceList(f[word])
	case LoseFault:
		out.Factor, _ = c.share(f[word])
		if v, ok := f["between"]; ok {
			out.Between = c.serviceList(v)
		}
	default:
		if id, ok := c.serviceNamed(f[word]); ok {
			out.Service = id
			c.faultReplicas(f, &out)
		}
	}
	if out.Kind == SlowFault {
		c.faultSpeed(s, f, &out)
	}
	c.m.Faults = append(c.m.Faults, out)
}

// faultKind finds the word that says what goes wrong.
func (c *compiler) faultKind(s spot) int {
	kind := -1
	for _, e := range s.node.Entries {
		at := slices.Index(faultWords(), e.Key.Text)
		if at < 0 {
			continue
		}
		if kind >= 0 {
			c.fail(s.child(e.Key.Text, e.Key), "make two faults of them", "a fault is one of %v", faultWords())
			return -1
		}
		kind = at
	}
	if kind < 0 {
		k := keys{what: "a fault", known: append(faultWords(), "at", "for", "replicas", "to", "between"), means: map[string]string{"crash": "kill", "stop": "pause", "drop": "lose", "loss": "lose", "isolate": "partition", "degrade": "slow"}}
		mark := len(c.diags)
		for _, e := range s.node.Entries {
			if !slices.Contains(k.known, e.Key.Text) {
				c.unknownKey(s.child(e.Key.Text, e.Key), e.Key.Text, k)
			}
		}
		if !c.failed(mark) {
			c.fail(s, "write {kill: db, at: 60s, for: 30s}", "it does not say what goes wrong; want one of %v", faultWords())
		}
	}
	return kind
}

func (c *compiler) faultReplicas(f fields, out *Fault) {
	v, ok := f["replicas"]
	if !ok {
		return
	}
	n, ok := c.whole(v, 1, maxCount)
	if most := c.m.Services[out.Service].Replicas; ok && n > most {
		c.fail(v, "", "%d replicas; %s has %d", n, c.m.Services[out.Service].Name, most)
	}
	out.Replicas = n
}

// faultSpeed reads the speed that is left.
func (c *compiler) faultSpeed(s spot, f fields, out *Fault) {
	v, ok := c.required(s, f, "to", "say what speed is left, as to: 20%")
	if !ok {
		return
	}
	out.Factor, ok = c.share(v)
	if ok && (out.Factor <= 0 || out.Factor >= 1) {
		c.fail(v, "pause: is for cores that stand still", "a speed of %s; want more than 0%% and less than 100%%", v.node.Text)
	}
}

// serviceNamed resolves the name of a service.
func (c *compiler) serviceNamed(s spot) (ServiceID, bool) {
	name, ok := c.text(s, "a service, as db")
	if !ok {
		return 0, false
	}
	id, ok := c.services[name]
	if !ok {
		names := make([]string, 0, len(c.services))
		for n := range c.services {
			names = append(names, n)
		}
		slices.Sort(names)
		c.fail(s, didYouMean(name, names), "no service %q", shorten(name))
	}
	return id, ok
}

// serviceList resolves one service or several.
func (c *compiler) serviceList(s spot) []ServiceID {
	var out []ServiceID
	for _, v := range c.nameList(s, "a service") {
		id, ok := c.serviceNamed(v)
		if ok && slices.Contains(out, id) {
			c.fail(v, "", "%q twice", v.node.Text)
		}
		out = append(out, id)
	}
	return out
}
