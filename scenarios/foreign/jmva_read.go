package foreign

import (
	"fmt"
	"math"
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// jmvaReader reads a network in product form: classes, stations, service times
// and visits. Nothing is said of the order of visits, and none matters to the
// means: requests come to the stations in the order of the file.
type jmvaReader struct {
	*draft
	classes   []jmvaClass
	reference map[string]string // station of a class
}

type jmvaClass struct {
	name  string
	line  int
	open  bool
	rate  float64 // (1/s)
	users int
	think dist.Dist
	steps []scenarios.Step
}

func readJMVA(d *draft, root *element) {
	p := root.child("parameters")
	if root.name != "model" || p == nil {
		d.fail(root.line, "<%s> is not a JMVA model; want <model> with <parameters>", shorten(root.name))
		return
	}
	j := &jmvaReader{draft: d, reference: map[string]string{}}
	j.readClasses(p.child("classes"))
	for _, e := range p.child("ReferenceStation").children("Class") {
		j.reference[e.attr("name")] = e.attr("refStation")
	}
	stations := p.child("stations")
	if stations == nil || len(stations.kids) == 0 {
		d.fail(p.line, "no stations")
		return
	}
	for _, e := range stations.kids {
		j.station(e)
	}
	for i := range j.classes {
		j.finish(&j.classes[i])
	}
	j.besides(root, p)
}

func (j *jmvaReader) readClasses(classes *element) {
	if classes == nil || len(classes.kids) == 0 {
		j.fail(0, "no classes")
		return
	}
	priority, first := "", true
	for _, e := range classes.kids {
		c := jmvaClass{name: e.attr("name"), line: e.line, think: dist.Const(0)}
		switch e.name {
		case "closedclass":
			c.users, _ = j.whole(e.line, "population of class "+c.name, e.attr("population"), 0)
		case "openclass":
			c.open = true
			c.rate, _ = j.number(e.line, "rate of class "+c.name, e.attr("rate"))
		default:
			j.fail(e.line, "<%s> among the classes; want closedclass or openclass", shorten(e.name))
			continue
		}
		if p := e.attr("priority"); first {
			priority, first = p, false
		} else if p != priority {
			j.note(e.line, "class "+c.name, "its priority is not carried over", "stations serve all classes alike")
		}
		j.classes = append(j.classes, c)
	}
}

// station adds a service with an operation for every class that comes to it.
func (j *jmvaReader) station(e *element) {
	name := e.attr("name")
	delay := e.name == "delaystation"
	servers := 1
	switch e.name {
	case "delaystation", "listation", "ldstation":
	default:
		j.fail(e.line, "<%s> among the stations; want delaystation, listation or ldstation", shorten(e.name))
		return
	}
	if text := e.attr("servers"); text != "" && !delay {
		servers, _ = j.whole(e.line, "servers of station "+name, text, 1)
	}
	service, visits := map[string]float64{}, map[string]float64{}
	for _, t := range e.child("servicetimes").kidsOr() {
		class := t.attr("customerclass")
		if e.name == "ldstation" {
			var c int
			service[class], c, delay = j.loadDependent(e, t)
			servers = max(servers, c)
			continue
		}
		service[class], _ = j.number(t.line, "service time of "+class+" at "+name, t.text)
	}
	if e.child("visits") == nil {
		j.fail(e.line, "station %s has no <visits>", shorten(name))
		return
	}
	for _, v := range e.child("visits").kids {
		class := v.attr("customerclass")
		visits[class], _ = j.number(v.line, "visits of "+class+" to "+name, v.text)
	}
	j.place(e, name, servers, delay, service, visits)
}

func (e *element) kidsOr() []*element {
	if e == nil {
		return nil
	}
	return e.kids
}

// place makes a service of a station.
func (j *jmvaReader) place(e *element, name string, servers int, delay bool, service, visits map[string]float64) {
	s := scenarios.ServiceID(-1)
	equal, before := true, math.NaN()
	for i := range j.classes {
		c := &j.classes[i]
		v, t := visits[c.name], service[c.name]
		if v == 0 {
			continue
		}
		what := "service time of " + c.name + " at " + name
		if delay && !c.open && v == 1 && j.reference[c.name] == name {
			c.think = j.exponential(e.line, what, t)
			continue
		}
		if s < 0 {
			s = j.service(name)
		}
		equal = equal && (math.IsNaN(before) || t == before)
		before = t
		c.steps = append(c.steps, times(v, scenarios.Call{Op: j.operation(s, c.name, j.work(e.line, what, t, delay))})...)
	}
	if s < 0 {
		return
	}
	j.m.Services[s].Cores = servers
	if equal && !delay {
		j.m.Services[s].Discipline = scenarios.FIFO
	}
}

func (j *jmvaReader) work(line int, what string, t float64, delay bool) scenarios.Step {
	d := j.exponential(line, what, t)
	if delay {
		return scenarios.Wait{Time: d}
	}
	return scenarios.CPU{Demand: d}
}

// loadDependent reads service times by the number present (s). Those of
// several equal servers, S(n) = S(1)/min(n, c), and of a delay, S(n) = S(1)/n,
// are what the language has.
func (j *jmvaReader) loadDependent(station, e *element) (s float64, servers int, delay bool) {
	name, class := station.attr("name"), e.attr("customerclass")
	var times []float64
	for _, text := range strings.Split(strings.Trim(e.text, "; "), ";") {
		t, ok := j.number(e.line, "a service time of "+class+" at "+name, strings.TrimSpace(text))
		if !ok {
			return 0, 1, false
		}
		times = append(times, t)
	}
	s, servers = times[0], len(times)
	for n, t := range times {
		if math.Abs(t*float64(n+1)-s) > 1e-9*s {
			servers = n
			break
		}
	}
	population := 0
	for _, c := range j.classes {
		population += c.users
	}
	for _, t := range times[servers:] {
		if math.Abs(t*float64(servers)-s) > 1e-9*s {
			j.note(e.line, "station "+name, "service times that depend on the number present are not carried over", "that of one job present is taken for any number: figures will differ")
			return s, 1, false
		}
	}
	return s, servers, servers > 1 && servers == len(times) && servers >= population
}

// finish makes a workload of a class.
func (j *jmvaReader) finish(c *jmvaClass) {
	w := scenarios.Workload{Users: c.users, Think: c.think, Steps: c.steps}
	if c.open {
		w.Arrivals = poisson(c.rate)
	}
	switch {
	case c.open && c.rate == 0, !c.open && c.users == 0:
		j.note(c.line, "class "+c.name, "nobody is in it", "it is left out")
	case len(c.steps) == 0:
		j.fail(c.line, "class %s comes to no station, but for its time to think", shorten(c.name))
	default:
		j.workload(c.name, w)
	}
}

func poisson(rate float64) *scenarios.Arrivals {
	return &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: rate}
}

// besides names what stands in the file besides the network.
func (j *jmvaReader) besides(root, p *element) {
	for _, b := range append(root.children("blockingRegion"), p.children("blockingRegion")...) {
		j.note(b.line, "blockingRegion "+b.attr("name"), "a bound on the number within a region is not carried over", "there is none")
	}
	for _, w := range root.children("whatIf") {
		j.note(w.line, "whatIf", "a sweep is not part of a scenario", fmt.Sprintf("it was over %s, %s", strings.ToLower(w.attr("type")), shorten(w.attr("values"))))
	}
	if a := root.child("algParams").child("algType"); a != nil {
		j.remark("the file asks for the algorithm " + oneLine(a.attr("name")))
	}
	if root.child("solutions") != nil {
		j.remark("the solutions in the file are not repeated here: headroom solve finds them again")
	}
	if t := oneLine(root.child("description").ownText()); t != "" {
		j.remark(t)
	}
}

func (e *element) ownText() string {
	if e == nil {
		return ""
	}
	return e.text
}

// oneLine makes a text fit for a comment.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return ' '
		}
		return r
	}, text)
	return shorten(strings.Join(strings.Fields(clean), " "))
}
