package scenarios

import (
	"fmt"
	"slices"

	"github.com/headroom/headroom/scenarios/dist"
)

// plainer replaces words that an interpreter does not know.
type plainer struct {
	known map[Word]bool
	seen  map[Feature]bool
	list  []Feature
	where string // the service or workload whose steps are being looked at
	op    *Operation
	m     *Model
}

// drop reports whether a word is to be replaced, and notes that it was.
func (p *plainer) drop(w Word, what, where, effect string) bool {
	if p.known[w] {
		return false
	}
	f := Feature{Word: w, What: what, Where: where, Effect: effect}
	if !p.seen[f] {
		p.seen[f] = true
		p.list = append(p.list, f)
	}
	return true
}

func (p *plainer) services(m *Model) {
	services, own := m.Services, false
	for i := range services {
		if s := &services[i]; s.plain() {
			continue
		}
		if !own {
			services, own = slices.Clone(services), true
		}
		s := &services[i]
		where := "services." + s.Name
		switch s.Discipline {
		case LIFO, Priority, SJF:
			if p.drop(WordDiscipline, "its order of service", where, "requests are served in order of arrival") {
				s.Discipline = FIFO
			}
		case PreemptivePriority, SRPT:
			if p.drop(WordDiscipline, "its order of service", where, "requests share the cores alike") {
				s.Discipline = PS
			}
		}
		if s.Choices > 2 && p.drop(WordChoices, "a choice among more than two replicas", where, "two are chosen from") {
			s.Choices = 0
		}
		p.guard(&s.Guard, where)
		if s.Partitions != nil && p.drop(WordPartitions, "its partitions", where, "any replica serves any request") {
			s.Partitions = nil
		}
		if s.Replication != nil && p.drop(WordReplication, "its replication", where, "replicas share no data, and nothing waits for copies") {
			s.Replication = nil
		}
		if s.Slow.Replicas > 0 && p.drop(WordSlow, "slow replicas", where, "all replicas are equally fast") {
			s.Slow = Slow{}
		}
		if s.Failures != nil && p.drop(WordFailures, "failures of replicas", where, "replicas are always up") {
			s.Failures = nil
		}
		if s.Scaling != nil && p.drop(WordAutoscale, "its autoscaler", where, "the number of replicas is the one at the start") {
			s.Scaling = nil
		}
	}
	m.Services = services
}

// plain reports whether a service has none of the words that may be replaced.
func (s *Service) plain() bool {
	g := &s.Guard
	return (s.Discipline == FIFO || s.Discipline == PS) && s.Choices <= 2 &&
		g.Line == FIFOLine && g.Patience.IsZero() && !(g.Rate > 0) && !(g.Shed > 0) &&
		s.Partitions == nil && s.Replication == nil && s.Slow.Replicas <= 0 && s.Failures == nil && s.Scaling == nil
}

