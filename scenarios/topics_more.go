package scenarios

import (
	"slices"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

func messageKeyKeys() keys {
	return keys{what: "keys of messages", known: []string{"keys", "skew"}}
}

func fullWords() keys {
	return keys{
		what: "rule for a full topic", known: []string{"block", "drop", "reject"},
		means: map[string]string{"wait": "block", "lose": "drop", "fail": "reject"},
	}
}

func deliveryWords() keys {
	return keys{
		what: "delivery", known: []string{"at-most-once", "at-least-once"},
		means: map[string]string{"exactly-once": "at-least-once", "once": "at-most-once"},
	}
}

// consumersOf reads who gets the messages: one operation, or several that each
// get every message.
func (c *compiler) consumersOf(e entry, f fields, t *Topic) {
	several, many := f["consumers"]
	switch {
	case many && f.has("consumer"):
		c.fail(several, "name all of them in consumers", "a consumer and consumers, not both")
		return
	case !many:
		if v, ok := c.required(e.spot, f, "consumer", "say which operation takes the messages, as consumer: shipping.dispatch"); ok {
			if id, ok := c.op(v); ok {
				t.Consumer = id
				c.consumers[id] = true
			}
		}
		return
	case several.node.Kind != yamlx.Sequence || len(several.node.Items) == 0:
		c.fail(several, "write consumers: [shipping.dispatch, mailer.send]", "%s; want a list of operations, each of which gets every message", found(several.node))
		return
	}
	var all []OpID
	for i := range several.node.Items {
		id, ok := c.op(several.item(i))
		if !ok {
			continue
		}
		if slices.Contains(all, id) {
			c.fail(several.item(i), "name it once", "%s gets every message already", c.m.Operations[id].Name)
			continue
		}
		c.consumers[id] = true
		all = append(all, id)
	}
	if len(all) > 0 {
		t.Consumer, t.Groups = all[0], all[1:]
	}
}

// waitingOn reads how long messages wait for company, and how many may wait.
func (c *compiler) waitingOn(f fields, t *Topic) {
	if v, ok := f["linger"]; ok {
		t.Linger = c.positive(v)
		if t.Batch == 1 {
			c.fail(v, "say how many messages a batch may hold, as batch: 100", "there is nothing to wait for: a batch holds one message")
		}
	}
	if v, ok := f["capacity"]; ok {
		t.Capacity, _ = c.whole(v, 1, maxUsers)
	}
	if v, ok := f["full"]; ok {
		w, _ := c.word(v, fullWords())
		t.Full = map[string]FullRule{"drop": Drop, "reject": Reject}[w]
		if !f.has("capacity") {
			c.fail(v, "say how many may wait, as capacity: 1000", "a topic without a capacity is never full")
		}
	}
}

// messageKeys reads how many keys the messages have, which pick the partition.
func (c *compiler) messageKeys(f fields, t *Topic) {
	v, ok := f["keys"]
	if !ok {
		return
	}
	if v.node.Kind != yamlx.Mapping {
		t.Keys, _ = c.whole(v, 1, maxStore)
		return
	}
	inner, ok := c.fields(v, messageKeyKeys())
	if !ok {
		return
	}
	if n, ok := c.required(v, inner, "keys", "say how many different keys messages have"); ok {
		t.Keys, _ = c.whole(n, 1, maxStore)
	}
	if x, ok := inner["skew"]; ok {
		t.Skew = c.skew(x)
	}
}

// delivery reads what becomes of messages that are not done well, or not soon.
func (c *compiler) delivery(f fields, t *Topic) {
	if v, ok := f["delivery"]; ok {
		w, _ := c.word(v, deliveryWords())
		if w == "at-least-once" {
			t.Delivery = AtLeastOnce
		}
	}
	for _, key := range []string{"ack-timeout", "attempts", "dead-letters"} {
		if v, ok := f[key]; ok && t.Delivery != AtLeastOnce {
			c.fail(v, "write delivery: at-least-once", "a topic that delivers at most once has no %s", key)
		}
	}
	if v, ok := f["ack-timeout"]; ok {
		t.AckTimeout = c.positive(v)
	}
	if v, ok := f["attempts"]; ok {
		t.Attempts, _ = c.whole(v, 1, maxCount)
	}
	v, ok := f["dead-letters"]
	if !ok {
		return
	}
	if !f.has("attempts") {
		c.fail(v, "say after how many deliveries, as attempts: 5", "a message that is delivered without end never becomes a dead letter")
	}
	name, ok := c.text(v, "the name of a topic")
	if !ok {
		return
	}
	id, ok := c.topics[name]
	if !ok {
		find := func(name string) string { return didYouMean(name, c.topicNames()) }
		c.fail(v, c.hint(find, name), "no topic %q", shorten(name))
		return
	}
	t.DeadLetter = &id
	c.deadLetters[TopicID(len(c.m.Topics))] = v
}

// checkDeadLetters holds that no dead letters come back to where they died.
func (c *compiler) checkDeadLetters() {
	for t, at := range c.deadLetters {
		if c.m.deadLettersReturn(t) {
			c.fail(at, "let them end at a topic without dead-letters", "dead letters of %q come back to it", c.m.Topics[t].Name)
		}
	}
}

// deadLettersReturn reports whether dead letters of a topic come back to it.
func (m *Model) deadLettersReturn(t TopicID) bool {
	at := t
	for range m.Topics {
		next := m.Topics[at].DeadLetter
		if next == nil || *next < 0 || int(*next) >= len(m.Topics) {
			return false
		}
		if at = *next; at == t {
			return true
		}
	}
	return false
}
