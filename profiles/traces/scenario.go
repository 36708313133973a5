package traces

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/foreign"
)

// writer turns what was learned into a scenario.
type writer struct {
	*Learned
	d         *foreign.Draft
	ids       map[*operation]scenarios.OpID
	services  map[*service]scenarios.ServiceID
	topics    map[string][]*operation // consumers
	topicIDs  map[string]scenarios.TopicID
	unknown   map[string]bool // topics that nobody consumes
	seen      float64         // (s)
	weight    float64         // requests that one seen stands for
	isSession map[*operation]bool
}

// Scenario writes what was learned as a scenario; the name is that of the file.
func (l *Learned) Scenario(name string) (*foreign.Imported, error) {
	w := &writer{
		Learned: l, d: foreign.NewDraft(name), ids: map[*operation]scenarios.OpID{}, services: map[*service]scenarios.ServiceID{},
		topics: map[string][]*operation{}, topicIDs: map[string]scenarios.TopicID{}, unknown: map[string]bool{}, isSession: map[*operation]bool{},
	}
	w.seen, w.weight = float64(l.Last-l.First)/1e9, 1
	if err := w.possible(name); err != nil {
		return nil, err
	}
	w.head()
	w.declare()
	w.declareTopics()
	for _, s := range l.sorted() {
		for _, op := range s.operations {
			if id, ok := w.ids[op]; ok {
				w.d.Model().Operations[id].Steps = w.steps(op)
			}
		}
	}
	w.crossing()
	w.workloads()
	if len(w.d.Model().Workloads) == 0 {
		return nil, fmt.Errorf("%s: no requests that a rate could be made of: all at one instant, or such that ask no service", name)
	}
	w.notes()
	return w.d.Finish()
}

// possible says what a scenario needs and the traces do not have.
func (w *writer) possible(name string) error {
	requests, served := 0, 0
	weight := 0.0
	for _, op := range w.operations {
		requests += op.starts.n
		weight += op.starts.weight
		w.isSession[op] = op.session && op.roots == op.visits && op.fed == ""
		if !w.isSession[op] {
			served++
		}
	}
	switch {
	case requests < 2 || !(w.seen > 0):
		return fmt.Errorf("%s: %d requests in it: a rate of arrival takes two at least, some hundred to be of use", name, requests)
	case served == 0:
		return fmt.Errorf("%s: clients only, and no span of a service: traces of services are wanted", name)
	}
	w.weight = weight / float64(requests)
	return nil
}

