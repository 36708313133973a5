package traces

import (
	"cmp"
	"slices"
)

// Learned is what traces tell of a system.
type Learned struct {
	Traces, Spans int
	First, Last   int64 // the interval of the traces, since 1970 (ns)

	operations []*operation
	byName     map[[2]string]*operation
	services   map[string]*service
	network    stat // of a call, both ways (s)

	oddities
	filler     *filler
	unanswered int // calls that nobody was seen to answer
	outlasted  int // answers that took longer than the calls for them
	skewed     int // spans moved into their parents
	leftBehind int // calls that went on when their caller had ended
	tolerated  int // failed calls whose caller did not fail
	crowded    int // operations beyond the most
	sampled    int // traces that stand for others
	early      int // traces that were forgotten to make room
	held       int // spans at once, at most

	tree  tree
	calls []call
	stack []int32
}

// operation is what is known of one.
type operation struct {
	index   int
	service *service
	name    string

	visits, failed int
	blamed         int // failures that no call explains
	early          int // of these, without any call
	span           stat
	cpu            stat // of those that did not fail
	failedCPU      stat
	shapes         map[string]*shape
	unshaped       int // visits whose shape found no room
	edges          map[*operation]*edge
	publishes      map[string]int
	parallel       bool
	next           map[*operation]map[*operation]int // of a session: what came after what; nil begins and ends
	roots          int
	session        bool // it has only been a client, and nobody asks for it
	starts         arrivals
	fed            string // topic that it consumes
	batch          int    // messages at once, at most
	unseen         bool   // its service emits no spans
	within         [3]float64
}

// edge is what one operation asks of another.
type edge struct {
	counts   map[int]int // visits that asked so often, those with none left out
	place    float64     // sum of its places in the order of calls
	n        int
	retries  int
	attempts int
	backoff  stat
}

// service is what is known of one.
type service struct {
	name       string
	operations []*operation
	instances  map[string]bool
	replicas   int
	told       bool // its spans say what time was spent on
	busy       stat // demand of a visit (s)
	line       float64
	threadLine float64
	slowed     int
	covariance float64 // of demand and waiting, within operations
	spread     float64 // of demand, likewise
	at         []interval
	unseen     bool
}

const (
	maxOperations = 2000
	maxShapes     = 64
	maxInstances  = 4096
	maxIntervals  = 1 << 17
)

func newLearned(f *filler) *Learned {
	return &Learned{byName: map[[2]string]*operation{}, services: map[string]*service{}, filler: f}
}

func (l *Learned) service(name string) *service {
	s, ok := l.services[name]
	if !ok {
		s = &service{name: name, instances: map[string]bool{}, replicas: 1}
		l.services[name] = s
	}
	return s
}

func (l *Learned) operationOf(s *span) *operation {
	return l.operation(cmp.Or(s.from.Service, "unknown"), s.name)
}

// peerOf is the operation of a service that emits no spans, as its client knows it.
func (l *Learned) peerOf(s *span) *operation {
	return l.operation(cmp.Or(s.peer, cmp.Or(s.from.Service, "unknown")+"-peer"), s.name)
}

func (l *Learned) operation(service, name string) *operation {
	key := [2]string{service, name}
	if o, ok := l.byName[key]; ok {
		return o
	}
	if len(l.operations) >= maxOperations {
		l.crowded++
		key = [2]string{otherName, otherName}
		if o, ok := l.byName[key]; ok {
			return o
		}
	}
	o := &operation{index: len(l.operations), service: l.service(key[0]), name: key[1], shapes: map[string]*shape{}, edges: map[*operation]*edge{}}
	o.service.operations = append(o.service.operations, o)
	l.byName[key] = o
	l.operations = append(l.operations, o)
	return o
}

func (o *operation) edge(to *operation) *edge {
	e, ok := o.edges[to]
	if !ok {
		e = &edge{counts: map[int]int{}}
		o.edges[to] = e
	}
	return e
}

// trace learns from one.
func (l *Learned) trace(spans []span) {
	t := &l.tree
	t.plant(spans, &l.oddities)
	if len(t.order) == 0 {
		return
	}
	l.Traces++
	l.Spans += len(spans)
	first := l.entry(t)
	for _, i := range t.order {
		s := &t.spans[i]
		if l.First == 0 || s.begin < l.First {
			l.First = s.begin
		}
		l.Last = max(l.Last, s.end)
		if !t.visit[i] {
			continue
		}
		op := l.operationOf(s)
		if s.kind == Consumer {
			op.fed = topicOf(s)
			if p := t.parent[i]; p >= 0 && t.spans[p].kind == Producer {
				op.fed = topicOf(&t.spans[p])
			}
			op.batch = max(op.batch, int(s.links))
		}
		calls := l.callsOf(t, i)
		l.settle(s, calls)
		if root := t.parent[i] < 0 && (!t.lost[i] || i == first); root && op.fed == "" {
			op.entered(s)
			if s.share > 0 && s.share < 1 {
				l.sampled++
			}
		}
		cpu, wait := own(s, calls), 0.0
		switch {
		case s.told:
			cpu, wait = float64(s.cpu), float64(s.wait)
		case s.cpu > 0:
			cpu, wait = float64(s.cpu), max(cpu-float64(s.cpu), 0)
		}
		l.visited(op, s, l.retried(op, calls), cpu, wait)
	}
}

