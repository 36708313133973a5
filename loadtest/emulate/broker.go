package emulate

import (
	"context"
	"slices"
	"sync"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/scenarios"
)

// topic is the broker's side of a topic: it keeps the messages of each
// partition of each group of consumers in line and hands them, a batch at a
// time, to the consumer.
type topic struct {
	system *System
	model  *scenarios.Topic
	random *stream // "partition/<topic>"
	keys   rules.Popularity

	mu      *sync.Mutex // one for all topics
	groups  []*group
	blocked []*publisher // that wait for room
	meter   publishMeter
}

// group is the consumers of one operation, each of which works on partitions of
// its own.
type group struct {
	topic      *topic
	consumer   scenarios.OpID
	partitions []partition
	meter      topicMeter
	waiting    int // messages that wait to be taken, or are on their way to the line
}

// partition is one partition of a group.
type partition struct {
	line   []*letter // by the instant at which they came
	busy   bool      // a batch of it is being worked on
	free   float64   // since when it is not (s)
	linger *alarm.Entry
}

// letter is one delivery of a message: when it came to its partition.
type letter struct {
	message *message
	came    float64 // (s)
}

// message is one message to one group. The lock on topics guards it.
type message struct {
	published float64 // (s)
	rank      int
	tries     int  // times that a consumer began with it
	done      bool // it ended well, or used its deliveries up
}

// publisher is a frame that waits for room.
type publisher struct {
	at   float64 // since when (s)
	rank int
	from *service
	let  chan float64 // gets the instant at which there was room (s)
	in   bool         // there was
}

func newTopic(sys *System, id scenarios.TopicID) *topic {
	m := &sys.model.Topics[id]
	t := &topic{system: sys, model: m, mu: &sys.broking, random: newStream(sys.seed, "partition/"+m.Name)}
	if m.Keys > 0 {
		t.keys = rules.Zipf(m.Keys, m.Skew)
	}
	for _, op := range m.Consumers() {
		g := &group{topic: t, consumer: op, partitions: make([]partition, m.Partitions)}
		for p := range g.partitions {
			g.partitions[p].linger = sys.clock.Entry(func() { g.lingered(p) })
		}
		t.groups = append(t.groups, g)
	}
	return t
}

// publish puts a message of a frame on the topic at the instant now: it crosses
// the network and then stands in the line of a partition of each group. Where
// there is no room it waits, or is turned away.
func (t *topic) publish(ctx context.Context, f *frame, now float64) (float64, fault) {
	v := f.visit
	t.mu.Lock()
	t.meter.offer(now)
	if t.model.Capacity == 0 || !t.full() {
		t.put(v.service, now, v.rank)
		t.mu.Unlock()
		return now, none
	}
	switch t.model.Full {
	case scenarios.Reject:
		t.meter.reject(now)
		t.mu.Unlock()
		return now, rejected
	case scenarios.Drop:
		t.drop(now)
		t.mu.Unlock()
		return now, none
	}
	p := &publisher{at: now, rank: v.rank, from: v.service, let: make(chan float64, 1)}
	t.blocked = append(t.blocked, p)
	t.meter.blocked.add(now, 1)
	t.mu.Unlock()
	select {
	case at := <-p.let:
		return at, none
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.in { // meanwhile
		return <-p.let, none
	}
	at, why := stopped(ctx, now)
	t.blocked = slices.DeleteFunc(t.blocked, func(x *publisher) bool { return x == p })
	t.meter.blocked.add(at, -1)
	return at, why
}

// full reports whether as many messages as there is room for wait in some
// group. The lock is held, as in all that follows.
func (t *topic) full() bool {
	return slices.ContainsFunc(t.groups, func(g *group) bool { return g.waiting >= t.model.Capacity })
}

// letIn lets publishers that wait for room go on from the instant at, as far as
// there is room.
func (t *topic) letIn(at float64) {
	for len(t.blocked) > 0 && !t.full() {
		p := t.blocked[0]
		t.blocked = t.blocked[1:]
		at := max(at, p.at)
		t.meter.blocked.add(at, -1)
		p.in = true
		t.put(p.from, at, p.rank)
		p.let <- at
	}
}

// drop loses a message for want of room.
func (t *topic) drop(now float64) {
	for _, g := range t.groups {
		g.meter.publish(now)
		g.meter.drop(now)
	}
}

// put sends a message of a service, or of a broker where that is nil, to every
// group.
func (t *topic) put(from *service, now float64, rank int) {
	sys := t.system
	p := 0
	switch n := t.model.Partitions; {
	case n == 1:
	case t.keys.N > 0:
		p = int(rules.Mix(uint64(t.keys.Pick(t.random.share()))) % uint64(n))
	default:
		p = t.random.below(n)
	}
	came := now
	if from != nil {
		came += sys.latency()
	}
	for _, g := range t.groups {
		g.meter.publish(now)
		if sys.loses(from, g.consumer) {
			g.meter.drop(now)
			continue
		}
		l := &letter{message: &message{published: now, rank: rank}, came: came}
		g.meter.depth.add(now, 1)
		g.wait(now, 1)
		if came > sys.clock.Now() {
			sys.clock.At(came, func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				g.arrive(p, l)
			})
			continue
		}
		g.arrive(p, l)
	}
}