func (w *writer) head() {
	at := func(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000") }
	w.d.Remark("", fmt.Sprintf("from traces: %d traces with %d spans, %s to %s UTC, %s s", w.Traces, w.Spans, at(w.First), at(w.Last), plain(w.seen)))
	w.d.Remark("", "cpu is the time of an operation itself: without the calls that it waits for")
}

// declare adds the services and their operations.
func (w *writer) declare() {
	for _, s := range w.sorted() {
		var ops []*operation
		for _, op := range s.operations {
			if !w.isSession[op] && op.visits+len(op.edges) > 0 {
				ops = append(ops, op)
			}
		}
		if len(ops) == 0 {
			continue
		}
		slices.SortStableFunc(ops, func(a, b *operation) int { return cmp.Compare(a.name, b.name) })
		id := w.d.Service(s.name)
		w.services[s] = id
		w.size(s, id)
		for _, op := range ops {
			short := strings.TrimPrefix(op.name, s.name+".")
			w.ids[op] = w.d.Operation(id, short)
			if op.fed != "" {
				w.topics[op.fed] = append(w.topics[op.fed], op)
			}
		}
	}
}

// size says how many replicas and cores a service has, as far as that is known.
func (w *writer) size(s *service, id scenarios.ServiceID) {
	out := &w.d.Model().Services[id]
	s.replicas = max(s.replicas, len(s.instances))
	out.Replicas = s.replicas
	busy := s.busy.mean * float64(s.busy.n) * w.weight / w.seen
	say := func(format string, args ...any) { w.d.Remark(out.Name, fmt.Sprintf(format, args...)) }
	if s.told {
		cores, fifo := s.coresByWaiting(w.seen / w.weight)
		out.Cores = cores
		if fifo {
			out.Discipline = scenarios.FIFO
		}
		say("%s cores busy in the mean; so many of a replica explain the waiting that was seen", plain(busy))
		if s.threadLine > 0 {
			w.d.Note("service "+out.Name, "requests waited for threads, and how many there are is not in traces", "no limit; set threads")
		}
		return
	}
	most := s.together()
	out.Cores = max(1, (most+s.replicas-1)/s.replicas, int(math.Ceil(busy/float64(s.replicas)/0.95)))
	say("%s at work in the mean, %d at once: so many cores at least, which is all that traces tell", plain(busy), most)
	if s.unseen {
		say("it emits no spans: these are its callers', with the network in them")
	}
}

func (w *writer) declareTopics() {
	for _, name := range slices.Sorted(maps.Keys(w.topics)) {
		ops := w.topics[name]
		t := scenarios.Topic{Name: name, Consumer: w.ids[ops[0]], Batch: 1, Partitions: 1}
		for _, op := range ops {
			t.Partitions = max(t.Partitions, op.service.together(), op.service.replicas)
			t.Batch = max(t.Batch, op.batch)
		}
		t.Partitions = min(t.Partitions, 10_000)
		id := w.d.Topic(t)
		w.topicIDs[name] = id
		w.d.Note("topic "+w.d.Model().Topics[id].Name, "partitions are not in traces", fmt.Sprintf("%d, so many messages were worked on at once", t.Partitions))
		if len(ops) > 1 {
			w.d.Note("topic "+w.d.Model().Topics[id].Name, fmt.Sprintf("%d operations take from it, and which gets what is not in traces", len(ops)), "the first takes all")
		}
	}
}

// crossing is the time on the network: half of what clients saw beyond servers,
// if both ways take independent times of the same law.
func (w *writer) crossing() {
	if w.network.n == 0 {
		return
	}
	one := w.network // moments of one way, in bins of half the time
	one.mean, one.m2, one.min, one.max = one.mean/2, one.m2/2, one.min/2, one.max/2
	if !(one.mean > 1e-8) {
		return
	}
	// Quantiles of the sum are none of a summand: moments alone choose.
	one.bins = nil
	w.d.Model().Network.Latency = fit(&one)
	w.d.Remark("network", fmt.Sprintf("%d calls seen from both sides: half of what is between them, %s ± %s", w.network.n, amount(one.mean), amount(w.network.half()/2)))
}

// workloads adds where requests come from.
func (w *writer) workloads() {
	entries := map[*service][]*operation{}
	for _, op := range w.operations {
		switch {
		case w.isSession[op]:
			w.session(op)
		case op.roots > 0:
			entries[op.service] = append(entries[op.service], op)
		}
	}
	for _, s := range w.sorted() {
		if ops := entries[s]; len(ops) > 0 {
			w.entry(s.name+"-requests", ops)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.topics)) {
		if ops := w.topics[name]; !w.published(name) && ops[0].starts.n > 1 {
			w.entry(name+"-messages", ops)
			w.d.Note("topic "+name, "nobody was seen to publish to it", "its consumer is asked for by a workload")
		}
	}
}

func (w *writer) published(topic string) bool {
	for _, op := range w.operations {
		if op.publishes[topic] > 0 {
			return true
		}
	}
	return false
}

// entry is a workload of requests that begin at operations.
func (w *writer) entry(name string, ops []*operation) {
	var all []*arrivals
	sum := 0.0
	for _, op := range ops {
		all = append(all, &op.starts)
		sum += op.starts.weight
	}
	out := scenarios.Workload{}
	for _, op := range ops {
		out.Mix = append(out.Mix, scenarios.Share{Op: w.ids[op], P: op.starts.weight / sum})
	}
	w.open(name, out, joined(all))
}

// session is a workload whose requests a client was seen to make.
func (w *writer) session(op *operation) {
	name := op.service.name
	if op.name != "" && op.name != name {
		name += "-" + op.name
	}
	out := scenarios.Workload{}
	shapes := op.ways()
	single, idle := true, 0.0
	for _, s := range shapes {
		single = single && len(s.stages) == 1 && s.stages[0].once()
		idle += s.wait.mean * float64(s.n) / float64(max(op.cpu.n, 1))
		if !op.service.told {
			idle += s.cpu.mean * float64(s.n) / float64(max(op.cpu.n, 1))
		}
	}
	switch still := idle < 0.01*op.span.mean; {
	case single && still && len(shapes) > 0 && op.unshaped == 0:
		out.Mix = w.mix(shapes)
	case still && !op.parallel && len(op.next) > 0 && (op.unshaped > 0 || len(shapes) > 3):
		out.Route = w.route(op)
	default:
		out.Steps = w.sessionSteps(op, shapes)
	}
	if len(out.Mix)+len(out.Steps) == 0 && out.Route == nil {
		w.d.Note("workload "+name, "its requests asked no service for anything", "left out")
		return
	}
	w.open(name, out, joined([]*arrivals{&op.starts}))
}

func (w *writer) mix(shapes []*shape) []scenarios.Share {
	n := map[*operation]int{}
	total := 0
	for _, s := range shapes {
		n[s.stages[0].branches[0][0].op] += s.n
		total += s.n
	}
	var out []scenarios.Share
	for _, op := range w.operations {
		if n[op] > 0 {
			out = append(out, scenarios.Share{Op: w.ids[op], P: float64(n[op]) / float64(total)})
		}
	}
	return out
}

// route is a session of calls one after the other as a Markov chain.
func (w *writer) route(op *operation) *scenarios.Route {
	out := &scenarios.Route{Next: map[scenarios.OpID][]scenarios.Share{}}
	for from, to := range op.next {
		total := 0
		for _, n := range to {
			total += n
		}
		var shares []scenarios.Share
		for _, o := range w.operations {
			if to[o] > 0 {
				shares = append(shares, scenarios.Share{Op: w.ids[o], P: float64(to[o]) / float64(total)})
			}
		}
		if from == nil {
			out.Start = shares
		} else {
			out.Next[w.ids[from]] = shares
		}
	}
	return out
}

// open adds a workload with the arrivals that were seen.
func (w *writer) open(name string, out scenarios.Workload, p process) {
	if !(p.rate > 2e-9 && p.rate < 1e12) { // the language's bounds
		w.d.Note("workload "+name, fmt.Sprintf("%d requests, all at one instant or years apart: no rate can be made of these", p.n), "left out")
		return
	}
	a := &scenarios.Arrivals{Kind: scenarios.Poisson, Rate: round(p.rate)}
	cv := math.Sqrt(p.scv)
	how := fmt.Sprintf("gaps have a cv of %s", plain(cv))
	switch gap := amount(1 / p.rate); {
	case !p.whole:
		how = "sampled, or more than are kept: how bursty they come is not known"
	case p.poisson:
		how += ", as those of independent people (a test at 1 % does not object)"
	case cv < 0.02:
		a.Kind = scenarios.Constant
	default:
		family := "gamma"
		if cv > 1 {
			family = "hyperexp"
		}
		d, err := dist.Parse(fmt.Sprintf("%s(mean=%s, cv=%s)", family, gap, plain(min(max(cv, 0.02), 100))), dist.Seconds)
		if err == nil {
			a.Kind, a.Gap = scenarios.Renewal, d
		}
	}
	out.Arrivals = a
	full := w.d.Workload(name, out)
	w.d.Remark(full, fmt.Sprintf("%d requests, %s/s; %s", p.n, plain(p.rate), how))
	if p.trend {
		w.d.Note("workload "+full, "its rate was not the same all the time", "the mean rate is taken; give tests the shape")
	}
}
