package layered

import (
	"slices"
	"strings"
)

// network is a model with names resolved. Stations are the processors and the
// tasks that are called; tasks are also customers of stations.
type network struct {
	processors []*station
	tasks      []*task
	order      []*task // those who are called after all their callers
}

// task is a task as a customer of what it calls.
type task struct {
	*Task
	number  int
	entries []*entry
	cpu     *link
	links   []*link // to processor and tasks, in the order first met
	station *station

	limit   int       // the most threads solved for
	busy    []float64 // P(n threads are busy), n = 0 … limit (1)
	through []float64 // throughput of n busy threads (1/s)
	early   []float64 // part of the cycle of n busy threads before the reply (1)
	mean    float64   // throughput over all n (1/s)
}

// entry is an entry with its calls resolved.
type entry struct {
	*Entry
	task    *task
	phases  []*piece
	graph   *graph
	forward []forward
	sent    bool // called by some without waiting

	rate    float64    // throughput (1/s)
	share   float64    // of its task's executions (1)
	outside float64    // open arrivals, forwarded ones too (1/s)
	open    float64    // all that no one waits for (1/s)
	split   [2]moments // service time before the reply, and after it (s)
	held    []float64  // part of its executions for which each task's thread waits (1)
}

type forward struct {
	to *entry
	p  float64
}

// piece is a phase or an activity: slices on the processor, and calls.
type piece struct {
	*Phase
	slices float64 // on the processor; 0 without demand (1)
	slice  float64 // mean length of one (s)
	cuts   float64 // mean number of calls that cut it (1)
	calls  []call
	sends  []call  // not waited for
	runs   float64 // in an execution of the entry (1)
	late   bool    // after the reply
	time   moments // of one run, waiting and work (s)
}

type call struct {
	to   *entry
	via  *link // nil for sends
	mean float64
	hop  bool // reached by forwarding: no cut of its own
}

// link is a task as a customer of one station.
type link struct {
	from   *task
	to     *station
	visits float64   // in a cycle of the task (1)
	own    float64   // mean service of one visit (s)
	held   []float64 // part of the visits with a thread of each task held (1)
	late   float64   // part of the visits after the reply (1)

	rates   []float64 // completions with 1, 2, … of this class present (1/s)
	wait    []float64 // of a visit with n threads busy (s), a factor at PS (1)
	resid   []float64 // of a visit with n threads busy (s)
	present []float64 // P(so many of this class present), over all n (1)
	waiting float64   // mean of wait over all n (s), a factor at PS (1)
}

func compile(m *Model) (*network, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b := &builder{net: &network{}, stations: map[string]*station{}, entries: map[string]*entry{}}
	b.names(m)
	for _, t := range b.net.tasks {
		b.bodies(t)
	}
	if b.err == nil {
		b.topological()
	}
	if b.err == nil {
		b.limits()
	}
	return b.net, b.err
}

type builder struct {
	checker
	net      *network
	stations map[string]*station
	entries  map[string]*entry
}

func (b *builder) names(m *Model) {
	for i := range m.Processors {
		p := &m.Processors[i]
		if b.stations[p.Name] != nil {
			b.problem("processor "+p.Name, "is there twice")
		}
		s := &station{net: b.net, name: p.Name, discipline: p.Discipline, servers: p.Servers, crowded: 1}
		b.stations[p.Name] = s
		b.net.processors = append(b.net.processors, s)
	}
	seen := map[string]bool{}
	for i := range m.Tasks {
		t := &task{Task: &m.Tasks[i], number: i}
		if seen[t.Name] {
			b.problem("task "+t.Name, "is there twice")
		}
		seen[t.Name] = true
		t.station = &station{net: b.net, name: t.Name, task: t, servers: t.Threads, discipline: FCFS, crowded: 1}
		if t.Threads == 0 {
			t.station.discipline = Delay
		}
		if cpu := b.stations[t.Processor]; cpu == nil {
			b.problem("task "+t.Name, "runs on %q, which is no processor", t.Processor)
		} else {
			t.cpu = t.link(cpu)
		}
		b.net.tasks = append(b.net.tasks, t)
		for j := range t.Entries {
			e := &entry{Entry: &t.Entries[j], task: t, share: 1 / float64(len(t.Entries))}
			if b.entries[e.Name] != nil {
				b.problem("entry "+e.Name, "is there twice")
			}
			b.entries[e.Name] = e
			t.entries = append(t.entries, e)
		}
	}
}

