package emulate

import (
	"slices"
	"sync"

	"github.com/headroom/headroom/scenarios"
)

// topic is the broker's side of a topic: it keeps the messages of each
// partition in line and hands them, a batch at a time, to the consumer.
type topic struct {
	system *System
	model  *scenarios.Topic
	random *stream // "partition/<topic>"

	mu         sync.Mutex
	partitions []partition
	meter      topicMeter
}

// partition is one partition of a topic.
type partition struct {
	line []message // by the instant at which they came
	busy bool      // a batch of it is being worked on
	free float64   // since when it is not
}

// message is one message: when it was published and when it came to its partition.
type message struct{ published, came float64 }

func newTopic(sys *System, id scenarios.TopicID) *topic {
	m := &sys.model.Topics[id]
	return &topic{
		system:     sys,
		model:      m,
		random:     newStream(sys.seed, "partition/"+m.Name),
		partitions: make([]partition, m.Partitions),
	}
}

// publish puts a message on the topic at the instant now: it crosses the
// network and then stands in the line of a partition drawn at random.
func (t *topic) publish(now float64) {
	p := 0
	if len(t.partitions) > 1 {
		p = t.random.below(len(t.partitions))
	}
	m := message{published: now, came: now + t.system.latency()}
	t.mu.Lock()
	t.meter.depth.add(now, 1)
	t.mu.Unlock()
	if m.came > t.system.clock.Now() {
		t.system.clock.At(m.came, func() { t.arrive(p, m) })
		return
	}
	t.arrive(p, m)
}

// arrive puts a message in the line of its partition and, when nothing of that
// is being worked on, sends the next batch off. It does not block.
func (t *topic) arrive(p int, m message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	part := &t.partitions[p]
	i := len(part.line)
	for i > 0 && part.line[i-1].came > m.came {
		i--
	}
	part.line = slices.Insert(part.line, i, m)
	if part.busy || !t.system.work.begin() {
		return
	}
	part.busy = true
	go func() {
		defer t.system.work.end()
		t.deliver(p)
	}()
}

// deliver hands over one batch of a partition after the other until its line
// is empty.
func (t *topic) deliver(p int) {
	for {
		batch, at, more := t.take(p)
		if !more {
			return
		}
		o := order{op: t.model.Consumer, at: at, local: true, batch: len(batch), replica: p}
		consumer := t.system.services[t.system.model.Operations[o.op].Service]
		end, f := t.system.call(t.system.ctx, consumer.client, o)
		t.done(p, batch, end, f)
		if f == closing {
			return
		}
	}
}

// take takes what waits in the line at the moment at which the partition is
// free and something waits: at most a batch of it. Without anything in the line
// the partition is idle from now on.
func (t *topic) take(p int) (batch []message, at float64, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	part := &t.partitions[p]
	if len(part.line) == 0 {
		part.busy = false
		return nil, 0, false
	}
	at = max(part.free, part.line[0].came)
	n := 1
	for n < min(len(part.line), t.model.Batch) && part.line[n].came <= at {
		n++
	}
	batch = slices.Clone(part.line[:n])
	part.line = slices.Delete(part.line, 0, n)
	return batch, at, true
}

// done takes a batch off the topic at the instant end; one that failed is
// dropped, and counted.
func (t *topic) done(p int, batch []message, end float64, f fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partitions[p].free = end
	t.meter.done(batch, end, f)
}
