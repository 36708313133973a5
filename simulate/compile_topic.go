package simulate

import (
	"github.com/headroom/headroom/scenarios"
)

// topic makes a topic for every group of consumers, and the channel that feeds
// them.
func (c *compiler) topic(t *scenarios.Topic) {
	where := "topics." + t.Name
	if t.Partitions < 1 || t.Batch < 1 || t.Capacity < 0 || t.Attempts < 0 {
		c.fail("%s: %d partitions, batches of %d, room for %d, %d deliveries; want at least 1 partition and message", where, t.Partitions, t.Batch, t.Capacity, t.Attempts)
	}
	c.held(t.Linger, where, "linger")
	c.held(t.AckTimeout, where, "ack-timeout")
	ch := channel{name: t.Name, first: int32(len(c.topics)), capacity: t.Capacity, full: t.Full}
	if t.Keys > 0 {
		ch.keys = c.zipf(t.Keys, t.Skew, where+".keys")
	}
	deadTo := nobody
	if t.DeadLetter != nil {
		if deadTo = int32(*t.DeadLetter); deadTo < 0 || int(deadTo) >= len(c.model.Topics) {
			c.fail("%s: dead letters go to topic %d of %d", where, deadTo, len(c.model.Topics))
		}
	}
	for _, op := range t.Consumers() {
		if !c.known(op, where+".consumer") {
			return
		}
		name := t.Name
		if len(t.Groups) > 0 {
			name += " for " + c.model.Operations[op].Name
		}
		out := topic{
			name: name, channel: int32(len(c.channels)), partitions: t.Partitions, consumer: int32(op), batch: t.Batch,
			first: int32(c.partitions), linger: t.Linger, bounded: t.Capacity > 0 && t.Full == scenarios.Block,
			again: t.Delivery == scenarios.AtLeastOnce, ackTimeout: t.AckTimeout, attempts: int32(t.Attempts), deadTo: deadTo,
		}
		if out.again {
			out.pause = turnedAwayFor
			if t.AckTimeout > 0 {
				out.pause = t.AckTimeout
			}
		}
		c.topics = append(c.topics, out)
		c.partitions += t.Partitions
		ch.groups++
	}
	c.channels = append(c.channels, ch)
	c.fails = c.fails || t.Capacity > 0 && t.Full == scenarios.Reject
	c.bends = c.bends || t.Capacity > 0 || t.AckTimeout > 0
}

// feeds says where the consumers of each topic begin, when all operations are
// compiled, and what part of the messages each partition gets.
func (c *compiler) feeds() {
	for i := range c.topics {
		t := &c.topics[i]
		t.entry = c.operations[t.consumer].entry
		if t.again {
			t.entry = c.emit(opBegins, int32(i), 0)
			c.emit(opJump, 0, c.operations[t.consumer].entry)
			c.bends = c.bends || c.fails
		}
		t.shares = c.channels[t.channel].shares(t.partitions)
	}
}

// shares is the part of the messages of a channel that each partition gets; nil
// where all get as many.
func (c *channel) shares(partitions int) []float64 {
	if c.keys.N == 0 {
		return nil
	}
	parts := c.keys.Partitions(partitions)
	out := make([]float64, partitions)
	for p := range out {
		out[p] = parts.Share(p)
	}
	return out
}

// shareOf is the part of the messages that partition q gets.
func (t *topic) shareOf(q int) float64 {
	if t.shares == nil {
		return 1 / float64(t.partitions)
	}
	return t.shares[q]
}

// loses reports whether a channel turns away, or loses, what it has no room for.
func (c *channel) loses() bool { return c.capacity > 0 && c.full != scenarios.Block }