// entry is the first span of a trace that has none without a parent: the
// earliest; -1 where there is one without.
func (l *Learned) entry(t *tree) int32 {
	first := int32(-1)
	for _, i := range t.order {
		if t.parent[i] >= 0 {
			continue
		}
		if !t.lost[i] {
			return -1
		}
		if first < 0 || t.spans[i].begin < t.spans[first].begin {
			first = i
		}
	}
	l.rootless++
	return first
}

func (o *operation) entered(s *span) {
	o.roots++
	o.session = (o.roots == 1 || o.session) && s.kind == Client
	o.starts.add(s.begin, float64(s.share))
}

// visited counts a visit.
func (l *Learned) visited(op *operation, s *span, calls []call, cpu, wait float64) {
	op.visits++
	op.span.add(s.seconds())
	l.occupied(op, s, calls, cpu)
	bad := false
	for i := range calls {
		bad = bad || calls[i].failed
	}
	if s.failed {
		op.failed++
		if !bad {
			op.blamed++
			if len(calls) == 0 {
				op.early++
			}
		}
		op.failedCPU.add(cpu)
		return
	}
	if bad {
		l.tolerated++
	}
	op.cpu.add(cpu)
	op.asks(calls)
	stages := stagesOf(calls)
	key := shapeKey(stages)
	sh, ok := op.shapes[key]
	if !ok {
		if len(op.shapes) >= maxShapes {
			op.unshaped++
			return
		}
		sh = &shape{}
		op.shapes[key] = sh
	}
	sh.count(stages, cpu, wait)
}

// asks counts who was asked how often, and in a session what came after what.
func (op *operation) asks(calls []call) {
	if len(calls) == 0 && !op.session {
		return
	}
	var before *operation
	upTo := int64(0)
	if op.next == nil {
		op.next = map[*operation]map[*operation]int{}
	}
	times := map[*operation]int{}
	for i := range calls {
		c := &calls[i]
		if c.op == nil {
			if op.publishes == nil {
				op.publishes = map[string]int{}
			}
			op.publishes[c.topic]++
			continue
		}
		op.parallel = op.parallel || i > 0 && overlaps(c, upTo)
		upTo = max(upTo, c.end)
		e := op.edge(c.op)
		e.n++
		e.place += float64(i)
		times[c.op]++
		op.follows(before, c.op)
		before = c.op
	}
	op.follows(before, nil)
	for to, n := range times {
		op.edge(to).counts[min(n, mostRounds)]++
	}
}

func (op *operation) follows(before, after *operation) {
	if op.next[before] == nil {
		op.next[before] = map[*operation]int{}
	}
	op.next[before][after]++
}

// occupied notes what a visit means for its service.
func (l *Learned) occupied(op *operation, s *span, calls []call, cpu float64) {
	v := op.service
	v.unseen = v.unseen || op.unseen
	if in := s.from.Instance; in != "" && len(v.instances) < maxInstances && !op.unseen {
		v.instances[in] = true
	}
	v.replicas = max(v.replicas, int(s.replica))
	v.busy.add(cpu)
	if s.told {
		v.told = true
		v.line += float64(s.line)
		v.threadLine += float64(s.thread)
		if s.line > 0 {
			v.slowed++
		}
		op.correlate(cpu, float64(s.line))
		return
	}
	at := s.begin
	for i := range calls {
		v.occupy(at, calls[i].begin)
		at = max(at, calls[i].end)
	}
	v.occupy(at, s.end)
}

// correlate adds to the covariance of demand and waiting, by the recurrence of
// [Welf62].
func (op *operation) correlate(cpu, line float64) {
	w := &op.within // means of both, and how many
	w[2]++
	d := cpu - w[0]
	w[0] += d / w[2]
	w[1] += (line - w[1]) / w[2]
	op.service.spread += d * (cpu - w[0])
	op.service.covariance += d * (line - w[1])
}

// sorted are the names of services in order.
func (l *Learned) sorted() []*service {
	var out []*service
	for _, s := range l.services {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *service) int { return cmp.Compare(a.name, b.name) })
	return out
}
