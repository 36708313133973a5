package emulate

import (
	"context"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/headroom/headroom/loadtest/internal/alarm"
	"github.com/headroom/headroom/scenarios"
)

// turnedAwayFor is how long a batch that found no room at its consumer waits
// where no ack-timeout says otherwise (s).
const turnedAwayFor = 1

// delivery is one batch in hand.
type delivery struct {
	group     *group
	partition int
	letters   []*letter
	began     bool // a consumer has, in a thread
	over      bool // it ended, or is overdue
	overdue   bool // its messages were delivered to others
	alarm     *alarm.Entry
}

// deliver hands one batch of a partition over, and then looks for the next.
func (g *group) deliver(p int, letters []*letter, at float64) {
	t := g.topic
	sys := t.system
	d := &delivery{group: g, partition: p, letters: letters}
	name := sys.begins.name(d.begin)
	r := g.hand(p, letters, at, name)
	sys.begins.forget(name)
	t.mu.Lock()
	defer t.mu.Unlock()
	if d.alarm != nil {
		d.alarm.Stop()
	}
	if len(d.letters) > 0 {
		g.meter.batch(len(d.letters), r.at)
	}
	for _, l := range d.letters {
		switch m := l.message; {
		case r.fault == none && m.done:
			g.meter.duplicate(r.at)
		case r.fault == none || t.model.Delivery == scenarios.AtMostOnce:
			g.ended(m, r.at, r.fault)
		case !d.overdue:
			g.redeliver(p, m, r.at)
		}
	}
	if d.over {
		return // its partition has gone on
	}
	d.over = true
	pause := 0.0 // what never got as far as to begin is not tried again at the same instant
	if t.model.Delivery == scenarios.AtLeastOnce && !d.began {
		if pause = t.model.AckTimeout; pause == 0 {
			pause = turnedAwayFor
		}
	}
	g.freed(p, r.at+pause)
}

// begin lets a consumer begin with a batch, but for messages that are done by
// now, and returns how many are left.
func (d *delivery) begin(at float64) int {
	g := d.group
	t := g.topic
	t.mu.Lock()
	defer t.mu.Unlock()
	d.began = true
	d.letters = slices.DeleteFunc(d.letters, func(l *letter) bool { return l.message.done })
	for _, l := range d.letters {
		l.message.tries++
		g.meter.deliver(at, l.message.tries)
	}
	if after := t.model.AckTimeout; after > 0 && t.model.Delivery == scenarios.AtLeastOnce && len(d.letters) > 0 {
		d.alarm = t.system.clock.At(at+after, func() { d.late(at + after) })
	}
	return len(d.letters)
}

// late lets a batch be overdue: its messages are delivered again, and its
// partition goes on, while the consumer works on.
func (d *delivery) late(at float64) {
	g := d.group
	g.topic.mu.Lock()
	defer g.topic.mu.Unlock()
	if d.over {
		return
	}
	d.over, d.overdue = true, true
	for _, l := range d.letters {
		g.redeliver(d.partition, l.message, at)
	}
	g.freed(d.partition, at)
}

// hand hands a batch over and returns how the consumer ended.
func (g *group) hand(p int, letters []*letter, at float64, name string) heard {
	sys := g.topic.system
	consumer := sys.services[sys.model.Operations[g.consumer].Service]
	o := order{op: g.consumer, at: at, batch: len(letters), replica: p % len(consumer.replicas), rank: math.MaxInt, attempt: name}
	for _, l := range letters {
		o.rank = min(o.rank, l.message.rank)
	}
	ctx, end := context.WithCancel(sys.ctx)
	defer end()
	r, _ := sys.send(ctx, consumer.client, o)
	return r
}

// freed lets a partition go on from the instant at. The lock is held.
func (g *group) freed(p int, at float64) {
	part := &g.partitions[p]
	part.free = at
	if at > g.topic.system.clock.Now() {
		g.topic.system.clock.At(at, func() {
			g.topic.mu.Lock()
			defer g.topic.mu.Unlock()
			part.busy = false
			g.pull(p)
		})
		return
	}
	part.busy = false
	g.pull(p)
}

// ended counts a message that is done or lost. The lock is held.
func (g *group) ended(m *message, at float64, why fault) {
	m.done = true
	g.meter.depth.add(at, -1)
	if why != none {
		g.meter.drop(at)
		return
	}
	g.meter.done(m.published, at)
	if g.meter.span.has(m.published) {
		g.topic.meter.delay.record(at - m.published)
	}
}

// redeliver puts a message that is not done at the end of its partition's line
// again, unless it has used up its deliveries. The lock is held.
func (g *group) redeliver(p int, m *message, at float64) {
	t := g.topic
	switch {
	case m.done:
		return
	case t.model.Attempts > 0 && m.tries >= t.model.Attempts:
		g.die(m, at)
		return
	}
	g.wait(at, 1)
	part := &g.partitions[p]
	part.line = append(part.line, &letter{message: m, came: at})
}

// die ends a message that has used up its deliveries: it goes to the topic of
// dead letters, as if published there now, or is lost. The lock is held.
func (g *group) die(m *message, at float64) {
	m.done = true
	g.meter.depth.add(at, -1)
	g.meter.die(at)
	to := g.topic.model.DeadLetter
	if to == nil {
		return
	}
	dead := g.topic.system.topics[*to]
	dead.meter.offer(at)
	if dead.model.Capacity > 0 && dead.full() { // nobody waits for room for the dead
		dead.drop(at)
		return
	}
	dead.put(nil, at, m.rank)
}

// beginnings are what is to be told when a consumer begins with a batch, by the
// name that the batch goes by.
type beginnings struct {
	mu   sync.Mutex
	last uint64
	told map[string]func(at float64) int
}

func (b *beginnings) name(f func(at float64) int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	name := strconv.FormatUint(b.last, 36)
	b.told[name] = f
	return name
}

func (b *beginnings) forget(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.told, name)
}

// tell tells that a consumer began with a batch of so many messages, and returns
// how many are left to do.
func (b *beginnings) tell(name string, at float64, n int) int {
	b.mu.Lock()
	f := b.told[name]
	b.mu.Unlock()
	if f == nil {
		return n
	}
	return f(at)
}
