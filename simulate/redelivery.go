package simulate

// message is a message of a topic that delivers at least once: several
// deliveries of it may be in line or in hand at a time.
type message struct {
	at    float64 // when it was published (s)
	topic int32   // nobody where the record is not in use
	refs  int32   // letters that it is in
	tries int32   // times that a consumer began with it
	done  bool    // it ended well, or is dead
	next  int32   // free record
	rank  uint8   // as of a frame
}

// turnedAwayFor is how long a batch that found no room at its consumer waits
// where no ack-timeout says otherwise (s).
const turnedAwayFor = 1

func (k *kernel) newMessage(top int32, rank uint8) int32 {
	i := k.freeMessage
	if i == nobody {
		i = k.messages.grow()
	} else {
		k.freeMessage = k.messages.at(i).next
	}
	*k.messages.at(i) = message{at: k.now, topic: top, refs: 1, next: nobody, rank: rank}
	return i
}

// unref gives a letter of a message back, and the message with its last.
func (k *kernel) unref(letter int32) {
	i := k.letters.at(letter).message
	k.dropLetter(letter)
	m := k.messages.at(i)
	if m.refs--; m.refs == 0 {
		*m = message{topic: nobody, next: k.freeMessage}
		k.freeMessage = i
	}
}

// isOverdue reports whether a batch was not done in time, so that its messages
// are delivered to others. Frames that are fed have no siblings: sibling is
// the event of the ack-timeout, and elder says that it has come.
func (fr *frame) isOverdue() bool { return fr.kind == fed && fr.elder == overdue }

const overdue int32 = 1

// takeUp lets the consumer of a topic that delivers at least once begin with
// its batch, but for messages that are done by now. It reports whether any
// is left.
func (k *kernel) takeUp(f, top int32) bool {
	fr := k.frames.at(f)
	t := &k.tally.topics[top]
	first, last := nobody, nobody
	for m := fr.letters; m != nobody; {
		l := k.letters.at(m)
		next := l.next
		msg := k.messages.at(l.message)
		if msg.done {
			k.unref(m)
			fr.batch--
			m = next
			continue
		}
		msg.tries++
		t.deliveries++
		if msg.tries > 1 {
			t.redelivered++
		}
		l.next = nobody
		if last == nobody {
			first = m
		} else {
			k.letters.at(last).next = m
		}
		last = m
		m = next
	}
	fr.letters = first
	if fr.batch == 0 {
		return false
	}
	if after := k.program.topics[top].ackTimeout; after > 0 {
		fr.sibling = int32(k.push(k.now+after, evAck|uint32(f)))
	}
	return true
}

// unacknowledged lets a batch be overdue: its messages are delivered again, and
// its partition goes on, while the consumer works on.
func (k *kernel) unacknowledged(f int32, seq uint32) int32 {
	fr := k.frames.at(f)
	if fr.kind != fed || uint32(fr.sibling) != seq {
		return nobody
	}
	fr.sibling, fr.elder = 0, overdue
	i := fr.source
	for m := fr.letters; m != nobody; m = k.letters.at(m).next {
		k.redeliver(i, k.letters.at(m).message)
	}
	return k.pull(i)
}

// concluded ends one delivery of a message.
func (k *kernel) concluded(letter int32, how outcome, late bool) {
	l := k.letters.at(letter)
	m := k.messages.at(l.message)
	t := &k.tally.topics[m.topic]
	switch {
	case how == outWell && m.done:
		t.duplicates++
	case how == outWell:
		m.done = true
		t.depth.add(-1, k.now)
		k.ended(m.topic, m.at, outWell)
	case !late:
		k.redeliver(l.partition, l.message)
	}
	k.unref(letter)
}

// redeliver puts a message that is not done at the end of its partition's line
// again, unless it has used up its deliveries.
func (k *kernel) redeliver(partition, i int32) {
	m := k.messages.at(i)
	if m.done {
		return
	}
	top := m.topic
	spec := &k.program.topics[top]
	if spec.attempts > 0 && m.tries >= spec.attempts {
		k.die(m, spec)
		return
	}
	l := k.newLetter(m.at, partition, m.rank)
	k.letters.at(l).message = i
	m.refs++
	k.tally.topics[top].waiting.add(1, k.now)
	k.lineUp(l)
}

// die ends a message that has used up its deliveries: it goes to the topic of
// dead letters, as if published there now, or is lost.
func (k *kernel) die(m *message, spec *topic) {
	t := &k.tally.topics[m.topic]
	m.done = true
	t.depth.add(-1, k.now)
	t.dead++
	t.stayed += k.now - m.at
	if k.counts(m.at) {
		k.pending--
	}
	if spec.deadTo == nobody {
		return
	}
	c := &k.channels[spec.deadTo]
	k.publishers[spec.deadTo].offered++
	if c.capacity == 0 || !k.isFull(c) {
		k.put(nobody, spec.deadTo, m.rank)
		return
	}
	for g := range c.groups { // nobody waits for room for the dead
		t := &k.tally.topics[c.first+g]
		t.published++
		t.dropped++
	}
}

// censusOfMessages counts the messages that may be delivered several times.
func (k *kernel) censusOfMessages(c *census) {
	for i := range k.messages.n {
		if m := k.messages.at(i); m.topic != nobody && !m.done {
			c.topics[m.topic].n++
			c.topics[m.topic].time += k.now - m.at
		}
	}
}