// wait counts so many messages more that wait to be taken.
func (g *group) wait(at float64, n int) {
	g.waiting += n
	g.meter.waiting.add(at, n)
}

// arrive puts a message in the line of its partition and, when nothing of that
// is being worked on, sends the next batch off. It does not block.
func (g *group) arrive(p int, l *letter) {
	part := &g.partitions[p]
	i := len(part.line)
	for i > 0 && part.line[i-1].came > l.came {
		i--
	}
	part.line = slices.Insert(part.line, i, l)
	g.pull(p)
}

// lingered looks again whether a batch has waited long enough.
func (g *group) lingered(p int) {
	g.topic.mu.Lock()
	defer g.topic.mu.Unlock()
	g.pull(p)
}

// wake lets the partitions that are consumed at a service look for a batch: a
// replica is up again. The lock of the service may be held.
func (s *System) wake(id scenarios.ServiceID) {
	for _, t := range s.topics {
		for _, g := range t.groups {
			if s.model.Operations[g.consumer].Service != id {
				continue
			}
			s.clock.After(0, func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				for p := range g.partitions {
					g.pull(p)
				}
			})
		}
	}
}

// pull sends the next batch of a partition off, if there is one and nothing of
// it is being worked on.
func (g *group) pull(p int) {
	sys := g.topic.system
	if sys.ctx.Err() != nil {
		return
	}
	batch, at, ok := g.take(p)
	if !ok || !sys.work.begin() {
		return // or the system is at its end
	}
	go func() {
		defer sys.work.end()
		g.deliver(p, batch, at)
	}()
}

// take takes what waits in the line at the moment at which the partition is
// free and a batch is full, or has waited long enough: at most a batch of it.
func (g *group) take(p int) (batch []*letter, at float64, ok bool) {
	t, part := g.topic, &g.partitions[p]
	if part.busy || len(part.line) == 0 || !t.system.services[t.system.model.Operations[g.consumer].Service].reachable() {
		return nil, 0, false
	}
	most := min(len(part.line), t.model.Batch)
	at = max(part.free, part.line[0].came)
	if t.model.Linger > 0 {
		ready := part.line[0].came + t.model.Linger
		if len(part.line) >= t.model.Batch {
			ready = min(ready, part.line[t.model.Batch-1].came)
		} else if ready > t.system.clock.Now() {
			part.linger.Set(ready)
			return nil, 0, false
		}
		at = max(at, ready)
	}
	n := 1
	for n < most && part.line[n].came <= at {
		n++
	}
	batch = slices.Clone(part.line[:n])
	part.line = slices.Delete(part.line, 0, n)
	part.busy = true // before others come, for whom there is room now
	g.wait(at, -n)
	if t.model.Capacity > 0 {
		t.letIn(at)
	}
	return batch, at, true
}

// reachable reports whether a replica is up that could work on a batch.
func (s *service) reachable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.up) > 0
}
