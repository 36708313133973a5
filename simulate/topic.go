package simulate

import (
	"math/rand/v2"

	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// channel is a topic as its publishers see it: each message goes to all its
// groups of consumers, which are the topics first to first+groups−1.
type channel struct {
	name     string
	first    int32
	groups   int32
	capacity int // messages that may wait in a group; 0 = no bound
	full     scenarios.FullRule
	keys     popularity // of messages; n = 0 where a partition is picked at random
}

// publisher is what a channel is doing.
type publisher struct {
	pick      *rand.Rand // "partition/<topic>"
	line      line       // of frames that wait for room
	blocked   gauge      // of these (1)
	offered   int64      // messages that were to be published
	rejected  int64      // of these, turned away
	admitting bool
}

// partition is a part of a topic: its line of messages, and whether a batch of
// it is in hand.
type partition struct {
	topic      int32
	replica    int32 // of the consumer's service, that it belongs to
	head, tail int32 // of the line of messages
	n          int32
	busy       bool
	alarm      float64 // when it looks whether a batch has waited long enough (s)
}

// feed is what a group of consumers of a topic is doing, over all partitions.
type feed struct {
	depth       gauge // messages published and not yet done (1)
	waiting     gauge // of these, not taken by a consumer (1)
	published   int64
	consumed    int64 // messages whose batch ended well
	dropped     int64 // messages that were lost
	dead        int64 // messages that used up their deliveries
	batches     int64 // batches ended
	held        int64 // messages of these
	deliveries  int64
	redelivered int64
	duplicates  int64 // deliveries that ended well when their message was done already
	stayed      float64
}

func (k *kernel) setUpTopics(s *streams) {
	k.tally.topics = apart[feed](len(k.program.topics))
	k.partitions = apart[partition](k.program.partitions)
	k.publishers = apart[publisher](len(k.channels))
	for i, c := range k.channels {
		k.publishers[i] = publisher{pick: s.named("partition/" + c.name), line: newLine()}
	}
	for i, t := range k.program.topics {
		consumer := &k.program.services[k.program.operations[t.consumer].service]
		for p := range t.partitions {
			k.partitions[int(t.first)+p] = partition{
				topic: int32(i), replica: consumer.first + int32(p%consumer.replicas),
				head: nobody, tail: nobody, alarm: -1,
			}
		}
	}
}

// publish puts a message of f on channel i, now or, where f has to wait for
// room, later. It reports whether f can go on, and whether it was turned away.
func (k *kernel) publish(f, i int32) (done, refused bool) {
	c, p := &k.channels[i], &k.publishers[i]
	p.offered++
	if c.capacity == 0 || !k.isFull(c) {
		k.put(f, i, k.frames.at(f).rank)
		return true, false
	}
	switch c.full {
	case scenarios.Reject:
		p.rejected++
		return false, true
	case scenarios.Drop:
		for g := range c.groups {
			t := &k.tally.topics[c.first+g]
			t.published++
			t.dropped++
		}
		return true, false
	}
	k.frames.at(f).state = publishing
	k.enqueue(&p.line, f)
	p.blocked.add(1, k.now)
	return false, false
}

// isFull reports whether as many messages as there is room for wait in some
// group.
func (k *kernel) isFull(c *channel) bool {
	for g := range c.groups {
		if int(k.tally.topics[c.first+g].waiting.n) >= c.capacity {
			return true
		}
	}
	return false
}

// letIn lets publishers that wait for room go on, as far as there is room.
func (k *kernel) letIn(i int32) {
	p := &k.publishers[i]
	if p.line.n == 0 || p.admitting { // to put a message may make room, and come here again
		return
	}
	p.admitting = true
	for p.line.n > 0 && !k.isFull(&k.channels[i]) {
		f := k.dequeue(&p.line)
		p.blocked.add(-1, k.now)
		if k.inside != nil {
			k.account(f)
		}
		k.frames.at(f).state = atWork
		k.put(f, i, k.frames.at(f).rank)
		k.ready = append(k.ready, f)
	}
	p.admitting = false
}

// put sends a message of f, or of nobody, to every group of channel i.
func (k *kernel) put(f, i int32, rank uint8) {
	c := &k.channels[i]
	q := k.pickPartition(c, &k.publishers[i])
	travel := -1.0
	for g := range c.groups {
		top := c.first + g
		t := &k.tally.topics[top]
		t.published++
		if f != nobody && k.loses(f, k.program.topics[top].consumer) {
			t.dropped++
			continue
		}
		if travel < 0 && f != nobody {
			travel = k.crossing(f)
		}
		m := k.newLetter(k.now, k.program.topics[top].first+q, rank)
		if k.program.topics[top].again {
			k.letters.at(m).message = k.newMessage(top, rank)
		}
		t.depth.add(1, k.now)
		t.waiting.add(1, k.now)
		if k.counts(k.now) {
			k.pending++
		}
		if travel > 0 {
			k.schedule(travel, evMessage, m)
			continue
		}
		if v := k.deliver(m); v != nobody {
			k.ready = append(k.ready, v)
		}
	}
}

// pickPartition picks the partition of a message: by its key, so that those of
// one key stay in order, or at random.
func (k *kernel) pickPartition(c *channel, p *publisher) int32 {
	n := k.program.topics[c.first].partitions
	switch {
	case n == 1:
		return 0
	case c.keys.N > 0:
		return int32(rules.Mix(uint64(c.keys.Pick(p.pick.Float64()))) % uint64(n))
	}
	return int32(p.pick.IntN(n))
}

// deliver puts a message in its partition's line, from which it is taken at
// once when no batch is in hand.
func (k *kernel) deliver(m int32) int32 {
	i := k.letters.at(m).partition
	k.lineUp(m)
	if k.partitions[i].busy {
		return nobody
	}
	return k.pull(i)
}

// lineUp puts a message at the end of its partition's line.
func (k *kernel) lineUp(m int32) {
	l := k.letters.at(m)
	l.since, l.next = k.now, nobody
	p := &k.partitions[l.partition]
	if p.n == 0 {
		p.head = m
	} else {
		k.letters.at(p.tail).next = m
	}
	p.tail = m
	p.n++
}

// pull takes the next batch of a partition in hand, if anything is there, and
// runs the consumer for it.
func (k *kernel) pull(i int32) int32 {
	p := &k.partitions[i]
	t := &k.program.topics[p.topic]
	p.busy = p.n > 0 && k.reachable(p) && !k.lingers(i, p, t)
	if !p.busy {
		return nobody
	}
	n := min(p.n, int32(t.batch))
	first := p.head
	last, rank := first, k.letters.at(first).rank
	for range n - 1 {
		last = k.letters.at(last).next
		rank = min(rank, k.letters.at(last).rank)
	}
	p.head = k.letters.at(last).next
	p.n -= n
	k.letters.at(last).next = nobody
	k.tally.topics[p.topic].waiting.add(-float64(n), k.now)
	if t.bounded {
		k.letIn(t.channel)
	}
	v, fr := k.newFrame(fed, t.consumer, t.entry)
	fr.source, fr.replica, fr.letters, fr.batch, fr.rank = i, p.replica, first, n, rank
	return k.arrive(v, fr)
}

// lingers reports whether a partition still waits for a batch to fill, and sees
// to it that it looks again.
func (k *kernel) lingers(i int32, p *partition, t *topic) bool {
	if t.linger == 0 || int(p.n) >= t.batch {
		return false
	}
	due := k.letters.at(p.head).since + t.linger
	if k.now >= due {
		return false
	}
	if p.alarm != due {
		p.alarm = due
		k.push(due, evLinger|uint32(i))
	}
	return true
}

// lingered is the event of it.
func (k *kernel) lingered(i int32) int32 {
	if k.partitions[i].busy {
		return nobody
	}
	return k.pull(i)
}

// consumed ends a batch: its messages are done, or, where it failed, dropped
// or delivered again.
func (k *kernel) consumed(v int32, fr *frame, how outcome) {
	i := fr.source
	top := k.partitions[i].topic
	t := &k.tally.topics[top]
	overdue := fr.isOverdue()
	if fr.batch > 0 {
		t.batches++
		t.held += int64(fr.batch)
	}
	for m := fr.letters; m != nobody; {
		at, next := k.letters.at(m).at, k.letters.at(m).next
		if k.letters.at(m).message != nobody {
			k.concluded(m, how, overdue)
		} else {
			t.deliveries++
			t.depth.add(-1, k.now)
			k.ended(top, at, how)
			k.dropLetter(m)
		}
		m = next
	}
	// What never got as far as to begin is not tried again at the same instant.
	pause := 0.0
	if how != outWell && how != outFailed && k.now == fr.born {
		pause = k.program.topics[top].pause
	}
	k.drop(v)
	if overdue { // its partition has gone on
		return
	}
	// By the calendar and not by a call: a consumer that turns batch after
	// batch away would call itself as often as there are batches.
	k.schedule(pause, evPull, i)
}

// ended counts a message of a topic, published at the given instant, that is
// done or lost.
func (k *kernel) ended(top int32, at float64, how outcome) {
	t := &k.tally.topics[top]
	t.stayed += k.now - at
	if k.counts(at) {
		k.pending--
		if how == outWell {
			k.tally.delays[top].add(k.now - at)
		}
	}
	if how == outWell {
		t.consumed++
	} else {
		t.dropped++
	}
}
