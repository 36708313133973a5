package foreign

import (
	"strings"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// lqnReader reads a layered queueing network. A task becomes a service whose
// threads are its multiplicity, an entry an operation, a reference task a
// closed workload. The cores of a processor are those of the one task on it;
// where several tasks share a processor, it is a service of its own that they
// call.
type lqnReader struct {
	*draft
	vars    map[string]string // of $name; an empty value is no single one
	tasks   []*lqnTask
	entries map[string]*lqnEntry
	topics  map[string]scenarios.TopicID // by entry
	steps   int                          // made of activity graphs so far
}

type processor struct {
	name       string
	line       int
	infinite   bool
	cores      int
	speed      float64
	fifo       bool
	tasks      int
	own        bool // its cores are those of its only task
	service    scenarios.ServiceID
	operations map[string]scenarios.OpID // of a shared processor
}

type lqnTask struct {
	name       string
	e          *element
	on         *processor
	reference  bool
	infinite   bool
	threads    int
	think      float64 // (s)
	service    scenarios.ServiceID
	entries    []*lqnEntry
	activities map[string]*element
	next       map[string]*element // the precedence that an activity is before
	out        scenarios.ServiceID // publishes for a reference task, −1 before there is one
}

type lqnEntry struct {
	name string
	e    *element
	task *lqnTask
	op   scenarios.OpID
	rate float64 // of open arrivals (1/s)
}

// short is the name of an entry without that of its task before it.
func (e *lqnEntry) short() string { return strings.TrimPrefix(e.name, e.task.name+".") }

func readLQN(d *draft, root *element) {
	if root.name != "lqn-model" {
		d.fail(root.line, "<%s> is not a layered queueing network; want <lqn-model>", shorten(root.name))
		return
	}
	l := &lqnReader{draft: d, vars: map[string]string{}, entries: map[string]*lqnEntry{}, topics: map[string]scenarios.TopicID{}}
	d.m.Name = root.attr("name")
	if t := oneLine(root.attr("description")); t != "" {
		d.remark(t)
	}
	l.variables(root)
	for _, e := range root.children("processor") {
		l.processor(e)
	}
	if len(l.tasks) == 0 {
		d.fail(root.line, "no tasks")
	}
	for _, t := range l.tasks {
		l.equip(t)
	}
	for _, t := range l.tasks {
		for _, e := range t.entries {
			if steps := l.entry(e); !t.reference {
				d.m.Operations[e.op].Steps = steps
			}
		}
	}
	for _, t := range l.tasks {
		l.workloads(t)
	}
}

func (l *lqnReader) processor(e *element) {
	p := &processor{name: e.attr("name"), line: e.line, cores: 1, speed: 1, service: -1, operations: map[string]scenarios.OpID{}}
	where := "processor " + p.name
	p.cores, p.infinite = l.multiplicity(e, where)
	switch s := e.attr("scheduling"); s {
	case "inf":
		p.infinite = true
	case "ps":
	case "fcfs", "":
		p.fifo = true
	case "cfs", "ps-hol", "ps-pp":
		l.note(e.line, where, "scheduling "+s+" is not carried over", "its tasks share it equally")
	default:
		p.fifo = true
		l.note(e.line, where, "scheduling "+shorten(s)+" is not carried over", "it serves in order of arrival")
	}
	if text := e.attr("speed-factor"); text != "" {
		p.speed, _ = l.variable(e, "speed-factor")
		if p.speed == 0 {
			l.fail(e.line, "%s: speed-factor is 0", where)
			p.speed = 1
		}
	}
	if q := e.attr("quantum"); q != "" && q != "0" && q != "0.0" && !p.infinite {
		l.note(e.line, where, "its quantum is not carried over", "sharing is without end fine")
	}
	if r := e.attr("replication"); r != "" && r != "1" {
		l.note(e.line, where, "replication is not carried over", "there is one of it")
	}
	tasks := e.children("task")
	for _, g := range e.children("group") {
		l.note(g.line, "group "+g.attr("name"), "shares of a processor are not carried over", "its tasks compete as equals")
		tasks = append(tasks, g.children("task")...)
	}
	for _, t := range tasks {
		l.task(t, p)
	}
	p.own = !p.infinite && p.tasks == 1 && !l.tasks[len(l.tasks)-1].reference
}

// multiplicity is the number of copies of a processor or task.
func (l *lqnReader) multiplicity(e *element, where string) (n int, infinite bool) {
	switch text := strings.ToLower(strings.TrimPrefix(e.attr("multiplicity"), "@")); text {
	case "":
		return 1, false
	case "infinite", "infinity", "inf":
		return 1, true
	}
	n, _ = l.whole(e.line, where+": multiplicity", l.resolve(e.attr("multiplicity")), 1)
	return n, false
}

func (l *lqnReader) task(e *element, p *processor) {
	t := &lqnTask{name: e.attr("name"), e: e, on: p, service: -1, out: -1, activities: map[string]*element{}, next: map[string]*element{}}
	where := "task " + t.name
	t.threads, t.infinite = l.multiplicity(e, where)
	switch s := e.attr("scheduling"); s {
	case "ref":
		t.reference = true
	case "inf":
		t.infinite = true
	case "fcfs", "":
	case "semaphore", "rwlock":
		l.fail(e.line, "%s is a %s, which no scenario of this version can say", where, s)
	default:
		l.note(e.line, where, "scheduling "+shorten(s)+" is not carried over", "requests are taken in order of arrival")
	}
	for _, a := range []struct{ name, effect string }{
		{"priority", "all tasks are alike"},
		{"queue-length", "any number may wait"},
		{"replication", "there is one of it"},
	} {
		if v := e.attr(a.name); v != "" && v != "0" && (v != "1" || a.name != "replication") {
			l.note(e.line, where, a.name+" is not carried over", a.effect)
		}
	}
	for _, f := range append(e.children("fan-in"), e.children("fan-out")...) {
		l.note(f.line, where, f.name+" is not carried over", "there is one of each task")
	}
	if e.attr("think-time") != "" {
		t.think, _ = l.variable(e, "think-time")
	}
	for _, x := range e.children("entry") {
		l.readEntry(x, t)
	}
	if len(t.entries) == 0 {
		l.fail(e.line, "%s has no entries", where)
	}
	l.readActivities(t)
	p.tasks++
	l.tasks = append(l.tasks, t)
}

func (l *lqnReader) readEntry(e *element, t *lqnTask) {
	x := &lqnEntry{name: e.attr("name"), e: e, task: t, op: -1}
	if l.entries[x.name] != nil {
		l.fail(e.line, "two entries %q", shorten(x.name))
		return
	}
	for _, a := range []string{"semaphore", "rwlock"} {
		if e.attr(a) != "" {
			l.fail(e.line, "entry %s is part of a %s, which no scenario of this version can say", shorten(x.name), a)
		}
	}
	if p := e.attr("priority"); p != "" && p != "0" {
		l.note(e.line, "entry "+x.name, "priority is not carried over", "all requests are alike")
	}
	if e.attr("open-arrival-rate") != "" {
		x.rate, _ = l.variable(e, "open-arrival-rate")
	}
	l.entries[x.name] = x
	t.entries = append(t.entries, x)
}

// equip makes a service of a task, with an operation an entry.
func (l *lqnReader) equip(t *lqnTask) {
	if t.reference {
		return
	}
	t.service = l.service(t.name)
	s := &l.m.Services[t.service]
	if !t.infinite {
		s.Threads = t.threads
	}
	if t.on.own {
		s.Cores = t.on.cores
		if t.on.fifo {
			s.Discipline = scenarios.FIFO
		}
	}
	for _, e := range t.entries {
		e.op = l.operation(t.service, e.short())
	}
}

// workloads makes workloads of a reference task and of open arrivals.
func (l *lqnReader) workloads(t *lqnTask) {
	if t.reference {
		w := scenarios.Workload{Users: t.threads, Think: l.exponential(t.e.line, "think-time of "+t.name, t.think)}
		var c scenarios.Choose
		for _, e := range t.entries {
			w.Steps = l.entry(e)
			c.Branches = append(c.Branches, scenarios.Branch{P: 1 / float64(len(t.entries)), Steps: w.Steps})
		}
		if len(t.entries) > 1 {
			l.note(t.e.line, "task "+t.name, "a reference task with several entries", "each request is one of them, with equal probability")
			w.Steps = []scenarios.Step{c}
		}
		if t.infinite {
			l.fail(t.e.line, "task %s: a reference task without end; want how many users there are", shorten(t.name))
		}
		if len(w.Steps) == 0 {
			l.fail(t.e.line, "task %s asks for nothing", shorten(t.name))
		}
		l.workload(t.name, w)
		return
	}
	for _, e := range t.entries {
		if e.rate == 0 {
			continue
		}
		w := scenarios.Workload{Think: dist.Const(0), Arrivals: poisson(e.rate), Steps: l.call(e.e, e.name, 0)}
		if one, ok := w.Steps[0].(scenarios.Call); ok && len(w.Steps) == 1 {
			w.Steps, w.Mix = nil, []scenarios.Share{{Op: one.Op, P: 1}}
		}
		l.workload(e.short(), w)
	}
}