// link is the one of a task to a station, made when first asked for.
func (t *task) link(s *station) *link {
	for _, l := range t.links {
		if l.to == s {
			return l
		}
	}
	l := &link{from: t, to: s}
	t.links = append(t.links, l)
	s.clients = append(s.clients, l)
	return l
}

func (b *builder) bodies(t *task) {
	for _, e := range t.entries {
		for _, f := range e.Forward {
			if to := b.target("entry "+e.Name, f.Entry, t); to != nil && f.P > 0 {
				e.forward = append(e.forward, forward{to, f.P})
			}
		}
	}
	acts := map[string]*piece{}
	for i := range t.Activities {
		a := &t.Activities[i]
		if acts[a.Name] != nil {
			b.problem("activity "+a.Name, "is there twice in task %s", t.Name)
		}
		acts[a.Name] = b.piece(t, "activity "+a.Name, &a.Phase)
	}
	for _, e := range t.entries {
		for i := range e.Phases {
			p := b.piece(t, "entry "+e.Name, &e.Phases[i])
			p.runs, p.late = 1, i > 0
			e.phases = append(e.phases, p)
		}
		if e.Start != "" && b.err == nil {
			e.graph = b.graph(t, e, acts)
		}
	}
}

func (b *builder) target(where, name string, from *task) *entry {
	to := b.entries[name]
	switch {
	case to == nil:
		b.problem(where, "calls %q, which is no entry", name)
	case to.task == from:
		b.problem(where, "calls %q of its own task", name)
	case to.task.Reference:
		b.problem(where, "calls %q of a reference task", name)
	default:
		return to
	}
	return nil
}

func (b *builder) piece(t *task, where string, ph *Phase) *piece {
	p := &piece{Phase: ph}
	for _, c := range ph.Calls {
		to := b.target(where, c.Entry, t)
		if to == nil || c.Mean == 0 {
			continue
		}
		p.cuts += c.Mean
		if c.Async {
			p.sends = append(p.sends, call{to: to, mean: c.Mean})
		} else {
			p.calls = append(p.calls, call{to: to, via: t.link(to.task.station), mean: c.Mean})
		}
	}
	if ph.Demand > 0 {
		p.slices = p.cuts + 1
		p.slice = ph.Demand / p.slices
	}
	return p
}

// topological orders tasks so that callers come before those they call, and
// follows forwarding: a caller visits those whom its call is forwarded to.
func (b *builder) topological() {
	state := map[*task]int{}
	var path []string
	var visit func(t *task)
	visit = func(t *task) {
		if state[t] == 2 || b.err != nil {
			return
		}
		path = append(path, t.Name)
		if state[t] == 1 {
			b.problem("task "+t.Name, "calls itself in a circle: %s", strings.Join(path, " → "))
			return
		}
		state[t] = 1
		for _, e := range t.entries {
			for _, p := range e.pieces() {
				for _, c := range slices.Concat(p.calls, p.sends) {
					visit(c.to.task)
				}
			}
			for _, f := range e.forward {
				visit(f.to.task)
			}
		}
		path = path[:len(path)-1]
		state[t] = 2
		b.net.order = append(b.net.order, t)
	}
	for _, t := range b.net.tasks {
		visit(t)
	}
	if b.err != nil {
		return
	}
	slices.Reverse(b.net.order)
	for _, t := range b.net.tasks {
		for _, e := range t.entries {
			for _, p := range e.pieces() {
				p.follow(t)
				for _, c := range p.sends {
					c.to.sent = true
				}
			}
		}
	}
}

// follow adds to calls and sends those that forwarding makes of them.
func (p *piece) follow(t *task) {
	for i := 0; i < len(p.calls); i++ {
		for _, f := range p.calls[i].to.forward {
			p.calls = append(p.calls, call{to: f.to, via: t.link(f.to.task.station), mean: p.calls[i].mean * f.p, hop: true})
		}
	}
	for i := 0; i < len(p.sends); i++ {
		for _, f := range p.sends[i].to.forward {
			p.sends = append(p.sends, call{to: f.to, mean: p.sends[i].mean * f.p, hop: true})
		}
	}
}

func (e *entry) pieces() []*piece {
	if e.graph != nil {
		return e.graph.pieces
	}
	return e.phases
}
