package simulate

import "math/rand/v2"

// partition is a part of a topic: its line of messages, and whether a batch of
// it is in hand.
type partition struct {
	topic      int32
	replica    int32 // of the consumer's service, that it belongs to
	head, tail int32 // of the line of messages
	n          int32
	busy       bool
}

// feed is what a topic is doing, over all its partitions.
type feed struct {
	depth     gauge      // messages published and not yet done (1)
	pick      *rand.Rand // "partition/<topic>"
	published int64
	consumed  int64 // messages whose batch ended well
	dropped   int64 // messages whose batch failed
	batches   int64 // batches ended
	stayed    float64
}

func (k *kernel) setUpTopics(s *streams) {
	k.tally.topics = apart[feed](len(k.program.topics))
	k.partitions = apart[partition](k.program.partitions)
	for i, t := range k.program.topics {
		k.tally.topics[i].pick = s.named("partition/" + t.name)
		consumer := &k.program.services[k.program.operations[t.consumer].service]
		for p := range t.partitions {
			k.partitions[int(t.first)+p] = partition{
				topic: int32(i), replica: consumer.first + int32(p%consumer.replicas),
				head: nobody, tail: nobody,
			}
		}
	}
}

// publish puts a message of f on a topic.
func (k *kernel) publish(f, i int32) {
	t, top := &k.tally.topics[i], &k.program.topics[i]
	p := top.first
	if top.partitions > 1 {
		p += int32(t.pick.IntN(top.partitions))
	}
	t.published++
	if k.loses(f, top.consumer) {
		t.dropped++
		return
	}
	m := k.newLetter(k.now, p, k.frames.at(f).rank)
	t.depth.add(1, k.now)
	if k.counts(k.now) {
		k.pending++
	}
	if d := k.crossing(f); d > 0 {
		k.schedule(d, evMessage, m)
		return
	}
	if v := k.deliver(m); v != nobody {
		k.ready = append(k.ready, v)
	}
}

// deliver puts a message in its partition's line, from which it is taken at
// once when no batch is in hand.
func (k *kernel) deliver(m int32) int32 {
	i := k.letters.at(m).partition
	p := &k.partitions[i]
	if p.n == 0 {
		p.head = m
	} else {
		k.letters.at(p.tail).next = m
	}
	p.tail = m
	p.n++
	if p.busy {
		return nobody
	}
	return k.pull(i)
}

// pull takes the next batch of a partition in hand, if anything is there, and
// runs the consumer for it.
func (k *kernel) pull(i int32) int32 {
	p := &k.partitions[i]
	p.busy = p.n > 0 && k.reachable(p)
	if !p.busy {
		return nobody
	}
	t := &k.program.topics[p.topic]
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
	v, fr := k.newFrame(fed, t.consumer, k.operations[t.consumer].entry)
	fr.source, fr.replica, fr.letters, fr.batch, fr.rank = i, p.replica, first, n, rank
	return k.arrive(v, fr)
}

// consumed ends a batch: its messages are done, or dropped where it failed.
func (k *kernel) consumed(v int32, fr *frame, how outcome) {
	i := fr.source
	top := k.partitions[i].topic
	t := &k.tally.topics[top]
	t.batches++
	t.depth.add(-float64(fr.batch), k.now)
	for m := fr.letters; m != nobody; {
		at, next := k.letters.at(m).at, k.letters.at(m).next
		t.stayed += k.now - at
		if k.counts(at) {
			k.pending--
			if how == outWell {
				k.tally.delays[top].add(k.now - at)
			}
		}
		k.dropLetter(m)
		m = next
	}
	if how == outWell {
		t.consumed += int64(fr.batch)
	} else {
		t.dropped += int64(fr.batch)
	}
	k.drop(v)
	// By the calendar and not by a call: a consumer that turns batch after
	// batch away would call itself as often as there are batches.
	k.schedule(0, evPull, i)
}
