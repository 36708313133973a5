package foreign

import (
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// jsimReader reads a network for JMT's simulator: nodes made of sections, links
// between them, and classes of requests that may change on the way. A class
// becomes a workload with a route over operations named after station and class.
type jsimReader struct {
	*draft
	classes map[string]*jsimClass
	order   []*jsimClass
	nodes   map[string]*jsimNode
	ops     map[visit]scenarios.OpID
	routing map[visit][]hop // what a node does with a class, read once
	after   map[visit][]hop // where requests go after the join of a fork
	chain   *chain          // the workload in the making
	steps   int             // made of fork-joins so far

	priorities string // of the first class
}

type jsimClass struct {
	name, reference string
	line            int
	open            bool
	users           int
	merged          bool // is part of another class's workload
}

type nodeKind uint8

const (
	station nodeKind = iota // a queue with servers, or a delay
	source
	sink
	tunnel // passes requests on at once
	switcher
	fork
	join
)

type jsimNode struct {
	name     string
	line     int
	kind     nodeKind
	delay    bool
	thinks   bool // users of a closed class think here
	sections []*element
	links    []string
	service  scenarios.ServiceID // −1 before it has one
}

// visit is a class of request at a node.
type visit struct{ node, class string }

func readJSIM(d *draft, root *element) {
	sim := root
	if root.name == "archive" {
		sim = root.child("sim")
	}
	if sim == nil || sim.name != "sim" {
		d.fail(root.line, "<%s> is not a model of JMT's simulator; want <sim> or <archive>", shorten(root.name))
		return
	}
	j := &jsimReader{
		draft: d, classes: map[string]*jsimClass{}, nodes: map[string]*jsimNode{},
		ops: map[visit]scenarios.OpID{}, routing: map[visit][]hop{}, after: map[visit][]hop{},
	}
	d.m.Name = strings.TrimSuffix(sim.attr("name"), ".jsimg")
	for _, e := range sim.kids {
		j.top(e)
	}
	if seed := sim.attr("seed"); seed != "" {
		d.remark("the file's seed is " + oneLine(seed) + "; give yours by --seed")
	}
	if len(d.mistakes) > 0 {
		return
	}
	if len(j.order) == 0 {
		d.fail(sim.line, "no classes")
	}
	for _, c := range j.order {
		if !c.merged {
			j.workloadOf(c)
		}
	}
	j.finish()
}

// top reads an element of the model.
func (j *jsimReader) top(e *element) {
	switch e.name {
	case "userClass":
		j.class(e)
	case "node":
		j.node(e)
	case "connection":
		from, ok := j.nodes[e.attr("source")]
		if _, known := j.nodes[e.attr("target")]; !ok || !known {
			j.fail(e.line, "a connection from %q to %q; there is no such node", shorten(e.attr("source")), shorten(e.attr("target")))
			return
		}
		from.links = append(from.links, e.attr("target"))
	case "blockingRegion":
		j.note(e.line, "blockingRegion "+e.attr("name"), "a bound on the number within a region is not carried over", "there is none")
	case "preload":
		j.note(e.line, "preload", "where requests stand at the start is not carried over", "the steady state is the same")
	case "measure":
		j.measure(e)
	default:
		j.fail(e.line, "<%s> is not an element of a model that is known", shorten(e.name))
	}
}

// measure looks at what the file wants to know: headroom tells all it can,
// so only what it never tells is worth a word.
func (j *jsimReader) measure(e *element) {
	switch kind := e.attr("type"); kind {
	case "Number of Customers", "Queue Time", "Response Time", "Residence Time", "Utilization", "Throughput", "Arrival Rate",
		"Drop Rate", "System Response Time", "System Throughput", "System Number of Customers",
		"System Drop Rate", "Queue length", "Customer Number", "Effective Utilization":
	default:
		j.note(e.line, "measure "+e.attr("name"), "no figure of headroom is the measure "+shorten(kind), "")
	}
}

func (j *jsimReader) class(e *element) {
	c := &jsimClass{name: e.attr("name"), reference: e.attr("referenceSource"), line: e.line, open: e.attr("type") != "closed"}
	if j.classes[c.name] != nil {
		j.fail(e.line, "two classes %q", shorten(c.name))
		return
	}
	if !c.open {
		c.users, _ = j.whole(e.line, "customers of class "+c.name, e.attr("customers"), 0)
	}
	if first := j.order; len(first) > 0 && e.attr("priority") != j.priorities {
		j.note(e.line, "class "+c.name, "its priority is not carried over", "stations serve all classes alike")
	} else if len(first) == 0 {
		j.priorities = e.attr("priority")
	}
	if s := e.attr("softDeadline"); s != "" && s != "0.0" && s != "0" {
		j.note(e.line, "class "+c.name, "its soft deadline is not carried over", "")
	}
	j.classes[c.name] = c
	j.order = append(j.order, c)
}

func (j *jsimReader) node(e *element) {
	n := &jsimNode{name: e.attr("name"), line: e.line, sections: e.children("section"), service: -1}
	if j.nodes[n.name] != nil {
		j.fail(e.line, "two nodes %q", shorten(n.name))
		return
	}
	for _, s := range n.sections {
		switch class := lastPart(s.attr("className")); class {
		case "Queue", "Router", "ServiceTunnel", "LogTunnel":
		case "Server", "PSServer", "PreemptiveServer":
			n.kind = station
		case "Delay":
			n.kind, n.delay = station, true
		case "RandomSource":
			n.kind = source
		case "JobSink":
			n.kind = sink
		case "ClassSwitch":
			n.kind = switcher
		case "Fork":
			n.kind = fork
		case "Join":
			n.kind = join
		default:
			j.fail(s.line, "node %q has a section %q, which no scenario can say", shorten(n.name), shorten(class))
		}
	}
	if n.kind == station && n.section("Server", "PSServer", "PreemptiveServer", "Delay") == nil {
		n.kind = tunnel
	}
	j.nodes[n.name] = n
}

// section is the first section of one of the given classes, nil when there is none.
func (n *jsimNode) section(classes ...string) *element {
	for _, s := range n.sections {
		for _, c := range classes {
			if lastPart(s.attr("className")) == c {
				return s
			}
		}
	}
	return nil
}

// lastPart is the name of a class without its package.
func lastPart(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// parameter is a parameter of a section or of another parameter, by its name.
func (e *element) parameter(name string) *element {
	if e == nil {
		return nil
	}
	for _, k := range e.kids {
		if k.attr("name") == name {
			return k
		}
	}
	return nil
}

// value is the value of a parameter, empty when there is none.
func (e *element) value() string { return e.child("value").ownText() }

// ofClass is the element of an array that belongs to a class: the one after
// its refClass.
func (e *element) ofClass(class string) *element {
	if e == nil {
		return nil
	}
	mine := false
	for _, k := range e.kids {
		if k.name == "refClass" {
			mine = k.text == class
		} else if mine {
			return k
		}
	}
	return nil
}

// inner are the elements of an array.
func (e *element) inner() []*element { return e.children("subParameter") }

// serviceOf is what a node does to a class of requests, and whether it serves
// that class at all.
func (j *jsimReader) serviceOf(n *jsimNode, class string) (d dist.Dist, ok bool) {
	sec := n.section("Server", "PSServer", "PreemptiveServer", "Delay", "RandomSource")
	s := sec.parameter("ServiceStrategy").ofClass(class)
	if s == nil {
		return d, false
	}
	what := "service time of " + class + " at " + n.name
	switch lastPart(s.attr("classPath")) {
	case "ZeroServiceTimeStrategy":
		return dist.Const(0), true
	case "DisabledServiceTimeStrategy":
		return d, false
	case "ServiceTimeStrategy":
		return j.law(s, what), true
	case "LoadDependentStrategy":
		j.note(s.line, "node "+n.name, "service times that depend on the number present are not carried over", "that of one job present is taken for any number: figures will differ")
		first := s.parameter("LDParameterArray").inner()
		if len(first) == 0 {
			j.fail(s.line, "%s: no service times", what)
			return d, true
		}
		return j.law(first[0], what), true
	}
	// an array's element without a strategy is a class that never comes
	if len(s.kids) == 0 {
		return d, false
	}
	j.fail(s.line, "%s: no way to serve is called %q", what, shorten(lastPart(s.attr("classPath"))))
	return d, true
}
