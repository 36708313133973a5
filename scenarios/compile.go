package scenarios

import (
	"fmt"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Version is the version of the language that this package reads, the value
// of the key "headroom".
const Version = 1

// compiler turns a [Spec] into a [Model]. It never stops at an error: what
// is wrong is noted, left out, and the rest is looked at.
type compiler struct {
	file  string
	diags Diagnostics
	m     *Model

	services map[string]ServiceID
	ops      map[string]OpID
	topics   map[string]TopicID
	serves   map[string]bool // names of services, topics and workloads: they share objectives

	serving *Service // whose operations are being read
	open    bool     // the workload that is being read has arrivals

	// Where things stand, for what is found wrong with the whole.
	opSpots   []spot
	callSpots map[edge]spot
	publishes map[edgeToTopic]spot
	usesBatch map[OpID]spot
	consumers map[OpID]bool
	fanOuts   []fanOutSpot
	files     [][]byte // read beside the scenario

	asking liveNames // what stands in the holes of live requests

	slowdown    float64 // what demands are multiplied by in the service at hand (1)
	deadLetters map[TopicID]spot
}

// edge is "one operation asks another".
type edge struct{ from, to OpID }

// Compile resolves and checks a scenario. The model is nil when there are
// diagnostics.
func Compile(s *Spec) (*Model, Diagnostics) {
	c := &compiler{
		file:      s.file,
		m:         &Model{File: s.file, Part: 1, Live: Live{Cells: 1}, Network: Network{Latency: dist.Const(0)}},
		services:  map[string]ServiceID{},
		ops:       map[string]OpID{},
		topics:    map[string]TopicID{},
		serves:    map[string]bool{},
		callSpots: map[edge]spot{},
		publishes: map[edgeToTopic]spot{},
		usesBatch: map[OpID]spot{},
		consumers: map[OpID]bool{},

		deadLetters: map[TopicID]spot{},
	}
	c.scenario(spot{node: s.root})
	c.m.Digest = s.digest(c.files...)
	if len(c.diags) > 0 {
		return nil, c.diags.sorted()
	}
	return c.m, nil
}

// scenario compiles in the order in which things refer to each other: names
// first, then what uses them, then what can be said of the whole only.
func (c *compiler) scenario(root spot) {
	f, ok := c.fields(root, scenarioKeys())
	if !ok {
		return
	}
	c.header(root, f)
	services, topics, workloads := c.declare(root, f)
	c.compileServices(services)
	c.compileTopics(topics)
	if s, ok := f["network"]; ok {
		c.network(s)
	}
	c.compileWorkloads(workloads)
	if s, ok := f["jobs"]; ok {
		c.compileJobs(s)
	}
	c.checkFanOuts()
	if s, ok := f["faults"]; ok {
		c.faults(s)
	}
	if s, ok := f["tests"]; ok {
		c.tests(s)
	}
	if s, ok := f["live"]; ok {
		c.live(s)
	}
	if s, ok := f["objectives"]; ok {
		c.objectives(s)
	}
	if !c.failed(0) {
		c.together(services, topics, workloads)
	}
}

func (c *compiler) header(root spot, f fields) {
	if s, ok := c.required(root, f, "headroom", "start with headroom: 1"); ok {
		if v, isText := c.text(s, "the version of the language, 1"); isText && v != "1" {
			c.fail(s, "write headroom: 1", "version %q of the language is not known", shorten(v))
		}
	}
	if s, ok := c.required(root, f, "name", "write name: checkout"); ok {
		if text, isText := c.text(s, "a name"); isText {
			c.name(s, text)
			c.m.Name = text
		}
	}
	if s, ok := f["description"]; ok {
		_, _ = c.text(s, "a text")
	}
}

// declare registers every name, so that whatever comes later may refer to it
// before it is compiled.
func (c *compiler) declare(root spot, f fields) (services, topics, workloads []entry) {
	if s, ok := c.required(root, f, "services", "a scenario has at least one service"); ok {
		services = c.entries(s, "a mapping of services by name")
		if len(services) == 0 && s.node.Kind == yamlx.Mapping {
			c.fail(s, "", "no services; want at least one")
		}
	}
	if s, ok := f["topics"]; ok {
		topics = c.entries(s, "a mapping of topics by name")
	}
	_, jobs := f["jobs"]
	s, has := f["workloads"]
	if !has && !jobs {
		s, has = c.required(root, f, "workloads", "a scenario has at least one workload, or a job")
	}
	if has {
		workloads = c.entries(s, "a mapping of workloads by name")
		if len(workloads) == 0 && s.node.Kind == yamlx.Mapping {
			c.fail(s, "", "no workloads; want at least one")
		}
	}
	for _, e := range services {
		c.declareService(e)
	}
	for _, e := range topics {
		c.unique(e, "topic")
		c.topics[e.name] = TopicID(len(c.topics))
	}
	for _, e := range workloads {
		c.unique(e, "workload")
	}
	return services, topics, workloads
}

// unique checks a name; services, topics and workloads must not share one,
// since an objective names its subject alone.
func (c *compiler) unique(e entry, what string) {
	c.name(e.key, e.name)
	if c.serves[e.name] {
		c.fail(e.key, "name it otherwise", "a %s has the name of another service, topic or workload", what)
	}
	c.serves[e.name] = true
}

func (c *compiler) declareService(e entry) {
	c.unique(e, "service")
	id := ServiceID(len(c.services))
	c.services[e.name] = id
	if e.node.Kind != yamlx.Mapping {
		return
	}
	ops := e.node.Get("operations")
	if ops == nil || ops.Kind != yamlx.Mapping {
		return
	}
	for _, o := range ops.Entries {
		name := e.name + "." + o.Key.Text
		c.ops[name] = OpID(len(c.m.Operations))
		c.m.Operations = append(c.m.Operations, Operation{Name: name, Service: id})
		c.opSpots = append(c.opSpots, e.child("operations", ops).child(o.Key.Text, o.Key))
	}
}

// opNames lists the operations, for suggestions.
func (c *compiler) opNames() []string {
	names := make([]string, len(c.m.Operations))
	for i, o := range c.m.Operations {
		names[i] = o.Name
	}
	return names
}

// op resolves the name of an operation.
func (c *compiler) op(s spot) (OpID, bool) {
	name, ok := c.text(s, "an operation, as db.read")
	if !ok {
		return 0, false
	}
	return c.opNamed(s, name)
}

func (c *compiler) opNamed(at spot, name string) (OpID, bool) {
	id, ok := c.ops[name]
	if !ok {
		c.fail(at, c.hint(c.opHint, name), "no operation %q", shorten(name))
	}
	return id, ok
}

// hint looks for what was meant, as long as anyone reads it: in a file with
// thousands of names, thousands of times, it would take minutes.
func (c *compiler) hint(find func(string) string, name string) string {
	if len(c.diags) > 2*maxShown {
		return ""
	}
	return find(name)
}

// opHint knows the usual slips: a service for an operation, an operation
// without its service, and a service or an operation that is not there.
func (c *compiler) opHint(name string) string {
	service, op, dotted := strings.Cut(name, ".")
	var ofService []string
	for _, o := range c.opNames() {
		if of, short, _ := strings.Cut(o, "."); of == service {
			ofService = append(ofService, o)
		} else if !dotted && short == service {
			return fmt.Sprintf("did you mean %q?", o)
		}
	}
	_, known := c.services[service]
	switch {
	case known && !dotted && len(ofService) > 0:
		return "that is a service; write one of its operations, as " + ofService[0]
	case known && nearest(name, c.opNames()) == "":
		return didYouMean(op, ofService)
	case dotted && !known && nearest(name, c.opNames()) == "":
		return fmt.Sprintf("there is no service %q", shorten(service))
	}
	return didYouMean(name, c.opNames())
}