// plainSteps reports whether steps have none of the words that may be replaced.
func plainSteps(steps []Step) bool {
	for _, s := range steps {
		switch s := s.(type) {
		case CPU, Wait, Publish:
		case Call:
			if !s.Options.Plain() || s.Options.Cancel {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func (p *plainer) guard(g *Guard, where string) {
	if g.Line != FIFOLine && p.drop(WordLine, "the order of its line", where, "threads are given out in order of arrival") {
		g.Line = FIFOLine
	}
	if !g.Patience.IsZero() && p.drop(WordPatience, "patience", where, "nobody leaves the line") {
		g.Patience = dist.Dist{}
	}
	if g.Rate > 0 && p.drop(WordRateLimit, "its rate limit", where, "nothing is rejected for coming too fast") {
		g.Rate, g.Burst = 0, 0
	}
	if g.Shed > 0 && p.drop(WordShed, "load shedding", where, "nothing is shed") {
		g.Shed = 0
	}
}

func (p *plainer) topics(m *Model) {
	topics := slices.Clone(m.Topics)
	for i := range topics {
		t := &topics[i]
		where := "topics." + t.Name
		if len(t.Groups) > 0 && p.drop(WordGroups, "further consumers", where, "only the first consumer gets the messages") {
			t.Groups = nil
		}
		if t.Linger > 0 && p.drop(WordLinger, "linger", where, "batches go as soon as the consumer is free") {
			t.Linger = 0
		}
		if t.Capacity > 0 && p.drop(WordCapacity, "its capacity", where, "any number of messages may wait") {
			t.Capacity = 0
		}
		if t.Keys > 0 && p.drop(WordKeys, "keys of messages", where, "messages go to partitions at random") {
			t.Keys = 0
		}
		if t.Delivery != AtMostOnce && p.drop(WordDelivery, "delivery at least once", where, "a batch that fails is lost, and nothing is delivered twice") {
			t.Delivery, t.AckTimeout, t.Attempts, t.DeadLetter = AtMostOnce, 0, 0, nil
		}
	}
	m.Topics = topics
}

func (p *plainer) workloads(m *Model) {
	p.m = m
	workloads := slices.Clone(m.Workloads)
	for i := range workloads {
		w := &workloads[i]
		p.where = "workloads." + w.Name
		w.Steps = p.steps(w.Steps)
		if !w.Open() {
			continue
		}
		for kind, word := range map[ArrivalKind]Word{MMPP: WordMMPP, Batch: WordBatch, Replay: WordReplay} {
			if w.Arrivals.Kind == kind && p.drop(word, string(word)+" arrivals", p.where, "they are taken as Poisson, of the same rate: waits are too short") {
				w.Arrivals = &Arrivals{Kind: Poisson, Rate: w.Arrivals.Rate, Gap: dist.Exponential(1 / w.Arrivals.Rate)}
				break
			}
		}
	}
	m.Workloads = workloads
}

func (p *plainer) operations(m *Model) {
	p.m = m
	operations, own := m.Operations, false
	for i := range operations {
		if plainSteps(operations[i].Steps) {
			continue
		}
		if !own {
			operations, own = slices.Clone(operations), true
		}
		p.op = &operations[i]
		p.where = "services." + m.Services[p.op.Service].Name
		operations[i].Steps = p.steps(operations[i].Steps)
	}
	m.Operations = operations
}

// steps replaces what is in a list of steps, at any depth.
func (p *plainer) steps(steps []Step) []Step {
	if plainSteps(steps) {
		return steps
	}
	out := make([]Step, 0, len(steps))
	for _, s := range steps {
		out = append(out, p.step(s)...)
	}
	return out
}

func (p *plainer) step(s Step) []Step {
	switch s := s.(type) {
	case Call:
		s.Options = p.options(s.Options)
		return []Step{s}
	case Parallel:
		branches := make([][]Step, len(s.Branches))
		for i, b := range s.Branches {
			branches[i] = p.steps(b)
		}
		s.Branches = branches
		return []Step{s}
	case Choose:
		branches := slices.Clone(s.Branches)
		for i := range branches {
			branches[i].Steps = p.steps(branches[i].Steps)
		}
		s.Branches = branches
		return []Step{s}
	case Cache:
		s.Then, s.Else = p.steps(s.Then), p.steps(s.Else)
		if s.Store != nil && p.drop(WordStore, "a cache of keys", p.where, "every request misses") {
			s.Store, s.Hit = nil, 0
		}
		return []Step{s}
	case Repeat:
		s.Steps = p.steps(s.Steps)
		return []Step{s}
	case FanOut:
		return p.fanOut(s)
	case Lock:
		s.Steps = p.steps(s.Steps)
		if p.drop(WordLock, fmt.Sprintf("lock %q", p.lockName(s)), p.where, "waiting for it is left out") {
			return s.Steps
		}
	case Barrier:
		if p.drop(WordBarrier, "a barrier", p.where, "users do not wait for each other") {
			return nil
		}
	case Acquire:
		if p.drop(WordPool, "a pool", p.where, "waiting for one of it is left out") {
			return nil
		}
	case Release:
		if !p.known[WordPool] {
			return nil
		}
	case Fail:
		if p.drop(WordFail, "a step that fails", p.where, "nothing fails there") {
			return nil
		}
	}
	return []Step{s}
}

func (p *plainer) lockName(l Lock) string {
	if p.op == nil {
		return ""
	}
	locks := p.m.Services[p.op.Service].Locks
	if l.Lock < 0 || int(l.Lock) >= len(locks) {
		return ""
	}
	return locks[l.Lock].Name
}

// fanOut becomes a parallel of calls.
func (p *plainer) fanOut(s FanOut) []Step {
	s.Options = p.options(s.Options)
	if !p.drop(WordFanOut, "fanout", p.where, "its calls go to replicas as others do, and may meet at one") {
		return []Step{s}
	}
	width := p.m.FanOutWidth(s)
	need := s.Need
	if need == 0 {
		need = width
	}
	out := Parallel{At: s.At, Need: need}
	for i := range width {
		out.Branches = append(out.Branches, []Step{Call{At: At(fmt.Sprintf("%s/%d", s.Path(), i)), Op: s.Op, Options: s.Options}})
	}
	return []Step{out}
}

// FanOutWidth is how many calls a fan-out makes.
func (m *Model) FanOutWidth(f FanOut) int {
	if f.Width > 0 {
		return f.Width
	}
	s := &m.Services[m.Operations[f.Op].Service]
	if s.Partitions != nil {
		return s.Partitions.Count
	}
	return s.Replicas
}

func (p *plainer) options(o CallOptions) CallOptions {
	if o.Timeout > 0 && p.drop(WordTimeout, "timeouts of calls", p.where, "callers wait for every answer") {
		o.Timeout, o.Cancel = 0, false
	}
	if o.Cancel && p.drop(WordCancel, "taking back what is given up", p.where, "the callee works on") {
		o.Cancel = false
	}
	if o.Retry != nil && p.drop(WordRetry, "retries", p.where, "nothing is tried again, and what fails stays failed") {
		o.Retry = nil
	}
	if o.Hedge != nil && p.drop(WordHedge, "hedged calls", p.where, "one copy is sent") {
		o.Hedge = nil
	}
	if o.Breaker != nil && p.drop(WordBreaker, "circuit breakers", p.where, "calls go on however many fail") {
		o.Breaker = nil
	}
	return o
}
